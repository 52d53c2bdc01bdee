//! How sshd lets people in: the authentication keywords alone, as one connection would meet them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    accounts::{Accounts, Groups},
    sshd::{self, Sshd},
    text::lines,
};
use crate::{
    context::{Cx, Gather},
    host::{Command, Host, HostError},
    observation::{Gap, Vantage},
};

const CONFIG: &str = "/etc/ssh/sshd_config";
/// A connection from this host and one from outside (an address for documentation).
const FROM: [&str; 2] = ["127.0.0.1", "203.0.113.1"];
/// Most contexts that are asked for.
const MAX_CONTEXTS: usize = 10;
/// The keywords that decide how somebody gets in, in lower case.
const KEYWORDS: [&str; 11] = [
    "authenticationmethods",
    "gssapiauthentication",
    "hostbasedauthentication",
    "kbdinteractiveauthentication",
    "challengeresponseauthentication",
    "passwordauthentication",
    "permitrootlogin",
    "pubkeyauthentication",
    "pubkeyauthoptions",
    "pubkeyacceptedalgorithms",
    "usepam",
];

/// What sshd asks of one user from one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Who.
    pub user: String,
    /// Whether that is user id 0.
    pub root: bool,
    /// From where.
    pub addr: String,
    /// Keywords with their values, both in lower case.
    pub settings: BTreeMap<String, String>,
    /// From where that is known.
    pub vantage: Vantage,
    /// The command or file that shows it.
    pub source: String,
}

impl Context {
    /// Whether the yes-or-no keyword is on; `default` where nothing names it.
    pub fn on(&self, keyword: &str, default: bool) -> bool {
        self.settings.get(keyword).map_or(default, |v| v == "yes")
    }

    /// The value of a keyword; empty where nothing names it.
    pub fn get(&self, keyword: &str) -> &str {
        self.settings.get(keyword).map_or("", String::as_str)
    }
}

/// How sshd lets people in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SshdAuth {
    /// Whether this host has an SSH server at all.
    pub present: bool,
    /// What representative connections meet.
    pub contexts: Vec<Context>,
    /// `Match` blocks that set one of the keywords and that no context stands for.
    pub unresolved: Vec<String>,
}

impl Gather for SshdAuth {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let server = cx.get::<Sshd>()?;
        if !server.present {
            return Ok(Self::default());
        }
        let text = read_config(host)?;
        let parsed = parse(text.as_deref().unwrap_or_default());
        let accounts = cx.get::<Accounts>()?;
        let groups = cx.get::<Groups>()?;
        let (pairs, mut unresolved) = connections(&parsed, &accounts, &groups);
        let mut contexts = Vec::new();
        for (user, addr) in pairs {
            let root = accounts.find(&user).is_some_and(|a| a.uid == 0);
            match ask(host, &user, &addr, root)? {
                Some(context) => contexts.push(context),
                None => unresolved.push(format!("{user}@{addr}")),
            }
        }
        let mut seen = if contexts.is_empty() {
            from_text(&parsed, &accounts)?
        } else {
            Self {
                present: true,
                contexts,
                unresolved,
            }
        };
        // What stands on the running server's command line wins over every file.
        for option in server
            .overrides
            .iter()
            .rev()
            .filter(|o| is_known(&o.keyword))
        {
            for context in &mut seen.contexts {
                context
                    .settings
                    .insert(option.keyword.clone(), option.words.join(" "));
            }
        }
        Ok(seen)
    }
}

fn is_known(keyword: &str) -> bool {
    KEYWORDS.contains(&keyword)
}

/// The server's own words for one connection; `None` when it cannot be asked here.
fn ask(host: &dyn Host, user: &str, addr: &str, root: bool) -> Result<Option<Context>, Gap> {
    let command = Command::SshdEffectiveFor {
        user: user.to_owned(),
        addr: addr.to_owned(),
    };
    match host.run(&command) {
        Ok(output) if output.ok() => Ok(Some(Context {
            user: user.to_owned(),
            root,
            addr: addr.to_owned(),
            settings: settings(&output.text()),
            vantage: Vantage::Effective,
            source: command.line(),
        })),
        Ok(output) => match sshd::refusal(&command, &output) {
            Some(gap) => Err(gap),
            None => Ok(None),
        },
        Err(HostError::NotFound(_) | HostError::NotLive(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn settings(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        if let Some((keyword, value)) = keyword(line) {
            found.entry(keyword).or_insert(value);
        }
    }
    found
}

/// One of [`KEYWORDS`] and its value, both in lower case.
fn keyword(line: &str) -> Option<(String, String)> {
    let (keyword, value) = split(line)?;
    let keyword = match keyword.as_str() {
        "challengeresponseauthentication" => "kbdinteractiveauthentication".to_owned(),
        _ => keyword,
    };
    KEYWORDS
        .contains(&keyword.as_str())
        .then(|| (keyword, value.to_ascii_lowercase()))
}

/// Keyword (lower case) and value of a line: white space or one `=` between, quotes dropped.
fn split(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let end = line.find(|c: char| c.is_whitespace() || c == '=')?;
    let value = line[end..].trim_start().trim_start_matches('=').trim();
    Some((line[..end].to_ascii_lowercase(), value.replace('"', "")))
}

/// The configuration with its includes in place, or nothing where there is none.
fn read_config(host: &dyn Host) -> Result<Option<String>, Gap> {
    let Some(text) = host.text_if_any(CONFIG)? else {
        return Ok(None);
    };
    let mut all = String::new();
    for line in text.lines() {
        match split(line) {
            Some((word, globs)) if word == "include" => {
                for glob in globs.split_whitespace() {
                    include(host, glob, &mut all)?;
                }
            }
            _ => {
                all.push_str(line);
                all.push('\n');
            }
        }
    }
    Ok(Some(all))
}

fn include(host: &dyn Host, glob: &str, into: &mut String) -> Result<(), Gap> {
    let path = if glob.starts_with('/') {
        glob.to_owned()
    } else {
        format!("/etc/ssh/{glob}")
    };
    let Some((folder, name)) = path.rsplit_once('/') else {
        return Ok(());
    };
    let Some((head, tail)) = name.split_once('*') else {
        into.push_str(&host.text_if_any(&path)?.unwrap_or_default());
        into.push('\n');
        return Ok(());
    };
    for entry in host.list_if_any(folder, 256)? {
        let fits = entry
            .name
            .strip_prefix(head)
            .is_some_and(|rest| rest.ends_with(tail));
        if fits {
            into.push_str(
                &host
                    .text_if_any(&format!("{folder}/{}", entry.name))?
                    .unwrap_or_default(),
            );
            into.push('\n');
        }
    }
    Ok(())
}

/// The configuration as text: what stands before any `Match`, and the blocks that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parsed {
    global: BTreeMap<String, String>,
    /// Criteria of the `Match` blocks that set one of the keywords.
    blocks: Vec<String>,
}

fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut block: Option<String> = None;
    for (_, line) in lines(text) {
        if let Some((word, criteria)) = split(line)
            && word == "match"
        {
            block = (!criteria.eq_ignore_ascii_case("all")).then_some(criteria);
            continue;
        }
        let Some((keyword, value)) = keyword(line) else {
            continue;
        };
        match &block {
            Some(criteria) if !parsed.blocks.contains(criteria) => {
                parsed.blocks.push(criteria.clone());
            }
            Some(_) => {}
            None => {
                parsed.global.entry(keyword).or_insert(value);
            }
        }
    }
    parsed
}

/// The connections to ask about: root and an ordinary user from here and from outside, and one
/// for each `Match` block that can be met on purpose; then the blocks that cannot.
fn connections(
    parsed: &Parsed,
    accounts: &Accounts,
    groups: &Groups,
) -> (BTreeSet<(String, String)>, Vec<String>) {
    let ordinary = ordinary(accounts);
    let mut pairs = BTreeSet::new();
    for user in std::iter::once("root").chain(ordinary) {
        pairs.extend(FROM.map(|addr| (user.to_owned(), addr.to_owned())));
    }
    let mut unresolved = Vec::new();
    for block in &parsed.blocks {
        match meeting(block, ordinary.unwrap_or("root"), accounts, groups) {
            Some(found) if pairs.len() + found.len() <= MAX_CONTEXTS => pairs.extend(found),
            _ => unresolved.push(block.clone()),
        }
    }
    (pairs, unresolved)
}

fn ordinary(accounts: &Accounts) -> Option<&str> {
    let mut people = accounts
        .all
        .iter()
        .filter(|a| a.uid >= 1000 && a.uid < 60_000);
    people
        .find(|a| a.has_login_shell())
        .map(|a| a.name.as_str())
}

/// Connections that meet every criterion of a block, where the criteria are plain enough.
fn meeting(
    block: &str,
    ordinary: &str,
    accounts: &Accounts,
    groups: &Groups,
) -> Option<Vec<(String, String)>> {
    let words: Vec<&str> = block
        .split([' ', '\t', '='])
        .filter(|w| !w.is_empty())
        .collect();
    let (mut users, mut addrs) = (Vec::new(), Vec::new());
    for pair in words.chunks(2) {
        let [criterion, values] = pair else {
            return None;
        };
        let plain = values
            .split(',')
            .map(|v| (!v.contains(['*', '?', '!'])).then_some(v));
        let values: Vec<&str> = plain.collect::<Option<_>>()?;
        match criterion.to_ascii_lowercase().as_str() {
            "user" if users.is_empty() => users.extend(values.iter().map(|v| (*v).to_owned())),
            "group" if users.is_empty() => {
                for group in values {
                    if !groups.0.iter().any(|g| g.name == group) {
                        return None; // a directory may hold it
                    }
                    let members = groups.members(group, accounts);
                    let open = |m: &&String| accounts.find(m).is_some_and(|a| a.has_login_shell());
                    users.extend(members.iter().find(open).cloned());
                }
                if users.is_empty() {
                    return Some(Vec::new()); // nobody whom the block could meet
                }
            }
            "address" if addrs.is_empty() => {
                for value in values {
                    addrs.push(value.split('/').next().unwrap_or(value).to_owned());
                }
            }
            _ => return None,
        }
    }
    if users.is_empty() {
        users = vec!["root".to_owned(), ordinary.to_owned()];
    }
    if addrs.is_empty() {
        addrs.push(FROM[1].to_owned());
    }
    let pair = |u: &String| {
        addrs
            .iter()
            .map(|a| (u.clone(), a.clone()))
            .collect::<Vec<_>>()
    };
    Some(users.iter().flat_map(pair).collect())
}

/// What the text alone says, where the server cannot be asked: the part before any `Match`.
fn from_text(parsed: &Parsed, accounts: &Accounts) -> Result<SshdAuth, Gap> {
    let people = std::iter::once("root").chain(ordinary(accounts));
    let context = |user: &str| Context {
        user: user.to_owned(),
        root: user == "root",
        addr: FROM[1].to_owned(),
        settings: parsed.global.clone(),
        vantage: Vantage::Configured,
        source: CONFIG.to_owned(),
    };
    Ok(SshdAuth {
        present: true,
        contexts: people.map(context).collect(),
        unresolved: parsed.blocks.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_counts_and_spelling_does_not() {
        let parsed = parse(
            "PasswordAuthentication=\"no\"\npasswordauthentication yes\nChallengeResponseAuthentication no\nPort 22\n",
        );
        assert_eq!(parsed.global["passwordauthentication"], "no");
        assert_eq!(parsed.global["kbdinteractiveauthentication"], "no");
        assert_eq!(parsed.global.len(), 2);
    }

    #[test]
    fn only_blocks_that_matter_are_kept() {
        let text = "Match User a\n X11Forwarding no\nMatch Address 10.0.0.0/8\n PasswordAuthentication yes\nMatch all\n UsePAM yes\n";
        let parsed = parse(text);
        assert_eq!(parsed.blocks, ["Address 10.0.0.0/8"]);
        assert_eq!(parsed.global["usepam"], "yes");
    }

    #[test]
    fn blocks_are_met_on_purpose_or_named() {
        let accounts = Accounts::default();
        let groups = Groups::default();
        let met = |block: &str| meeting(block, "an", &accounts, &groups);
        assert_eq!(met("User b,c").unwrap().len(), 2);
        assert_eq!(met("Address 10.0.0.0/8").unwrap()[0].1, "10.0.0.0");
        assert_eq!(met("Group elsewhere"), None);
        for hard in [
            "Exec /bin/x",
            "User a*",
            "User !root",
            "LocalPort 2222",
            "User",
        ] {
            assert_eq!(met(hard), None, "{hard}");
        }
    }
}
