//! Accounts on the host: who exists, who can log in, who is left over.

mod empty_password;
mod idle;
mod password_hash;
mod shadowed;
mod system_shells;
mod uid_zero;
mod unique_ids;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &empty_password::EmptyPassword,
    &idle::Idle,
    &password_hash::PasswordHash,
    &shadowed::Shadowed,
    &system_shells::SystemShells,
    &uid_zero::UidZero,
    &unique_ids::UniqueIds,
];
