//! The standards as data. (Stand-in until the catalogue lands.)
use std::collections::BTreeMap;
/// Figures of one level.
#[derive(Clone, Debug, Default)]
pub struct Thresholds(BTreeMap<&'static str, i64>);
impl Thresholds {
    /// The figure.
    pub fn int(&self, id: &str) -> i64 {
        *self
            .0
            .get(id)
            .unwrap_or_else(|| panic!("no threshold {id}"))
    }
    /// Stand-in figures of a level.
    pub fn for_level(level: u8) -> Self {
        let by = |v: [i64; 5]| v[usize::from(level.clamp(1, 5)) - 1];
        Self(BTreeMap::from([
            ("password.min-length", 14),
            ("password.min-length-with-mfa", 8),
            ("password.min-classes", 4),
            ("password.admin-max-age-days", 60),
            ("password.history", by([0, 0, 10, 10, 10])),
            ("account.idle-days", 45),
            ("lockout.max-attempts", 10),
            ("lockout.min-seconds", 43_200),
            ("lockout.max-seconds", 2_592_000),
            ("session.admin-idle-seconds", 300),
            ("session.user-idle-seconds", 900),
            ("log.retention-days", by([0, 30, 90, 180, 365])),
            ("patch.max-age-days", 31),
            ("patch.lists-max-age-days", 7),
            ("malware.signature-max-age-days", 3),
            ("backup.max-age-days", by([31, 7, 7, 1, 1])),
            ("backup.restore-test-days", by([366, 366, 366, 183, 92])),
            ("time.max-offset-ms", 1000),
            ("tls.min-version", 12),
            ("tls.min-rsa-bits", 2048),
            ("tls.cert-warn-days", 30),
        ]))
    }
}
