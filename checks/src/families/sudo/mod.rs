//! Checks of the family `sudo`.

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[];
