//! What can go wrong with a backup.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    say::{Args, Explain, english, text},
    store::StoreError,
};

/// A backup was not made, is not whole, or was not put in place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file or folder cannot be read or written; the operator's turn.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The archive cannot be written or read to its end.
    Archive(io::Error),
    /// It is no backup, or a part is missing, twice there, or not known.
    Shape(&'static str),
    /// A part is not what the manifest says.
    Part(String),
    /// The database in it is damaged.
    Database(String),
    /// A hash chain in it does not hold, or does not reach as far as the manifest says.
    Chain(&'static str),
    /// There is something in the folder already.
    InUse(PathBuf),
    /// The store.
    Store(#[from] StoreError),
}

impl BackupError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

impl Explain for BackupError {
    fn sentence(&self) -> (&'static str, Args) {
        let detail = |why: &dyn std::fmt::Display| vec![("detail", text(why))];
        match self {
            Self::File { path, source } => {
                let args = vec![("file", text(path.display())), ("detail", text(source))];
                ("backup-file", args)
            }
            Self::Archive(source) => ("backup-archive", detail(source)),
            Self::Shape(what) => ("backup-shape", detail(what)),
            Self::Part(name) => ("backup-part", vec![("name", text(name))]),
            Self::Database(why) => ("backup-database", detail(why)),
            Self::Chain(which) => ("backup-chain", vec![("which", text(which))]),
            Self::InUse(path) => ("backup-in-use", vec![("file", text(path.display()))]),
            Self::Store(inner) => inner.sentence(),
        }
    }
}

english!(BackupError);
