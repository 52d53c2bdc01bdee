//! What each user specification of `sudoers(5)` grants, command by command.

use std::collections::BTreeMap;

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
