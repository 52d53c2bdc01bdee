//! Which variables of a script may hold something else the next time that they are used.

use std::collections::BTreeSet;

use crate::facts::shell_words as shell;

/// The names that a text gives a value more than once.
pub(super) fn set_again(text: &str) -> BTreeSet<&str> {
    let (mut once, mut again) = (BTreeSet::new(), BTreeSet::new());
    let lines = text.lines().map(shell::without_comment);
    for name in lines.flat_map(|l| assigned(l).chain(counted(l))) {
        if !once.insert(name) {
            again.insert(name);
        }
    }
    again
}

/// Whether a word holds one of these variables.
pub(super) fn may_change(word: &str, again: &BTreeSet<&str>) -> bool {
    let held = word.split('$').skip(1);
    held.map(|w| w.strip_prefix('{').unwrap_or(w))
        .any(|w| again.contains(beginning(w)))
}

/// `NAME=…` and `NAME+=…`, wherever a word begins so.
fn assigned(line: &str) -> impl Iterator<Item = &str> {
    let before = line.match_indices('=').filter_map(|(at, _)| line.get(..at));
    before.filter_map(|b| {
        let b = b.strip_suffix('+').unwrap_or(b);
        let rest = b.trim_end_matches(is_part);
        let begins = rest.is_empty()
            || rest.ends_with(|c: char| c.is_whitespace() || ";&|({'\"`".contains(c));
        b.get(rest.len()..).filter(|n| begins && !n.is_empty())
    })
}

/// `for NAME in …`, `read NAME…`.
fn counted(line: &str) -> impl Iterator<Item = &str> {
    let mut words = line.split_whitespace();
    let mut most = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let word = words.next()?;
            match word {
                "for" | "select" => most = 1,
                "read" => most = 16,
                _ if most == 0 => {}
                w if w.starts_with('-') => {}
                w => {
                    most = if w.ends_with(';') { 0 } else { most - 1 };
                    let name = beginning(w);
                    if !name.is_empty() {
                        return Some(name);
                    }
                }
            }
        }
    })
}

fn beginning(word: &str) -> &str {
    let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
    word.get(..end).unwrap_or_default()
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_set_twice_is_told() {
        let text = "# A=0\nA=1\nB=1; export B=2\n[ \"$A\" = x ]; x --C=1 --C=2\nC=1\nfor D in 1; do\nfor D in 2; do\nread -r E\nE=$(F=1)\nF+=2\n";
        let again = set_again(text);
        assert_eq!(again, BTreeSet::from(["B", "D", "E", "F"]));
        assert!(may_change("/b/$A-${B}.sql", &again) && may_change("$F", &again));
        assert!(!may_change("/b/$A-$(date)-$FF.sql", &again) && !may_change("B", &again));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([A-C]=|for |read |\\$[A-C]|\\$\\{A|[ -~é]|\n){0,80}") {
            may_change(&text, &set_again(&text));
        }
    }
}
