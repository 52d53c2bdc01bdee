//! What the command line can fail with.

use std::{path::PathBuf, process::ExitCode};

use capdo_checks::lang::Lang;
use capdo_cli::exit::Exit;

use crate::{
    backup::BackupError,
    config::ConfigError,
    export::ExportError,
    feeds::FeedError,
    identity::IdentityError,
    ingest::carried::CarriedError,
    logging::BadFilter,
    say::{self, Args, Explain, english, text},
    serve::ServeError,
    store::StoreError,
};

/// A command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The configuration cannot be used.
    Config(#[from] ConfigError),
    /// A table cannot be made.
    Export(#[from] ExportError),
    /// A feed was not imported.
    Feed(#[from] FeedError),
    /// The data folder or the configuration file cannot be made.
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A backup.
    Backup(#[from] BackupError),
    /// A carried file.
    Carried(#[from] CarriedError),
    /// The CA, a certificate or a password.
    Identity(#[from] IdentityError),
    /// What was typed cannot be used: a message id and its values.
    Input(&'static str, Args),
    /// The filter of the logs.
    Log(#[from] BadFilter),
    /// The man pages cannot be written.
    Man {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The record or a file does not hold. What does not was said.
    NotHeld,
    /// The data folder is not set up.
    NotSetUp(PathBuf),
    /// The threads could not be started.
    Runtime(std::io::Error),
    /// The running collector.
    Serve(#[from] ServeError),
    /// The store.
    Store(#[from] StoreError),
    /// A table cannot be written.
    Table {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Whether something holds could not be told.
    Unverified(Box<Self>),
}

impl From<sqlx::Error> for CliError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Explain for CliError {
    fn sentence(&self) -> (&'static str, Args) {
        match self {
            Self::Config(inner) => inner.sentence(),
            Self::Folder { path, source } => {
                let args = vec![("file", text(path.display())), ("detail", text(source))];
                ("init-folder", args)
            }
            Self::Backup(inner) => inner.sentence(),
            Self::Carried(inner) => inner.sentence(),
            Self::Feed(inner) => inner.sentence(),
            Self::Identity(inner) => inner.sentence(),
            Self::Input(key, args) => (key, args.clone()),
            Self::Log(inner) => inner.sentence(),
            Self::Man { dir, source } => {
                let args = vec![("dir", text(dir.display())), ("detail", text(source))];
                ("usage-man-failed", args)
            }
            Self::NotHeld => ("verify-not-held", vec![]),
            Self::NotSetUp(data) => ("init-not-set-up", vec![("data", text(data.display()))]),
            Self::Runtime(source) => ("serve-runtime", vec![("detail", text(source))]),
            Self::Serve(inner) => inner.sentence(),
            Self::Store(inner) => inner.sentence(),
            Self::Export(source) => ("score-table-failed", vec![("detail", text(source))]),
            Self::Table { file, source } => {
                let args = vec![("file", text(file.display())), ("detail", text(source))];
                ("score-table-file", args)
            }
            Self::Unverified(inner) => inner.sentence(),
        }
    }

    fn say(&self, lang: Lang) -> String {
        if let Self::Config(inner) = self {
            return inner.say(lang); // with the file and the line
        }
        let (key, args) = self.sentence();
        say::with(lang, key, &args)
    }
}

english!(CliError);

impl CliError {
    /// 64 (`EX_USAGE`) where what was typed or configured is at fault, 2 where something could not be
    /// verified, 77 where each new try brings a token nearer to being locked, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Input(..) | Self::Log(_) => ExitCode::from(Exit::Usage.code()),
            Self::Identity(fault) | Self::Serve(ServeError::Identity(fault))
                if fault.forbids_another_try() =>
            {
                ExitCode::from(Exit::NotAgain.code())
            }
            Self::Unverified(_) => ExitCode::from(Exit::Unknown.code()),
            _ => ExitCode::FAILURE,
        }
    }
}
