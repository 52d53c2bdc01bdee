//! Headers that tell browsers what not to do with a page.

use serde::Serialize;

use super::csp::{self, Csp};
use crate::host::HttpAnswer;

/// What a page asks of browsers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageHeaders {
    /// Content-Security-Policy.
    pub csp: Csp,
    /// X-Frame-Options keeps the page out of foreign frames.
    pub frame_options: bool,
    /// X-Content-Type-Options: types are not guessed.
    pub nosniff: bool,
    /// Referrer-Policy hands whole addresses to others.
    pub leaks_referrer: bool,
}

impl PageHeaders {
    /// Whether others cannot put the page into a frame. `frame-ancestors` sets X-Frame-Options
    /// aside (CSP, 6.4.2).
    pub fn guards_frames(&self) -> bool {
        self.csp.frames.unwrap_or(self.frame_options)
    }
}

/// Reads the headers of a page.
pub fn of(answer: &HttpAnswer) -> PageHeaders {
    PageHeaders {
        csp: csp::of(answer),
        frame_options: frame_options(answer),
        nosniff: nosniff(answer),
        leaks_referrer: leaks_referrer(answer),
    }
}

/// HTML, "X-Frame-Options": several values that differ shut the page off where one of them is
/// known; `ALLOW-FROM` and other words protect nothing.
fn frame_options(answer: &HttpAnswer) -> bool {
    let values: Vec<String> = tokens(answer, "x-frame-options");
    let known = |v: &String| v == "deny" || v == "sameorigin";
    let first = values.first();
    let differ = values.iter().any(|v| Some(v) != first);
    if differ {
        return values.iter().any(|v| known(v) || v == "allowall");
    }
    first.is_some_and(known)
}

/// Fetch, "determine nosniff": the first value alone.
fn nosniff(answer: &HttpAnswer) -> bool {
    tokens(answer, "x-content-type-options")
        .first()
        .map(String::as_str)
        == Some("nosniff")
}

/// The last word that browsers know is in force; without one, addresses stay at home.
fn leaks_referrer(answer: &HttpAnswer) -> bool {
    const SAFE: [&str; 4] = [
        "no-referrer",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
    ];
    const LEAKY: [&str; 4] = [
        "unsafe-url",
        "origin",
        "origin-when-cross-origin",
        "no-referrer-when-downgrade",
    ];
    let values = tokens(answer, "referrer-policy");
    let known = |v: &&String| SAFE.contains(&v.as_str()) || LEAKY.contains(&v.as_str());
    let last = values.iter().rev().find(known);
    last.is_some_and(|v| LEAKY.contains(&v.as_str()))
}

fn tokens(answer: &HttpAnswer, name: &str) -> Vec<String> {
    answer
        .all(name)
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().to_ascii_lowercase())
        .take(32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> HttpAnswer {
        let pair = |(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned());
        HttpAnswer {
            headers: headers.iter().map(pair).collect(),
            ..HttpAnswer::default()
        }
    }

    #[test]
    fn frames_are_guarded_or_not() {
        let xfo = |values: &[&str]| {
            let all: Vec<_> = values.iter().map(|v| ("x-frame-options", *v)).collect();
            of(&answer(&all)).guards_frames()
        };
        assert!(xfo(&["DENY"]) && xfo(&["SameOrigin"]) && xfo(&["SAMEORIGIN, SAMEORIGIN"]));
        assert!(xfo(&["DENY", "SAMEORIGIN"]));
        assert!(!xfo(&[]) && !xfo(&["ALLOW-FROM https://a"]) && !xfo(&["*"]) && !xfo(&[""]));
        let both = of(&answer(&[
            ("x-frame-options", "DENY"),
            ("content-security-policy", "frame-ancestors https:"),
        ]));
        assert!(
            !both.guards_frames(),
            "frame-ancestors sets the other aside"
        );
    }

    #[test]
    fn the_first_word_sniffs_and_the_last_refers() {
        let sniff = |v| of(&answer(&[("x-content-type-options", v)])).nosniff;
        assert!(sniff("NoSniff") && sniff("nosniff, x") && !sniff("x, nosniff"));
        let leaks = |v| of(&answer(&[("referrer-policy", v)])).leaks_referrer;
        assert!(leaks("unsafe-url") && !leaks("") && !leaks("unsafe-url, strict-origin, new"));
    }
}
