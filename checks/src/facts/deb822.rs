//! Stanzas of `Field: value` lines, the form of deb822(5): dpkg's status, apt's lists and sources.

use std::io::{self, BufRead, Read};

/// Longest line that is kept; the rest of a longer one is passed over.
const LINE_CAP: u64 = 64 << 10;
/// Longest value with its continuation lines.
const VALUE_CAP: usize = 64 << 10;
/// Most fields that are kept of one stanza. None stands there twice; of those that do, the first holds.
const FIELDS_CAP: usize = 64;

/// The wanted fields of one stanza.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stanza {
    fields: Vec<(String, String)>,
    /// Line on which it begins, from 1.
    pub line: usize,
}

impl Stanza {
    /// The value of a field, names compared without case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The words of a field's value.
    pub fn words(&self, name: &str) -> Vec<String> {
        let value = self.get(name).unwrap_or_default();
        value.split_whitespace().map(str::to_owned).collect()
    }
}

/// Hands each stanza to `each`, keeping only the `wanted` fields.
///
/// # Errors
/// When reading fails.
pub fn each_stanza(
    reader: &mut dyn BufRead,
    wanted: &[&str],
    mut each: impl FnMut(&Stanza),
) -> io::Result<()> {
    let mut stanza = Stanza::default();
    let mut keeps = false;
    let mut raw = Vec::new();
    for number in 1_usize.. {
        if !next_line(reader, &mut raw)? {
            break;
        }
        let text = String::from_utf8_lossy(&raw);
        let line = text.trim_end();
        if line.is_empty() {
            flush(&mut stanza, &mut each);
            keeps = false;
        } else if line.starts_with('#') {
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = stanza.fields.last_mut().filter(|_| keeps)
                && value.len() + line.len() < VALUE_CAP
            {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            keeps = stanza.fields.len() < FIELDS_CAP
                && wanted.iter().any(|w| w.eq_ignore_ascii_case(name.trim()));
            if keeps {
                if stanza.fields.is_empty() {
                    stanza.line = number;
                }
                let field = (name.trim().to_owned(), value.trim().to_owned());
                stanza.fields.push(field);
            }
        }
    }
    flush(&mut stanza, &mut each);
    Ok(())
}

fn flush(stanza: &mut Stanza, each: &mut impl FnMut(&Stanza)) {
    if !stanza.fields.is_empty() {
        each(stanza);
    }
    *stanza = Stanza::default();
}

/// Reads one line, cut at the cap. False at the end.
fn next_line(reader: &mut dyn BufRead, raw: &mut Vec<u8>) -> io::Result<bool> {
    raw.clear();
    let got = (&mut *reader).take(LINE_CAP).read_until(b'\n', raw)?;
    let mut whole = got == 0 || raw.last() == Some(&b'\n');
    let mut rest = Vec::new();
    while !whole {
        rest.clear();
        let more = (&mut *reader).take(LINE_CAP).read_until(b'\n', &mut rest)?;
        whole = more == 0 || rest.last() == Some(&b'\n');
    }
    Ok(got > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str, wanted: &[&str]) -> Vec<Stanza> {
        let mut got = Vec::new();
        each_stanza(&mut text.as_bytes(), wanted, |s| got.push(s.clone())).unwrap();
        got
    }

    #[test]
    fn only_wanted_fields_are_kept() {
        let text = "# c\nPackage: a\nDescription: x\n more\nSuites: b\n c\n\n\npackage: d\n";
        let got = all(text, &["Package", "Suites"]);
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].words("suites"), ["b", "c"]);
        assert_eq!((got[0].line, got[1].line), (2, 9));
        assert_eq!(got[1].get("Package"), Some("d"));
    }

    #[test]
    fn a_line_beyond_the_cap_stays_one_line() {
        let text = format!("A: {}\nB: 1\n", "x".repeat(200_000));
        assert_eq!(all(&text, &["B"])[0].get("B"), Some("1"));
    }

    #[test]
    fn a_stanza_without_end_takes_no_memory() {
        let text = format!("A: 1\n{}\nA: 2\n", "B: x\n".repeat(10_000));
        let got = all(&text, &["A", "B"]);
        assert_eq!(got[0].fields.len(), FIELDS_CAP);
        assert_eq!((got[0].get("A"), got[1].get("A")), (Some("1"), Some("2")));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[A-Za-z:# \n\t]{0,200}") {
            all(&text, &["A", "b"]);
        }
    }
}
