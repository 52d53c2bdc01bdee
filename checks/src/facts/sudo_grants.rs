//! What each user specification of `sudoers(5)` grants, command by command, and which of them
//! decides: sudo goes by the last that fits.

use std::collections::BTreeMap;

use super::accounts::{Account, Groups};

/// Tags that may stand before a command.
const TAGS: [&str; 18] = [
    "EXEC",
    "NOEXEC",
    "FOLLOW",
    "NOFOLLOW",
    "INTERCEPT",
    "NOINTERCEPT",
    "LOG_INPUT",
    "NOLOG_INPUT",
    "LOG_OUTPUT",
    "NOLOG_OUTPUT",
    "MAIL",
    "NOMAIL",
    "PASSWD",
    "NOPASSWD",
    "SETENV",
    "NOSETENV",
    "APPARMOR",
    "NOAPPARMOR",
];
const DIGESTS: [&str; 4] = ["sha224", "sha256", "sha384", "sha512"];
/// Deepest nesting of aliases that is followed.
const MAX_DEPTH: usize = 16;
/// Most grants kept of one line.
const MAX_GRANTS: usize = 2_000;

/// One command that some users may, or may not, run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Users, `%groups`, `+netgroups` and `ALL`, with aliases resolved; `!` before those left out.
    pub users: Vec<String>,
    /// Hosts, aliases resolved.
    pub hosts: Vec<String>,
    /// As whom; empty means root.
    pub runas: Vec<String>,
    /// The command with its arguments, or `ALL`.
    pub command: String,
    /// A `!` stands before it.
    pub denied: bool,
    /// What a tag says about the password; `None` where none does.
    pub asks: Option<bool>,
    /// `FILE:LINE`.
    pub source: String,
}

/// Aliases of the four kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    /// `User_Alias`.
    pub users: BTreeMap<String, Vec<String>>,
    /// `Host_Alias`.
    pub hosts: BTreeMap<String, Vec<String>>,
    /// `Runas_Alias`.
    pub runas: BTreeMap<String, Vec<String>>,
    /// `Cmnd_Alias`.
    pub commands: BTreeMap<String, Vec<String>>,
}

/// The grants of one user specification: `users hosts = commands : hosts = commands`.
pub fn grants(line: &str, source: &str, aliases: &Aliases) -> Vec<Grant> {
    let (users, rest) = leading_list(line);
    let users = expand(&users, &aliases.users, 0);
    let mut found = Vec::new();
    for privilege in privileges(rest) {
        let Some((hosts, commands)) = privilege.split_once('=') else {
            continue;
        };
        let hosts = hosts
            .split(',')
            .map(|h| h.trim().to_owned())
            .collect::<Vec<_>>();
        let hosts = expand(&hosts, &aliases.hosts, 0);
        let (mut runas, mut asks) = (Vec::new(), None);
        for item in split_at(commands, ',') {
            let command = prefix(item.trim(), &mut runas, &mut asks, aliases);
            for (command, denied) in negatable(command, &aliases.commands, 0) {
                if found.len() >= MAX_GRANTS {
                    return found;
                }
                found.push(Grant {
                    users: users.clone(),
                    hosts: hosts.clone(),
                    runas: runas.clone(),
                    command,
                    denied,
                    asks,
                    source: source.to_owned(),
                });
            }
        }
    }
    found
}

/// The list before the first white space that no comma precedes or follows, and the rest.
fn leading_list(line: &str) -> (Vec<String>, &str) {
    let mut end = line.len();
    let mut wants_more = true;
    let mut escaped = false;
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        let blank = c.is_whitespace() && !escaped && !quoted;
        if blank && !wants_more && !line[at..].trim_start().starts_with(',') {
            end = at;
            break;
        }
        if !c.is_whitespace() {
            wants_more = c == ',' || (c == '!' && !quoted);
        }
        quoted ^= c == '"';
        escaped = c == '\\' && !escaped;
    }
    let (list, rest) = line.split_at(end);
    let names = split_at(list, ',').into_iter().map(|n| {
        let n = n.trim();
        let bare = n.trim_start_matches('!').trim();
        let not = if (n.matches('!').count() % 2) == 1 {
            "!"
        } else {
            ""
        };
        format!("{not}{}", bare.trim_matches('"').replace('\\', ""))
    });
    (names.filter(|n| !n.is_empty()).collect(), rest)
}

/// The parts between the colons that separate privileges; those of tags, digests and `(user:group)`
/// do not.
fn privileges(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut depth, mut escaped) = (0, 0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                let before = text[from..at].trim_end();
                let word = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_'));
                let word = word.into_iter().next().unwrap_or_default();
                if !TAGS.contains(&word) && !DIGESTS.contains(&word) {
                    found.push(&text[from..at]);
                    from = at + 1;
                }
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    found.push(&text[from..]);
    found
}

/// Parts between separators that stand outside quotes and parentheses and behind no backslash.
fn split_at(text: &str, separator: char) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {}
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if c == separator && !quoted && depth == 0 => {
                found.push(&text[from..at]);
                from = at + c.len_utf8();
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    found.push(&text[from..]);
    found
}

/// Takes `(runas)`, options and tags off the front of a command; they hold for what follows, too.
fn prefix<'t>(
    mut text: &'t str,
    runas: &mut Vec<String>,
    asks: &mut Option<bool>,
    aliases: &Aliases,
) -> &'t str {
    loop {
        text = text.trim_start();
        if let Some((inside, rest)) = text.strip_prefix('(').and_then(|t| t.split_once(')')) {
            let users = inside.split(':').next().unwrap_or_default();
            let users = users
                .split(',')
                .map(|u| u.trim().to_owned())
                .filter(|u| !u.is_empty());
            *runas = expand(&users.collect::<Vec<_>>(), &aliases.runas, 0);
            text = rest;
            continue;
        }
        let word = text
            .split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
            .next();
        let word = word.unwrap_or_default();
        let rest = text[word.len()..].trim_start();
        if let Some(rest) = rest.strip_prefix(':').filter(|_| TAGS.contains(&word)) {
            match word {
                "NOPASSWD" => *asks = Some(false),
                "PASSWD" => *asks = Some(true),
                _ => {}
            }
            text = rest;
        } else if let Some(rest) = rest.strip_prefix('=').filter(|_| !word.is_empty()) {
            // `TIMEOUT=5m`, `CWD=/x`: an option and its value
            let rest = rest.trim_start();
            text = rest
                .split_once(char::is_whitespace)
                .map_or("", |(_, more)| more);
        } else {
            return text.trim_end();
        }
    }
}

/// The commands that one item names, aliases resolved in their order, each with whether it is
/// denied.
fn negatable(
    text: &str,
    aliases: &BTreeMap<String, Vec<String>>,
    depth: usize,
) -> Vec<(String, bool)> {
    let bare = text.trim_start_matches(|c: char| c == '!' || c.is_whitespace());
    let signs = text.len() - bare.len();
    let denied = text[..signs].matches('!').count() % 2 == 1;
    match aliases.get(bare).filter(|_| depth < MAX_DEPTH) {
        Some(members) => {
            let all = members
                .iter()
                .flat_map(|m| negatable(m, aliases, depth + 1));
            all.take(MAX_GRANTS)
                .map(|(c, d)| (c, d != denied))
                .collect()
        }
        None => {
            let digest = DIGESTS
                .iter()
                .find_map(|d| bare.strip_prefix(d)?.trim_start().strip_prefix(':'));
            let command = digest.map_or(bare, |d| {
                d.trim_start()
                    .split_once(char::is_whitespace)
                    .map_or("", |(_, c)| c.trim_start())
            });
            vec![(command.to_owned(), denied)]
        }
    }
}

fn expand(names: &[String], aliases: &BTreeMap<String, Vec<String>>, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        for (name, denied) in negatable(name, aliases, depth) {
            found.push(if denied { format!("!{name}") } else { name });
        }
        if found.len() > MAX_GRANTS {
            break;
        }
    }
    found
}

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
