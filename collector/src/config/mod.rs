//! The configuration file: read, checked, then used as it stands.

mod error;

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{identity::TokenSettings, ingest::strikes::Offences};

pub use error::{ConfigError, Rule, TomlFault};

/// The data folder where none is named, as in the systemd unit.
pub const DEFAULT_DATA: &str = "/var/lib/capdo-collector";
/// The file of the machine's administrator.
pub const SYSTEM_FILE: &str = "/etc/capdo/collector.toml";
/// Where systemd keeps what it hands over to the service, for commands beside it.
const CREDENTIALS: &str = "/run/credentials/capdo-collector.service";
/// The file in the data folder, which `init` writes.
pub const FILE: &str = "collector.toml";

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Towards agents.
    pub agents: Agents,
    /// Scores.
    pub assess: Assess,
    /// The CA.
    pub ca: Ca,
    /// Logs.
    pub log: Log,
    /// Looks at declared endpoints.
    pub outside: Outside,
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
    /// The most hosts whose runs come in at a time; others are told to come again soon.
    pub max_runs_at_once: usize,
    /// The most enrolments in a minute, from all addresses together.
    pub enrolments_per_minute: u32,
    /// How many offences against the protocol are borne, and what follows.
    pub offences: Offences,
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
            max_runs_at_once: 64,
            enrolments_per_minute: 120,
            offences: Offences::default(),
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

/// The CA. Where a module is named, new keys of CAs are made in its token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ca {
    /// The PKCS#11 module, with its whole path; empty: keys are files.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
    /// The label that new keys get.
    pub key: String,
    /// The file of the PIN; empty: the credential `ca-pin` that systemd hands over.
    pub pin_file: PathBuf,
}

impl Default for Ca {
    fn default() -> Self {
        Self {
            module: PathBuf::new(),
            token: String::new(),
            key: "capdo CA".to_owned(),
            pin_file: PathBuf::new(),
        }
    }
}

impl Ca {
    /// Whether a part of what is needed is missing. A module without its path would be looked for in
    /// folders that others may choose.
    fn is_torn(&self) -> bool {
        let (no_module, no_token) = (self.module.as_os_str().is_empty(), self.token.is_empty());
        no_module != no_token || !(no_module || self.module.is_absolute())
    }

    /// The token, where one is configured.
    pub fn settings(&self) -> Option<TokenSettings> {
        let path = |path: &PathBuf| (!path.as_os_str().is_empty()).then(|| path.clone());
        let module = path(&self.module)?;
        let pin_file = path(&self.pin_file).unwrap_or_else(|| {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY");
            folder
                .map_or_else(|| PathBuf::from(CREDENTIALS), PathBuf::from)
                .join("ca-pin")
        });
        Some(TokenSettings {
            module,
            token: self.token.clone(),
            key: self.key.clone(),
            pin_file,
        })
    }
}

/// Looks at declared endpoints, for which an authorisation is on record, from outside.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outside {
    /// Hours between two looks at an endpoint, a tenth more or less.
    pub interval_h: u32,
    /// How many are looked at at one time.
    pub parallel: u8,
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            interval_h: 24,
            parallel: 4,
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

impl Config {
    /// Reads and checks the file at `path`; the defaults where there is none and `optional`.
    ///
    /// # Errors
    /// When the file cannot be read or cannot be used.
    pub fn load(path: &Path, optional: bool) -> Result<Self, ConfigError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if optional && error.kind() == std::io::ErrorKind::NotFound => {
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
        let config: Self =
            toml::from_str(text).map_err(|error| error::explain(&error, text, path))?;
        match config.problem() {
            None => Ok(config),
            Some(rule) => Err(ConfigError::Value {
                path: path.to_owned(),
                rule,
            }),
        }
    }

    fn problem(&self) -> Option<Rule> {
        use capdo_proto::limits::{MAX_RUN_INTERVAL_S, MIN_RUN_INTERVAL_S};
        let agents = &self.agents;
        let intervals = MIN_RUN_INTERVAL_S..=MAX_RUN_INTERVAL_S;
        let bad_name = agents.names.iter().find(|n| !is_name(n));
        let clear_text = !self.web.tls && !self.web.listen.ip().is_loopback();
        let rules = [
            (agents.names.is_empty(), Rule::NoName),
            (
                bad_name.is_some(),
                Rule::Name(bad_name.cloned().unwrap_or_default()),
            ),
            (!intervals.contains(&agents.run_interval_s), Rule::Interval),
            (agents.run_jitter_s > agents.run_interval_s, Rule::Jitter),
            (
                agents.max_connections == 0,
                Rule::Zero("agents.max_connections"),
            ),
            (
                agents.max_runs_at_once == 0,
                Rule::Zero("agents.max_runs_at_once"),
            ),
            (
                agents.enrolments_per_minute == 0,
                Rule::Zero("agents.enrolments_per_minute"),
            ),
            (self.ca.is_torn(), Rule::Token),
            (
                agents.offences.allowed == 0,
                Rule::Zero("agents.offences.allowed"),
            ),
            (self.assess.sweep_s < 10, Rule::Sweep),
            (!(1..=366).contains(&self.assess.max_age_days), Rule::MaxAge),
            (
                self.outside.interval_h == 0,
                Rule::Zero("outside.interval_h"),
            ),
            (self.outside.parallel == 0, Rule::Zero("outside.parallel")),
            (clear_text, Rule::ClearText),
        ];
        rules
            .into_iter()
            .find_map(|(broken, rule)| broken.then_some(rule))
    }
}

/// The file that holds where none is named. An explicit data folder comes with its own file, so
/// that a second collector on a machine does not take the first one's; else the administrator's
/// file goes first.
pub fn usual_file(data: Option<&Path>) -> PathBuf {
    let system = PathBuf::from(SYSTEM_FILE);
    let own = data.unwrap_or(Path::new(DEFAULT_DATA)).join(FILE);
    let system_first = data.is_none() || !own.exists();
    if system_first && system.exists() {
        system
    } else {
        own
    }
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
    fn clear_text_leaves_the_machine_never() {
        let error = parse("[web]\nlisten = \"0.0.0.0:80\"\n").unwrap_err();
        assert!(
            error.contains("web.listen") && error.contains("web.tls"),
            "{error}"
        );
        parse("[web]\nlisten = \"0.0.0.0:443\"\ntls = true\n").unwrap();
    }

    #[test]
    fn the_pin_is_in_the_named_file_or_handed_over_by_systemd() {
        let text = "[ca]\nmodule = \"/m.so\"\ntoken = \"t\"\n";
        let pin = |text: &str| parse(text).unwrap().ca.settings().unwrap().pin_file;
        let named = pin(&format!("{text}pin_file = \"/etc/capdo/pin\"\n"));
        assert_eq!(named, Path::new("/etc/capdo/pin"));
        assert!(pin(text).is_absolute() && pin(text).ends_with("ca-pin"));
        assert_eq!(parse("").unwrap().ca.settings(), None);
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        for text in [
            "[agents]\nnames = []",
            "[agents]\nnames = [\"a b\"]",
            "[agents]\nrun_interval_s = 1",
            "[agents]\nrun_interval_s = 60\nrun_jitter_s = 61",
            "[agents]\nmax_connections = 0",
            "[agents]\nmax_runs_at_once = 0",
            "[agents.offences]\nallowed = 0",
            "[agents.offences]\nban = 5",
            "[assess]\nsweep_s = 0",
            "[ca]\ntoken = \"capdo\"",
            "[ca]\nmodule = \"/usr/lib/module.so\"",
            "[ca]\nmodule = \"module.so\"\ntoken = \"capdo\"",
            "[assess]\nmax_age_days = 0",
            "[outside]\ninterval_h = 0",
            "[outside]\nparallel = 0",
        ] {
            parse(text).unwrap_err();
        }
    }
}
