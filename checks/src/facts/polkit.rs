//! What polkit grants without asking: rules (`polkit(8)`), the older local authority, and defaults
//! of actions. Only actions by which somebody becomes root count: `pkexec`, and `run0` and
//! `systemd-run`, which start any program as a unit.
//!
//! Rules are JavaScript and are not run. A rule that grants is read by the actions that it names.

use std::collections::BTreeSet;

use super::{glob, ini};
use crate::{host::Host, observation::Gap};

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
/// Reads the local authority for newer polkit.
const COMPATIBLE: &str = "/usr/bin/pkla-check-authorization";
/// Newer polkit keeps its rules here, and reads no local authority by itself.
const NEWER: &str = "/usr/share/polkit-1/rules.d";
/// Actions that lead to root.
const ROOT: [&str; 3] = [
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
    for pattern in RULES {
        for path in glob::expand(host, pattern)? {
            let text = without_comments(&host.text(&path)?);
            for rule in text.split("addRule").skip(1) {
                match of_rule(rule) {
                    Sort::Harmless => {}
                    Sort::Open => drop(found.open.insert(path.clone())),
                    Sort::Unsure => drop(found.unsure.insert(path.clone())),
                }
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
    for list in [&mut found.open, &mut found.unsure] {
        while list.len() > MAX_NAMED {
            list.pop_last();
        }
    }
    Ok(found)
}

enum Sort {
    Harmless,
    Open,
    Unsure,
}

/// What one rule may grant.
fn of_rule(text: &str) -> Sort {
    let literals = literals(text);
    let grants = text.contains("Result.YES") || literals.iter().any(|l| l == "yes");
    if !grants {
        return Sort::Harmless;
    }
    let actions: Vec<&String> = literals
        .iter()
        .filter(|l| l.contains('.') && !l.contains(['/', ' ']) && !is_unit(l))
        .filter(|l| l.len() > 3 && l.starts_with(|c: char| c.is_ascii_alphabetic()))
        .collect();
    // A name may be compared whole, in part, or with a pattern.
    let covers = |l: &&&String| ROOT.iter().any(|r| r.contains(l.trim_end_matches('*')));
    let exact = actions.iter().any(|l| ROOT.contains(&l.as_str()));
    let any = actions.iter().any(|l| covers(&l));
    // A rule may look at the unit or the program, and the like.
    let narrowed = text.contains("lookup(");
    let matched = ["RegExp", ".match(", ".search(", ".test("]
        .iter()
        .any(|w| text.contains(w));
    match (actions.is_empty(), exact, any) {
        (false, true, _) if !narrowed => Sort::Open,
        (false, false, false) if !matched => Sort::Harmless,
        _ => Sort::Unsure,
    }
}

fn is_unit(text: &str) -> bool {
    [".service", ".socket", ".timer", ".target"]
        .iter()
        .any(|end| text.ends_with(end))
}

/// The texts in quotes.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = if rest[at..].starts_with('"') {
            '"'
        } else {
            '\''
        };
        let inner = &rest[at + 1..];
        let Some(end) = inner.find(quote) else {
            break;
        };
        found.push(inner[..end].to_owned());
        rest = &inner[end + 1..];
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
mod tests {
    use super::*;

    fn sort(body: &str) -> &'static str {
        let text = without_comments(&format!(
            "polkit.addRule(function(action, subject) {{ {body} }});"
        ));
        match text.split("addRule").skip(1).map(of_rule).next() {
            Some(Sort::Open) => "open",
            Some(Sort::Unsure) => "unsure",
            _ => "harmless",
        }
    }

    #[test]
    fn rules_are_read_by_the_actions_that_they_name() {
        for (want, body) in [
            (
                "open",
                "if (action.id == \"org.freedesktop.policykit.exec\" && subject.isInGroup(\"wheel\")) return polkit.Result.YES;",
            ),
            (
                "open",
                "if (action.id == 'org.freedesktop.systemd1.manage-units') return 'yes';",
            ),
            (
                "unsure",
                "if (subject.isInGroup(\"wheel\")) return polkit.Result.YES;",
            ),
            (
                "unsure",
                "if (action.id.indexOf(\"org.freedesktop.\") == 0) return polkit.Result.YES;",
            ),
            (
                "unsure",
                "if (action.id == \"org.freedesktop.systemd1.manage-units\" && action.lookup(\"unit\") == \"a.service\") return polkit.Result.YES;",
            ),
            (
                "unsure",
                "if (action.id.split(\".\")[2] == \"policykit\") return polkit.Result.YES;",
            ),
            (
                "unsure",
                "if (action.id.endsWith(\"policykit.exec\")) return polkit.Result.YES;",
            ),
            (
                "unsure",
                "if (action.id == \"org.x.y\" || action.id.match(/kit/)) return polkit.Result.YES;",
            ),
            (
                "harmless",
                "if (action.id == \"org.freedesktop.hostname1.set-hostname\") return polkit.Result.YES;",
            ),
            (
                "harmless",
                "if (action.id == \"org.freedesktop.policykit.exec\") return polkit.Result.AUTH_ADMIN;",
            ),
            (
                "harmless",
                "// if (action.id == \"org.freedesktop.policykit.exec\") return polkit.Result.YES;\n",
            ),
            (
                "open",
                "var x = \"http://a\"; if (action.id == \"org.freedesktop.policykit.exec\") return polkit.Result.YES;",
            ),
        ] {
            assert_eq!(sort(body), want, "{body}");
        }
    }

    #[test]
    fn a_local_authority_that_says_yes_counts() {
        let text = |action: &str, result: &str| {
            authority_grants(&format!(
                "[a]\nIdentity=unix-group:x\nAction={action}\nResultActive={result}\n"
            ))
        };
        assert!(text("org.freedesktop.policykit.exec", "yes"));
        assert!(text("org.x.y;org.freedesktop.*", "yes"));
        assert!(!text("org.freedesktop.policykit.exec", "auth_admin"));
        assert!(!text("org.freedesktop.hostname1.*", "yes"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([\"'/*\\\\ a.\n]|addRule|Result.YES|é){0,40}") {
            without_comments(&text).split("addRule").for_each(|t| assert!(!matches!(of_rule(t), Sort::Open)));
        }
    }
}
