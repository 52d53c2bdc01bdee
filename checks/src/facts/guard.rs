//! What locks out those who guess passwords: Fail2ban, CrowdSec, sshguard, and sshd's penalties.

use crate::{
    facts::text::lines,
    host::{Command, Host, HostError},
    observation::{Gap, GapReason},
};

const GUARDS: [&str; 3] = ["fail2ban", "crowdsec", "sshguard"];

/// Guards whose unit is active.
///
/// # Errors
/// When systemd does not answer.
pub fn running(host: &dyn Host) -> Result<Vec<String>, Gap> {
    let units = GUARDS.iter().map(|g| format!("{g}.service")).collect();
    let command = Command::SystemctlShow { units };
    let output = host.run(&command)?;
    if !output.ok() {
        return Err(Gap::new(GapReason::Io, command.line()));
    }
    Ok(active(&output.text()))
}

/// Names of the units whose block says `ActiveState=active`.
fn active(text: &str) -> Vec<String> {
    text.split("\n\n")
        .filter(|block| block.lines().any(|l| l == "ActiveState=active"))
        .filter_map(|block| block.lines().find_map(|l| l.strip_prefix("Id=")))
        .map(|id| id.trim_end_matches(".service").to_owned())
        .collect()
}

/// Whether Fail2ban's jail `sshd` is on, in the order in which Fail2ban reads its files.
///
/// # Errors
/// When a file may not be read.
pub fn sshd_jail(host: &dyn Host) -> Result<bool, Gap> {
    let folder = |ending: &str| -> Result<Vec<String>, Gap> {
        let entries = host.list_if_any("/etc/fail2ban/jail.d", 256)?;
        let names = entries.into_iter().map(|e| e.name);
        Ok(names
            .filter(|n| n.ends_with(ending))
            .map(|n| format!("/etc/fail2ban/jail.d/{n}"))
            .collect())
    };
    let mut paths = vec!["/etc/fail2ban/jail.conf".to_owned()];
    paths.extend(folder(".conf")?);
    paths.push("/etc/fail2ban/jail.local".to_owned());
    paths.extend(folder(".local")?);
    let (mut default, mut jail) = (false, None);
    for path in paths {
        if let Some(text) = host.text_if_any(&path)? {
            default = enabled_in(&text, "DEFAULT").unwrap_or(default);
            jail = enabled_in(&text, "sshd").or(jail);
        }
    }
    Ok(jail.unwrap_or(default))
}

/// The last `enabled` of a section.
fn enabled_in(text: &str, section: &str) -> Option<bool> {
    let mut here = false;
    let mut found = None;
    for (_, line) in lines(text).filter(|(_, l)| !l.starts_with(';')) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            here = name.trim() == section;
        } else if here
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "enabled"
        {
            let value = value.trim().to_ascii_lowercase();
            found = Some(matches!(value.as_str(), "true" | "yes" | "on" | "1"));
        }
    }
    found
}

/// Whether sshd slows down addresses that guess, as `sshd -T` has it.
///
/// # Errors
/// When sshd may not be asked.
pub fn penalties(host: &dyn Host) -> Result<bool, Gap> {
    let output = match host.run(&Command::SshdEffective) {
        Err(HostError::NotFound(_)) => return Ok(false), // another SSH server
        other => other?,
    };
    if !output.ok() {
        return Err(Gap::new(GapReason::NoPermission, "sshd -T"));
    }
    let text = output.text();
    let value = text
        .lines()
        .find_map(|l| l.strip_prefix("persourcepenalties "));
    Ok(value.is_some_and(|v| v.split_whitespace().any(authfail)))
}

/// Whether `AllowUsers` of sshd names an address beside every user, as `sshd -T` has it. `None`
/// where sshd may not be asked.
pub fn users_bound(host: &dyn Host) -> Option<bool> {
    match host.run(&Command::SshdEffective) {
        Err(HostError::NotFound(_)) => Some(false), // another SSH server
        Ok(output) if output.ok() => Some(allow_users_bound(&output.text())),
        _ => None,
    }
}

fn allow_users_bound(text: &str) -> bool {
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix("allowusers "))
        .collect();
    let bound = |user: &str| {
        let from = user.rsplit_once('@').map_or("", |(_, from)| from);
        !matches!(from, "" | "*" | "*.*.*.*" | "0.0.0.0/0" | "::/0")
    };
    !lines.is_empty() && lines.iter().flat_map(|l| l.split_whitespace()).all(bound)
}

/// Whether a word of the setting punishes failed logins.
fn authfail(word: &str) -> bool {
    let seconds = word.strip_prefix("authfail:");
    seconds.is_some_and(|s| !matches!(s, "0" | "0s" | ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_jail_itself_counts() {
        let text = "[DEFAULT]\nenabled = false\n[sshd]\nenabled=true\n[x]\nenabled=false\n";
        assert_eq!(enabled_in(text, "sshd"), Some(true));
        assert_eq!(enabled_in(text, "DEFAULT"), Some(false));
        assert_eq!(enabled_in("[sshd]\nport = 22\n", "sshd"), None);
    }

    #[test]
    fn every_user_needs_an_address() {
        assert!(allow_users_bound(
            "allowusers an@10.0.0.0/8\nallowusers binh@10.1.*\n"
        ));
        assert!(!allow_users_bound("allowusers an@10.0.0.0/8 root\n"));
        assert!(!allow_users_bound("allowusers an@*\n"));
        assert!(!allow_users_bound("port 22\n"));
    }

    #[test]
    fn active_units_are_named() {
        let text = "Id=fail2ban.service\nActiveState=active\n\nId=crowdsec.service\nActiveState=inactive\n";
        assert_eq!(active(text), ["fail2ban"]);
    }
}
