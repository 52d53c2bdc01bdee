//! What stands outside a PAM stack and changes what its modules do: their own files, and whether
//! they are installed.

use super::{Stack, conditions::Fixed};
use crate::{host::Host, observation::Gap};

/// What stands outside the stack and changes what its modules do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The service runs as root whoever asks, so `pam_rootok` lets everybody in.
    pub as_root: bool,
    /// `pam_duo` refuses when its service cannot be reached (`failmode = secure`), and asks every
    /// account (no `groups`).
    pub duo_strict: bool,
    /// Whether somebody who may log in has an empty password, which `nullok` lets by.
    pub empty: Empty,
    /// Modules of the stack that are not installed. libpam then answers `module_unknown` for them.
    pub missing: Vec<String>,
    /// What conditions answer for the accounts that are followed.
    pub fixed: Fixed,
}

/// Where libpam looks for modules, by distribution and processor.
const FOLDERS: [&str; 8] = [
    "/lib/x86_64-linux-gnu/security",
    "/usr/lib/x86_64-linux-gnu/security",
    "/lib/aarch64-linux-gnu/security",
    "/usr/lib/aarch64-linux-gnu/security",
    "/lib64/security",
    "/usr/lib64/security",
    "/lib/security",
    "/usr/lib/security",
];

/// Whether some account has an empty password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Empty {
    /// None of those who are asked.
    #[default]
    No,
    /// One of them.
    Yes,
    /// It may not be read.
    Unseen,
}

/// Programs that keep the user id of whoever calls them, at which `pam_rootok` looks. Any other
/// service runs as root itself.
const CALLED: [&str; 11] = [
    "chfn",
    "chgpasswd",
    "chpasswd",
    "chsh",
    "doas",
    "newusers",
    "passwd",
    "su",
    "su-l",
    "sudo",
    "sudo-i",
];

/// Whether the service runs with the user id of whoever calls it.
pub fn runs_as_caller(service: &str) -> bool {
    CALLED.contains(&service)
}

impl Surroundings {
    /// Reads what the modules in `stack` of the service `name` need.
    ///
    /// # Errors
    /// When a file may not be read.
    pub fn of(host: &dyn Host, name: &str, stack: &Stack) -> Result<Self, Gap> {
        let mut strict = true;
        for (_, rule) in stack.calls("pam_duo") {
            let named = rule.value("conf");
            let usual = ["/etc/duo/pam_duo.conf", "/etc/security/pam_duo.conf"];
            let paths = named.map_or(usual.to_vec(), |p| vec![p]);
            let mut text = None;
            for path in paths {
                if text.is_none() {
                    text = host.text_if_any(path)?;
                }
            }
            strict &= text.is_some_and(|t| duo_is_strict(&t));
        }
        Ok(Self {
            empty: Empty::No,
            as_root: !runs_as_caller(name),
            duo_strict: strict,
            missing: missing(host, stack)?,
            fixed: Fixed::new(),
        })
    }
}

/// Modules of a stack that stand in none of the folders in which `pam_deny` stands. Where that is
/// nowhere, nothing is known.
fn missing(host: &dyn Host, stack: &Stack) -> Result<Vec<String>, Gap> {
    let mut folders = Vec::new();
    for folder in FOLDERS {
        if host
            .stat_if_any(&format!("{folder}/pam_deny.so"))?
            .is_some()
        {
            folders.push(folder);
        }
    }
    let mut found: Vec<String> = Vec::new();
    for rule in &stack.rules {
        let name = rule.module();
        if folders.is_empty()
            || name.is_empty()
            || name.contains('/')
            || found.iter().any(|f| f == name)
        {
            continue;
        }
        let mut there = false;
        for folder in &folders {
            there |= host.stat_if_any(&format!("{folder}/{name}.so"))?.is_some();
        }
        if !there {
            found.push(name.to_owned());
        }
    }
    Ok(found)
}

fn duo_is_strict(text: &str) -> bool {
    let mut secure = false;
    for (_, line) in crate::facts::text::lines(text) {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        match key.trim() {
            "failmode" => secure = value.trim() == "secure",
            "groups" | "group" => return false,
            _ => {}
        }
    }
    secure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duo_is_strict_only_when_it_says_so() {
        assert!(duo_is_strict("[duo]\nfailmode = secure\n"));
        assert!(!duo_is_strict("[duo]\n"));
        assert!(!duo_is_strict("failmode=secure\ngroups = admins\n"));
    }
}
