//! The web: what the answers of a site mean. Nothing here judges.

pub mod cookies;
pub mod csp;
pub mod exposure;
pub mod headers;
pub mod hsts;
pub mod security_txt;
mod survey;
pub mod versions;
mod visit;

pub use self::{
    survey::{SiteFound, survey},
    visit::{Away, Site, Visit, random_path, visit},
};

/// A text without the quotes of HTTP's quoted-string (RFC 9110, 5.6.4), where it has them.
fn unquoted(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|t| t.strip_suffix('"'))
        .filter(|_| text.len() >= 2);
    let Some(inner) = inner else {
        return text.to_owned();
    };
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

/// Whether an answer is a page of HTML, as far as its type says; without a type it is taken for one.
pub fn is_html(answer: &crate::host::HttpAnswer) -> bool {
    let kind = answer.first("content-type").map(str::to_ascii_lowercase);
    kind.is_none_or(|k| k.contains("text/html") || k.contains("application/xhtml"))
}

/// The values of attributes in the `<meta>` elements of a page: each element's attributes by name.
fn meta_elements(page: &str) -> Vec<Vec<(String, String)>> {
    const MAX_ELEMENTS: usize = 64;
    let lower = page.to_ascii_lowercase(); // of the same length, so that places agree
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower.get(at..).and_then(|rest| rest.find("<meta")) {
        let from = at + start + "<meta".len();
        let Some(inside) = page.get(from..) else {
            break;
        };
        let (attributes, used) = attributes(inside);
        found.push(attributes);
        at = from + used;
        if found.len() == MAX_ELEMENTS {
            break;
        }
    }
    found
}

/// Attributes up to the end of the element, and how many bytes they took.
fn attributes(text: &str) -> (Vec<(String, String)>, usize) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') || found.len() == 16 {
            break;
        }
        let end = rest
            .find(|c: char| c == '=' || c == '>' || c.is_ascii_whitespace())
            .unwrap_or(rest.len());
        if end == 0 {
            rest = &rest[1..]; // a stray equals sign
            continue;
        }
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        let Some(after) = after.strip_prefix('=') else {
            found.push((name.to_ascii_lowercase(), String::new()));
            rest = after;
            continue;
        };
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => {
                let end = after.find(|c: char| c == '>' || c.is_ascii_whitespace());
                after.split_at(end.unwrap_or(after.len()))
            }
        };
        found.push((name.to_ascii_lowercase(), value.to_owned()));
        rest = left;
    }
    (found, text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn meta_elements_are_read() {
        let page = "<META name=\"generator\" content='WordPress 6.4'><meta charset=utf-8 /><p>";
        let got = meta_elements(page);
        assert_eq!(got.len(), 2);
        assert_eq!(got[0][1], ("content".into(), "WordPress 6.4".into()));
        assert_eq!(got[1][0], ("charset".into(), "utf-8".into()));
    }

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(unquoted("\"31\\\"5\""), "31\"5");
        assert_eq!(unquoted("\""), "\"");
    }

    proptest! {
        #[test]
        fn no_page_panics(page in "(<meta|<META |=|\"|'|>| |/|é|ſ|K|content|[a-z]{1,3}){0,60}") {
            let _all = meta_elements(&page);
            let _one = unquoted(&page);
        }
    }
}
