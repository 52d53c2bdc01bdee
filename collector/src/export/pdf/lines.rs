//! Text in lines: made harmless, bounded, and broken to a width.

use capdo_checks::observation::{MAX_TEXT, clean};
use icu_normalizer::ComposingNormalizerBorrowed;

use super::face::{Face, Faces};

/// What had to be done to texts of a report, which it says at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// So many were cut.
    pub(super) cut: usize,
    /// Some hold characters that are written as escapes.
    pub(super) escaped: bool,
}

/// One line of text that misleads nobody: as [`clean`], letters put together, and what the font lacks
/// written as [`clean`] writes what cannot be seen.
pub(super) fn tame(text: &str, faces: &Faces, done: &mut Done) -> String {
    let cleaned = clean(text);
    if text.chars().nth(MAX_TEXT).is_some() {
        done.cut += 1;
    }
    let whole = ComposingNormalizerBorrowed::new_nfc().normalize(&cleaned);
    let mut out = String::with_capacity(whole.len());
    for c in whole.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            c if faces.show(c) => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    done.escaped |= out.contains("\\u{");
    out
}

/// A text broken into lines of a width, at size 1; at most `most` of them, the last one marked with `…`
/// where something is left. Breaks at spaces, in a long word after signs, else anywhere.
pub(super) fn wrap(text: &str, face: &Face, width: f32, most: usize) -> (Vec<String>, bool) {
    let mut lines = vec![String::new()];
    let mut used = 0.0;
    let space = face.advance(' ');
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wide = face.width(word);
        let fresh = lines.last().is_none_or(String::is_empty);
        if !fresh && used + space + wide <= width {
            push(&mut lines, " ");
            push(&mut lines, word);
            used += space + wide;
            continue;
        }
        if !fresh {
            lines.push(String::new());
            used = 0.0;
        }
        for piece in pieces(word, face, width) {
            let wide = face.width(piece);
            if used + wide > width && used > 0.0 {
                lines.push(String::new());
                used = 0.0;
            }
            push(&mut lines, piece);
            used += wide;
        }
        if lines.len() > most {
            break;
        }
    }
    let over = lines.len() > most;
    lines.truncate(most);
    if over {
        shorten(&mut lines, face, width);
    }
    (lines, over)
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

/// Puts `…` at the end of the last line.
fn shorten(lines: &mut [String], face: &Face, width: f32) {
    let Some(last) = lines.last_mut() else { return };
    while face.width(last) + face.advance('…') > width && last.pop().is_some() {}
    last.push('…');
}

/// A word in pieces that each fit a line: whole where it fits, else after signs, else anywhere.
fn pieces<'a>(word: &'a str, face: &Face, width: f32) -> Vec<&'a str> {
    if face.width(word) <= width {
        return vec![word];
    }
    let sign = |c: char| matches!(c, '/' | '-' | '.' | ',' | ';' | ':' | '_' | '=' | '@' | '}');
    let mut all = Vec::new();
    for part in word.split_inclusive(sign) {
        let (mut from, mut used) = (0, 0.0);
        for (at, c) in part.char_indices() {
            let wide = face.advance(c);
            if used + wide > width && at > from {
                all.push(&part[from..at]);
                (from, used) = (at, 0.0);
            }
            used += wide;
        }
        all.push(&part[from..]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misleads_or_is_not_in_the_font_is_written_as_an_escape() {
        let (faces, mut done) = (Faces::new(), Done::default());
        let shown = tame(
            "a\u{202e}b\u{1b}[31m\u{200b}中\u{e000}\u{fffd}",
            &faces,
            &mut done,
        );
        assert_eq!(
            shown,
            "a\\u{202e}b\\u{1b}[31m\\u{200b}\\u{4e2d}\\u{e000}\u{fffd}"
        );
        assert!(done.escaped && done.cut == 0);
        let mut done = Done::default();
        assert_eq!(
            tame("Vie\u{323}\u{302}t\tNam\n", &faces, &mut done),
            "Việt Nam "
        );
        assert_eq!(done, Done::default());
        let long = tame(&"x".repeat(1 << 20), &faces, &mut done);
        assert_eq!((long.chars().count(), done.cut), (MAX_TEXT + 1, 1));
    }

    #[test]
    fn lines_fit_and_nothing_is_lost_before_the_last() {
        let faces = Faces::new();
        let face = &faces.regular;
        let text = "Chỉ tài khoản root có mã người dùng bằng 0 /usr/lib/x86_64-linux-gnu/security/pam_google_authenticator.so";
        let (lines, over) = wrap(text, face, 12.0, 40);
        assert!(!over);
        assert!(
            lines.iter().all(|line| face.width(line) <= 12.01),
            "{lines:?}"
        );
        let glued: String = lines.concat().split(' ').collect();
        assert_eq!(glued, text.split(' ').collect::<String>());
        let (lines, over) = wrap(&"W".repeat(1_000), face, 12.0, 3);
        assert!(
            over && lines.len() == 3 && lines[2].ends_with('…'),
            "{lines:?}"
        );
        assert!(
            lines.iter().all(|line| face.width(line) <= 12.01),
            "{lines:?}"
        );
        assert_eq!(wrap("", face, 12.0, 3), (vec![String::new()], false));
    }
}
