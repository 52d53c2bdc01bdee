//! Becoming root: through `sudo` and `su`.

mod admins_named;
mod no_passwordless;
mod pty_and_log;
mod su_restricted;

use crate::{check::Check, facts::sudoers::Sudoers, observation::Facts};

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &admins_named::AdminsNamed,
    &no_passwordless::NoPasswordless,
    &pty_and_log::PtyAndLog,
    &su_restricted::SuRestricted,
];

/// Whether sudo is here: the fact with which each of these checks begins.
fn presence(sudoers: &Sudoers) -> Facts {
    let places = "/usr/bin/sudo, /etc/sudoers";
    Facts::new().configured("sudo_present", sudoers.present, places)
}
