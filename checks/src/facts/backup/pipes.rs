//! Lines of a shell script taken apart: simple commands, and what joins them.

use super::tools::base_name;
use crate::facts::shell_words as shell;

/// What stands behind a simple command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Pipe,
    And,
    Or,
    Next,
}

/// One simple command.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) then: Then,
}

/// The lines with their numbers, those that go on after a backslash put together.
pub(super) fn logical(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (n, line) in text.lines().enumerate() {
        let line = shell::without_comment(line);
        let goes_on = line.ends_with('\\') || line.trim_end().ends_with('|');
        let piece = line.trim_end_matches('\\');
        match all.last_mut().filter(|_| open) {
            Some((_, last)) => {
                last.push(' ');
                last.push_str(piece);
            }
            None if piece.trim().is_empty() => {}
            None => all.push((n + 1, piece.to_owned())),
        }
        open = goes_on;
    }
    all
}

/// The line with what a shell is told by `sh -c '…'` put in its place.
pub(super) fn unwrapped(line: &str) -> String {
    for quote in ['\'', '"'] {
        let Some((before, rest)) = line.split_once(&format!("-c {quote}")) else {
            continue;
        };
        let shell = before
            .split_whitespace()
            .any(|w| base_name(w.trim_start_matches(['-', '@', ':', '+', '!'])).ends_with("sh"));
        // The parser of unit files takes a quotation mark at the end away.
        let (inner, after) = rest.rsplit_once(quote).unwrap_or((rest, ""));
        if shell {
            return format!("{before}-c ; {inner}{after}");
        }
    }
    line.to_owned()
}

/// The simple commands of a line. Quoted words and `$(…)` are left whole.
pub(super) fn split(line: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let (mut quote, mut depth, mut before) = (None, 0_u32, ' ');
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        if let Some(q) = quote {
            quote = (c != q).then_some(q);
        } else if c == '\'' || c == '"' {
            quote = Some(c);
        } else if c == '(' && (before == '$' || depth > 0) {
            depth += 1;
        } else if c == ')' && depth > 0 {
            depth -= 1;
        } else if depth == 0 {
            let then = match (c, next) {
                ('|', Some('|')) => Some((Then::Or, true)),
                ('&', Some('&')) => Some((Then::And, true)),
                ('|', Some('&')) => Some((Then::Pipe, true)),
                ('|', _) if before != '>' => Some((Then::Pipe, false)),
                ('&', Some('>')) => None,
                ('&', _) if before != '>' => Some((Then::Next, false)),
                (';', _) => Some((Then::Next, false)),
                _ => None,
            };
            if let Some((then, double)) = then {
                if double {
                    chars.next();
                }
                let text = std::mem::take(&mut text);
                parts.push(Part { text, then });
                before = ' ';
                continue;
            }
        }
        text.push(c);
        before = c;
    }
    parts.push(Part {
        text,
        then: Then::Next,
    });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_joins_commands_is_told() {
        let got: Vec<_> = split("a '|' | b \"&&\" && c 2>&1 || d; e $(f | g) &>h")
            .into_iter()
            .map(|p| (p.text.trim().to_owned(), p.then))
            .collect();
        let want = [
            ("a '|'", Then::Pipe),
            ("b \"&&\"", Then::And),
            ("c 2>&1", Then::Or),
            ("d", Then::Next),
            ("e $(f | g) &>h", Then::Next),
        ];
        let want: Vec<_> = want.into_iter().map(|(t, n)| (t.to_owned(), n)).collect();
        assert_eq!(got, want);
    }
}
