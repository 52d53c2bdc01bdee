//! Conditions of a stack whose answer stands in files: who is let by, and who is not.
//!
//! `pam_succeed_if`, `pam_listfile`, `pam_access`, `pam_localuser` and `pam_wheel` are answered for
//! each account, as far as they ask what an account is and not where it comes from. What is not sure
//! stays open, and both answers are then considered.

use std::collections::BTreeMap;

use super::{Code, Rule, Stack};
use crate::{
    facts::{
        accounts::{Account, Group, Groups},
        glob,
    },
    host::{FileKind, Host, HostError},
};

/// Most kinds of accounts that are told apart.
const MAX_KINDS: usize = 16;
/// Most accounts that are named for a condition.
const MAX_NAMES: usize = 5;
const ACCESS: &str = "/etc/security/access.conf";

/// Answers that hold for some accounts: by the place of the rule, the code and whom it concerns.
pub type Fixed = BTreeMap<String, (Code, String)>;

/// Who may stand before a stack.
pub struct People<'a> {
    /// As whom they log in.
    pub users: Vec<&'a Account>,
    /// Who runs the program, where that is somebody else (`su`).
    pub callers: Vec<&'a Account>,
    /// The groups of this host.
    pub groups: &'a Groups,
}

/// The kinds of accounts that the conditions of a stack tell apart. Nothing is fixed in the one kind
/// where there are too many, or nobody.
pub fn kinds(host: &dyn Host, stack: &Stack, people: &People<'_>) -> Vec<Fixed> {
    let files: BTreeMap<&str, Answer<'_>> = stack
        .rules
        .iter()
        .filter_map(|rule| Some((rule.source.as_str(), answer(host, rule)?)))
        .collect();
    let mut found: BTreeMap<Vec<(String, Code)>, Vec<&str>> = BTreeMap::new();
    for user in &people.users {
        let mut codes = Vec::new();
        for rule in &stack.rules {
            let answer = files.get(rule.source.as_str());
            let code = answer.and_then(|a| a.of(rule, user, people));
            codes.extend(code.map(|c| (rule.source.clone(), c)));
        }
        found.entry(codes).or_default().push(&user.name);
    }
    if found.is_empty() || found.len() > MAX_KINDS {
        return vec![Fixed::new()];
    }
    let all = found.len() == 1;
    let kind = |(codes, names): (Vec<(String, Code)>, Vec<&str>)| {
        let mut who = names[..names.len().min(MAX_NAMES)].join(", ");
        if all {
            "everybody".clone_into(&mut who);
        } else if names.len() > MAX_NAMES {
            who.push_str(&format!(" and {} more", names.len() - MAX_NAMES));
        }
        let codes = codes.into_iter();
        codes.map(|(s, c)| (s, (c, who.clone()))).collect()
    };
    found.into_iter().map(kind).collect()
}

/// What is needed to answer a condition.
enum Answer<'a> {
    SucceedIf(Vec<&'a str>),
    List {
        text: Option<String>,
        by_group: bool,
        allow: bool,
        open: bool,
    },
    Access(String),
    Local,
    Wheel,
}

/// What the condition needs, where it can be answered at all.
fn answer<'a>(host: &dyn Host, rule: &'a Rule) -> Option<Answer<'a>> {
    match rule.module() {
        "pam_succeed_if" => {
            let flags = ["debug", "quiet", "quiet_fail", "quiet_success", "audit"];
            let words = rule.args().iter().map(String::as_str);
            let words: Vec<&str> = words.filter(|w| !flags.contains(w)).collect();
            (!words.contains(&"use_uid")).then_some(Answer::SucceedIf(words))
        }
        "pam_listfile" => list(host, rule),
        "pam_access" => access(host, rule),
        "pam_localuser" if rule.value("file").is_none() => Some(Answer::Local),
        "pam_wheel" => Some(Answer::Wheel),
        _ => None,
    }
}

fn list<'a>(host: &dyn Host, rule: &Rule) -> Option<Answer<'a>> {
    let known = ["item", "sense", "file", "onerr"];
    let plain =
        |a: &String| a == "quiet" || a.split_once('=').is_some_and(|(k, _)| known.contains(&k));
    if !rule.args().iter().all(plain) {
        return None;
    }
    let by_group = match rule.value("item")? {
        "user" => false,
        "group" => true,
        _ => return None,
    };
    let allow = match rule.value("sense")? {
        "allow" => true,
        "deny" => false,
        _ => return None,
    };
    let open = match rule.value("onerr") {
        Some("succeed") => true,
        Some("fail") | None => false,
        Some(_) => return None,
    };
    let path = rule.value("file")?;
    let text = match host.stat(path) {
        Ok(stat) if stat.kind == FileKind::File && stat.mode & 0o002 == 0 => {
            Some(host.text(path).ok()?)
        }
        Err(HostError::NotFound(_)) => None,
        _ => return None,
    };
    Some(Answer::List {
        text,
        by_group,
        allow,
        open,
    })
}

fn access<'a>(host: &dyn Host, rule: &Rule) -> Option<Answer<'a>> {
    let named = rule.value("accessfile");
    let plain = |a: &String| a == "debug" || a.starts_with("accessfile=");
    if !rule.args().iter().all(plain) {
        return None;
    }
    let more = host.list_if_any("/etc/security/access.d", 64).ok()?;
    if named.is_none() && !more.is_empty() {
        return None;
    }
    host.text(named.unwrap_or(ACCESS)).ok().map(Answer::Access)
}

impl Answer<'_> {
    /// The code for one account; none where it hangs on something else, too.
    fn of(&self, rule: &Rule, user: &Account, people: &People<'_>) -> Option<Code> {
        match self {
            Self::SucceedIf(words) => succeed_if(words, user, people.groups),
            Self::List {
                text: None, open, ..
            } => Some(if *open {
                Code::Success
            } else {
                Code::ServiceErr
            }),
            Self::List {
                text: Some(text),
                by_group,
                allow,
                ..
            } => {
                let mut lines = text.lines();
                let found = match by_group {
                    true => lines.any(|l| is_member(user, l, people.groups)),
                    false => lines.any(|l| l == user.name),
                };
                Some(if found == *allow {
                    Code::Success
                } else {
                    Code::AuthErr
                })
            }
            Self::Access(text) => by_access(text, user, people.groups),
            Self::Local => Some(Code::Success),
            Self::Wheel => wheel(rule, user, people),
        }
    }
}

/// `pam_succeed_if(8)`: triplets, all of which must hold.
fn succeed_if(words: &[&str], user: &Account, groups: &Groups) -> Option<Code> {
    if words.is_empty() || !words.len().is_multiple_of(3) {
        return None;
    }
    for three in words.chunks_exact(3) {
        if !holds(
            three[0],
            &three[1].to_ascii_lowercase(),
            three[2],
            user,
            groups,
        )? {
            return Some(Code::AuthErr);
        }
    }
    Some(Code::Success)
}

fn holds(left: &str, how: &str, right: &str, user: &Account, groups: &Groups) -> Option<bool> {
    let (uid, gid) = (user.uid.to_string(), user.gid.to_string());
    let value = match left {
        "user" => &user.name,
        "uid" => &uid,
        "gid" => &gid,
        "shell" => &user.shell,
        "home" => &user.home,
        _ => return None,
    };
    let numbers = || -> Option<(i64, i64)> { Some((value.parse().ok()?, right.parse().ok()?)) };
    let simple = !right.contains(['[', ']', '\\']);
    Some(match how {
        "=" => value == right,
        "!=" => value != right,
        "=~" if simple => glob::matches(right, value),
        "!~" if simple => !glob::matches(right, value),
        "eq" | "-eq" => numbers().map(|(a, b)| a == b)?,
        "ne" | "-ne" => numbers().map(|(a, b)| a != b)?,
        "<" | "lt" | "-lt" => numbers().map(|(a, b)| a < b)?,
        "<=" | "le" | "-le" => numbers().map(|(a, b)| a <= b)?,
        ">" | "gt" | "-gt" => numbers().map(|(a, b)| a > b)?,
        ">=" | "ge" | "-ge" => numbers().map(|(a, b)| a >= b)?,
        "in" => right.split(':').any(|r| r == value),
        "notin" => right.split(':').all(|r| r != value),
        "ingroup" if left == "user" => right.split(':').any(|g| is_member(user, g, groups)),
        "notingroup" if left == "user" => right.split(':').all(|g| !is_member(user, g, groups)),
        _ => return None,
    })
}

fn is_member(user: &Account, group: &str, groups: &Groups) -> bool {
    let mut named = groups.0.iter().filter(|g| g.name == group);
    named.any(|g| g.gid == user.gid || g.members.contains(&user.name))
}

/// `access.conf(5)`: the first line that names the account decides, if it does so from everywhere.
fn by_access(text: &str, user: &Account, groups: &Groups) -> Option<Code> {
    for line in text.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.splitn(3, ':').collect();
        let [permission, users, origins] = fields[..] else {
            return None;
        };
        let mut named = false;
        for word in users.split([' ', '\t', ',']).filter(|w| !w.is_empty()) {
            if word == "EXCEPT" || word.contains(['@', '%', '*']) {
                return None;
            }
            let group = word.strip_prefix('(').and_then(|w| w.strip_suffix(')'));
            named |= match group {
                Some(group) => is_member(user, group, groups),
                None => word == "ALL" || word == user.name || is_member(user, word, groups),
            };
        }
        match (named, permission, origins.trim()) {
            // What is neither is passed over, with a line in the log.
            (_, p, _) if p != "+" && p != "-" => return None,
            (false, ..) => {}
            (true, "+", "ALL") => return Some(Code::Success),
            (true, "-", "ALL") => return Some(Code::PermDenied),
            (true, ..) => return None,
        }
    }
    Some(Code::Success)
}

/// `pam_wheel(8)`: asks who runs the program. Only what is the same for all of them is an answer.
fn wheel(rule: &Rule, user: &Account, people: &People<'_>) -> Option<Code> {
    let known = ["debug", "use_uid", "trust", "deny", "root_only"];
    let plain = |a: &String| known.contains(&a.as_str()) || a.starts_with("group=");
    let group = named_group(rule, &people.groups.0)?;
    if people.callers.is_empty() || !rule.args().iter().all(plain) {
        return None;
    }
    if rule.has("root_only") && user.uid != 0 {
        return Some(Code::Ignore);
    }
    let inside = |a: &&Account| group.gid == a.gid || group.members.contains(&a.name);
    let code = |member: bool| match (member, rule.has("deny"), rule.has("trust")) {
        (true, true, _) | (false, false, _) => Code::PermDenied,
        (true, false, true) | (false, true, true) => Code::Success,
        (true, false, false) | (false, true, false) => Code::Ignore,
    };
    let members = people.callers.iter().filter(|a| inside(a)).count();
    match members {
        0 => Some(code(false)),
        n if n == people.callers.len() => Some(code(true)),
        _ => None,
    }
}

fn named_group<'a>(rule: &Rule, groups: &'a [Group]) -> Option<&'a Group> {
    if let Some(named) = rule.value("group") {
        return groups.iter().find(|g| g.name == named);
    }
    let wheel = groups.iter().find(|g| g.name == "wheel");
    wheel.or_else(|| groups.iter().find(|g| g.gid == 0))
}
