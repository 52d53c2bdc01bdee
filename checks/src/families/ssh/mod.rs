//! The SSH server: who may log in, how, and for how long.

mod access_list;
mod config_permissions;
mod directive;
mod empty_passwords;
mod forwarding;
mod host_trust;
mod idle_timeout;
mod login_limits;
mod max_auth_tries;
mod root_login;
mod strong_crypto;
mod unique_host_keys;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &access_list::CHECK,
    &config_permissions::ConfigPermissions,
    &empty_passwords::CHECK,
    &forwarding::CHECK,
    &host_trust::CHECK,
    &idle_timeout::CHECK,
    &login_limits::CHECK,
    &max_auth_tries::CHECK,
    &root_login::CHECK,
    &strong_crypto::CHECK,
];

/// Those that the collector makes, from what agents send.
pub const COLLECTED: &[&dyn Check] = &[&unique_host_keys::UniqueHostKeys];
