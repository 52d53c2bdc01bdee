//! Until when a system release is supported: the data file `catalogue/eol.toml`.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

use super::os_release::OsRelease;

const TABLE: &str = include_str!("../../catalogue/eol.toml");

/// Support of one system release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// `ID` of os-release(5).
    pub id: String,
    /// Release, as far as support depends on it.
    pub version: String,
    /// Last day of free support.
    pub standard: Date,
    /// Longer supports, the shortest first.
    #[serde(default)]
    pub longer: Vec<Longer>,
    /// Who says so.
    pub source: String,
    /// `high`, `medium` or `low`.
    pub confidence: String,
}

impl Support {
    /// Last day on which the ordinary sources bring fixes. Debian's LTS comes by them, every other longer
    /// support by sources of its own.
    pub fn ordinary(&self) -> Date {
        let lts = self.longer.iter().filter(|l| l.kind == "LTS");
        lts.map(|l| l.until).fold(self.standard, Date::max)
    }
}

/// A longer support, which not every host gets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Longer {
    /// What it is called: `LTS`, `ELTS`, `ESM`, `ELS`, `LTSS`; of a point release `EUS`, `E4S`, `AUS`.
    pub kind: String,
    /// Its last day.
    pub until: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    release: Vec<Support>,
    /// Point releases that a host can be locked to.
    minor: Vec<Support>,
}

/// The end of a day, in universal time.
pub fn end_of(day: Date) -> Option<Timestamp> {
    let end = day.at(23, 59, 59, 0).to_zoned(TimeZone::UTC);
    end.ok().map(|z| z.timestamp())
}

/// What is known of this system's support; `None` when the table does not know the release.
pub fn support(os: &OsRelease) -> Option<Support> {
    let table: Table = toml::from_str(TABLE).ok()?; // a test refuses a table that does not parse
    table
        .release
        .into_iter()
        .find(|s| s.id == os.id && is_release(&os.version, &s.version))
}

/// What is known of the support of this very point release (`9.4`) of the system `id`, for a host that is
/// locked to it.
pub fn minor(id: &str, version: &str) -> Option<Support> {
    let table: Table = toml::from_str(TABLE).ok()?;
    let mut all = table.minor.into_iter();
    all.find(|s| s.id == id && s.version == version)
}

/// Whether `version` is the release `of` or a point release of it: `9.4` is of `9`, `22.04.1` of
/// `22.04`, and `10` is not of `1`.
fn is_release(version: &str, of: &str) -> bool {
    let rest = version.strip_prefix(of);
    rest.is_some_and(|r| r.is_empty() || r.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_extended_support_outlasts_standard() {
        let table: Table = toml::from_str(TABLE).unwrap();
        for s in table.release.iter().chain(&table.minor) {
            let mut ends = vec![s.standard];
            ends.extend(s.longer.iter().map(|l| l.until));
            assert!(ends.is_sorted_by(|a, b| a < b), "{s:?}");
            assert!(
                ["high", "medium", "low"].contains(&s.confidence.as_str()),
                "{s:?}"
            );
        }
    }

    #[test]
    fn the_last_point_release_goes_as_far_as_its_release() {
        let table: Table = toml::from_str(TABLE).unwrap();
        let is_last = |s: &&Support| s.version == "8.10";
        for last in table.minor.iter().filter(is_last) {
            let of = |s: &&Support| s.id == last.id && s.version == "8";
            let release = table.release.iter().find(of).unwrap();
            assert_eq!(last.standard, release.standard, "{last:?}");
        }
        assert_eq!(table.minor.iter().filter(is_last).count(), 4);
    }

    #[test]
    fn the_dates_of_debian_are_those_of_distro_info() {
        let path = "/usr/share/distro-info/debian.csv";
        let text = std::fs::read_to_string(path).expect("Debian package distro-info-data");
        let table: Table = toml::from_str(TABLE).unwrap();
        let ours = table.release.iter().filter(|s| s.id == "debian");
        for s in ours {
            let mut lines = text.lines().map(|l| l.split(',').collect::<Vec<_>>());
            let theirs = lines.find(|l| l[0] == s.version).unwrap();
            let mut ends = vec![s.standard.to_string()];
            ends.extend(s.longer.iter().map(|l| l.until.to_string()));
            assert_eq!(ends, theirs[5..], "{s:?}");
        }
    }

    #[test]
    fn point_releases_belong_to_their_release() {
        assert!(is_release("9.4", "9") && is_release("22.04.5", "22.04"));
        assert!(!is_release("10", "1") && !is_release("", "9"));
    }
}
