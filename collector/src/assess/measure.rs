//! What a system is measured against: a standard at a level.

use std::sync::LazyLock;

use capdo_checks::{
    catalogue::{Catalogue, Level, Standard, Thresholds},
    registry,
};
use sha2::{Digest, Sha256};

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

/// Names the rules by which this program judges: its version and a hash over its checks' versions and
/// every figure of every standard. Where the name is the same, the same evidence gives the same verdict.
pub fn judge() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let mut hasher = Sha256::new();
        for check in registry::all().into_iter().chain(registry::collected()) {
            let meta = check.meta();
            hasher.update(format!("{}@{}\n", meta.id, meta.version));
        }
        for standard in Catalogue::embedded().standards() {
            for level in Level::ALL {
                for (id, value) in standard.thresholds_at(level).iter() {
                    hasher.update(format!("{} {level} {id}={value}\n", standard.id));
                }
            }
        }
        let hash = hex::encode(hasher.finalize());
        format!("{}+{}", env!("CARGO_PKG_VERSION"), &hash[..16])
    });
    &NAME
}
