//! Who types a command, by the kernel's word as far as it has one.

use std::fs;

/// What stands in `/proc/self/loginuid` where nobody signed in, as in a container or a job of cron.
const NOBODY: u32 = u32::MAX;
/// Longest name from the environment that is kept.
const NAME: usize = 64;

/// A name for the audit log: of who signed in, which the kernel keeps through `su` and `sudo`, proc_pid_loginuid(5);
/// where it keeps none, of the process's user. What `sudo` says stands in brackets behind it: whoever is root can say
/// anything there.
pub fn at_the_terminal() -> String {
    let uid = rustix::process::getuid().as_raw();
    let login = fs::read_to_string("/proc/self/loginuid").ok();
    let login = login.and_then(|text| text.trim().parse().ok());
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let told = std::env::var("SUDO_USER").ok();
    named(login, uid, told.as_deref(), &passwd)
}

fn named(login: Option<u32>, uid: u32, told: Option<&str>, passwd: &str) -> String {
    let login = login.filter(|login| *login != NOBODY);
    let name = name_of(login.unwrap_or(uid), passwd);
    match told {
        Some(told) if login.is_none() && told != name => {
            let told: String = told
                .chars()
                .filter(|c| !c.is_control())
                .take(NAME)
                .collect();
            format!("{name} ({told})")
        }
        _ => name,
    }
}

fn name_of(uid: u32, passwd: &str) -> String {
    let found = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    found.unwrap_or_else(|| format!("uid {uid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nan:x:1000:1000::/home/an:/bin/sh\n";

    #[test]
    fn the_kernel_is_believed_before_the_environment() {
        for (login, uid, told, name) in [
            (Some(1000), 0, Some("binh"), "an"),
            (Some(1000), 0, None, "an"),
            (Some(NOBODY), 0, Some("binh\u{1b}[2J"), "root (binh[2J)"),
            (None, 0, None, "root"),
            (None, 1000, Some("an"), "an"),
            (Some(4242), 0, None, "uid 4242"),
        ] {
            assert_eq!(named(login, uid, told, PASSWD), name);
        }
    }
}
