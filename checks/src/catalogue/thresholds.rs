//! The figures that hold for a system: one standard at one level.

use super::{Level, Standard};

/// Every threshold that checks may ask for, sorted. Each standard must hold all of them.
pub const THRESHOLD_IDS: [&str; 23] = [
    "account.idle-days",
    "backup.max-age-days",
    "backup.restore-test-days",
    "backup.retention-days",
    "lockout.max-attempts",
    "lockout.max-seconds",
    "lockout.min-seconds",
    "log.retention-days",
    "malware.signature-max-age-days",
    "password.admin-max-age-days",
    "password.history",
    "password.min-classes",
    "password.min-length",
    "password.min-length-with-mfa",
    "patch.lists-max-age-days",
    "patch.max-age-days",
    "session.admin-idle-seconds",
    "session.user-idle-seconds",
    "time.max-offset-ms",
    "tls.cert-warn-days",
    "tls.min-rsa-bits",
    "tls.min-version",
    "web.hsts-min-days",
];

/// The figures of one standard at one level: always one for each of [`THRESHOLD_IDS`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thresholds {
    values: [i64; THRESHOLD_IDS.len()],
}

impl Thresholds {
    /// The figures of `standard` at `level`. A level that the standard does not know gets the
    /// figures of its highest level.
    pub fn of(standard: &Standard, level: Level) -> Self {
        let mut values = [0; THRESHOLD_IDS.len()];
        for threshold in &standard.thresholds {
            let value = threshold.levels.get(level).or_else(|| threshold.highest());
            if let (Some(at), Some(&value)) = (position(&threshold.id), value) {
                values[at] = value;
            }
        }
        Self { values }
    }

    /// The figure of that id, which must be one of [`THRESHOLD_IDS`].
    ///
    /// Another id is a mistake in the calling check: debug builds, and with them every test,
    /// stop there; a release build answers 0. Ids that come from outside go through [`get`].
    ///
    /// [`get`]: Self::get
    pub fn int(&self, id: &str) -> i64 {
        let value = self.get(id);
        debug_assert!(value.is_some(), "{id:?} is not in THRESHOLD_IDS");
        value.unwrap_or(0)
    }

    /// The figure of that id, or `None` when there is no such threshold.
    pub fn get(&self, id: &str) -> Option<i64> {
        position(id).map(|at| self.values[at])
    }

    /// Replaces a figure, such as by an agency's own accepted choice. Answers `false`, and
    /// changes nothing, when there is no such threshold.
    #[must_use]
    pub fn set(&mut self, id: &str, value: i64) -> bool {
        position(id).map(|at| self.values[at] = value).is_some()
    }

    /// Every id with its figure, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, i64)> + '_ {
        THRESHOLD_IDS.into_iter().zip(self.values)
    }
}

/// The place of an id in [`THRESHOLD_IDS`].
pub(super) fn position(id: &str) -> Option<usize> {
    THRESHOLD_IDS.binary_search(&id).ok()
}
