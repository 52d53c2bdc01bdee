//! Content-Security-Policy, level 3: what it says of scripts and of frames.

use serde::Serialize;

use super::meta_elements;
use crate::host::HttpAnswer;

/// Most policies and directives that are read.
const MAX: usize = 64;

/// One policy: directives with their sources, the first of each name (section 2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy(Vec<(String, Vec<String>)>);

impl Policy {
    /// Reads one serialised policy.
    pub fn parse(text: &str) -> Self {
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for directive in text.split(';').take(MAX) {
            let mut words = directive.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else {
                continue;
            };
            if found.iter().all(|(n, _)| *n != name) {
                found.push((name, words.map(str::to_ascii_lowercase).collect()));
            }
        }
        Self(found)
    }

    /// The sources of a directive.
    pub fn sources(&self, name: &str) -> Option<&[String]> {
        let hit = self.0.iter().find(|(n, _)| n == name);
        hit.map(|(_, sources)| sources.as_slice())
    }

    /// Whether foreign and inline scripts are kept from running.
    fn guards_scripts(&self) -> bool {
        let Some(sources) = self
            .sources("script-src")
            .or_else(|| self.sources("default-src"))
        else {
            return false;
        };
        // `script-src-elem` and `-attr` may loosen what `script-src` says.
        let looser = ["script-src-elem", "script-src-attr"];
        let all = looser.iter().filter_map(|name| self.sources(name));
        all.chain([sources]).all(guarded)
    }

    /// Whether the page cannot be put into anybody's frame.
    fn guards_frames(&self) -> Option<bool> {
        let sources = self.sources("frame-ancestors")?;
        Some(!sources.iter().any(|s| is_broad(s)))
    }
}

/// A list of sources that lets no inline script and no script of just anybody run. A nonce or hash
/// switches `'unsafe-inline'` off, and with `'strict-dynamic'` broad sources too (section 6.7.3.2).
fn guarded(sources: &[String]) -> bool {
    let bound = |s: &String| {
        ["'nonce-", "'sha256-", "'sha384-", "'sha512-"]
            .iter()
            .any(|start| s.starts_with(start))
    };
    let has_bound = sources.iter().any(bound);
    let has = |word: &str| sources.iter().any(|s| s == word);
    let dynamic = has("'strict-dynamic'");
    let inline = has("'unsafe-inline'") && !has_bound && !dynamic;
    let broad = sources.iter().any(|s| is_broad(s)) && !(dynamic && has_bound);
    !inline && !broad
}

fn is_broad(source: &str) -> bool {
    matches!(
        source,
        "*" | "http:" | "https:" | "data:" | "blob:" | "http://*" | "https://*" | "*:*"
    )
}

/// What all policies of a page say together: each of them holds, so the strictest does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Csp {
    /// There is a policy that is enforced.
    pub present: bool,
    /// Foreign and inline scripts are kept from running.
    pub scripts: bool,
    /// Frames: `None` where no header speaks of them; then X-Frame-Options counts.
    pub frames: Option<bool>,
}

/// Reads all enforced policies of a page. Report-only ones enforce nothing, and one in the page
/// itself cannot speak of frames (section 3.3).
pub fn of(answer: &HttpAnswer) -> Csp {
    let headers: Vec<Policy> = answer
        .all("content-security-policy")
        .flat_map(|value| value.split(','))
        .take(MAX)
        .map(Policy::parse)
        .filter(|p| !p.0.is_empty())
        .collect();
    let page = answer.text();
    let metas: Vec<Policy> = meta_elements(&page)
        .iter()
        .filter_map(|attributes| in_page(attributes))
        .collect();
    let all = || headers.iter().chain(&metas);
    let frames: Vec<bool> = headers.iter().filter_map(Policy::guards_frames).collect();
    Csp {
        present: all().next().is_some(),
        scripts: all().any(Policy::guards_scripts),
        frames: (!frames.is_empty()).then(|| frames.contains(&true)),
    }
}

fn in_page(attributes: &[(String, String)]) -> Option<Policy> {
    let value = |name: &str| {
        let hit = attributes.iter().find(|(n, _)| n == name);
        hit.map(|(_, v)| v.as_str())
    };
    value("http-equiv").filter(|v| v.eq_ignore_ascii_case("content-security-policy"))?;
    Some(Policy::parse(value("content")?)).filter(|p| !p.0.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(text: &str) -> bool {
        Policy::parse(text).guards_scripts()
    }

    #[test]
    fn scripts_are_guarded_or_not() {
        for text in [
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'nonce-abc'",
            "script-src 'strict-dynamic' 'nonce-abc' https: 'unsafe-inline'",
            "default-src *; script-src 'none'",
            "SCRIPT-SRC 'Self'; script-src *",
        ] {
            assert!(scripts(text), "{text}");
        }
        for text in [
            "",
            "img-src 'self'",
            "default-src 'self' 'unsafe-inline'",
            "script-src https: 'nonce-abc'",
            "script-src 'self' data:",
            "script-src *; script-src 'none'",
            "script-src 'self'; script-src-elem *",
            "frame-ancestors 'none'",
        ] {
            assert!(!scripts(text), "{text}");
        }
    }

    #[test]
    fn policies_join_and_report_only_does_not_count() {
        let answer = |headers: &[(&str, &str)], body: &str| HttpAnswer {
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
            ..HttpAnswer::default()
        };
        let name = "content-security-policy";
        let two = of(&answer(
            &[
                (name, "default-src 'self', frame-ancestors *"),
                (name, "frame-ancestors 'self'"),
            ],
            "",
        ));
        assert_eq!((two.scripts, two.frames), (true, Some(true)));
        let only = of(&answer(
            &[("content-security-policy-report-only", "default-src 'none'")],
            "",
        ));
        assert_eq!(only, Csp::default());
        let page = "<meta http-equiv=Content-Security-Policy \
                    content=\"script-src 'self'; frame-ancestors 'none'\">";
        let meta = of(&answer(&[], page));
        assert_eq!((meta.scripts, meta.frames), (true, None));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in "(script-src|'nonce-|;|,|\\*| |é){0,40}") {
            let _any = scripts(&text);
        }
    }
}
