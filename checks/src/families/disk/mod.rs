//! Disks: what lies on them can be read without a key, or not.

mod encryption;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[&encryption::Encryption];
