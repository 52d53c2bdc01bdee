//! What the file says, as it stands there.

use std::{collections::BTreeMap, path::PathBuf};

use capdo_checks::{lang::Lang, settings::Settings};
use serde::Deserialize;
use toml::Spanned;

/// The file. Unknown keys are refused: a misspelt key that does nothing helps nobody.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub(super) lang: Option<Lang>,
    pub(super) state_dir: Option<Spanned<PathBuf>>,
    pub(super) log_format: LogFormat,
    pub(super) tpm: Option<Spanned<String>>,
    pub(super) collector: Collector,
    pub(super) schedule: Schedule,
    pub(super) budget: Budget,
    pub(super) guest: Guest,
    pub(super) declared: Option<Spanned<Settings>>,
}

/// `[collector]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Collector {
    pub(super) address: Option<Spanned<String>>,
    pub(super) ca_file: Option<Spanned<PathBuf>>,
    pub(super) ca_sha256: Option<Spanned<String>>,
}

/// `[schedule]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Schedule {
    pub(super) interval: Option<Spanned<String>>,
    pub(super) jitter: Option<Spanned<String>>,
}

/// `[budget]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Budget {
    pub(super) cpu: Option<Spanned<String>>,
    pub(super) memory_mib: Option<Spanned<u64>>,
}

/// `[guest]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Guest {
    /// Each capability with the checks that it is granted for.
    pub(super) capabilities: Option<Spanned<BTreeMap<String, Vec<String>>>>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people, and for the journal.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl File {
    pub(super) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
