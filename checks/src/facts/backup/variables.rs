//! Variables of a script, where it sets them to plain words before it uses them.

use std::collections::BTreeMap;

use super::commands::SETTINGS;
use crate::facts::shell_words as shell;

/// Most that is read of a text: what is longer than this was cut.
pub(super) const MOST: usize = 512 << 10;
/// Most that a line grows to. Behind that its variables stay as they are.
const LONGEST: usize = 64 << 10;
/// Most variables that are known at a time, and the length of a value.
const KNOWN: usize = 200;
const VALUE: usize = 512;

/// The text with the variables filled in that it sets to plain words before it uses them.
pub(super) fn expanded(text: &str) -> String {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut out = String::with_capacity(text.len().min(MOST));
    for line in text.lines() {
        let line = filled(line, &known);
        let trimmed = line.trim();
        let bare = ["export ", "local ", "readonly "]
            .iter()
            .find_map(|p| trimmed.strip_prefix(p))
            .unwrap_or(trimmed);
        if let Some((name, value)) = bare.split_once('=')
            && !name.is_empty()
            && name.chars().all(is_of_a_name)
        {
            known.remove(name);
            if let Some(value) = plain(value).filter(|_| known.len() < KNOWN) {
                known.insert(name.to_owned(), value);
            }
        }
        out.push_str(&line);
        out.push('\n');
        if out.len() > MOST {
            break;
        }
    }
    out
}

/// Those of these variables that matter here, as `commands::read` takes them.
pub(super) fn settings<'v>(variables: impl Iterator<Item = &'v (String, String)>) -> String {
    let ours = variables.filter(|(name, _)| SETTINGS.contains(&name.as_str()));
    ours.map(|(name, value)| format!("{name}='{}'\n", value.replace('\'', "'\\''")))
        .collect()
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What is assigned, where it is a plain word.
fn plain(value: &str) -> Option<String> {
    let value = shell::without_comment(value).trim();
    let value = value
        .strip_suffix(';')
        .unwrap_or(value)
        .trim_matches(['"', '\'']);
    let value = without_inner(value);
    // Of `/backup/x-$(date +%F).sql` the folder is known, and that it is the same file again.
    let plain = value.len() <= VALUE
        && (value.starts_with('/') || !value.contains(['$', '`']))
        && !value.contains(char::is_whitespace);
    plain.then_some(value)
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

/// One pass from left to right, as the shell goes: what is put in is not looked at again.
fn filled(line: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('$').filter(|_| out.len() < LONGEST) {
        out.push_str(before);
        let (name, behind) = named(after);
        if let Some(value) = known.get(name) {
            out.push_str(value);
            rest = behind;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The name behind a `$`, with braces or without, and what stands behind it.
fn named(after: &str) -> (&str, &str) {
    let braced = after.strip_prefix('{');
    let rest = braced.unwrap_or(after);
    let end = rest.find(|c| !is_of_a_name(c)).unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    match (braced, behind.strip_prefix('}')) {
        (Some(_), Some(behind)) => (name, behind),
        (Some(_), None) => ("", after),
        (None, _) => (name, behind),
    }
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

    #[test]
    fn what_is_put_in_is_not_filled_again() {
        // Each value names the other variable many times over.
        let text = format!("B=/{}\n: {}\n", "$B".repeat(255), "${B}${B}".repeat(100));
        let got = expanded(&text);
        assert!(got.len() < 128 << 10, "{} bytes", got.len());
        let long = format!(
            "A={}\n: {}\nB=/b\necho $B\n",
            "/a".repeat(250),
            "$A".repeat(60_000)
        );
        let got = expanded(&long);
        assert!(got.len() < 256 << 10, "{} bytes", got.len());
        assert!(got.ends_with("echo /b\n"));
    }

    #[test]
    fn a_variable_holds_what_it_was_set_to_last() {
        let many: String = (0..300).map(|n| format!("V{n}=/v\n")).collect();
        let got = expanded(&format!(
            "F=/a\n{many}F=/b\necho $F ${{F}}x\nF=$(x)\necho $F\n"
        ));
        assert!(got.contains("echo /b /bx\n"), "{got}");
        assert!(got.ends_with("echo $F\n"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([A-C]=|\\$[A-C]|[ -~]|\n){0,80}") {
            expanded(&text);
        }
    }
}
