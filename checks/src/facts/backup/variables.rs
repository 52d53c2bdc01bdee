//! Variables of a script, where it sets them to plain words before it uses them.

use crate::facts::shell_words as shell;

/// The text with the variables filled in that it sets to plain words before it uses them.
pub(super) fn expanded(text: &str) -> String {
    const MOST: usize = 200;
    let mut known: Vec<(String, String)> = Vec::new();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let line = filled(line, &known);
        let trimmed = line.trim();
        let bare = ["export ", "local ", "readonly "]
            .iter()
            .find_map(|p| trimmed.strip_prefix(p))
            .unwrap_or(trimmed);
        if let Some((name, value)) = bare.split_once('=')
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && known.len() < MOST
        {
            let value = shell::without_comment(value).trim();
            let value = value
                .strip_suffix(';')
                .unwrap_or(value)
                .trim_matches(['"', '\'']);
            let value = without_inner(value);
            // Of `/backup/x-$(date +%F).sql` the folder is known, and that it is the same file again.
            let plain = value.len() <= 512
                && (value.starts_with('/') || !value.contains(['$', '`']))
                && !value.contains(char::is_whitespace);
            known.retain(|(n, _)| n != name);
            if plain {
                known.push((name.to_owned(), value));
            }
        }
        out.push_str(&line);
        out.push('\n');
        if out.len() > 1 << 20 {
            break;
        }
    }
    out
}

/// A value with what a program would say, `$(…)`, left empty.
fn without_inner(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("$(") {
        let mut depth = 1_u32;
        let end = after.char_indices().find(|(_, c)| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some((end, _)) = end else { break };
        out.push_str(before);
        out.push_str("$()");
        rest = after.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn filled(line: &str, known: &[(String, String)]) -> String {
    let mut line = line.to_owned();
    if line.contains('$') && line.len() < 64 << 10 {
        for (name, value) in known.iter().rev() {
            line = line.replace(&format!("${{{name}}}"), value);
            let plain = format!("${name}");
            let mut out = String::new();
            let mut rest = line.as_str();
            while let Some((before, after)) = rest.split_once(&plain) {
                let longer = after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                out.push_str(before);
                out.push_str(if longer { &plain } else { value });
                rest = after;
            }
            out.push_str(rest);
            line = out;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_words_are_filled_in() {
        let text = "export A=\"/srv\"\nB=$A/x\nC=$(date)\necho ${B} $AB $C\nA=\n";
        let got = expanded(text);
        assert!(got.contains("echo /srv/x $AB $C"), "{got}");
        let got = expanded("D=$(date +%F)\nF=/b/a-$(date +%F).sql\nG=/b/$D\nx $F $G $D\n");
        assert!(got.contains("x /b/a-$().sql /b/$D $D"), "{got}");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([A-C]=|\\$[A-C]|[ -~]|\n){0,80}") {
            expanded(&text);
        }
    }
}
