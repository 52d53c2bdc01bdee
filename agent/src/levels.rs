//! The one place where the agent asks the catalogue: figures and controls of a level.

use capdo_checks::catalogue::Thresholds;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The standard that the agent measures against unless it is assigned another.
pub const STANDARD: &str = "tcvn-14423-2026";

/// The levels (cấp độ), lowest first.
pub const LEVELS: std::ops::RangeInclusive<u8> = 1..=5;

/// The level that `scan` takes where none is given.
pub const DEFAULT_LEVEL: u8 = 2;

/// A requirement of the standard that a check serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlRef {
    /// Its id in the standard.
    pub id: String,
    /// The clause that asks for it at the level.
    pub clause: String,
    /// A few words, in the reader's language.
    pub title: String,
}

/// The figures of a level.
pub fn thresholds(level: u8) -> Thresholds {
    Thresholds::for_level(level)
}

/// The controls that the check `_check` serves at a level. Empty until the catalogue is here.
pub const fn controls(
    _check: &str,
    _level: u8,
    _lang: capdo_checks::lang::Lang,
) -> Vec<ControlRef> {
    Vec::new()
}

/// Names the version of the checks and catalogue that are compiled in.
pub fn catalogue_sha256() -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(STANDARD);
    for check in capdo_checks::registry::all() {
        let meta = check.meta();
        hasher.update(format!("\n{}@{}", meta.id, meta.version));
    }
    hasher.finalize().into()
}
