//! What a new password must satisfy: the `password` stack of PAM with the settings of its modules.

use std::collections::BTreeMap;

use super::{
    pam::{
        self, Code, Facility, Rule, Stack,
        walk::{Marks, Outcome, ways},
    },
    text::lines,
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::{Gap, GapReason},
};

/// The service whose stack changes passwords.
const SERVICE: &str = "passwd";
const PWQUALITY: &str = "/etc/security/pwquality.conf";

/// A module that judges new passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quality {
    /// Its name: `pam_pwquality`, `pam_cracklib` or `pam_passwdqc`.
    pub module: String,
    /// File and line that calls it.
    pub source: String,
    /// Shortest password that it lets through, credits counted.
    pub min_length: i64,
    /// Character classes that it demands.
    pub min_classes: i64,
    /// Whether it looks into a dictionary.
    pub dictionary: bool,
    /// Whether root must obey.
    pub binds_root: bool,
    /// Whether it refuses at all, or only warns.
    pub enforcing: bool,
}

/// What a new password must satisfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The module that judges new passwords, where the stack calls one.
    pub quality: Option<Quality>,
    /// Whether no password gets past it.
    pub quality_binds: bool,
    /// Length that `pam_unix` itself asks for.
    pub unix_min_length: i64,
    /// How many old passwords are refused; 0 when none are kept.
    pub history: i64,
    /// What keeps them, with file and line.
    pub history_source: String,
    /// Whether no password gets past the history.
    pub history_binds: bool,
    /// Whether the history binds root too.
    pub history_binds_root: bool,
    /// The hash that `pam_unix` is told to use, with file and line.
    pub unix_hash: Option<(String, String)>,
    /// Whether `pam_unix` stands in the stack.
    pub unix: bool,
    /// Whether the stack holds any rule.
    pub any: bool,
}

impl Gather for PasswordPolicy {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let stack = pam::stack(host, SERVICE, Facility::Password)?;
        let quality = quality(host, &stack)?;
        let unix = stack.first("pam_unix");
        let length = unix.and_then(|r| r.value("minlen")?.parse().ok());
        let (history, history_source, history_binds_root) = history(host, &stack)?;
        let keeper = |r: &Rule| r.module() == "pam_pwhistory" || remembers(r);
        Ok(Self {
            quality_binds: match &quality {
                Some(q) => q.enforcing && binds(&stack, |r| r.module() == q.module)?,
                None => false,
            },
            quality,
            unix_min_length: length.unwrap_or(6),
            history,
            history_source,
            history_binds: history > 0 && binds(&stack, keeper)?,
            history_binds_root,
            unix_hash: unix.and_then(unix_hash),
            unix: unix.is_some(),
            any: !stack.rules.is_empty(),
        })
    }
}

/// Whether every way on which `pam_unix` (or a like module) takes a new password leads through a
/// success of the guard.
fn binds(stack: &Stack, guard: impl Fn(&Rule) -> bool) -> Result<bool, Gap> {
    let marked = |code, a, b| Outcome {
        code,
        marks: Marks { a, b, c: false },
        told: None,
    };
    let outcomes = |rule: &Rule| {
        let guards = guard(rule);
        let stores = matches!(rule.module(), "pam_unix" | "pam_unix2" | "pam_tcb");
        match rule.module() {
            "pam_deny" => vec![marked(Code::AuthtokErr, false, false)],
            "pam_permit" => vec![marked(Code::Success, false, false)],
            _ if guards || stores => vec![
                marked(Code::Success, stores, guards),
                marked(Code::AuthtokErr, false, false),
            ],
            _ => vec![
                marked(Code::Success, false, false),
                marked(Code::AuthtokErr, false, false),
                marked(Code::Ignore, false, false),
            ],
        }
    };
    let all = ways(stack, outcomes)
        .ok_or_else(|| Gap::new(GapReason::OverBudget, format!("/etc/pam.d/{SERVICE}")))?;
    // A password is stored when pam_unix succeeds, whatever the stack returns afterwards.
    let first_store = stack.rules.iter().position(|r| r.module() == "pam_unix");
    let first_guard = stack.rules.iter().position(&guard);
    let before = matches!((first_guard, first_store), (Some(g), Some(s)) if g <= s);
    Ok(before && !all.iter().any(|w| w.success && w.marks.a && !w.marks.b))
}

fn quality(host: &dyn Host, stack: &Stack) -> Result<Option<Quality>, Gap> {
    for name in ["pam_pwquality", "pam_cracklib", "pam_passwdqc"] {
        let Some(rule) = stack.first(name) else {
            continue;
        };
        let found = match name {
            "pam_passwdqc" => passwdqc(host, rule)?,
            _ => pwquality(host, rule)?,
        };
        return Ok(Some(found));
    }
    Ok(None)
}

/// The settings of libpwquality: the drop-ins in order, then the main file, then the module's
/// arguments; each overrides what came before.
fn pwquality(host: &dyn Host, rule: &Rule) -> Result<Quality, Gap> {
    let mut settings = BTreeMap::new();
    if rule.module() == "pam_pwquality" {
        let folder = format!("{PWQUALITY}.d");
        for entry in host.list_if_any(&folder, 256)? {
            if entry.name.ends_with(".conf") {
                let text = host.text_if_any(&format!("{folder}/{}", entry.name))?;
                settings.extend(pairs(&text.unwrap_or_default()));
            }
        }
        settings.extend(pairs(&host.text_if_any(PWQUALITY)?.unwrap_or_default()));
    }
    for arg in rule.args() {
        let (key, value) = arg.split_once('=').unwrap_or((arg, ""));
        settings.insert(key.to_owned(), value.to_owned());
    }
    let number = |key: &str, default: i64| match settings.get(key) {
        Some(text) => text
            .parse::<i64>()
            .map_err(|_| Gap::parse(format!("{key} = {text}"))),
        None => Ok(default),
    };
    let old = rule.module() == "pam_cracklib";
    let mut bonus = 0;
    let mut demanded = 0;
    for credit in ["dcredit", "ucredit", "lcredit", "ocredit"] {
        let n = number(credit, i64::from(old))?;
        bonus += n.max(0);
        demanded += i64::from(n < 0);
    }
    let least = number("minlen", if old { 9 } else { 8 })?;
    Ok(Quality {
        module: rule.module().to_owned(),
        source: rule.source.clone(),
        min_length: least.saturating_sub(bonus).max(6),
        min_classes: number("minclass", 0)?.max(demanded),
        dictionary: old || number("dictcheck", 1)? != 0,
        binds_root: settings.contains_key("enforce_for_root"),
        enforcing: number("enforcing", 1)? != 0,
    })
}

/// `key = value` and bare `key` lines.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let end = line
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(line.len());
        let value = line[end..].trim_start().trim_start_matches('=').trim();
        (line[..end].to_owned(), value.to_owned())
    };
    lines(text).map(|(_, line)| pair(line)).collect()
}

/// passwdqc asks for a length per number of classes: `min=N0,N1,N2,N3,N4`, where N2 is for phrases.
fn passwdqc(host: &dyn Host, rule: &Rule) -> Result<Quality, Gap> {
    let mut settings = BTreeMap::new();
    if let Some(path) = rule.value("config") {
        settings.extend(pairs(&host.text(path)?));
    }
    for arg in rule.args() {
        let (key, value) = arg.split_once('=').unwrap_or((arg, ""));
        settings.insert(key.to_owned(), value.to_owned());
    }
    let text = settings
        .get("min")
        .map_or("disabled,24,11,8,7", String::as_str);
    let mut lengths = Vec::new();
    for word in text.split(',') {
        lengths.push(match word.trim() {
            "disabled" => None,
            n => Some(
                n.parse::<i64>()
                    .map_err(|_| Gap::parse(format!("min={text}")))?,
            ),
        });
    }
    let classes = [1, 2, 2, 3, 4];
    let open = lengths
        .iter()
        .zip(classes)
        .filter_map(|(n, c)| Some(((*n)?, c)));
    let enforce = settings.get("enforce").map_or("everyone", String::as_str);
    let shortest = open.clone().map(|(n, _)| n).min().unwrap_or(0);
    let fewest = open.map(|(_, c)| c).min().unwrap_or(0);
    Ok(Quality {
        module: rule.module().to_owned(),
        source: rule.source.clone(),
        min_length: shortest,
        min_classes: fewest,
        dictionary: true,
        binds_root: enforce == "everyone",
        enforcing: enforce != "none",
    })
}

fn remembers(rule: &Rule) -> bool {
    rule.module() == "pam_unix" && rule.value("remember").is_some()
}

/// How many old passwords are refused, what says so, and whether root is bound.
fn history(host: &dyn Host, stack: &Stack) -> Result<(i64, String, bool), Gap> {
    let number = |text: &str, source: &str| {
        text.parse::<i64>()
            .map_err(|_| Gap::parse(format!("{source}: remember={text}")))
    };
    if let Some(rule) = stack.first("pam_pwhistory") {
        let path = rule.value("conf").unwrap_or("/etc/security/pwhistory.conf");
        let file = pairs(&host.text_if_any(path)?.unwrap_or_default());
        let root = rule.has("enforce_for_root") || file.contains_key("enforce_for_root");
        let (text, source) = match (rule.value("remember"), file.get("remember")) {
            (Some(arg), _) => (arg.to_owned(), rule.source.clone()),
            (None, Some(text)) => (text.clone(), path.to_owned()),
            (None, None) => ("10".to_owned(), rule.source.clone()),
        };
        return Ok((number(&text, &source)?, source, root));
    }
    let rule = stack.rules.iter().find(|r| remembers(r));
    match rule.and_then(|r| Some((r, r.value("remember")?))) {
        Some((rule, text)) => Ok((number(text, &rule.source)?, rule.source.clone(), false)),
        None => Ok((0, format!("/etc/pam.d/{SERVICE}"), false)),
    }
}

/// The value of `ENCRYPT_METHOD` in login.defs(5), in lower case, with its line.
pub fn encrypt_method(text: &str) -> Option<(usize, String)> {
    let value = |(n, line): (usize, &str)| {
        let rest = line.strip_prefix("ENCRYPT_METHOD")?;
        let value = rest.trim().trim_matches('"').to_ascii_lowercase();
        rest.starts_with(char::is_whitespace).then_some((n, value))
    };
    lines(text).filter_map(value).last()
}

fn unix_hash(rule: &Rule) -> Option<(String, String)> {
    const HASHES: [&str; 7] = [
        "yescrypt",
        "gost_yescrypt",
        "blowfish",
        "sha512",
        "sha256",
        "bigcrypt",
        "md5",
    ];
    let found = HASHES.iter().rev().find(|h| rule.has(h))?;
    Some(((*found).to_owned(), rule.source.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_in_every_spelling() {
        let got = pairs("# x\nminlen = 14\nminclass=4 # four\n enforce_for_root\ndcredit -1\n");
        assert_eq!(got["minlen"], "14");
        assert_eq!(got["minclass"], "4");
        assert_eq!(got["enforce_for_root"], "");
        assert_eq!(got["dcredit"], "-1");
    }
}
