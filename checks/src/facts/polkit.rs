//! What polkit grants without asking: rules (`polkit(8)`), the older local authority, and defaults
//! of actions. Only actions by which somebody becomes root count: `pkexec`, and `run0` and
//! `systemd-run`, which start any program as a unit.
//!
//! Rules are JavaScript and are not run. A rule that grants is read by the actions that it names.

use std::collections::BTreeSet;

use super::{
    glob, ini,
    polkit_rule::{Sort, of_file},
};
use crate::{
    host::{Host, Kind},
    observation::Gap,
};

const RULES: [&str; 4] = [
    "/etc/polkit-1/rules.d/*.rules",
    "/run/polkit-1/rules.d/*.rules",
    "/usr/local/share/polkit-1/rules.d/*.rules",
    "/usr/share/polkit-1/rules.d/*.rules",
];
const AUTHORITIES: [&str; 2] = [
    "/etc/polkit-1/localauthority/*/*.pkla",
    "/var/lib/polkit-1/localauthority/*/*.pkla",
];
/// Actions with their defaults.
const ACTIONS: &str = "/usr/share/polkit-1/actions/*.policy";
/// Reads the local authority for newer polkit.
const COMPATIBLE: &str = "/usr/bin/pkla-check-authorization";
/// Newer polkit keeps its rules here, and reads no local authority by itself.
const NEWER: &str = "/usr/share/polkit-1/rules.d";
/// Actions that lead to root.
pub(super) const ROOT: [&str; 3] = [
    "org.freedesktop.machine1.host-shell",
    "org.freedesktop.policykit.exec",
    "org.freedesktop.systemd1.manage-units",
];
const MAX_NAMED: usize = 20;

/// What is granted without asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// Places that let somebody become root unasked.
    pub open: BTreeSet<String>,
    /// Places that may: the condition is a program.
    pub unsure: BTreeSet<String>,
}

/// Reads what stands in files.
///
/// # Errors
/// When a file may not be read.
pub fn granted(host: &dyn Host) -> Result<Granted, Gap> {
    let mut found = Granted::default();
    // What stands in `/run` is gone in an image.
    let image = host.kind() == Kind::Image;
    let rules = RULES.into_iter();
    for pattern in rules.filter(|p| !(image && p.starts_with("/run/"))) {
        for path in glob::expand(host, pattern)? {
            match of_file(&without_comments(&host.text(&path)?)) {
                Sort::Harmless => {}
                Sort::Open => drop(found.open.insert(path)),
                Sort::Unsure => drop(found.unsure.insert(path)),
            }
        }
    }
    let in_force = host.stat_if_any(COMPATIBLE)?.is_some() || host.stat_if_any(NEWER)?.is_none();
    for pattern in AUTHORITIES.iter().filter(|_| in_force) {
        for path in glob::expand(host, pattern)? {
            if authority_grants(&host.text(&path)?) {
                found.open.insert(path);
            }
        }
    }
    found.open.extend(open_actions(host)?);
    for list in [&mut found.open, &mut found.unsure] {
        while list.len() > MAX_NAMED {
            list.pop_last();
        }
    }
    Ok(found)
}

/// Definitions of actions that lead to root and say `yes` by default (`polkit(8)`, `defaults`).
fn open_actions(host: &dyn Host) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    for path in glob::expand(host, ACTIONS)? {
        if defaults_grant(&host.text(&path)?) {
            found.push(path);
        }
    }
    Ok(found)
}

fn defaults_grant(text: &str) -> bool {
    let mut bare = String::new();
    for (n, part) in text.split("<!--").enumerate() {
        let shown = if n == 0 {
            part
        } else {
            part.split_once("-->").map_or("", |(_, after)| after)
        };
        bare.push_str(shown);
    }
    bare.split("<action ").skip(1).any(|action| {
        let action = action.split("</action>").next().unwrap_or_default();
        let id = values(action.split('>').next().unwrap_or_default());
        let words = action.split("<allow_").skip(1);
        let mut said = words.filter_map(|w| w.split_once('>'));
        id.iter().any(|i| ROOT.contains(i)) && said.any(|(_, w)| w.trim_start().starts_with("yes"))
    })
}

/// What stands in quotes in a tag.
fn values(tag: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some(at) = rest.find(['"', '\'']) {
        let (quote, inner) = rest[at..].split_at(1);
        let (value, after) = inner.split_once(quote).unwrap_or((inner, ""));
        found.push(value);
        rest = after;
    }
    found
}

/// JavaScript without its comments; texts in quotes are kept.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '/') if chars.peek() == Some(&'/') => {
                for skipped in chars.by_ref() {
                    if skipped == '\n' {
                        break;
                    }
                }
                out.push('\n');
                continue;
            }
            (None, '/') if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                for skipped in chars.by_ref() {
                    if last == '*' && skipped == '/' {
                        break;
                    }
                    last = skipped;
                }
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Whether a section of `pklocalauthority(8)` says `yes` to an action that leads to root.
fn authority_grants(text: &str) -> bool {
    let settings = ini::parse(text);
    let of = |section: &str, key: &str| {
        let mut all = settings.iter();
        all.find(|s| s.section == section && s.key.eq_ignore_ascii_case(key))
            .map(|s| s.value.clone())
    };
    let sections: BTreeSet<&str> = settings.iter().map(|s| s.section.as_str()).collect();
    sections.into_iter().any(|section| {
        let actions = of(section, "action").unwrap_or_default();
        let rooted = actions
            .split(';')
            .any(|a| ROOT.iter().any(|r| glob::matches(a.trim(), r)));
        let keys = ["resultany", "resultinactive", "resultactive"];
        rooted
            && keys
                .iter()
                .any(|k| of(section, k).as_deref() == Some("yes"))
    })
}

#[cfg(test)]
mod tests;
