//! The configuration file: read, checked, then used as it stands.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// The file in the data folder that is read where no other is named.
pub const FILE: &str = "collector.toml";

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Towards agents.
    pub agents: Agents,
    /// Scores.
    pub assess: Assess,
    /// Logs.
    pub log: Log,
    /// Towards people.
    pub web: Web,
}

/// Towards agents.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Agents {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The DNS names and IP addresses by which agents call the collector.
    pub names: Vec<String>,
    /// The most connections at a time.
    pub max_connections: usize,
    /// The most enrolments in a minute, from all addresses together.
    pub enrolments_per_minute: u32,
    /// Seconds between two runs of a host.
    pub run_interval_s: u32,
    /// Seconds by which a run is put off at random, at most.
    pub run_jitter_s: u32,
}

impl Default for Agents {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8443)),
            names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            max_connections: 4096,
            enrolments_per_minute: 120,
            run_interval_s: 24 * 60 * 60,
            run_jitter_s: 60 * 60,
        }
    }
}

/// Scores.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assess {
    /// Seconds after which every score is computed anew, so that old evidence stops counting.
    pub sweep_s: u64,
    /// Days after which evidence that was not confirmed stops counting.
    pub max_age_days: u32,
}

impl Default for Assess {
    fn default() -> Self {
        Self {
            sweep_s: 15 * 60,
            max_age_days: 3,
        }
    }
}

/// Logs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// What is logged, such as `info` or `info,sqlx=warn`.
    pub filter: String,
    /// One JSON object per line.
    pub json: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info,sqlx=warn".to_owned(),
            json: false,
        }
    }
}

/// Towards people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// Where to listen. Without TLS this must be a loopback address.
    pub listen: SocketAddr,
    /// Serve TLS with a certificate of the collector's own CA.
    pub tls: bool,
    /// Browsers reach the loopback address through a proxy that serves TLS: cookies are then
    /// marked secure.
    pub behind_tls_proxy: bool,
}

impl Default for Web {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self {
            listen,
            tls: false,
            behind_tls_proxy: false,
        }
    }
}

/// The configuration cannot be used; whoever wrote the file is at fault.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, or a key or a value that does not exist.
    #[error("{}, line {line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A value that cannot be.
    #[error("{}: {key} {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What is wrong, and what to write instead.
        problem: String,
    },
}

impl Config {
    /// Reads and checks the file that was named; else that of the data folder; else the defaults.
    ///
    /// # Errors
    /// When the file named cannot be read, or a file cannot be used.
    pub fn load(named: Option<&Path>, data: &Path) -> Result<Self, ConfigError> {
        let usual = data.join(FILE);
        let path = named.unwrap_or(&usual);
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(source) => Err(ConfigError::File {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Reads and checks the text of a file.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: line_of(text, error.span().map_or(0, |s| s.start)),
            message: error.message().to_owned(),
        })?;
        match config.problem() {
            None => Ok(config),
            Some((key, problem)) => Err(ConfigError::Value {
                path: path.to_owned(),
                key,
                problem,
            }),
        }
    }

    fn problem(&self) -> Option<(&'static str, String)> {
        use capdo_proto::limits::{MAX_RUN_INTERVAL_S, MIN_RUN_INTERVAL_S};
        let agents = &self.agents;
        if agents.names.is_empty() {
            return Some((
                "agents.names",
                "is empty: write the name that agents call".into(),
            ));
        }
        if let Some(name) = agents.names.iter().find(|n| !is_name(n)) {
            return Some((
                "agents.names",
                format!("holds {name:?}: write a DNS name or an IP"),
            ));
        }
        if !(MIN_RUN_INTERVAL_S..=MAX_RUN_INTERVAL_S).contains(&agents.run_interval_s) {
            let range = format!("must be from {MIN_RUN_INTERVAL_S} to {MAX_RUN_INTERVAL_S}");
            return Some(("agents.run_interval_s", range));
        }
        if agents.run_jitter_s > agents.run_interval_s {
            return Some((
                "agents.run_jitter_s",
                "is more than agents.run_interval_s".into(),
            ));
        }
        if agents.max_connections == 0 || agents.enrolments_per_minute == 0 {
            return Some(("agents", "has a limit of 0, which lets nobody in".into()));
        }
        if self.assess.sweep_s < 10 {
            return Some(("assess.sweep_s", "is less than 10".into()));
        }
        if !(1..=366).contains(&self.assess.max_age_days) {
            return Some(("assess.max_age_days", "must be from 1 to 366".into()));
        }
        if !self.web.tls && !self.web.listen.ip().is_loopback() {
            let problem = "is reachable from other machines without TLS: set web.tls = true, or \
                           listen on 127.0.0.1 behind a proxy";
            return Some(("web.listen", problem.into()));
        }
        None
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

fn is_name(name: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.parse::<IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("collector.toml")).map_err(|e| e.to_string())
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        assert_eq!(parse("").unwrap(), Config::default());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = parse("[web]\n\nlisten_on = 1\n").unwrap_err();
        assert!(error.starts_with("collector.toml, line 3: "), "{error}");
        assert!(error.contains("listen_on"), "{error}");
    }

    #[test]
    fn clear_text_leaves_the_machine_never() {
        let error = parse("[web]\nlisten = \"0.0.0.0:80\"\n").unwrap_err();
        assert!(
            error.contains("web.listen") && error.contains("web.tls"),
            "{error}"
        );
        parse("[web]\nlisten = \"0.0.0.0:443\"\ntls = true\n").unwrap();
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        for text in [
            "[agents]\nnames = []",
            "[agents]\nnames = [\"a b\"]",
            "[agents]\nrun_interval_s = 1",
            "[agents]\nrun_interval_s = 60\nrun_jitter_s = 61",
            "[agents]\nmax_connections = 0",
            "[assess]\nsweep_s = 0",
            "[assess]\nmax_age_days = 0",
        ] {
            parse(text).unwrap_err();
        }
    }
}
