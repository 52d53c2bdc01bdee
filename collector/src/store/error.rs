//! What can go wrong with the store.

use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Stored data does not keep the rules under which it was written.
    #[error("{what} {id:?} in the store is damaged: restore the latest backup")]
    Damaged {
        /// The kind of thing.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// The file cannot be created; the operator is at fault.
    #[error("cannot create {}: {source}; make the folder writable for this user", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The schema cannot be brought up to date, mostly because a newer version wrote it.
    #[error("cannot bring {} up to date: {source}; use the version that last wrote it, or a newer one", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<sqlx::migrate::MigrateError>,
    },
    /// No such thing, or none that the caller may see; the two are not told apart.
    #[error("no {what} {id:?}: list them with `capdo-collector {what} list`")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The file cannot be opened.
    #[error("cannot open {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// The database refused or failed.
    #[error("the store failed: {0}")]
    Sql(#[from] sqlx::Error),
    /// The name is in use.
    #[error("{what} {name:?} exists already: choose another name")]
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
