//! Which grant of `sudoers(5)` decides a request: sudo goes by the last that fits.

use super::{
    accounts::{Account, Groups},
    sudo_grants::Grant,
};

/// Somebody who runs sudo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Login name; empty for whoever is in the groups.
    pub name: String,
    /// User id, where it is an account of this host.
    pub uid: Option<u32>,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// Ids of the groups.
    pub gids: Vec<u32>,
}

impl Person {
    /// An account of this host.
    pub fn of(account: &Account, groups: &Groups) -> Self {
        let member = |m: &String| *m == account.name;
        let own = groups
            .0
            .iter()
            .filter(|g| g.gid == account.gid || g.members.iter().any(member));
        let own: Vec<_> = own.collect();
        Self {
            name: account.name.clone(),
            uid: Some(account.uid),
            groups: own.iter().map(|g| g.name.clone()).collect(),
            gids: own.iter().map(|g| g.gid).chain([account.gid]).collect(),
        }
    }

    /// Whether one entry of a list of users names this person; `None` where only a directory knows.
    pub fn is(&self, entry: &str) -> Option<bool> {
        if entry == "ALL" {
            return Some(true);
        }
        if let Some(gid) = entry.strip_prefix("%#") {
            return Some(gid.parse().is_ok_and(|g| self.gids.contains(&g)));
        }
        if entry.starts_with("%:") || entry.starts_with('+') {
            return None;
        }
        if let Some(group) = entry.strip_prefix('%') {
            return Some(self.groups.iter().any(|g| g == group));
        }
        if let Some(uid) = entry.strip_prefix('#') {
            return Some(self.uid.is_some_and(|u| uid == u.to_string()));
        }
        Some(!self.name.is_empty() && entry == self.name)
    }
}

/// What sudo does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'g> {
    /// It refuses.
    Refused,
    /// It asks for the password.
    Asked,
    /// It asks nothing, because of this grant.
    Unasked(&'g Grant),
}

/// What sudo does when `person` runs `command` as `runas`: the last grant that fits decides. One
/// that only might fit (a netgroup, another host, a pattern) counts when it asks nothing, and not
/// when it would ask.
pub fn decide<'g>(
    grants: &'g [Grant],
    person: &Person,
    command: &str,
    runas: &str,
) -> Decision<'g> {
    for grant in grants.iter().rev() {
        let fits = all(&[
            in_list(&grant.users, |e| person.is(e)),
            in_list(&grant.hosts, |e| (e == "ALL").then_some(true)),
            in_runas(&grant.runas, runas),
            Some(covers(&grant.command, command)),
        ]);
        let unasked = grant.asks == Some(false) && !grant.denied;
        match fits {
            Some(false) => {}
            None if !unasked => {}
            _ if grant.denied => return Decision::Refused,
            _ if unasked => return Decision::Unasked(grant),
            _ => return Decision::Asked,
        }
    }
    Decision::Refused
}

fn all(parts: &[Option<bool>]) -> Option<bool> {
    if parts.contains(&Some(false)) {
        return Some(false);
    }
    (!parts.contains(&None)).then_some(true)
}

/// Whether a list names something: its last entry that fits decides.
fn in_list(list: &[String], is: impl Fn(&str) -> Option<bool>) -> Option<bool> {
    for entry in list.iter().rev() {
        let (entry, found) = entry
            .strip_prefix('!')
            .map_or((entry.as_str(), true), |e| (e, false));
        match is(entry) {
            Some(true) => return Some(found),
            Some(false) => {}
            None => return None,
        }
    }
    Some(false)
}

fn in_runas(list: &[String], runas: &str) -> Option<bool> {
    if list.is_empty() {
        return Some(runas == "root");
    }
    in_list(list, |e| {
        let root = runas == "root" && e == "#0";
        if e.starts_with(['%', '+']) {
            return None;
        }
        Some(e == "ALL" || e == runas || root)
    })
}

/// Whether one command of a rule surely holds another: all, the same words, the same program with
/// any arguments, or a folder's programs.
fn covers(rule: &str, command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    let folder = program.rsplit_once('/').map(|(dir, _)| format!("{dir}/"));
    let bare = rule.strip_suffix("\"\"").map(str::trim_end); // without arguments
    rule == "ALL"
        || rule == command
        || bare == Some(command)
        || rule == program
        || folder.is_some_and(|f| f == rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::sudo_grants::{Aliases, grants};

    fn read(text: &str) -> Vec<Grant> {
        let mut aliases = Aliases::default();
        aliases
            .commands
            .insert("SHELLS".into(), vec!["/bin/sh".into(), "!/bin/ls".into()]);
        let lines = text.lines().enumerate();
        lines
            .flat_map(|(n, l)| grants(l, &format!("f:{}", n + 1), &aliases))
            .collect()
    }

    fn asks(text: &str, command: &str) -> &'static str {
        let an = Person {
            name: "an".into(),
            uid: Some(1000),
            groups: vec!["ops".into()],
            gids: vec![5],
        };
        match decide(&read(text), &an, command, "root") {
            Decision::Refused => "refused",
            Decision::Asked => "asked",
            Decision::Unasked(_) => "unasked",
        }
    }

    #[test]
    fn the_last_that_fits_decides() {
        for (want, text, command) in [
            ("unasked", "an ALL=(ALL) NOPASSWD: ALL", "/bin/x"),
            (
                "asked",
                "an ALL=(ALL) NOPASSWD: ALL\nan ALL=(ALL) PASSWD: ALL",
                "/bin/x",
            ),
            (
                "asked",
                "an ALL=(ALL) NOPASSWD: ALL\n%ops ALL=(ALL:ALL) ALL",
                "/bin/x",
            ),
            (
                "unasked",
                "%ops ALL=(ALL) ALL\nan ALL=(ALL) NOPASSWD: ALL",
                "/bin/x",
            ),
            ("unasked", "an ALL=NOPASSWD: ALL, PASSWD: /bin/x", "/bin/y"),
            ("asked", "an ALL=NOPASSWD: ALL, PASSWD: /bin/x", "/bin/x"),
            (
                "unasked",
                "an ALL=NOPASSWD: /bin/x : web = /bin/y",
                "/bin/x",
            ),
            ("asked", "an ALL=NOPASSWD: /bin/x : ALL = /bin/", "/bin/x"),
            ("refused", "an ALL=NOPASSWD: ALL, !SHELLS", "/bin/sh"),
            ("unasked", "an ALL=NOPASSWD: ALL, !SHELLS", "/bin/ls"),
            (
                "unasked",
                "#1000 ALL=(root) NOEXEC: NOPASSWD: sha256:abc /bin/x",
                "/bin/x",
            ),
            ("refused", "ALL, !an ALL=NOPASSWD: ALL", "/bin/x"),
            ("refused", "an ALL=(www-data) NOPASSWD: ALL", "/bin/x"),
            ("unasked", "+net ALL=NOPASSWD: ALL", "/bin/x"),
            ("unasked", "an ALL=NOPASSWD: ALL\n+net ALL=ALL", "/bin/x"),
            (
                "unasked",
                "an ALL=NOPASSWD: /bin/x -a\\,b\nan ALL=/bin/x -b",
                "/bin/x -a\\,b",
            ),
            ("refused", "", "/bin/x"),
        ] {
            assert_eq!(asks(text, command), want, "{text} {command}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[ -~\té…\\\\#=,:()!%\"]{0,200}") {
            let all = grants(&text, "f:1", &Aliases::default());
            decide(&all, &Person::default(), "/bin/x", "root");
            grants(&format!("an ALL=(ALL) {text}"), "f:1", &Aliases::default());
        }
    }
}
