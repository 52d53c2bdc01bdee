//! What a system is measured against: a standard at a level.

use capdo_checks::catalogue::{Catalogue, Level, Standard, Thresholds};

/// The standard with this id; the current one where a stored id is not known any more.
pub fn standard(id: &str) -> &'static Standard {
    let catalogue = Catalogue::embedded();
    catalogue.standard(id).unwrap_or_else(|| {
        tracing::warn!(standard = id, "unknown standard; the current one is used");
        catalogue.current()
    })
}

/// A stored level, brought into 1 to 5.
pub fn level(number: u8) -> Level {
    Level::try_from(number.clamp(1, 5)).unwrap_or(Level::ALL[4])
}

/// The figures of a standard at a level.
pub fn thresholds(standard_id: &str, number: u8) -> Thresholds {
    standard(standard_id).thresholds_at(level(number))
}
