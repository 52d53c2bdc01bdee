//! Strict-Transport-Security, RFC 6797.

use serde::Serialize;

use super::unquoted;
use crate::host::HttpAnswer;

/// What the header says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hsts {
    /// Seconds; `None` where the header is malformed, so that browsers ignore it.
    pub max_age: Option<u64>,
    /// Names below are meant too.
    pub include_subdomains: bool,
    /// Asks to be put on the browsers' list; no part of the RFC.
    pub preload: bool,
    /// How many headers there are; only the first counts (section 8.1).
    pub headers: usize,
}

/// Reads the first header of an answer; `None` where there is none.
pub fn of(answer: &HttpAnswer) -> Option<Hsts> {
    let first = answer.first("strict-transport-security")?;
    let headers = answer.all("strict-transport-security").count();
    Some(Hsts {
        headers,
        ..parse(first)
    })
}

/// Section 6.1: directives between semicolons, names in any case, none twice, unknown ones passed
/// over. `max-age` is required; its value may be quoted.
pub fn parse(value: &str) -> Hsts {
    let mut hsts = Hsts::default();
    let mut seen: Vec<String> = Vec::new();
    let mut wrong = false;
    for directive in value.split(';').map(str::trim).filter(|d| !d.is_empty()) {
        let (name, value) = match directive.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
            None => (directive, None),
        };
        let name = name.to_ascii_lowercase();
        wrong |= seen.contains(&name);
        match (name.as_str(), value) {
            ("max-age", value) => hsts.max_age = value.as_deref().and_then(seconds),
            ("includesubdomains", None) => hsts.include_subdomains = true,
            ("includesubdomains", Some(_)) => wrong = true,
            ("preload", None) => hsts.preload = true,
            _ => {}
        }
        seen.push(name);
    }
    if wrong {
        hsts.max_age = None;
    }
    hsts
}

/// Digits only; more than a number holds is as long as can be.
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        // Section 6.2.
        for (text, age, below) in [
            ("max-age=31536000", 31_536_000, false),
            ("max-age=15768000 ; includeSubDomains", 15_768_000, true),
            ("max-age=\"31536000\"", 31_536_000, false),
            ("max-age=0", 0, false),
            ("max-age=0; includeSubDomains", 0, true),
            ("MAX-AGE=1;INCLUDESUBDOMAINS;new=\"x\"", 1, true),
            ("max-age = 99999999999999999999999", u64::MAX, false),
        ] {
            let got = parse(text);
            assert_eq!(
                (got.max_age, got.include_subdomains),
                (Some(age), below),
                "{text}"
            );
        }
    }

    #[test]
    fn what_browsers_ignore_has_no_age() {
        for text in [
            "",
            "includeSubDomains",
            "max-age",
            "max-age=",
            "max-age=-1",
            "max-age=1d",
            "max-age=1; max-age=2",
            "max-age=1; includeSubDomains=yes",
            "max-age=\"1",
        ] {
            assert_eq!(parse(text).max_age, None, "{text}");
        }
    }

    #[test]
    fn the_first_header_counts() {
        let header = |v: &str| ("strict-transport-security".to_owned(), v.to_owned());
        let answer = HttpAnswer {
            headers: vec![header("max-age=0"), header("max-age=63072000")],
            ..HttpAnswer::default()
        };
        let got = of(&answer).unwrap();
        assert_eq!((got.max_age, got.headers), (Some(0), 2));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in "(max-age|=|;|\"|\\\\|[0-9]| |é){0,30}") {
            let _any = parse(&text);
        }
    }
}
