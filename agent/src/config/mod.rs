//! The configuration: parse (what the file says) → check (whether it makes sense) → build (typed).
//!
//! Nothing is opened here but the file itself.

mod check;
mod check_guest;
mod error;
mod file;
mod period;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use capdo_checks::{lang::Lang, settings::Settings};
use rustix::thread::CapabilitySet;

pub use self::{
    check::{is_address, parse_sha256},
    error::{ConfigError, Problem, Rule},
    file::LogFormat,
};
use crate::{budget::Limits, guest, tpm::TpmUse};

/// Where the configuration is unless `--config` says otherwise.
pub const DEFAULT_PATH: &str = "/etc/capdo/agent.toml";

/// Where the agent keeps its identity, spool and state unless the configuration says otherwise.
pub const DEFAULT_STATE_DIR: &str = "/var/lib/capdo-agent";

/// Largest configuration file, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A configuration that has been checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the collector is, as `HOST:PORT`; else as `enroll` was told.
    pub collector: Option<String>,
    /// The collector's CA certificate, for `enroll`.
    pub ca_file: Option<PathBuf>,
    /// SHA-256 of the collector's CA certificate, for `enroll`.
    pub ca_sha256: Option<[u8; 32]>,
    /// Where the agent keeps its identity, spool and state.
    pub state_dir: PathBuf,
    /// Time between the starts of two runs, until the collector assigns one.
    pub interval: Duration,
    /// The most that a run is put off by at random.
    pub jitter: Duration,
    /// What a run may cost.
    pub limits: Limits,
    /// The capabilities that are granted beside `CAP_DAC_READ_SEARCH`, each with the checks that it is
    /// granted for.
    pub capabilities: BTreeMap<String, Vec<String>>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Whether the host's key is in a TPM, and in which.
    pub tpm: TpmUse,
    /// The language of what people read.
    pub lang: Option<Lang>,
    /// What the owner declared about the host.
    pub declared: Settings,
    /// What works and should still be changed.
    pub warnings: Vec<Problem>,
}

impl Config {
    /// Reads, checks and builds.
    ///
    /// # Errors
    /// When the file cannot be read, is no TOML of the right shape, or makes no sense.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let (text, mode) = read(path)?;
        let mut config = Self::from_text(&text, path)?;
        if mode & 0o002 != 0 {
            config.warnings.push(Problem {
                line: 0,
                rule: Rule::WorldWritable,
            });
        }
        Ok(config)
    }

    /// As [`Self::load`], with the file's text in hand; `path` is for the messages.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_text(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let file =
            file::File::parse(text).map_err(|error| error::explain_toml(&error, text, path))?;
        check::build(file, text).map_err(|problems| ConfigError::Check {
            file: path.to_owned(),
            problems,
        })
    }

    /// The capabilities of [`Self::capabilities`] together.
    pub fn granted(&self) -> CapabilitySet {
        let named = self.capabilities.keys().filter_map(|n| guest::named(n));
        named.fold(CapabilitySet::empty(), |all, one| all | one)
    }

    /// The configuration of a file that says nothing.
    pub fn empty() -> Self {
        check::build(file::File::default(), "").expect("an empty file breaks no rule")
    }
}

fn read(path: &Path) -> Result<(String, u32), ConfigError> {
    let unreadable = |source: std::io::Error| ConfigError::Read {
        file: path.to_owned(),
        source,
    };
    let meta = fs::metadata(path).map_err(unreadable)?;
    if meta.len() > MAX_BYTES || !meta.is_file() {
        let source = std::io::Error::other("not a regular file of at most 1 MiB");
        return Err(unreadable(source));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Ok((text, meta.permissions().mode()))
}
