//! Rows in columns, and text that others wrote made harmless for a terminal.

use capdo_checks::observation::{clean, is_hostile};

use crate::wrap::{pad, width};

/// A line of heads and one per row, in columns. Names come from agents and from people: what could
/// steer a terminal is escaped.
pub fn columns<const N: usize>(heads: [String; N], rows: &[[String; N]]) -> Vec<String> {
    let all: Vec<[String; N]> = [heads]
        .into_iter()
        .chain(rows.iter().map(|row| row.each_ref().map(|cell| tame(cell))))
        .collect();
    let widest = |n: usize| all.iter().map(|row| width(&row[n])).max();
    let widths: [usize; N] = std::array::from_fn(|n| widest(n).unwrap_or(0));
    let line = |cells: &[String; N]| {
        let padded: Vec<String> = cells.iter().zip(widths).map(|(c, w)| pad(c, w)).collect();
        padded.join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect()
}

/// One line of harmless text.
pub fn tame(text: &str) -> String {
    clean(text).replace(['\n', '\t'], " ")
}

/// Lines of harmless text, whole: for what is said of names that were typed or configured.
pub fn tame_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\n' | '\t') || !is_hostile(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// JSON as it may go to a terminal: what could steer one, or mislead who reads it there, is written as
/// an escape of JSON, so that programs read the same.
pub fn tame_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for c in text.chars() {
        if c == '\n' || !is_hostile(c) {
            out.push(c);
        } else {
            let units = c.encode_utf16(&mut units);
            out.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_and_steers_no_terminal() {
        let hostile = "\u{9b}31m\u{202e}x\u{e0041}ế";
        let text = format!("{{\n  \"a\": \"{hostile}\"\n}}");
        let tame = tame_json(&text);
        assert_eq!(tame, "{\n  \"a\": \"\\u009b31m\\u202ex\\udb40\\udc41ế\"\n}");
        assert_eq!(tame_json("{\n}"), "{\n}");
    }

    #[test]
    fn lines_stay_lines_and_steer_no_terminal() {
        let said = "/tmp/\u{1b}[2J\u{202e}.toml:1:\n\tsửa dòng này.";
        assert_eq!(
            tame_lines(said),
            "/tmp/\\u{1b}[2J\\u{202e}.toml:1:\n\tsửa dòng này."
        );
    }

    #[test]
    fn columns_line_up_and_steer_no_terminal() {
        let rows = [
            ["Sở Y tế".to_owned(), "1".to_owned()],
            ["B".to_owned(), "2\u{1b}[0m".to_owned()],
            ["Sở Y te\u{302}\u{301}".to_owned(), "3".to_owned()],
        ];
        assert_eq!(
            columns(["NAME".to_owned(), "N".to_owned()], &rows),
            [
                "NAME     N",
                "Sở Y tế  1",
                "B        2\\u{1b}[0m",
                "Sở Y te\u{302}\u{301}  3"
            ]
        );
    }
}
