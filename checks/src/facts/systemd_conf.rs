//! Configuration of systemd's own programs: one main file and drop-ins, by their precedence.

use std::collections::BTreeMap;

use crate::{
    context::Cx,
    host::{HostError, Kind},
    observation::Gap,
};

/// Folders from the strongest to the weakest.
const DIRS: [&str; 4] = [
    "/etc/systemd",
    "/run/systemd",
    "/usr/local/lib/systemd",
    "/usr/lib/systemd",
];
const MAX_DROP_INS: usize = 256;

/// A value and the line that sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value.
    pub value: String,
    /// `file:line`.
    pub source: String,
}

/// The settings of one section, by key.
pub type Settings = BTreeMap<String, Setting>;

/// The settings of `[section]` in `name` (such as `journald.conf`) and its drop-ins.
///
/// # Errors
/// When a file stands there and cannot be read.
pub fn settings(cx: &Cx<'_>, name: &str, section: &str) -> Result<Settings, Gap> {
    let dirs = || {
        DIRS.into_iter()
            .filter(|d| cx.host().kind() == Kind::Live || !d.starts_with("/run"))
    };
    let mut found = Settings::new();
    for dir in dirs() {
        let path = format!("{dir}/{name}");
        if let Some(text) = cx.host().text_if_any(&path)? {
            apply(&mut found, &text, section, &path);
            break;
        }
    }
    // Of drop-ins with one name only the strongest counts; all are applied in order of names.
    let mut drop_ins: BTreeMap<String, String> = BTreeMap::new();
    for dir in dirs() {
        let folder = format!("{dir}/{name}.d");
        for entry in cx.host().list_if_any(&folder, MAX_DROP_INS)? {
            if entry.name.ends_with(".conf") {
                let path = format!("{folder}/{}", entry.name);
                drop_ins.entry(entry.name).or_insert(path);
            }
        }
    }
    for path in drop_ins.values() {
        match cx.host().text_if_any(path) {
            Ok(Some(text)) => apply(&mut found, &text, section, path),
            Ok(None) | Err(HostError::WrongKind(_)) => {} // masked by a link to /dev/null
            Err(e) => return Err(e.into()),
        }
    }
    Ok(found)
}

fn apply(into: &mut Settings, text: &str, section: &str, path: &str) {
    let mut inside = false;
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            inside = name == section;
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((key, value)) = line.split_once('=')
        {
            let setting = Setting {
                value: value.trim().to_owned(),
                source: format!("{path}:{}", n + 1),
            };
            into.insert(key.trim().to_owned(), setting);
        }
    }
}

/// Whole days of a span such as `1month 2w`, `90d`, `3600` (seconds). `None` when not understood.
pub fn span_days(text: &str) -> Option<i64> {
    span_seconds(text).map(|s| s / 86_400)
}

fn span_seconds(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.len() - rest.trim_start_matches(char::is_alphabetic).len();
        let unit = unit_seconds(rest.get(..letters)?)?;
        rest = rest.get(letters..)?.trim_start();
        total = total.checked_add(number.checked_mul(unit)?)?;
    }
    Some(total)
}

fn unit_seconds(unit: &str) -> Option<i64> {
    Some(match unit {
        "" | "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hr" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        "M" | "month" | "months" => 2_629_800,
        "y" | "year" | "years" => 31_557_600,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_asked_section_counts_and_the_last_line_wins() {
        let mut got = Settings::new();
        let text =
            "[Other]\nStorage=none\n[Journal]\n#Storage=x\nStorage=auto\nStorage = volatile\n";
        apply(&mut got, text, "Journal", "f");
        assert_eq!(got["Storage"].value, "volatile");
        assert_eq!(got["Storage"].source, "f:6");
    }

    #[test]
    fn spans() {
        assert_eq!(span_days("90d"), Some(90));
        assert_eq!(span_days("1month"), Some(30));
        assert_eq!(span_days("2w 3days"), Some(17));
        assert_eq!(span_days("86400"), Some(1));
        assert_eq!(span_days("0"), Some(0));
        for bad in [
            "",
            "x",
            "5 parsecs",
            "99999999999999999999",
            "9223372036854775807y",
        ] {
            assert_eq!(span_days(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([0-9]{1,20}|[a-zé]|month| ){0,12}") {
            let _found = span_days(&text);
        }
    }
}
