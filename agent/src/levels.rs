//! The one place where the agent asks the catalogue: figures and controls of a level.

use capdo_checks::{
    catalogue::{Catalogue, Level, Thresholds},
    lang::Lang,
};
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
    Catalogue::embedded().current().thresholds_at(known(level))
}

/// The controls that a check serves at a level.
pub fn controls(check: &str, level: u8, lang: Lang) -> Vec<ControlRef> {
    let (catalogue, level) = (Catalogue::embedded(), known(level));
    let standard = catalogue.current();
    let served = catalogue.controls_for(&standard.id, check).iter();
    served
        .filter_map(|id| standard.control(id))
        .filter_map(|control| {
            Some(ControlRef {
                id: control.id.to_string(),
                clause: control.clauses.get(level)?.clone(),
                title: control.title.get(lang).to_owned(),
            })
        })
        .collect()
}

/// Levels outside 1 to 5 are refused on the command line; a collector's are clamped.
fn known(level: u8) -> Level {
    Level::try_from(level.clamp(1, 5)).expect("clamped to 1..=5, which are levels")
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
