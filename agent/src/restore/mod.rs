//! Restore tests: comparing what was restored with the original, and keeping the record.

mod compare;
mod record;

pub use self::{
    compare::compare,
    record::{append, load},
};

use std::path::PathBuf;

use crate::say::{Args, Explain, english_error};

/// Why a restore test was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// A file or folder cannot be read.
    Unreadable(PathBuf, String),
    /// The two places hold the very same files.
    SamePlace,
    /// The original holds nothing.
    Nothing,
    /// The record was changed by hand or cannot be read.
    RecordBroken(PathBuf, String),
    /// The record cannot be written.
    RecordUnwritable(PathBuf, String),
}

impl Explain for RestoreError {
    fn sentence(&self) -> (&'static str, Args) {
        let told = |path: &PathBuf, detail: &String| {
            let path = ("path", path.display().to_string().into());
            vec![path, ("detail", detail.as_str().into())]
        };
        match self {
            Self::Unreadable(path, detail) => ("backup-unreadable", told(path, detail)),
            Self::SamePlace => ("backup-same-place", Vec::new()),
            Self::Nothing => ("backup-nothing-compared", Vec::new()),
            Self::RecordBroken(path, detail) => ("backup-record-broken", told(path, detail)),
            Self::RecordUnwritable(path, detail) => {
                ("backup-record-unwritable", told(path, detail))
            }
        }
    }
}

english_error!(RestoreError);
