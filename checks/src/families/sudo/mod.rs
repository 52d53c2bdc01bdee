//! Becoming root: through `sudo` and `su`.

mod admins_named;
mod no_passwordless;
mod pty_and_log;
mod su_restricted;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &admins_named::AdminsNamed,
    &no_passwordless::NoPasswordless,
    &pty_and_log::PtyAndLog,
    &su_restricted::SuRestricted,
];
