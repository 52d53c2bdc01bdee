//! What can go wrong with what is carried.

use std::{
    io,
    path::{Path, PathBuf},
};

use capdo_checks::Value;
use capdo_proto::carried::CarriedError;

use crate::{
    identity::IdentityError,
    say::{Args, Explain, english_error},
    spool::SpoolError,
};

/// A file was not written or not taken.
#[derive(Debug)]
pub enum CarryError {
    /// A file cannot be read or written. The owner's turn.
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The file is not what was written at the other end.
    Frame {
        /// Which.
        path: PathBuf,
        /// Where and what.
        source: CarriedError,
    },
    /// It is another kind of file.
    Kind(PathBuf),
    /// The signature is not by a CA that is trusted here.
    Signature(PathBuf),
    /// No request was made here, or the grant answers another one.
    NoRequest,
    /// This host connects; its runs cannot be carried.
    Connects,
    /// No run waits.
    Nothing,
    /// There is no run whose state could be written.
    NoState,
    /// The receipt is for another host.
    OtherHost(PathBuf),
    /// The receipt speaks of another state than the one that the run had here.
    OtherState(PathBuf),
    /// The identity.
    Identity(IdentityError),
    /// The spool.
    Spool(SpoolError),
}

impl CarryError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

impl From<IdentityError> for CarryError {
    fn from(error: IdentityError) -> Self {
        Self::Identity(error)
    }
}

impl From<SpoolError> for CarryError {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

impl Explain for CarryError {
    fn sentence(&self) -> (&'static str, Args) {
        let file = |path: &Path| ("file", Value::from(path.display().to_string()));
        let detail = |text: String| ("detail", Value::from(text));
        match self {
            Self::File { path, source } => {
                ("carry-file", vec![file(path), detail(source.to_string())])
            }
            Self::Frame { path, source } => {
                ("carry-frame", vec![file(path), detail(source.to_string())])
            }
            Self::Kind(path) => ("carry-kind", vec![file(path)]),
            Self::Signature(path) => ("carry-signature", vec![file(path)]),
            Self::NoRequest => ("carry-no-request", vec![]),
            Self::Connects => ("carry-connects", vec![]),
            Self::Nothing => ("carry-nothing", vec![]),
            Self::NoState => ("carry-no-state", vec![]),
            Self::OtherHost(path) => ("carry-other-host", vec![file(path)]),
            Self::OtherState(path) => ("carry-other-state", vec![file(path)]),
            Self::Identity(inner) => inner.sentence(),
            Self::Spool(inner) => inner.sentence(),
        }
    }
}

english_error!(CarryError);
