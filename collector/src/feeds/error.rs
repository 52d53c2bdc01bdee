//! Why a feed was not imported.

use std::path::{Path, PathBuf};

use crate::{
    say::{Args, Explain, english, text},
    store::StoreError,
};

/// A feed was not imported.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The file is not the one that was named by its checksum.
    Checksum {
        /// The file.
        file: PathBuf,
        /// What it has.
        sha256: String,
    },
    /// Nothing in the file is of use.
    Empty(PathBuf),
    /// The file cannot be read, breaks a bound or is of another kind.
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        detail: String,
    },
    /// There is no feed with that number.
    NoSuch(i64),
    /// The file was changed while it was read.
    Changed(PathBuf),
    /// The file holds far less than the one whose place it would take.
    Shrunk {
        /// The file.
        file: PathBuf,
        /// What is compared: a release, or nothing for the whole.
        release: String,
        /// How many records, or fixes of the release, it has.
        now: i64,
        /// How many the other has.
        before: i64,
    },
    /// The store.
    Store(#[from] StoreError),
}

impl FeedError {
    pub(super) fn file(file: &Path, detail: impl std::fmt::Display) -> Self {
        Self::File {
            file: file.to_owned(),
            detail: detail.to_string(),
        }
    }
}

impl From<sqlx::Error> for FeedError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Explain for FeedError {
    fn sentence(&self) -> (&'static str, Args) {
        let named = |file: &PathBuf| ("file", text(file.display()));
        match self {
            Self::Checksum { file, sha256 } => {
                ("feed-checksum", vec![named(file), ("sha", text(sha256))])
            }
            Self::Changed(file) => ("feed-changed", vec![named(file)]),
            Self::Empty(file) => ("feed-empty", vec![named(file)]),
            Self::File { file, detail } => {
                ("feed-file", vec![named(file), ("detail", text(detail))])
            }
            Self::NoSuch(id) => ("feed-no-such", vec![("id", text(id))]),
            Self::Shrunk {
                file,
                release,
                now,
                before,
            } => {
                let (now, before) = (("now", (*now).into()), ("before", (*before).into()));
                if release.is_empty() {
                    return ("feed-shrunk", vec![named(file), now, before]);
                }
                let release = ("release", text(release));
                (
                    "feed-shrunk-release",
                    vec![named(file), release, now, before],
                )
            }
            Self::Store(source) => source.sentence(),
        }
    }
}

english!(FeedError);
