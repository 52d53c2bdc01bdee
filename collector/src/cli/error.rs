//! What the command line can fail with.

use std::{path::PathBuf, process::ExitCode};

use crate::serve::ServeError;
use crate::{config::ConfigError, identity::IdentityError, logging::BadFilter, store::StoreError};

/// A command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The CA, a certificate or a password.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// What was typed cannot be used.
    #[error("{0}")]
    Input(String),
    /// The filter of the logs.
    #[error(transparent)]
    Log(#[from] BadFilter),
    /// The data folder is not set up.
    #[error("{} is not set up: run `capdo-collector init --data {}`", .0.display(), .0.display())]
    NotSetUp(PathBuf),
    /// The data folder cannot be made.
    #[error("cannot make {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The threads could not be started.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// The running collector.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CliError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl CliError {
    /// 64 (`EX_USAGE`) where what was typed or configured is at fault, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Input(_) | Self::Log(_) => ExitCode::from(64),
            _ => ExitCode::FAILURE,
        }
    }
}
