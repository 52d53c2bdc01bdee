//! Second factors: whether anybody gets in with one factor alone.

mod console;
mod enrolment;
mod identity_provider;
mod outcome;
mod radius;
mod ssh;
mod sudo;
mod vpn;
mod ways;
mod web_admin;
mod web_login;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &ssh::Ssh,
    &sudo::Sudo,
    &console::Console,
    &web_admin::WebAdmin,
    &enrolment::Enrolment,
    &vpn::Vpn,
    &radius::Radius,
    &web_login::WebLogin,
    &identity_provider::IdentityProvider,
];
