//! Checks of the family `disk`.

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[];
