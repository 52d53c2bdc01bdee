//! Version order of each package system.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

pub mod apk;
pub mod dpkg;
pub mod rpm;

/// The package systems whose versions are ordered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Alpine: apk-version(8).
    Apk,
    /// Debian, Ubuntu: deb-version(7).
    Dpkg,
    /// Fedora, the RHEL family, SUSE: rpm-version(7).
    Rpm,
}

impl Scheme {
    /// Compares two versions. Total: texts that are no versions compare too.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Apk => apk::compare(a, b),
            Self::Dpkg => dpkg::compare(a, b),
            Self::Rpm => rpm::compare(a, b),
        }
    }
}

/// The first bytes that fit, and the rest.
fn cut(bytes: &[u8], keep: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|&c| !keep(c)).unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// Compares digits as numbers of any length; no digits are 0.
fn number(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (without_zeros(a), without_zeros(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&c| c == b'0').count();
    &digits[zeros..]
}
