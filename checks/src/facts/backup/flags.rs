//! What a shell is told with `set`: whether a failure counts, line by line.

use super::{
    pipes::{logical, split},
    tools::words,
};

/// What holds for the commands of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// A pipe fails with any of its programs, or these are asked for.
    pub(super) pipefail: bool,
    /// The script ends with a command that fails.
    pub(super) errexit: bool,
}

/// What is switched in a line; nothing where it is let alone.
#[derive(Clone, Copy, Default)]
struct Switched {
    pipefail: Option<bool>,
    errexit: Option<bool>,
}

/// What holds for each statement of a text, of the shell alone that reads it, where these hold before.
pub(super) fn of(text: &str, lines: &[(usize, String)], before: Flags) -> Vec<Flags> {
    let first = text.lines().next().filter(|l| l.starts_with("#!"));
    let told: Vec<&str> = first
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .collect();
    let mut set = Switched::default();
    switch(&told, &mut set);
    let asked = text.contains("PIPESTATUS") || text.contains("pipestatus");
    let begins = Flags {
        pipefail: before.pipefail || set.pipefail == Some(true),
        errexit: before.errexit || set.errexit == Some(true),
    };
    let switched: Vec<Switched> = lines.iter().map(|(_, l)| switched(l)).collect();
    // A function runs later than it is read.
    let ever = |of: fn(&Switched) -> Option<bool>| {
        let mut all = switched.iter().filter_map(of).peekable();
        all.peek().is_some() && all.all(|on| on)
    };
    let late = Flags {
        pipefail: ever(|s| s.pipefail),
        errexit: ever(|s| s.errexit),
    };
    let mut now = begins;
    let mut within = false;
    let mut all = Vec::with_capacity(lines.len());
    for ((_, line), switched) in lines.iter().zip(&switched) {
        now.pipefail = switched.pipefail.unwrap_or(now.pipefail);
        now.errexit = switched.errexit.unwrap_or(now.errexit);
        let function = line.contains("()") && line.contains('{') || line.starts_with("function ");
        within |= function;
        all.push(Flags {
            pipefail: asked || now.pipefail || within && late.pipefail,
            errexit: now.errexit || within && late.errexit,
        });
        if line.trim_end().ends_with('}') && (function || line.starts_with('}')) {
            within = false;
        }
    }
    all
}

/// What holds at the end of a text.
pub(super) fn at_end(text: &str) -> Flags {
    let all = of(text, &logical(text), Flags::default());
    all.last().copied().unwrap_or_default()
}

/// What holds inside a shell that a line starts with `-c`: what it is told itself, and that its own failure is
/// seen by the one around it.
pub(super) fn inside(before: &str, inner: &str, around: Flags) -> Flags {
    let told = words(before);
    let own = told.iter().rposition(|w| w.ends_with("sh")).unwrap_or(0);
    let mut set = switched(inner);
    switch(told.get(own + 1..).unwrap_or_default(), &mut set);
    Flags {
        pipefail: set.pipefail == Some(true),
        errexit: around.errexit || set.errexit == Some(true),
    }
}

/// What a line switches in the shell that reads it. What stands in quotes or brackets is another's.
fn switched(line: &str) -> Switched {
    const LEADING: [&str; 6] = ["if", "then", "else", "do", "{", "!"];
    let mut all = Switched::default();
    if !line.contains("set") {
        return all;
    }
    for part in split(line) {
        if part.text.trim_start().starts_with('(') {
            continue;
        }
        let words = words(&part.text);
        let mut words = words.iter().copied().skip_while(|w| LEADING.contains(w));
        if words.next() == Some("set") {
            switch(&words.collect::<Vec<_>>(), &mut all);
        }
    }
    all
}

/// `-e`, `+e`, `-o pipefail`, `-euo pipefail`.
fn switch(words: &[&str], all: &mut Switched) {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (on, letters) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some("-"), _) => return,
            (Some(letters), _) => (true, letters),
            (_, Some(letters)) => (false, letters),
            _ => continue,
        };
        if letters.starts_with('-') || letters.len() > 8 {
            continue;
        }
        for letter in letters.chars() {
            match letter {
                'e' => all.errexit = Some(on),
                'o' => match words.next().copied() {
                    Some("pipefail") => all.pipefail = Some(on),
                    Some("errexit") => all.errexit = Some(on),
                    _ => {}
                },
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(text: &str) -> Vec<(bool, bool)> {
        let all = of(text, &logical(text), Flags::default()).into_iter();
        all.map(|f| (f.pipefail, f.errexit)).collect()
    }

    #[test]
    fn a_shell_is_told_by_its_own_words_alone() {
        let last = |text: &str| *told(text).last().unwrap();
        for text in [
            "#!/bin/sh -e -o pipefail\na",
            "set -euo pipefail\na",
            "set -o pipefail -e; a",
            "if x; then set -o errexit -o pipefail\nfi\na",
        ] {
            assert_eq!(last(text), (true, true), "{text}");
        }
        for text in [
            "bash -o pipefail -c 'x'\na",
            "su p -c 'set -eo pipefail\nx'\na",
            "(set -eo pipefail; x)\na",
            "set -eo pipefail\nset +eo pipefail\na",
            "echo set -o pipefail\na",
            "# set -eo pipefail\na",
        ] {
            assert_eq!(last(text), (false, false), "{text}");
        }
        assert_eq!(told("a\nset -eo pipefail")[0], (false, false));
        let function = "f() {\n a\n}\na\nset -eo pipefail\nf";
        let got = told(function);
        assert_eq!((got[1], got[3]), ((true, true), (false, false)));
    }

    #[test]
    fn a_shell_within_is_told_for_itself() {
        let around = Flags {
            pipefail: true,
            errexit: true,
        };
        let bare = Flags::default();
        assert!(!inside("bash ", "a | b", around).pipefail);
        assert!(inside("bash ", "a | b", around).errexit);
        assert!(inside("nice bash -eo pipefail ", "a", bare) == around);
        assert!(inside("su p ", "set -eo pipefail; a", bare) == around);
        assert!(inside("x -o pipefail | bash ", "a", bare) == bare);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(set |-e|[+]o pipefail|f\\(\\) \\{|\\}|[|;'\"]|\n|[a-z ]){0,60}") {
            told(&text);
            inside(&text, &text, Flags::default());
        }
    }
}
