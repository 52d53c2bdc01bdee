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

/// The line with what a shell is told by `sh -c '…'` put in its place.
pub(super) fn unwrapped(line: &str) -> String {
    for quote in ['\'', '"'] {
        let Some((before, rest)) = line.split_once(&format!("-c {quote}")) else {
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
