//! Second factors: whether anybody gets in with one factor alone.

mod console;
mod enrolment;
mod outcome;
mod paths;
mod ssh;
mod sudo;
mod vpn;
mod web_admin;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &ssh::Ssh,
    &sudo::Sudo,
    &console::Console,
    &web_admin::WebAdmin,
    &enrolment::Enrolment,
    &vpn::Vpn,
];
