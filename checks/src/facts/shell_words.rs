//! Command lines of shells, read as words: what looks like a command and is none.

/// Programs that run nothing of what stands behind them, so that a name there proves no run.
const INERT: [&str; 27] = [
    ":", "true", "false", "echo", "printf", "exit", "return", "logger", "which", "type", "test",
    "[", "[[", "grep", "cat", "ls", "rm", "cp", "mv", "touch", "mkdir", "chmod", "chown", "man",
    "tail", "head", "export",
];

/// Lines that go on after a backslash, put together.
pub fn joined(text: &str) -> String {
    text.replace("\\\n", " ")
}

/// A line without its comment.
pub fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return line.get(..at).unwrap_or(line);
        }
        before = c;
    }
    line
}

/// The simple commands of a text, but for those that only name what they do not run.
pub fn commands(text: &str) -> Vec<String> {
    let text = joined(text);
    let lines = text.lines().map(without_comment);
    let simple = lines.flat_map(|l| l.split([';', '|', '&', '(', ')', '`']));
    simple.filter(|c| !is_inert(c)).map(str::to_owned).collect()
}

fn is_inert(command: &str) -> bool {
    let passed_over = [
        "if", "then", "else", "elif", "do", "while", "until", "!", "{", "time",
    ];
    let words = command
        .split_whitespace()
        .map(|w| w.trim_matches(['"', '\'']));
    let first = words
        .filter(|w| !passed_over.contains(w) && !is_assignment(w))
        .map(|w| w.rsplit('/').next().unwrap_or(w))
        .next();
    first.is_none_or(|w| INERT.contains(&w))
}

/// `NAME=value` before a command.
fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_runs_is_a_command() {
        let text = "A=1\necho a b; if ! c d # e\nf \\\n g | /bin/true h\n";
        let got: Vec<String> = commands(text).iter().map(|c| c.trim().to_owned()).collect();
        assert_eq!(got, ["if ! c d", "f   g"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            commands(&text);
        }
    }
}
