//! What is wrong with a configuration: the file, the line, the key, and the way out.

use std::path::{Path, PathBuf};

use capdo_checks::{lang::Lang, text::nearest};
use capdo_proto::limits::{MAX_RUN_INTERVAL_S, MIN_RUN_INTERVAL_S};

use crate::say::{self, Args, Explain, english, text};

/// The configuration cannot be used; whoever wrote the file is at fault.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, or a key or a value that does not exist.
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        fault: TomlFault,
    },
    /// A value that cannot be.
    Value {
        /// The file.
        path: PathBuf,
        /// The rule that it breaks.
        rule: Rule,
    },
}

/// What is wrong with the form of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TomlFault {
    /// A key that nobody reads.
    UnknownKey {
        /// As it stands there.
        key: String,
        /// The key that it is most like.
        nearest: String,
    },
    /// A key has a value that it cannot have.
    BadValue {
        /// Which key.
        key: String,
        /// The parser's words.
        detail: String,
    },
    /// Not TOML.
    Syntax(String),
}

/// The rules that the form of a file does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `agents.names` is empty.
    NoName,
    /// `agents.names` holds something that is no name.
    Name(String),
    /// `agents.run_interval_s` is too short or too long.
    Interval,
    /// `agents.run_jitter_s` is longer than the interval.
    Jitter,
    /// A limit of 0 lets nobody in.
    Zero(&'static str),
    /// `ca.module` and `ca.token` do not belong together.
    Token,
    /// `assess.sweep_s` is too short.
    Sweep,
    /// `assess.max_age_days` is out of range.
    MaxAge,
    /// `web.listen` would send passwords in clear text.
    ClearText,
}

impl Explain for Rule {
    fn sentence(&self) -> (&'static str, Args) {
        match self {
            Self::NoName => ("config-no-name", vec![]),
            Self::Name(value) => ("config-name", vec![("value", text(value))]),
            Self::Interval => {
                let (least, most) = (text(MIN_RUN_INTERVAL_S), text(MAX_RUN_INTERVAL_S));
                ("config-interval", vec![("least", least), ("most", most)])
            }
            Self::Jitter => ("config-jitter", vec![]),
            Self::Zero(key) => ("config-zero", vec![("key", text(key))]),
            Self::Token => ("config-token", vec![]),
            Self::Sweep => ("config-sweep", vec![]),
            Self::MaxAge => ("config-max-age", vec![]),
            Self::ClearText => ("config-clear-text", vec![]),
        }
    }
}

impl Explain for TomlFault {
    fn sentence(&self) -> (&'static str, Args) {
        match self {
            Self::UnknownKey { key, nearest } => {
                let args = vec![("key", text(key)), ("nearest", text(nearest))];
                ("config-unknown-key", args)
            }
            Self::BadValue { key, detail } => {
                let args = vec![("key", text(key)), ("detail", text(detail))];
                ("config-bad-value", args)
            }
            Self::Syntax(detail) => ("config-syntax", vec![("detail", text(detail))]),
        }
    }
}

impl Explain for ConfigError {
    fn sentence(&self) -> (&'static str, Args) {
        match self {
            Self::File { path, source } => {
                let args = vec![("file", text(path.display())), ("detail", text(source))];
                ("config-read", args)
            }
            Self::Syntax { fault, .. } => fault.sentence(),
            Self::Value { rule, .. } => rule.sentence(),
        }
    }

    fn say(&self, lang: Lang) -> String {
        let (key, args) = self.sentence();
        let what = say::with(lang, key, &args);
        match self {
            Self::File { .. } => what,
            Self::Syntax { path, line, .. } => {
                let args = [("file", text(path.display())), ("line", text(line))];
                format!("{}: {what}", say::with(lang, "config-at", &args))
            }
            Self::Value { path, .. } => format!("{}: {what}", path.display()),
        }
    }
}

english!(ConfigError);

/// The parser's English error as one of ours.
pub(super) fn explain(error: &toml::de::Error, source: &str, path: &Path) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let message = error.message().trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let fault = if message.starts_with("unknown field") {
        let key = quoted.first().copied().unwrap_or_default();
        let known = quoted.iter().skip(1).copied();
        TomlFault::UnknownKey {
            nearest: nearest(key, known).unwrap_or_default(),
            key: key.to_owned(),
        }
    } else if let Some(key) = key_at(source, at).filter(|_| message.starts_with("invalid ")) {
        let detail = message.to_owned();
        TomlFault::BadValue { key, detail }
    } else {
        TomlFault::Syntax(message.to_owned())
    };
    ConfigError::Syntax {
        path: path.to_owned(),
        line: source.get(..at).unwrap_or(source).matches('\n').count() + 1,
        fault,
    }
}

/// The key before the `=` on the line of a place in the text.
fn key_at(source: &str, at: usize) -> Option<String> {
    let start = source.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
    let line = source.get(start..)?.lines().next()?;
    let key = line.split_once('=')?.0.trim();
    (!key.is_empty()).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn error(source: &str, lang: Lang) -> String {
        let got = Config::parse(source, Path::new("/etc/capdo/collector.toml"));
        got.expect_err("the text is wrong").say(lang)
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_likely_one() {
        for (lang, at) in [(Lang::Vi, ", dòng 3: "), (Lang::En, ", line 3: ")] {
            let said = error("[web]\n\nlisten_on = 1\n", lang);
            let start = format!("/etc/capdo/collector.toml{at}");
            assert!(said.starts_with(&start), "{said}");
            assert!(said.contains("`listen_on`"), "{said}");
            assert!(said.contains("`listen`"), "{said}");
        }
    }

    #[test]
    fn a_wrong_value_names_its_key_and_what_is_no_toml_its_line() {
        let said = error("[agents]\nlisten = 5\n", Lang::En);
        assert!(
            said.contains("line 2") && said.contains("`listen`"),
            "{said}"
        );
        let said = error("[web]\n[agents\n", Lang::Vi);
        assert!(said.contains("dòng 2"), "{said}");
    }
}
