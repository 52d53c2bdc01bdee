//! Checks of the family `net`.

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[];
