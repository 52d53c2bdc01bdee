//! Which variables of a script may hold something else the next time that they are used.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::shell_words as shell;

/// Longest value that is compared with another.
const VALUE: usize = 512;
/// How often it is asked which values hold variables that change.
const ROUNDS: usize = 8;

/// The names that a text gives another value, behind a loop or anew.
pub(super) fn set_again(text: &str) -> BTreeSet<&str> {
    let mut state = State::default();
    for line in text.lines().map(shell::without_comment) {
        let mut all: Vec<(usize, Event<'_>)> = assigned(line).chain(used(line)).collect();
        all.extend(loops(line));
        all.sort_by_key(|(at, _)| *at);
        for (_, event) in all {
            state.take(event);
        }
    }
    state.end()
}

/// Whether a word holds one of these variables.
pub(super) fn may_change(word: &str, again: &BTreeSet<&str>) -> bool {
    names_in(word).any(|n| again.contains(n))
}

/// The variables that a word holds.
fn names_in(word: &str) -> impl Iterator<Item = &str> {
    let held = word.split('$').skip(1);
    held.map(|w| beginning(w.strip_prefix('{').unwrap_or(w)))
}

/// What happens to a variable.
#[derive(Clone, Copy)]
enum Event<'t> {
    Used(&'t str),
    /// It is set, to a value that can be compared or not.
    Set(&'t str, Option<&'t str>),
    /// A loop begins, with its variable.
    Begins(Option<&'t str>),
    /// It is set anew in each turn of the loop around it.
    Read(&'t str),
    /// A loop ends.
    Ends,
}

#[derive(Default)]
struct State<'t> {
    values: BTreeMap<&'t str, Option<&'t str>>,
    /// Those that are set to the same words again.
    repeated: BTreeSet<&'t str>,
    used: BTreeSet<&'t str>,
    loops: Vec<Vec<&'t str>>,
    /// Variables of loops that are over.
    ended: BTreeSet<&'t str>,
    again: BTreeSet<&'t str>,
}

impl<'t> State<'t> {
    fn take(&mut self, event: Event<'t>) {
        match event {
            Event::Used(name) => {
                if self.ended.contains(name) {
                    self.again.insert(name);
                }
                self.used.insert(name);
            }
            Event::Set(name, value) => self.set(name, value),
            Event::Begins(name) => {
                if let Some(name) = name {
                    self.set(name, None);
                }
                self.loops.push(name.into_iter().collect());
            }
            Event::Read(name) => {
                self.set(name, None);
                if let Some(inner) = self.loops.last_mut() {
                    inner.push(name);
                }
            }
            Event::Ends => self.ended.extend(self.loops.pop().unwrap_or_default()),
        }
    }

    fn set(&mut self, name: &'t str, value: Option<&'t str>) {
        match self.values.get(name) {
            None => {
                self.values.insert(name, value);
                // Where it was used before, it came from elsewhere.
                if self.used.contains(name) {
                    self.again.insert(name);
                }
            }
            Some(first) if first.is_some() && *first == value => {
                self.repeated.insert(name);
            }
            Some(_) => {
                self.again.insert(name);
            }
        }
    }

    fn end(mut self) -> BTreeSet<&'t str> {
        for _ in 0..ROUNDS {
            let (values, again) = (&self.values, &self.again);
            let changes = |n: &&&str| {
                let value = values.get(**n).copied().flatten().unwrap_or_default();
                may_change(value, again) || names_in(value).any(|v| v == **n)
            };
            let more: Vec<&str> = self.repeated.iter().filter(changes).copied().collect();
            if more.is_empty() {
                return self.again;
            }
            for name in more {
                self.repeated.remove(name);
                self.again.insert(name);
            }
        }
        self.again.extend(self.repeated);
        self.again
    }
}

fn used(line: &str) -> impl Iterator<Item = (usize, Event<'_>)> {
    line.match_indices('$').filter_map(|(at, _)| {
        let rest = line.get(at + 1..)?;
        let name = beginning(rest.strip_prefix('{').unwrap_or(rest));
        (!name.is_empty()).then_some((at, Event::Used(name)))
    })
}

/// `NAME=…` and `NAME+=…`, wherever a word begins so.
fn assigned(line: &str) -> impl Iterator<Item = (usize, Event<'_>)> {
    line.match_indices('=').filter_map(|(at, _)| {
        let before = line.get(..at)?;
        let bare = before.strip_suffix('+').unwrap_or(before);
        let rest = bare.trim_end_matches(is_part);
        let begins = rest.is_empty()
            || rest.ends_with(|c: char| c.is_whitespace() || ";&|({'\"`".contains(c));
        let name = bare.get(rest.len()..).filter(|n| begins && !n.is_empty())?;
        let value = value(line.get(at + 1..)?).filter(|v| bare == before && is_steady(v));
        Some((at, Event::Set(name, value)))
    })
}

/// What is assigned, up to the end of its word.
fn value(rest: &str) -> Option<&str> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in rest.char_indices() {
        if at > VALUE {
            return None;
        }
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '(') => depth += 1,
            (_, ')') if depth > 0 => depth -= 1,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (_, '`') => return None,
            (None, c) if depth == 0 && (c.is_whitespace() || ";&|)}".contains(c)) => {
                return rest.get(..at);
            }
            _ => {}
        }
    }
    Some(rest).filter(|_| quote.is_none() && depth == 0)
}

/// Whether a value is the same where it stands again: what programs say in it is the day or the name of the host.
fn is_steady(value: &str) -> bool {
    const SAME: [&str; 6] = ["hostname", "uname", "whoami", "id", "dirname", "basename"];
    const MOVES: [&str; 4] = ["RANDOM", "SECONDS", "EPOCH", "LINENO"];
    if MOVES.iter().any(|m| value.contains(m)) {
        return false;
    }
    value.split("$(").skip(1).all(|inner| {
        let Some((inner, _)) = inner.split_once(')') else {
            return false;
        };
        let program = inner.split_whitespace().next().unwrap_or_default();
        let of_a_day = |p: &str| p.starts_with(|c: char| "%FYymdjuwaAbBVUGDeCh-_".contains(c));
        match program {
            "date" if inner.contains(" -r") => false,
            "date" => inner.contains('%') && inner.split('%').skip(1).all(of_a_day),
            program => SAME.contains(&program),
        }
    })
}

/// `for NAME in …`, `read NAME…`, and where loops begin and end.
fn loops(line: &str) -> Vec<(usize, Event<'_>)> {
    let mut all = Vec::new();
    // How many names the last word takes, and whether the next one is a command.
    let (mut names, mut first, mut was) = (0_usize, true, "");
    for (at, word, begins) in words(line) {
        first |= begins;
        match word {
            "for" | "select" if first => names = 1,
            "while" | "until" if first => all.push((at, Event::Begins(None))),
            "read" => names = 17,
            "done" => all.push((at, Event::Ends)),
            _ if names == 0 || begins || word.starts_with('-') => {
                names = if begins { 0 } else { names };
            }
            _ => {
                let name = beginning(word);
                let event = match names {
                    1 if was != "read" => Event::Begins(Some(name)),
                    _ => Event::Read(name),
                };
                names = if names == 1 { 0 } else { names - 1 };
                if !name.is_empty() {
                    all.push((at, event));
                }
            }
        }
        was = if word == "read" {
            "read"
        } else if names == 0 {
            ""
        } else {
            was
        };
        const LEADING: [&str; 8] = ["do", "then", "else", "if", "elif", "while", "until", "!"];
        first = LEADING.contains(&word);
    }
    all
}

/// The words of a line with where they stand, and whether a command begins there.
fn words(line: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    let (mut from, mut begins, mut text) = (0, true, false);
    line.split_inclusive(|c: char| c.is_whitespace() || ";&|(){}`\"'".contains(c))
        .filter_map(move |piece| {
            let at = from;
            from += piece.len();
            let word =
                piece.trim_end_matches(|c: char| c.is_whitespace() || ";&|(){}`\"'".contains(c));
            let end = piece.get(word.len()..).unwrap_or_default();
            let was = begins;
            let quote = end.contains(['"', '\'']);
            begins = begins && word.is_empty() && !quote
                || end.contains([';', '&', '|', '(', ')', '{', '`'])
                || text && word.is_empty() && quote; // what `sh -c` is given
            text = word == "-c" || text && word.is_empty();
            (!word.is_empty()).then_some((at, word, was))
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

    #[test]
    fn the_same_words_are_the_same_value() {
        for same in [
            "A=$(date +%F)\nx $A\nA=$(date +%F)",
            "A=$(date +%Y-%m-%d)-$(hostname -s); A=$(date +%Y-%m-%d)-$(hostname -s)",
            "A=\"x y\" B=$A\nA=\"x y\"",
            "A=$B-1\nA=$B-1",
            "D=${D:-$(date)}",
        ] {
            assert_eq!(set_again(same), BTreeSet::new(), "{same}");
        }
        for other in [
            "A=$(date +%F)\nA=$(date -d yesterday +%F)",
            "A=$(date +%H%M)\nA=$(date +%H%M)",
            "A=$(date)\nA=$(date)",
            "A=$(mktemp)\nA=$(mktemp)",
            "A=`x`\nA=`x`",
            "A=$A.1\nA=$A.1",
            "A=$RANDOM\nA=$RANDOM",
            "x $A\nA=$(date +%F)",
            "if a; then A=f-$T; else A=i-$T; fi",
        ] {
            assert_eq!(set_again(other), BTreeSet::from(["A"]), "{other}");
        }
        let held = "B=$(x)\nA=$B-1\nB=$(y)\nA=$B-1";
        assert_eq!(set_again(held), BTreeSet::from(["A", "B"]));
    }

    #[test]
    fn behind_its_loop_a_variable_is_another() {
        for text in [
            "for d in a b; do x $d; done; y $d",
            "for d in a b\ndo\n  x $d\ndone\ny \"${d}\"",
            "ls | while read -r d; do x; done; y $d",
            "while read d e; do for f in 1; do x $f; done; x $d; done < l\ny $d",
            "sh -c 'for d in a b; do x; done; y $d'",
        ] {
            assert_eq!(set_again(text), BTreeSet::from(["d"]), "{text}");
        }
        for text in [
            "for d in a b; do x $d; echo \"for x\"; y $d; done",
            "for d in a b; do for e in 1 2; do x $d $e; done; y $d; done",
            "while read d; do x $d; done",
        ] {
            assert_eq!(set_again(text), BTreeSet::new(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([A-C]=|for |read |done|while |\\$[A-C]|\\$\\{A|\\$\\(date|[ -~é]|\n){0,80}") {
            may_change(&text, &set_again(&text));
        }
    }
}
