//! What is wrong with a configuration: the file, the line, the key, and the way out.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use capdo_checks::{Value, lang::Lang, text::nearest};

use crate::{
    observing::NoSuchCheck,
    say::{self, Args, Explain, english_error},
};

/// Why there is no configuration.
#[derive(Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Read {
        /// Which file.
        file: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The file is not TOML, or holds something that does not belong there.
    Toml {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        fault: TomlFault,
    },
    /// The file is well-formed and makes no sense.
    Check {
        /// Which file.
        file: PathBuf,
        /// Everything that is wrong.
        problems: Vec<Problem>,
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
    /// A key that must be there is not.
    MissingKey(String),
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

/// One thing that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// Which rule is broken.
    pub rule: Rule,
}

/// The rules that the form of a file does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `collector.address` is not `HOST:PORT`.
    Address(String),
    /// Both `ca_file` and `ca_sha256`.
    TwoAnchors,
    /// `collector.ca_sha256` is no SHA-256.
    Pin,
    /// A path that is not absolute.
    Relative(&'static str),
    /// No length of time.
    Period {
        /// Which key.
        key: &'static str,
        /// What stands there.
        value: String,
    },
    /// `schedule.interval` is too short or too long.
    Interval,
    /// `schedule.jitter` is longer than the interval.
    Jitter,
    /// `budget.cpu` is too short or too long.
    Cpu,
    /// `budget.memory_mib` is too little or too much.
    Memory,
    /// A capability that nobody may grant.
    Capability(String),
    /// A capability that is granted for no check.
    CapabilityForNothing(String),
    /// A capability is granted for a check that there is not.
    NoSuchCheck(NoSuchCheck),
    /// A port 0.
    PortZero,
    /// `declared.approved_dns` holds something that is no IP address.
    NotAnIp(String),
    /// A declared endpoint cannot be used as it stands there.
    Endpoint {
        /// `host:port`.
        endpoint: String,
        /// Why.
        fault: EndpointFault,
    },
    /// Everybody may write the file. A warning.
    WorldWritable,
}

/// Why a declared endpoint cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointFault {
    /// `path` does not begin with `/`.
    Path,
    /// The path of a Keycloak realm does not end in `/realms/NAME`.
    Realm,
    /// `password_file` or `config_file` is not an absolute path.
    File,
    /// A test account without an authorisation.
    NotAuthorised,
    /// The kind has no login that could be tried.
    NoLogin,
    /// A test account without what its kind of login begins with, or an address there that is none.
    Start,
}

impl Problem {
    /// The sentence, with file and line before it.
    pub fn say(&self, file: &Path, lang: Lang) -> String {
        let (key, args) = self.rule.sentence();
        let what = say::with(lang, key, &args);
        match self.line {
            0 => format!("{}: {what}", file.display()),
            line => format!("{}:{line}: {what}", file.display()),
        }
    }
}

impl Explain for Rule {
    fn sentence(&self) -> (&'static str, Args) {
        let value = |v: &String| vec![("value", Value::from(v.as_str()))];
        match self {
            Self::Address(v) => ("config-address", value(v)),
            Self::TwoAnchors => ("config-two-anchors", vec![]),
            Self::Pin => ("config-pin", vec![]),
            Self::Relative(key) => ("config-relative", vec![("key", Value::from(*key))]),
            Self::Period { key, value } => {
                let value = ("value", Value::from(value.as_str()));
                ("config-period", vec![("key", Value::from(*key)), value])
            }
            Self::Interval => ("config-interval", vec![]),
            Self::Jitter => ("config-jitter", vec![]),
            Self::Cpu => ("config-cpu", vec![]),
            Self::Memory => ("config-memory", vec![]),
            Self::Capability(v) => ("config-capability", value(v)),
            Self::CapabilityForNothing(v) => ("config-capability-for-nothing", value(v)),
            Self::NoSuchCheck(unknown) => unknown.sentence(),
            Self::PortZero => ("config-port-zero", vec![]),
            Self::NotAnIp(v) => ("config-not-an-ip", value(v)),
            Self::Endpoint { endpoint, fault } => {
                let key = match fault {
                    EndpointFault::Path => "config-endpoint-path",
                    EndpointFault::Realm => "config-endpoint-realm",
                    EndpointFault::File => "config-endpoint-file",
                    EndpointFault::NotAuthorised => "config-endpoint-not-authorised",
                    EndpointFault::NoLogin => "config-endpoint-no-login",
                    EndpointFault::Start => "config-endpoint-start",
                };
                (key, vec![("endpoint", Value::from(endpoint.as_str()))])
            }
            Self::WorldWritable => ("config-world-writable", vec![]),
        }
    }
}

impl Explain for TomlFault {
    fn sentence(&self) -> (&'static str, Args) {
        match self {
            Self::UnknownKey { key, nearest } => {
                let nearest = ("nearest", Value::from(nearest.as_str()));
                (
                    "config-unknown-key",
                    vec![("key", Value::from(key.as_str())), nearest],
                )
            }
            Self::MissingKey(key) => ("config-missing-key", vec![("key", key.as_str().into())]),
            Self::BadValue { key, detail } => {
                let detail = ("detail", Value::from(detail.as_str()));
                (
                    "config-bad-value",
                    vec![("key", Value::from(key.as_str())), detail],
                )
            }
            Self::Syntax(detail) => ("config-syntax", vec![("detail", detail.as_str().into())]),
        }
    }
}

impl Explain for ConfigError {
    fn sentence(&self) -> (&'static str, Args) {
        match self {
            Self::Read { file, source } => {
                let file = ("file", Value::from(file.display().to_string()));
                (
                    "config-read",
                    vec![file, ("detail", Value::from(source.to_string()))],
                )
            }
            Self::Toml { fault, .. } => fault.sentence(),
            Self::Check { file, .. } => {
                let file = ("file", Value::from(file.display().to_string()));
                ("config-problems", vec![file])
            }
        }
    }

    fn say(&self, lang: Lang) -> String {
        let (key, args) = self.sentence();
        let what = say::with(lang, key, &args);
        match self {
            Self::Read { .. } => what,
            Self::Toml { file, line, .. } => format!("{}:{line}: {what}", file.display()),
            Self::Check { file, problems } => {
                let mut all = what;
                for problem in problems {
                    write!(all, "\n{}", problem.say(file, lang))
                        .expect("writing to a String cannot fail");
                }
                all
            }
        }
    }
}

english_error!(ConfigError);

/// The line of a place in a text, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// The parser's English error as one of ours.
pub(super) fn explain_toml(error: &toml::de::Error, text: &str, file: &Path) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let message = error.message().trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let first = || quoted.first().copied().unwrap_or_default().to_owned();
    let fault = if message.starts_with("unknown field") {
        let known = quoted.iter().skip(1).copied();
        TomlFault::UnknownKey {
            nearest: nearest(&first(), known).unwrap_or_default(),
            key: first(),
        }
    } else if message.starts_with("missing field") {
        TomlFault::MissingKey(first())
    } else if message.starts_with("invalid ") || message.starts_with("unknown variant") {
        match key_at(text, at) {
            Some(key) => TomlFault::BadValue {
                key,
                detail: message.to_owned(),
            },
            None => TomlFault::Syntax(message.to_owned()),
        }
    } else {
        TomlFault::Syntax(message.to_owned())
    };
    ConfigError::Toml {
        file: file.to_owned(),
        line: line_of(text, at),
        fault,
    }
}

/// The key before the `=` on the line of a place in the text.
fn key_at(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
    let line = text.get(start..)?.lines().next()?;
    let key = line.split_once('=')?.0.trim();
    (!key.is_empty()).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn error(text: &str, lang: Lang) -> String {
        let got = Config::from_text(text, Path::new("/etc/capdo/agent.toml"));
        got.expect_err("the text is wrong").say(lang)
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_likely_one() {
        let text = "lang = \"vi\"\n[collector]\nadress = \"a:1\"\n";
        for lang in Lang::ALL {
            let said = error(text, lang);
            assert!(said.starts_with("/etc/capdo/agent.toml:3:"), "{said}");
            assert!(
                said.contains("adress") && said.contains("`address`"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_wrong_value_names_its_key() {
        let said = error("lang = \"fr\"\n", Lang::En);
        assert!(said.starts_with("/etc/capdo/agent.toml:1:"), "{said}");
        assert!(said.contains("`lang`"), "{said}");
        let said = error("\n[declared]\nexpected_ports = [70000]\n", Lang::En);
        assert!(said.starts_with("/etc/capdo/agent.toml:3:"), "{said}");
        assert!(said.contains("`expected_ports`"), "{said}");
    }

    #[test]
    fn all_senseless_things_are_told_at_once() {
        let text = "state_dir = \"x\"\n[schedule]\ninterval = \"5s\"\njitter = \"2 weeks\"\n\
                    [collector]\naddress = \"nowhere\"\nca_sha256 = \"12\"\n\
                    [declared]\napproved_dns = [\"ns.example\"]\nexpected_ports = [0]\n";
        let said = error(text, Lang::En);
        let lines: Vec<&str> = said
            .lines()
            .filter_map(|l| l.strip_prefix("/etc/capdo/agent.toml:"))
            .filter_map(|l| l.split(':').next())
            .collect();
        assert_eq!(lines.len(), 7, "{said}");
        for line in ["1", "3", "4", "6", "7"] {
            assert!(lines.contains(&line), "{line}: {said}");
        }
    }

    #[test]
    fn what_is_no_toml_says_where() {
        let said = error("lang = \"vi\"\n[collector\n", Lang::Vi);
        assert!(said.starts_with("/etc/capdo/agent.toml:2:"), "{said}");
    }
}
