//! Backups: that they exist, are recent, whole, closed, apart, and can be restored.

mod age;
mod automatic;
mod databases_covered;
mod encrypted;
mod integrity;
mod permissions;
mod present;
mod restore_test;
mod separate_storage;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &age::Age,
    &automatic::Automatic,
    &databases_covered::DatabasesCovered,
    &encrypted::Encrypted,
    &integrity::Integrity,
    &permissions::Permissions,
    &present::Present,
    &restore_test::RestoreTest,
    &separate_storage::SeparateStorage,
];
