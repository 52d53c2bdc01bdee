//! Second factors: whether anybody gets in with one factor alone.

mod console;
mod paths;
mod ssh;
mod sudo;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[&ssh::Ssh, &sudo::Sudo, &console::Console];
