//! Which script of a line of cron or a unit a command stands in: all of them are read as one text.

use std::collections::BTreeSet;

use super::{assigned::set_again, commands::Command};

/// What stands before each script, as if it were a program.
const MARK: &str = "\u{2}";
const LINE: &str = "\u{2}\n";

/// Adds a script.
pub(super) fn add(all: &mut String, script: &str) {
    all.push_str(LINE);
    for piece in script.split(MARK) {
        all.push_str(piece);
    }
    all.push('\n');
}

/// Whether a script begins behind a command.
pub(super) fn is_mark(command: &Command) -> bool {
    command.program == MARK
}

/// The variables that each script sets more than once: the text's own first.
pub(super) fn again_in<'t>(text: &'t str, commands: &[Command]) -> Vec<BTreeSet<&'t str>> {
    let marks = commands.iter().filter(|c| is_mark(c)).count();
    if text.matches(LINE).count() != marks {
        return vec![set_again(text)]; // one goes on in the next, as a quote does
    }
    text.split(LINE).map(set_again).collect()
}

/// Those of one script.
pub(super) fn of<'a, 't>(
    all: &'a [BTreeSet<&'t str>],
    script: usize,
) -> Option<&'a BTreeSet<&'t str>> {
    all.get(script).or(all.last())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::backup::commands::read;

    #[test]
    fn each_script_has_its_own_variables() {
        let mut text = "A=1; x\n".to_owned();
        add(&mut text, "A=2\ny \u{2}");
        add(&mut text, "A=3; A=4; z");
        let commands = read(&text, "");
        let marks: Vec<bool> = commands.iter().map(is_mark).collect();
        assert_eq!(marks, [false, true, false, true, false]);
        let all = again_in(&text, &commands);
        assert_eq!(all.iter().map(BTreeSet::len).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!(of(&all, 9), of(&all, 2));
        let mut open = "x '\n".to_owned();
        add(&mut open, "A=1\ny '\nA=2");
        let commands = read(&open, "");
        assert_eq!(again_in(&open, &commands), [BTreeSet::from(["A"])]);
    }
}
