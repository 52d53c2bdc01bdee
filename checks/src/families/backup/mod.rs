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

use crate::{
    check::Check,
    observation::{Facts, Gap, Vantage},
};

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

impl Facts {
    /// Whether all jobs or copies could be looked at, and what could not.
    fn all_seen(self, gap: Option<&Gap>, from: impl AsRef<str>) -> Self {
        let what = gap.map(ToString::to_string);
        self.observed("all_seen", gap.is_none(), &from).maybe(
            "not_seen",
            Vantage::Observed,
            what,
            from,
        )
    }
}
