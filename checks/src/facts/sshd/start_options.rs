//! Options that the SSH server was started with: those of the process that listens, and those that
//! units and their environment files hand over. They win over every configuration file.

use crate::{
    facts::{
        glob,
        sshd_config::{self, Setting},
    },
    host::{Host, HostError, Kind},
    observation::Gap,
};

const MAX_PROCESSES: usize = 20_000;
const COMMAND_CAP: usize = 64 << 10;

/// The options with which the server that listens now was started. They hold, whatever unit or
/// script started it. Nothing but `-o` and `-f` is kept of the command line.
/// `None` where none listens. Several that differ are a gap: each would need its own verdict.
pub(super) fn running_options(host: &dyn Host) -> Result<Option<Vec<Setting>>, Gap> {
    let mut found: Option<Vec<Setting>> = None;
    if host.kind() == Kind::Image {
        return Ok(found);
    }
    const SOURCE: &str = "ps -C sshd -o args";
    for entry in host.list_if_any("/proc", MAX_PROCESSES)? {
        if !entry.name.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let read = |file: &str| -> Result<String, Gap> {
            match host.read(&format!("/proc/{}/{file}", entry.name), COMMAND_CAP) {
                Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                // It ended meanwhile, or is the kernel's own.
                Err(HostError::NotFound(_) | HostError::Io { .. }) => Ok(String::new()),
                Err(error) => Err(error.into()),
            }
        };
        if read("comm")?.trim_end() == "sshd" {
            let line = listener(&read("cmdline")?);
            if line.trim().is_empty() {
                continue;
            }
            let own = options(&line, SOURCE)?;
            let alike = |known: &Vec<Setting>| {
                known.len() == own.len() && known.iter().zip(&own).all(|(a, b)| same(a, b))
            };
            if !found.as_ref().is_none_or(alike) {
                let detail = format!("{SOURCE}: several servers with different options");
                return Err(Gap::parse(detail));
            }
            found = Some(own);
        }
    }
    Ok(found)
}

/// Whether two options say the same, wherever they stand.
pub(super) fn same(a: &Setting, b: &Setting) -> bool {
    a.keyword == b.keyword && a.words == b.words
}

/// The command line of a server that listens; nothing of the process of one connection. Newer
/// servers write `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups` over it.
fn listener(line: &str) -> String {
    let line = line.replace('\0', " ");
    match line.strip_prefix("sshd: ") {
        Some(title) => match title.split_once("[listener]") {
            Some((command, _)) => command.to_owned(),
            None => String::new(),
        },
        None => line,
    }
}

/// Options on the server's command line: from the environment files of its unit and from units of
/// the administrator's own.
pub(super) fn overrides(host: &dyn Host) -> Result<Vec<Setting>, Gap> {
    let mut found = Vec::new();
    let mut policy = None; // RHEL 8 hands the system-wide crypto policy over as options
    for path in [
        "/etc/crypto-policies/back-ends/opensshserver.config",
        "/etc/default/ssh",
        "/etc/sysconfig/sshd",
    ] {
        for (n, line) in host
            .text_if_any(path)?
            .unwrap_or_default()
            .lines()
            .enumerate()
        {
            let Some((name, value)) = line.trim().split_once('=') else {
                continue;
            };
            let source = format!("{path}:{}", n + 1);
            match name.trim() {
                "CRYPTO_POLICY" => policy = Some((value.to_owned(), source)),
                "OPTIONS" | "SSHD_OPTS" => found.extend(options(value, &source)?),
                _ => {}
            }
        }
    }
    if let Some((value, source)) = policy {
        found.extend(options(&value, &source)?);
    }
    for unit in unit_files(host)? {
        for (n, line) in host
            .text_if_any(&unit)?
            .unwrap_or_default()
            .lines()
            .enumerate()
        {
            if let Some(command) = line.trim().strip_prefix("ExecStart=") {
                found.extend(options(command, &format!("{unit}:{}", n + 1))?);
            }
        }
    }
    Ok(found)
}

fn unit_files(host: &dyn Host) -> Result<Vec<String>, HostError> {
    let mut files = Vec::new();
    for name in [
        "ssh.service",
        "sshd.service",
        "ssh@.service",
        "sshd@.service",
    ] {
        files.extend(glob::expand(host, &format!("/etc/systemd/system/{name}"))?);
        files.extend(glob::expand(
            host,
            &format!("/etc/systemd/system/{name}.d/*.conf"),
        )?);
    }
    Ok(files)
}

/// The `-o` options in a command line. `-f` means another configuration: a gap.
fn options(line: &str, source: &str) -> Result<Vec<Setting>, Gap> {
    let bare = line.trim().trim_matches(['"', '\'']);
    let mut found = Vec::new();
    let mut words = bare.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let Some((letter, rest)) = takes_value(word) else {
            continue;
        };
        match letter {
            'f' => return Err(Gap::parse(format!("{source}: another configuration file"))),
            'o' | 'p' => {}
            _ => continue,
        }
        // A running server's title keeps no quotes: what stands before the next option belongs
        // to this one, as in `-o PermitRootLogin yes`.
        let mut text = rest.to_owned();
        while let Some(more) = words.next_if(|w| !w.starts_with(['-', '$'])) {
            text.push(' ');
            text.push_str(more);
        }
        let text = text.trim().trim_matches(['"', '\'']);
        let at = text.find([' ', '=']).unwrap_or(text.len());
        let (keyword, value) = if letter == 'p' {
            ("port", text)
        } else {
            (&text[..at], &text[at..])
        };
        let value = value.trim_start();
        let value = value.strip_prefix('=').unwrap_or(value).trim();
        found.push(Setting {
            keyword: keyword.to_ascii_lowercase(),
            words: sshd_config::words(value.trim_matches(['"', '\''])),
            source: source.to_owned(),
        });
    }
    Ok(found)
}

/// The first letter of a word that takes a value, with what follows it in the same word: `-Df` and
/// `-oX=y`. Letters before it take none.
fn takes_value(word: &str) -> Option<(char, &str)> {
    let word = word.trim_matches(['"', '\'']);
    let letters = word.strip_prefix('-').filter(|l| !l.starts_with('-'))?;
    let at = letters.find(|c: char| "fobcCEghkpu".contains(c))?;
    Some((letters[at..].chars().next()?, &letters[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_command_line_are_found() {
        let got = options("\"-D -oPermitRootLogin=yes -o MaxAuthTries=3\"", "f:1");
        let got = got.unwrap();
        assert_eq!(got[0].keyword, "permitrootlogin");
        assert_eq!(got[1].words, ["3"]);
        assert!(options("/usr/sbin/sshd -D -f /etc/x", "f:1").is_err());
        assert!(options("/usr/sbin/sshd -Df /etc/x", "f:1").is_err());
        assert!(options("/usr/sbin/sshd -D -C user=f", "f:1").is_ok());
        let title =
            "sshd: /usr/sbin/sshd -D -o PermitRootLogin=yes [listener] 0 of 10-100 startups\0";
        assert_eq!(options(&listener(title), "f").unwrap()[0].words, ["yes"]);
        assert_eq!(listener("sshd: root@pts/0"), "");
        assert_eq!(listener("/usr/sbin/sshd\0-D\0"), "/usr/sbin/sshd -D ");
        assert_eq!(options("/usr/sbin/sshd -D $SSHD_OPTS", "f:1"), Ok(vec![]));
        let got = options("sshd -Do PermitRootLogin=yes -p 2222 $SSHD_OPTS", "f").unwrap();
        assert_eq!(
            (got[0].keyword.as_str(), got[0].words[0].as_str()),
            ("permitrootlogin", "yes")
        );
        assert_eq!(
            (got[1].keyword.as_str(), got[1].words[0].as_str()),
            ("port", "2222")
        );
        let got = options(
            "sshd -D -o AuthenticationMethods publickey password -e",
            "f",
        )
        .unwrap();
        assert_eq!(got[0].keyword, "authenticationmethods");
        assert_eq!(got[0].words, ["publickey", "password"]);
    }
}
