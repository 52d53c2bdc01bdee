//! What can go wrong with the store.

use std::path::PathBuf;

use crate::say::{Args, Explain, english, text};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Stored data does not keep the rules under which it was written.
    Damaged {
        /// The kind of thing.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// The file cannot be created; the operator is at fault.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The schema cannot be brought up to date, mostly because a newer version wrote it.
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<sqlx::migrate::MigrateError>,
    },
    /// The store was last written by a version that kept no record.
    NoRecord(PathBuf),
    /// No such thing, or none that the caller may see; the two are not told apart.
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The file cannot be opened.
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// The database refused or failed.
    Sql(#[from] sqlx::Error),
    /// The name is in use.
    Taken {
        /// The kind of thing.
        what: &'static str,
        /// The name.
        name: String,
    },
}

impl StoreError {
    /// No such thing.
    pub(crate) fn not_found(what: &'static str, id: &str) -> Self {
        Self::NotFound {
            what,
            id: id.to_owned(),
        }
    }

    /// A stored value breaks its rules.
    pub(crate) fn damaged(what: &'static str, id: &str) -> Self {
        Self::Damaged {
            what,
            id: id.to_owned(),
        }
    }
}

impl Explain for StoreError {
    fn sentence(&self) -> (&'static str, Args) {
        let thing = |what: &str, name: &str| vec![("what", text(what)), ("name", text(name))];
        let file = |path: &PathBuf, why: String| {
            vec![("file", text(path.display())), ("detail", text(why))]
        };
        match self {
            Self::Damaged { what, id } => ("store-damaged", thing(what, id)),
            Self::File { path, source } => ("store-file", file(path, source.to_string())),
            Self::Migrate { path, source } => ("store-migrate", file(path, source.to_string())),
            Self::NoRecord(path) => ("store-no-record", vec![("file", text(path.display()))]),
            Self::NotFound { what, id } => ("store-not-found", thing(what, id)),
            Self::Open { path, source } => ("store-open", file(path, source.to_string())),
            Self::Sql(source) => ("store-sql", vec![("detail", text(source))]),
            Self::Taken { what, name } => ("store-taken", thing(what, name)),
        }
    }
}

english!(StoreError);
