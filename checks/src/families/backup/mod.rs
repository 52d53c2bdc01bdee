//! Backups: that they exist, are recent, whole, closed, apart, and can be restored.

mod age;
mod automatic;
mod copies;
mod databases_covered;
mod encrypted;
mod failures_shown;
mod immutable;
mod integrity;
mod permissions;
mod present;
mod readable;
mod restore_test;
mod retention;
mod separate_storage;
mod size_trend;
mod unprotected_data;

use crate::check::Check;

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &age::Age,
    &automatic::Automatic,
    &copies::Copies,
    &databases_covered::DatabasesCovered,
    &encrypted::Encrypted,
    &failures_shown::FailuresShown,
    &immutable::Immutable,
    &integrity::Integrity,
    &permissions::Permissions,
    &present::Present,
    &readable::Readable,
    &restore_test::RestoreTest,
    &retention::Retention,
    &separate_storage::SeparateStorage,
    &size_trend::SizeTrend,
    &unprotected_data::UnprotectedData,
];
