//! Cutting rsyslog's configuration into pieces: objects `name(key="value" …)` and other lines.

use std::collections::BTreeMap;

const OBJECTS: [&str; 6] = [
    "action",
    "input",
    "module",
    "global",
    "include",
    "main_queue",
];
const MAX_PIECES: usize = 4_096;

/// One piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `name(key="value" …)`; keys in lower case.
    Object {
        /// Name in lower case.
        name: String,
        /// Parameters.
        params: BTreeMap<String, String>,
        /// Line of the name.
        line: usize,
        /// What stands before it on its line: a selector, or a condition.
        before: String,
        /// Whether it stands inside braces.
        nested: bool,
    },
    /// Any other line, trimmed.
    Line {
        /// Its text.
        text: String,
        /// Its number.
        line: usize,
    },
}

/// Cuts a file into pieces. Comments are left out.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let text = without_comments(text);
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut skip_to = 0;
    let mut start = 0;
    for (n, line) in text.split('\n').enumerate() {
        let end = start + line.len();
        if end >= skip_to && found.len() < MAX_PIECES {
            let from = start.max(skip_to);
            skip_to = read_line(&text, from, end, n + 1, &mut depth, &mut found);
            while skip_to < end && found.len() < MAX_PIECES {
                skip_to = read_line(&text, skip_to, end, n + 1, &mut depth, &mut found);
            }
        }
        start = end + 1;
    }
    found
}

/// Reads the line `text[from..end]`; returns where reading goes on, which may be lines further.
fn read_line(
    text: &str,
    from: usize,
    end: usize,
    line: usize,
    depth: &mut usize,
    found: &mut Vec<Piece>,
) -> usize {
    let rest = &text[from..end];
    if let Some((at, name, open)) = object_in(rest) {
        let before = &rest[..at];
        track(before, depth);
        let (params, used) = params(&text[from + open + 1..]);
        found.push(Piece::Object {
            name: name.to_owned(),
            params,
            line,
            before: before.trim().to_owned(),
            nested: *depth > 0,
        });
        return from + open + 1 + used;
    }
    track(rest, depth);
    let trimmed = rest.trim();
    if !trimmed.is_empty() {
        found.push(Piece::Line {
            text: trimmed.to_owned(),
            line,
        });
    }
    end
}

fn track(text: &str, depth: &mut usize) {
    for c in text.chars() {
        match c {
            '{' => *depth += 1,
            '}' => *depth = depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// The first object on a line: where its name starts, its name, and where its `(` stands.
fn object_in(line: &str) -> Option<(usize, &'static str, usize)> {
    let lower = line.to_ascii_lowercase();
    let mut best = None;
    for name in OBJECTS {
        for (at, _) in lower.match_indices(name) {
            let bounded = lower[..at]
                .chars()
                .next_back()
                .is_none_or(|c| !(c.is_alphanumeric() || "_.$\"'".contains(c)));
            let gap = lower[at + name.len()..].find(|c: char| !c.is_whitespace());
            let open = gap.map(|g| at + name.len() + g);
            if let Some(open) = open.filter(|&o| bounded && lower[o..].starts_with('(')) {
                best = [best, Some((at, name, open))].into_iter().flatten().min();
            }
        }
    }
    best
}

/// Parameters up to the closing `)`, and how many bytes they take.
fn params(text: &str) -> (BTreeMap<String, String>, usize) {
    let mut found = BTreeMap::new();
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            ')' => return (found, at + 1),
            '"' => {
                let mut value = String::new();
                while let Some((_, c)) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => value.extend(chars.next().map(|(_, c)| c)),
                        c => value.push(c),
                    }
                }
                let name = std::mem::take(&mut key).to_ascii_lowercase();
                found.insert(name, value);
            }
            c if c.is_whitespace() || "=[],".contains(c) => {}
            c => key.push(c),
        }
    }
    (found, text.len())
}

/// Blanks out `# …` and `/* … */` outside quotes; offsets and line breaks stay as they are.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '#') => {
                while chars.peek().is_some_and(|&c| c != '\n') {
                    chars.next();
                }
            }
            (None, '/') if chars.peek() == Some(&'*') && at_start(&out) => {
                skip_block(&mut chars, &mut out);
            }
            (None, '"') => {
                quote = Some(c);
                out.push(c);
            }
            // Only RainerScript's own strings run over lines; an unclosed quote ends with its line.
            (Some(_), '\n') => {
                quote = None;
                out.push(c);
            }
            (Some(q), c) => {
                quote = (c != q).then_some(q);
                out.push(c);
            }
            (None, c) => out.push(c),
        }
    }
    out
}

/// `/*` is a comment only where no path can stand, as in `/var/log/*`.
fn at_start(out: &str) -> bool {
    out.chars()
        .next_back()
        .is_none_or(|c| c.is_whitespace() || c == ')' || c == '}')
}

fn skip_block(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    let mut before = ' ';
    chars.next();
    for c in chars.by_ref() {
        if c == '\n' {
            out.push('\n');
        }
        if before == '*' && c == '/' {
            return;
        }
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_never_panics() {
        for text in [
            "action(",
            "action(\"",
            "action(a=\"\\",
            "/*",
            "é action(type=\"é\")é",
            "}{}}action (x",
            "\"\n#",
        ] {
            pieces(text);
        }
        pieces(&"action(a=\"b\")".repeat(3_000));
    }

    #[test]
    fn two_objects_on_one_line() {
        let got = pieces("input(type=\"a\") action(type=\"omfwd\" Target=\"x\")\n");
        assert_eq!(got.len(), 2, "{got:?}");
    }

    #[test]
    fn reactions_are_no_actions() {
        assert!(matches!(
            pieces("$action(x)").as_slice(),
            [Piece::Line { .. }]
        ));
    }
}
