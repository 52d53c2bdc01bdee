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

/// Fail2ban's jail `sshd`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jail {
    /// Whether it is on.
    pub on: bool,
    /// What it bans with.
    pub action: String,
    /// Whether the program that bans is there. Without it Fail2ban runs, counts, lists addresses as
    /// banned, and bans nobody.
    pub can_ban: bool,
}

/// What Fail2ban bans with when nobody says otherwise.
const DEFAULT_ACTION: &str = "iptables-multiport";
/// Actions by the beginning of their name, with the program that each needs.
const BAN_PROGRAMS: [(&str, &str); 4] = [
    ("iptables", "iptables"),
    ("nftables", "nft"),
    ("ufw", "ufw"),
    ("firewallcmd", "firewall-cmd"),
];

/// Fail2ban's jail `sshd`, in the order in which Fail2ban reads its files.
///
/// # Errors
/// When a file may not be read.
pub fn sshd_jail(host: &dyn Host) -> Result<Jail, Gap> {
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
    let (mut on, mut action, mut own) = ([None, None], [None, None], None);
    for path in paths {
        let text = host.text_if_any(&path)?.unwrap_or_default();
        for (n, section) in ["DEFAULT", "sshd"].into_iter().enumerate() {
            on[n] = value_in(&text, section, "enabled").or(on[n].take());
            action[n] = value_in(&text, section, "banaction").or(action[n].take());
        }
        own = value_in(&text, "sshd", "action").or(own);
    }
    let [default, jail] = on;
    let [usual, special] = action;
    // An action of the jail's own counts, unless it only hands on to `banaction`.
    let own = own.filter(|a| !a.starts_with("%("));
    let action = own.or(special).or(usual);
    let action = action.unwrap_or_else(|| DEFAULT_ACTION.to_owned());
    let action = action.split('[').next().unwrap_or_default().trim();
    Ok(Jail {
        on: jail.or(default).is_some_and(|v| is_true(&v)),
        action: action.to_owned(),
        can_ban: can_ban(host, action)?,
    })
}

/// Whether the program that an action needs is there. Actions that need none of those known are
/// taken at their word.
fn can_ban(host: &dyn Host, action: &str) -> Result<bool, Gap> {
    let known = BAN_PROGRAMS.iter().find(|(a, _)| action.starts_with(a));
    let Some((_, program)) = known else {
        return Ok(true);
    };
    for dir in ["/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin"] {
        if host.stat_if_any(&format!("{dir}/{program}"))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_true(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    matches!(value.as_str(), "true" | "yes" | "on" | "1")
}

/// The last value of a key in a section.
fn value_in(text: &str, section: &str, wanted: &str) -> Option<String> {
    let mut here = false;
    let mut found = None;
    for (_, line) in lines(text).filter(|(_, l)| !l.starts_with(';')) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            here = name.trim() == section;
        } else if here
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == wanted
        {
            found = Some(value.trim().to_owned());
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
        // No permission, no host keys, or a server that refuses its files: it says which.
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().next().unwrap_or_default();
        return Err(Gap::new(GapReason::Io, format!("sshd -T: {first}")));
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
        let enabled = |section| value_in(text, section, "enabled").map(|v| is_true(&v));
        assert_eq!(enabled("sshd"), Some(true));
        assert_eq!(enabled("DEFAULT"), Some(false));
        assert_eq!(value_in("[sshd]\nport = 22\n", "sshd", "enabled"), None);
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
