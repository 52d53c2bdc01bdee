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
    simple
        .filter(|c| !names_only(c))
        .map(str::to_owned)
        .collect()
}

/// Whether a program runs nothing of what stands behind it.
pub fn is_inert(program: &str) -> bool {
    INERT.contains(&program)
}

fn names_only(command: &str) -> bool {
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
    first.is_none_or(is_inert)
}

/// Whether a quotation mark or a bracket of a text never ends, so that a shell runs nothing of it.
pub fn is_open(text: &str) -> bool {
    let mut inside: Vec<char> = Vec::new();
    let (mut chars, mut before) = (text.chars(), ' ');
    while let Some(c) = chars.next() {
        let within = inside.last().copied();
        match c {
            '\'' if within == Some(c) => {
                inside.pop();
            }
            _ if within == Some('\'') => {}
            '\\' => {
                chars.next();
            }
            _ if within == Some(c) => {
                inside.pop();
            }
            '"' | '`' => inside.push(c),
            '\'' if within != Some('"') => inside.push(c),
            '(' if before == '$' || within == Some(')') => inside.push(')'),
            '{' if before == '$' => inside.push('}'),
            '#' if inside.is_empty() && before.is_whitespace() => break,
            _ => {}
        }
        before = c;
    }
    !inside.is_empty()
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

    #[test]
    fn what_a_shell_refuses_is_told() {
        for text in [
            "a $(date +",
            "a \"b `date +",
            "a 'b",
            "a \"$(b \"c",
            "a ${B",
            "a $(b (c)",
        ] {
            assert!(is_open(text), "{text}");
        }
        for text in [
            "a $(date)-\"$(b '(' \"c)\")\" ${D%x} `e`",
            "case a in b) c;; esac",
            "a \"it's\" \\' \\\" # it's",
            "a (b",
            "",
        ] {
            assert!(!is_open(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            is_open(&text);
            commands(&text);
        }
    }
}
