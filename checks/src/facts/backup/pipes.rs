//! Lines of a shell script taken apart: simple commands, and what joins them.

use super::{statements::statements, tools::base_name};

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

/// The statements with the numbers of their lines, those that go on behind a `|` put together.
pub(super) fn logical(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, statement) in statements(text) {
        let goes_on = statement.ends_with('|');
        match all.last_mut().filter(|_| open) {
            Some((_, last)) => {
                last.push(' ');
                last.push_str(&statement);
            }
            None => all.push((number, statement)),
        }
        open = goes_on;
    }
    all
}

/// The simple commands of a line, with those of a shell that it starts with `-c` in their place.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) parts: Vec<Part>,
    /// Which of them the inner shell runs, but for the last: where that one's output goes is the outer's.
    pub(super) inner: std::ops::Range<usize>,
    /// What stands before `-c`, and what the inner shell is told.
    pub(super) before: String,
    pub(super) told: String,
}

/// Takes a line apart, and what a shell is told in it by `sh -c '…'`.
pub(super) fn opened(line: &str) -> Opened {
    for quote in ['\'', '"'] {
        let Some((before, rest)) = told(line, quote) else {
            continue;
        };
        let shell = before.split_whitespace().any(|w| {
            let name = base_name(w.trim_start_matches(['-', '@', ':', '+', '!']));
            name.ends_with("sh") || matches!(name, "su" | "runuser" | "flock")
        });
        // The parser of unit files takes a quotation mark at the end away.
        let (inner, after) = rest.rsplit_once(quote).unwrap_or((rest, ""));
        if shell {
            let inner = logical(inner).into_iter().map(|(_, s)| s);
            let inner = inner.collect::<Vec<_>>().join("\n");
            let inner = inner.trim_end_matches([';', '\n', ' ']);
            let from = split(&format!("{before} ;")).len() - 1;
            let to = from + split(inner).len();
            return Opened {
                parts: split(&format!("{before} ; {inner}{after}")),
                inner: from..to,
                before: before.to_owned(),
                told: inner.to_owned(),
            };
        }
    }
    Opened {
        parts: split(line),
        inner: 0..0,
        before: String::new(),
        told: String::new(),
    }
}

/// What stands before the text that a shell is told, its `-c` or `-lc` included, and what begins with that text.
fn told(line: &str, quote: char) -> Option<(&str, &str)> {
    let mark = format!("c {quote}");
    let found = line.match_indices(&mark).find_map(|(at, _)| {
        let option = line.get(..at)?.rsplit(char::is_whitespace).next()?;
        let letters = option.strip_prefix('-')?;
        let plain = letters.chars().all(|c| c.is_ascii_lowercase());
        plain.then_some(at)
    });
    let at = found?;
    Some((line.get(..=at)?, line.get(at + mark.len()..)?))
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
                (';' | '\n', _) => Some((Then::Next, false)),
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
