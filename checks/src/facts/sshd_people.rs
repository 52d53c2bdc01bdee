//! Who can come from where, as far as the server's files tell people, addresses and ports apart.
//! Every account falls into exactly one class and every address into exactly one zone; one of each
//! stands for all, because no criterion of the files tells them apart.

use std::collections::BTreeMap;

use super::{
    accounts::{Account, Accounts, Groups, Password, Shadows},
    directory::Directory,
    glob,
    sshd::Sshd,
    sshd_config::{Config, MatchBlock, Setting, in_pattern_list},
    sshd_match::{Connection, decides, forwards},
    sshd_zones::{Zone, zones},
    sudoers::Sudoers,
};
use crate::{
    context::Cx,
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

/// Most classes of accounts that are told apart.
const MAX_CLASSES: usize = 16;
/// Most members of a class that are named.
pub const MAX_NAMED: usize = 64;
/// Groups whose members administer, by convention; used where the sudo rules cannot be read.
const ADMINISTER: [&str; 2] = ["sudo", "wheel"];
/// A name that stands for accounts that only a directory knows.
const STRANGER: &str = "account-of-a-directory";

/// What the files ask about a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Pattern lists for the account.
    pub users: Vec<String>,
    /// Pattern lists for its groups.
    pub groups: Vec<String>,
    /// Lists of addresses of the peer.
    pub addresses: Vec<String>,
    /// Pattern lists for its name.
    pub hosts: Vec<String>,
    /// Lists of addresses of this host.
    pub own: Vec<String>,
    /// Ports of this host.
    pub ports: Vec<u16>,
    /// `Match` lines that ask something else.
    pub odd: Vec<String>,
    /// Where keys of accounts stand, beside the usual places.
    pub keys: Vec<String>,
    /// Whether files go over `internal-sftp`, which needs no shell.
    pub sftp: bool,
}

impl Questions {
    /// Collects them from the `Match` blocks that decide who gets in, and from the lists of
    /// accounts that may.
    pub fn of(config: &Config) -> Self {
        let mut found = Self::default();
        for block in config.matches.iter().filter(|b| decides(b)) {
            found.add_block(block);
        }
        let inside = config.matches.iter().flat_map(|b| &b.settings);
        for setting in config.global.iter().chain(inside) {
            found.add_list(setting);
            if setting.keyword == "authorizedkeysfile" {
                found.keys.extend(setting.words.iter().cloned());
            }
            found.sftp |= matches!(setting.keyword.as_str(), "subsystem" | "forcecommand")
                && setting.words.iter().any(|w| w.starts_with("internal-sftp"));
        }
        for list in [
            &mut found.users,
            &mut found.groups,
            &mut found.addresses,
            &mut found.hosts,
            &mut found.own,
            &mut found.odd,
        ] {
            list.sort();
            list.dedup();
        }
        found.ports.sort_unstable();
        found.ports.dedup();
        found
    }

    fn add_block(&mut self, block: &MatchBlock) {
        let mut words = block.criteria.iter();
        while let Some(name) = words.next() {
            let name = name.to_ascii_lowercase();
            if name == "all" {
                continue;
            }
            let list = words.next().cloned();
            match (name.as_str(), list) {
                ("user", Some(list)) => self.users.push(list),
                ("group", Some(list)) => self.groups.push(list),
                ("address", Some(list)) => self.addresses.push(list),
                ("host", Some(list)) => self.hosts.push(list),
                ("localaddress", Some(list)) => self.own.push(list),
                ("localport", Some(port)) if port.parse::<u16>().is_ok() => {
                    self.ports.extend(port.parse::<u16>());
                }
                _ => self.odd.push(block.shown()),
            }
        }
    }

    /// `AllowUsers an *@10.0.0.*` and the like. Those who stand in one list are asked about
    /// together: it lets all of them in, or keeps all of them out.
    fn add_list(&mut self, setting: &Setting) {
        let users = matches!(setting.keyword.as_str(), "allowusers" | "denyusers");
        if !users && !matches!(setting.keyword.as_str(), "allowgroups" | "denygroups") {
            return;
        }
        let mut together = Vec::new();
        // Here a `!` is a letter like any other; no account has it in its name.
        for word in setting.words.iter().filter(|w| !w.starts_with('!')) {
            let Some((user, from)) = word.rsplit_once('@').filter(|_| users) else {
                together.push(word.as_str());
                continue;
            };
            self.users.push(user.to_owned());
            let numbers = |c: char| c.is_ascii_hexdigit() || ".:*?/,!".contains(c);
            if from.chars().all(numbers) {
                self.addresses.push(from.to_owned());
            } else {
                self.hosts.push(from.to_owned());
            }
        }
        if !together.is_empty() {
            let list = if users {
                &mut self.users
            } else {
                &mut self.groups
            };
            list.push(together.join(","));
        }
    }
}

/// Accounts that no criterion tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// `root`, `administrators`, `accounts` or `accounts without a shell`, with the criteria that
    /// they meet.
    pub name: String,
    /// Whether they are user id 0.
    pub root: bool,
    /// Their names; the first stands for all.
    pub people: Vec<String>,
    /// The groups of the first; `None` where only a directory knows.
    pub groups: Option<Vec<String>>,
}

/// The classes of accounts that can log in, then the criteria that nobody could be found for
/// although a directory may know somebody.
///
/// # Errors
/// When the accounts cannot be read, or there are too many classes.
pub fn classes(
    cx: &Cx<'_>,
    server: &Sshd,
    asked: &Questions,
) -> Result<(Vec<Class>, Vec<String>), Gap> {
    let accounts = cx.get::<Accounts>()?;
    let groups = cx.get::<Groups>()?;
    let directory = Directory::of(cx.host())?;
    let mut found: BTreeMap<(u8, String), Class> = BTreeMap::new();
    for account in &accounts.all {
        let own = groups_of(account, &groups);
        let forwarded = !account.has_login_shell() && !asked.sftp;
        if forwarded && !forwards_without_shell(cx.host(), server, account, &own)?
            || !may_log_in(cx, account, asked)?
        {
            continue;
        }
        let root = account.uid == 0;
        let kind = if root {
            (0, "root")
        } else if forwarded {
            (3, "accounts without a shell")
        } else if administers(cx, &account.name, &own) {
            (1, "administrators")
        } else {
            (2, "accounts")
        };
        let name = named(kind.1, &met(asked, &account.name, &own));
        let class = found
            .entry((kind.0, name.clone()))
            .or_insert_with(|| Class {
                name,
                root,
                people: Vec::new(),
                groups: Some(own),
            });
        if class.people.len() < MAX_NAMED {
            class.people.push(account.name.clone());
        }
    }
    let mut all: Vec<Class> = found.into_values().collect();
    let unseen = strangers(asked, &accounts, &groups, directory, &mut all);
    if all.len() > MAX_CLASSES {
        return Err(Gap::new(
            GapReason::OverBudget,
            "too many classes of accounts",
        ));
    }
    Ok((all, unseen))
}

fn named(kind: &str, criteria: &[String]) -> String {
    if criteria.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind} ({})", criteria.join(", "))
    }
}

/// The criteria that an account meets.
fn met(asked: &Questions, name: &str, own: &[String]) -> Vec<String> {
    let users = asked.users.iter().filter(|l| in_pattern_list(name, l));
    let groups = asked
        .groups
        .iter()
        .filter(|l| own.iter().any(|g| in_pattern_list(g, l)));
    let users = users.map(|l| format!("user {}", short(l)));
    users
        .chain(groups.map(|l| format!("group {}", short(l))))
        .collect()
}

/// A list as a part of a name, with its length where it is long.
fn short(list: &str) -> String {
    if list.chars().count() <= 40 {
        return list.to_owned();
    }
    let head: String = list.chars().take(32).collect();
    format!("{head}… ({} characters)", list.chars().count())
}

fn groups_of(account: &Account, groups: &Groups) -> Vec<String> {
    let member = |m: &String| *m == account.name;
    let own = groups
        .0
        .iter()
        .filter(|g| g.gid == account.gid || g.members.iter().any(member));
    own.map(|g| g.name.clone()).collect()
}

/// Whether sudo gives the account root's rights, by its rules or, where they cannot be read, by
/// the groups that usually do.
fn administers(cx: &Cx<'_>, name: &str, own: &[String]) -> bool {
    let Ok(sudoers) = cx.get::<Sudoers>() else {
        return own.iter().any(|g| ADMINISTER.contains(&g.as_str()));
    };
    let users = sudoers.rules.iter().flat_map(|r| &r.users);
    users.into_iter().any(|u| {
        u == name
            || u == "ALL"
            || u.strip_prefix('%')
                .is_some_and(|g| own.iter().any(|o| o == g))
    })
}

/// Whether the server passes connections on for an account whose shell is a program that ends at
/// once. One whose shell is not there is refused.
fn forwards_without_shell(
    host: &dyn Host,
    server: &Sshd,
    account: &Account,
    groups: &[String],
) -> Result<bool, Gap> {
    let connection = Connection {
        user: account.name.clone(),
        groups: Some(groups.to_vec()),
        host: String::new(),
        addr: String::new(),
        laddr: String::new(),
        lport: 0,
    };
    Ok(forwards(&server.config, &server.overrides, &connection)
        && host.stat_if_any(&account.shell)?.is_some())
}

/// Whether anything could open the account: a person's always can; one of a service needs a
/// password or a key, and so does one without a shell.
fn may_log_in(cx: &Cx<'_>, account: &Account, asked: &Questions) -> Result<bool, Gap> {
    let shell = account.has_login_shell();
    if shell && !account.is_system() {
        return Ok(true);
    }
    let shadows = match cx.get::<Shadows>() {
        Ok(shadows) => shadows,
        Err(_) if shell => return Ok(true),
        Err(gap) => return Err(gap),
    };
    match shadows.0.get(&account.name).map(|s| s.password) {
        Some(Password::Locked) => has_key(cx.host(), account, asked),
        None if !shell => has_key(cx.host(), account, asked),
        _ => Ok(true),
    }
}

fn has_key(host: &dyn Host, account: &Account, asked: &Questions) -> Result<bool, Gap> {
    let home = account.home.trim_end_matches('/');
    let usual = [".ssh/authorized_keys", ".ssh/authorized_keys2"];
    let own = asked.keys.iter().map(String::as_str);
    for name in usual.into_iter().chain(own).filter(|n| *n != "none") {
        let name = name.replace("%u", &account.name).replace("%h", home);
        let path = if name.starts_with('/') {
            name
        } else {
            format!("{home}/{name}")
        };
        match host.stat_if_any(&path) {
            Ok(None) | Err(HostError::WrongKind(_)) => {}
            Ok(Some(_)) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}

/// Classes for accounts that only a directory knows, and the criteria of which nobody can tell
/// whom they meet.
fn strangers(
    asked: &Questions,
    accounts: &Accounts,
    groups: &Groups,
    directory: Directory,
    all: &mut Vec<Class>,
) -> Vec<String> {
    if directory == Directory::No {
        return Vec::new();
    }
    let stranger = |name: &str, user: &str, groups| Class {
        name: name.to_owned(),
        root: false,
        people: vec![user.to_owned()],
        groups,
    };
    for list in &asked.users {
        let local = accounts.all.iter().any(|a| in_pattern_list(&a.name, list));
        let samples = list.split(',').map(|p| p.replace(['*', '?'], "x"));
        let sample = samples.into_iter().find(|s| in_pattern_list(s, list));
        if let Some(user) = sample.filter(|_| !local) {
            all.push(stranger(&format!("user {list}"), &user, None));
        }
    }
    if directory == Directory::Yes {
        all.push(stranger("directory accounts", STRANGER, Some(Vec::new())));
    }
    let mut unseen = Vec::new();
    for list in &asked.groups {
        let known = groups.0.iter().any(|g| in_pattern_list(&g.name, list));
        let members = accounts.all.iter().any(|a| {
            groups_of(a, groups)
                .iter()
                .any(|g| in_pattern_list(g, list))
        });
        if !known || (directory == Directory::Yes && !members) {
            unseen.push(format!("group {list}"));
        }
    }
    unseen
}

/// Whether the lists of accounts that may come in let this one in; `None` where only a directory
/// knows. As `allowed_user` of OpenSSH: refusals first, users before groups.
pub fn admitted(
    settings: &BTreeMap<String, String>,
    user: &str,
    groups: Option<&[String]>,
    zone: &Zone,
) -> Option<bool> {
    let list = |keyword: &str| -> Vec<String> {
        let words = settings
            .get(keyword)
            .map(String::as_str)
            .unwrap_or_default();
        words.split_whitespace().map(str::to_owned).collect()
    };
    let is_user = |pattern: &String| match pattern.rsplit_once('@') {
        Some((name, from)) => glob::matches(name, user) && zone.is_from(from),
        None => glob::matches(pattern, user),
    };
    let in_group = |patterns: &[String]| {
        let of = |g: &String| patterns.iter().any(|p| glob::matches(p, g));
        groups.map(|own| own.iter().any(of))
    };
    let (no, yes) = (list("denyusers"), list("allowusers"));
    if no.iter().any(is_user) || (!yes.is_empty() && !yes.iter().any(is_user)) {
        return Some(false);
    }
    let (no, yes) = (list("denygroups"), list("allowgroups"));
    if !no.is_empty() && in_group(&no)? {
        return Some(false);
    }
    if !yes.is_empty() && !in_group(&yes)? {
        return Some(false);
    }
    Some(true)
}

/// The zones that the files tell apart, and criteria of which no example could be made.
pub fn from_where(asked: &Questions, names: bool) -> (Vec<Zone>, Vec<String>) {
    zones(
        &asked.addresses,
        if names { &asked.hosts } else { &[] },
        "203.0.113.1",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn lists_of_accounts_admit_and_refuse() {
        let zone = Zone::plain("anywhere", "10.0.0.5");
        let own = vec!["ops".to_owned()];
        let ask = |pairs: &[(&str, &str)]| admitted(&settings(pairs), "an", Some(&own), &zone);
        assert_eq!(ask(&[]), Some(true));
        assert_eq!(ask(&[("allowusers", "binh a*")]), Some(true));
        assert_eq!(ask(&[("allowusers", "binh")]), Some(false));
        assert_eq!(ask(&[("allowusers", "an@10.0.0.0/8")]), Some(true));
        assert_eq!(ask(&[("allowusers", "an@192.0.2.*")]), Some(false));
        assert_eq!(
            ask(&[("denyusers", "an"), ("allowusers", "an")]),
            Some(false)
        );
        assert_eq!(ask(&[("allowgroups", "ops")]), Some(true));
        assert_eq!(ask(&[("denygroups", "o?s")]), Some(false));
        let unknown = admitted(&settings(&[("allowgroups", "ops")]), "an", None, &zone);
        assert_eq!(unknown, None);
    }
}
