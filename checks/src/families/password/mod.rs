//! Checks of the family `password`.

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[];
