//! `logrotate`: how long rotated logs are kept.

use crate::{
    context::{Cx, Gather},
    host::FileKind,
    observation::Gap,
};

const MAX_FILES: usize = 512;
/// Longest that "kept for ever" is reported as.
const FOR_EVER: i64 = 36_500;

/// What governs one stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Keep {
    rotate: i64,
    period_days: Option<i64>,
    max_age: Option<i64>,
    by_size: bool,
    /// `maxsize` rotates early whatever period is named before or after it.
    max_size: bool,
}

/// How long the logs of one stanza are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Path patterns.
    pub paths: Vec<String>,
    /// Days for which an entry is sure to be kept; `None` when rotation goes by size, so that no
    /// age is guaranteed.
    pub days: Option<i64>,
    /// `file:line`.
    pub source: String,
}

/// All stanzas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logrotate(pub Vec<Rule>);

impl Logrotate {
    /// The stanza that governs `path`.
    pub fn rule_for(&self, path: &str) -> Option<&Rule> {
        self.0
            .iter()
            .find(|r| r.paths.iter().any(|p| matches_path(p, path)))
    }
}

impl Gather for Logrotate {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let main = "/etc/logrotate.conf";
        let Some(text) = cx.host().text_if_any(main)? else {
            return Ok(Self::default());
        };
        let mut reader = Reader::default();
        for include in reader.read(&text, main) {
            let files = match cx.host().stat_if_any(&include)? {
                Some(s) if s.kind == FileKind::Dir => cx
                    .host()
                    .list_if_any(&include, MAX_FILES)?
                    .into_iter()
                    .filter(|e| e.kind != FileKind::Dir && !is_passed_over(&e.name))
                    .map(|e| format!("{include}/{}", e.name))
                    .collect(),
                Some(_) => vec![include],
                None => Vec::new(),
            };
            for path in files {
                if let Some(text) = cx.host().text_if_any(&path)? {
                    reader.read(&text, &path);
                }
            }
        }
        Ok(Self(reader.rules))
    }
}

/// Left-overs of package managers and editors, as logrotate passes them over.
fn is_passed_over(name: &str) -> bool {
    let ends = [
        ".bak",
        ".dpkg-dist",
        ".dpkg-new",
        ".dpkg-old",
        ".disabled",
        ".rpmnew",
        ".rpmorig",
        ".rpmsave",
        ".swp",
        "~",
        ".ucf-dist",
        ".ucf-old",
        ".ucf-new",
    ];
    name.starts_with('.') || ends.iter().any(|e| name.ends_with(e))
}

struct Reader {
    defaults: Keep,
    rules: Vec<Rule>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            defaults: Keep {
                rotate: 0,
                period_days: None,
                max_age: None,
                by_size: false,
                max_size: false,
            },
            rules: Vec::new(),
        }
    }
}

impl Reader {
    /// Reads one file; returns the includes that it names.
    fn read(&mut self, text: &str, file: &str) -> Vec<String> {
        let mut includes = Vec::new();
        let mut paths: Vec<String> = Vec::new();
        let mut open: Option<(Keep, usize)> = None;
        let mut script = false;
        for (n, raw) in text.lines().enumerate() {
            let line = raw.trim();
            if script || line.is_empty() || line.starts_with('#') {
                script &= line != "endscript";
                continue;
            }
            let body = line.trim_end_matches('{').trim();
            match &mut open {
                Some((keep, at)) if line.starts_with('}') => {
                    self.rules.push(Rule {
                        paths: std::mem::take(&mut paths),
                        days: keep.days(),
                        source: format!("{file}:{at}"),
                    });
                    open = None;
                }
                Some((keep, _)) => {
                    script = is_script(line);
                    keep.apply(line);
                }
                None if body.starts_with(['/', '"', '\'']) || line == "{" => {
                    let names = body.split_whitespace();
                    paths.extend(names.map(|p| p.trim_matches(['"', '\'']).to_owned()));
                    if line.ends_with('{') {
                        open = Some((self.defaults, n + 1));
                    }
                }
                None => match line.split_once(char::is_whitespace) {
                    Some(("include", path)) => includes.push(path.trim().to_owned()),
                    _ => {
                        script = is_script(line);
                        self.defaults.apply(line);
                    }
                },
            }
        }
        includes
    }
}

fn is_script(line: &str) -> bool {
    let words = [
        "prerotate",
        "postrotate",
        "firstaction",
        "lastaction",
        "preremove",
    ];
    words.contains(&line)
}

impl Keep {
    fn apply(&mut self, line: &str) {
        let mut words = line.split(|c: char| c.is_whitespace() || c == '=');
        let word = words.next().unwrap_or_default();
        let number = || {
            let value = line.split_whitespace().nth(1);
            value.and_then(|v| v.parse::<i64>().ok())
        };
        match word {
            "hourly" | "daily" => self.every(i64::from(word == "daily")),
            "weekly" => self.every(7),
            "monthly" => self.every(28), // the shortest month
            "yearly" => self.every(365),
            "size" => self.by_size = true,
            "maxsize" => self.max_size = true,
            "rotate" => self.rotate = number().unwrap_or(0),
            "maxage" => self.max_age = number(),
            _ => {}
        }
    }

    fn every(&mut self, days: i64) {
        self.period_days = Some(days);
        self.by_size = false;
    }

    fn days(self) -> Option<i64> {
        if self.by_size || self.max_size {
            return None;
        }
        let kept = match (self.rotate, self.period_days?) {
            (i64::MIN..0, _) => FOR_EVER,
            (n, days) => n.saturating_mul(days).min(FOR_EVER),
        };
        Some(self.max_age.map_or(kept, |age| kept.min(age)))
    }
}

/// Shell patterns with `*` and `?`; `*` stays within one folder.
fn matches_path(pattern: &str, path: &str) -> bool {
    fn go(p: &[u8], s: &[u8]) -> bool {
        let (mut p, mut s) = (p, s);
        let mut back: Option<(&[u8], &[u8])> = None;
        loop {
            match (p.first(), s.first()) {
                (Some(b'*'), _) => {
                    back = Some((&p[1..], s));
                    p = &p[1..];
                }
                (Some(a), Some(b)) if a == b || (*a == b'?' && *b != b'/') => {
                    (p, s) = (&p[1..], &s[1..]);
                }
                (None, None) => return true,
                _ => match back {
                    Some((after, [skipped, rest @ ..])) if *skipped != b'/' => {
                        back = Some((after, rest));
                        (p, s) = (after, rest);
                    }
                    _ => return false,
                },
            }
        }
    }
    go(pattern.as_bytes(), path.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str) -> Option<i64> {
        let mut reader = Reader::default();
        reader.read(text, "f");
        Logrotate(reader.rules)
            .rule_for("/var/log/auth.log")
            .unwrap()
            .days
    }

    #[test]
    fn the_stanza_overrides_the_defaults() {
        assert_eq!(days("weekly\nrotate 4\n/var/log/auth.log {\n}\n"), Some(28));
        assert_eq!(
            days("weekly\nrotate 4\n/var/log/*.log\n/x\n{\n rotate 60\n daily\n}\n"),
            Some(60)
        );
        assert_eq!(
            days("weekly\nrotate 52\n/var/log/auth.log {\n maxage 10\n}\n"),
            Some(10)
        );
    }

    #[test]
    fn size_guarantees_no_age_unless_a_period_follows() {
        assert_eq!(
            days("weekly\nrotate 400\n/var/log/auth.log {\n size 1M\n}\n"),
            None
        );
        assert_eq!(
            days("rotate 400\n/var/log/auth.log {\n daily\n maxsize 1M\n}\n"),
            None
        );
        assert_eq!(
            days("rotate 400\nmaxsize 1k\n/var/log/auth.log {\n daily\n}\n"),
            None
        );
        assert_eq!(
            days("rotate 40\n/var/log/auth.log {\n size 1M\n daily\n}\n"),
            Some(40)
        );
        assert_eq!(
            days("daily\nrotate -1\n/var/log/auth.log {\n}\n"),
            Some(FOR_EVER)
        );
    }

    #[test]
    fn scripts_are_no_directives() {
        let text =
            "/var/log/auth.log {\n weekly\n rotate 5\n postrotate\n rotate 99\n endscript\n}\n";
        assert_eq!(days(text), Some(35));
    }

    #[test]
    fn patterns_stay_in_their_folder() {
        assert!(matches_path("/var/log/*.log", "/var/log/auth.log"));
        assert!(!matches_path("/var/log/*.log", "/var/log/x/auth.log"));
        assert!(matches_path("/var/log/a?th*", "/var/log/auth.log"));
        assert!(!matches_path("/var/log/auth.log", "/var/log/auth.log.1"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(rotate |maxage |size|weekly|/var/log/\\*|\\{|\\}|include |postrotate|endscript|-|[a-zé0-9= \n]){0,40}") {
            Reader::default().read(&text, "f");
        }
    }
}
