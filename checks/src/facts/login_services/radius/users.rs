//! The users' file of the module `files`: the first entry that fits ends the search, unless it says
//! `Fall-Through = Yes`.

use super::authorize::{ELSEWHERE, Types, unset_becomes_only};

/// An entry: a name or `DEFAULT`, what must hold and what is set; the answer's items below.
struct Entry<'a> {
    name: &'a str,
    items: Vec<&'a str>,
    falls_through: bool,
}

/// The kinds with which requests that came with `types` leave the module. Nobody knows here who
/// asks, so an entry ends the search only where it fits everybody.
pub(super) fn users(text: &str, types: Types) -> Types {
    let mut left = Types::new();
    let mut open = types;
    for entry in entries(text) {
        let mut fits = open.clone();
        let mut everybody = entry.name == "DEFAULT";
        for item in entry.items {
            let Some((key, operator, value)) = operation(item) else {
                // An item that is not understood may ask anything.
                everybody &= item.is_empty();
                continue;
            };
            let asks = matches!(
                operator,
                "==" | "!=" | "<" | ">" | "<=" | ">=" | "=~" | "!~"
            ) || matches!(operator, "=*" | "!*");
            everybody &= !asks;
            if key.eq_ignore_ascii_case("Auth-Type") {
                fits = match operator {
                    ":=" => Types::from([value.to_owned()]),
                    "=" => unset_becomes_only(fits, value),
                    "!=" => fits,
                    _ => {
                        fits.insert(value.to_owned());
                        fits
                    }
                };
            }
        }
        if entry.name == "$INCLUDE" {
            fits.insert(ELSEWHERE.to_owned());
            everybody = false;
        }
        let next = if entry.falls_through {
            &mut open
        } else {
            &mut left
        };
        next.extend(fits.iter().cloned());
        if everybody && entry.falls_through {
            open = fits;
        } else if everybody {
            return left;
        }
    }
    left.extend(open);
    left
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let falls = |item: &&str| {
                let item = operation(item);
                item.is_some_and(|(key, _, value)| {
                    let value = value.to_ascii_lowercase();
                    key.eq_ignore_ascii_case("Fall-Through")
                        && matches!(value.as_str(), "yes" | "1")
                })
            };
            if let Some(entry) = found.last_mut() {
                entry.falls_through |= parts(bare).iter().any(falls);
            }
            continue;
        }
        let (name, items) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        found.push(Entry {
            name: name.trim_matches('"'),
            items: parts(items),
            falls_through: false,
        });
    }
    found
}

/// The items of a line, up to a comment; commas in quotes part nothing.
fn parts(text: &str) -> Vec<&str> {
    let (mut found, mut from, mut quote) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (',', None) => {
                found.push(text[from..at].trim());
                from = at + 1;
            }
            ('#', None) => {
                found.push(text[from..at].trim());
                return found;
            }
            _ => {}
        }
    }
    found.push(text[from..].trim());
    found
}

/// `Name := "value"`, taken apart.
fn operation(item: &str) -> Option<(&str, &str, &str)> {
    let sign = |c: char| matches!(c, ':' | '=' | '!' | '<' | '>' | '+' | '~' | '*' | '-');
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = item.find(|c| !bare(c)).filter(|end| *end > 0)?;
    let key = item[..end].trim_end_matches(['-', '.']);
    let rest = item[end..].trim_start();
    let end = rest.find(|c| !sign(c)).filter(|end| *end > 0)?;
    let value = rest[end..].trim().trim_matches(['"', '\'']);
    Some((key, &rest[..end], value))
}
