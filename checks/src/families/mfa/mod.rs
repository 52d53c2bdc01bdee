//! Checks of the family `mfa`.

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[];
