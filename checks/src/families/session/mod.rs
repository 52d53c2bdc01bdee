//! Sessions that end by themselves.

mod shell_timeout;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[&shell_timeout::ShellTimeout];
