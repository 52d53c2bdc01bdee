//! The owner's record of restore tests: `/var/lib/capdo-agent/restore-tests.toml`.
//!
//! ```toml
//! [[test]]
//! date = "2026-10-02"          # day of the test
//! backup = "restic /srv/b"     # what was restored
//! by = "Nguyễn Văn An"         # who did it
//! result = "ok"                # "ok" or "failed"
//! compared = "sha256 of 1200 files"   # how the restored data was compared with the original
//! ```

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

/// Where the record stands.
pub const PATH: &str = "/var/lib/capdo-agent/restore-tests.toml";

/// One test.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Day of the test.
    pub date: Date,
    /// What was restored.
    pub backup: String,
    /// Who did it.
    pub by: String,
    /// `ok` or `failed`.
    pub result: String,
    /// How the restored data was compared.
    pub compared: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    test: Vec<Record>,
}

/// The tests in a record.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Record>, String> {
    let file: File = toml::from_str(text).map_err(|e| e.message().to_owned())?;
    Ok(file.test)
}

impl Record {
    /// Whether it succeeded and says who compared what.
    pub fn counts(&self) -> bool {
        self.result == "ok"
            && [&self.backup, &self.by, &self.compared]
                .iter()
                .all(|t| !t.trim().is_empty())
    }

    /// The start of its day.
    pub fn at(&self) -> Option<Timestamp> {
        self.date
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|z| z.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_without_a_comparison_does_not_count() {
        let entry = |compared: &str| {
            format!(
                "[[test]]\ndate = \"2026-10-02\"\nbackup = \"x\"\nby = \"An\"\nresult = \"ok\"\ncompared = \"{compared}\"\n"
            )
        };
        assert!(parse(&entry("sha256")).unwrap()[0].counts());
        assert!(!parse(&entry(" ")).unwrap()[0].counts());
        assert!(parse("[[test]]\ndate = 1\n").is_err());
        assert!(parse("").unwrap().is_empty());
    }
}
