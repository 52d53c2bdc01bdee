//! Text in columns.

/// Columns that a text takes. Combining marks take none; that suffices for Vietnamese.
pub fn width(text: &str) -> usize {
    text.chars()
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}'))
        .count()
}

/// The text with spaces after it up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(spaces))
}

/// The text in lines of at most `columns`, broken at spaces; longer words are cut. `None` leaves
/// lines whole.
pub fn wrap(text: &str, columns: Option<usize>) -> Vec<String> {
    let Some(columns) = columns.map(|c| c.max(8)) else {
        return text.lines().map(str::to_owned).collect();
    };
    text.lines()
        .flat_map(|line| wrap_line(line, columns))
        .collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<String> {
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let mut lines = vec![indent.clone()];
    let mut used = indent.len();
    let mut empty = true;
    for word in line.split_whitespace().flat_map(|w| cut(w, columns)) {
        let room = width(&word) + usize::from(!empty);
        if !empty && used + room > columns {
            lines.push(indent.clone());
            (used, empty) = (indent.len(), true);
        }
        let last = lines.len() - 1;
        if !empty {
            lines[last].push(' ');
            used += 1;
        }
        used += width(&word);
        lines[last].push_str(&word);
        empty = false;
    }
    lines
}

fn cut(word: &str, columns: usize) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars.chunks(columns).map(|c| c.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let text = "Chỉ tài khoản root có mã người dùng bằng 0, không tài khoản nào khác";
        let lines = wrap(text, Some(20));
        assert!(lines.iter().all(|l| width(l) <= 20), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrap(&"x".repeat(30), Some(20)).len(), 2);
        assert_eq!(wrap(text, None), [text]);
        assert_eq!(wrap("    a b", Some(8)), ["    a b"]);
    }

    #[test]
    fn combining_marks_take_no_room() {
        assert_eq!(width("e\u{302}\u{301}"), 1);
        assert_eq!(pad("ế", 3), "ế  ");
    }
}
