//! Accounts on the host: who exists, who can log in, who is left over.

mod uid_zero;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[&uid_zero::UidZero];
