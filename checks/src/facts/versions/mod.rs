//! Version order of each package system.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

pub mod dpkg;

/// The package systems whose versions are ordered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Debian, Ubuntu: deb-version(7).
    Dpkg,
}

impl Scheme {
    /// Compares two versions. Total: texts that are no versions compare too.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Dpkg => dpkg::compare(a, b),
        }
    }
}
