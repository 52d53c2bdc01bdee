//! Line-wise reading of configuration files.

/// A line that says something: its number (from 1) and its text without comment and edges.
pub type Line<'a> = (usize, &'a str);

/// The lines of `text` that hold more than white space and a `#` comment. Only comments at the
/// start of a line or after white space are cut, as most Unix formats do.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().filter_map(|(n, line)| {
        let line = strip_comment(line).trim();
        (!line.is_empty()).then_some((n + 1, line))
    })
}

fn strip_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return &line[..at];
        }
        before = c;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_are_passed_over() {
        let got: Vec<Line<'_>> = lines("# a\n\n b c # d\ne#f\n").collect();
        assert_eq!(got, [(3, "b c"), (4, "e#f")]);
    }
}
