//! Until when a system release is supported: the data file `catalogue/eol.toml`.

use std::sync::LazyLock;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

use super::os_release::OsRelease;

const TABLE: &str = include_str!("../../catalogue/eol.toml");

/// The table as read; a test refuses one that does not parse.
static ALL: LazyLock<Option<Table>> = LazyLock::new(|| toml::from_str(TABLE).ok());

/// Support of one system release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// `ID` of os-release(5).
    pub id: String,
    /// Release, as far as support depends on it.
    pub version: String,
    /// `NAME` of os-release(5), where id and release are those of another system as well.
    #[serde(default)]
    pub name: Option<String>,
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
    /// What it is called: `LTS`, `ELTS`, `ESM`, `Legacy`, `ELS`, `LTSS`; of a point release `EUS`, `E4S`, `AUS`.
    pub kind: String,
    /// Its last day.
    pub until: Date,
}

/// A system that its vendor works on and has not released.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreleased {
    /// `ID` of os-release(5).
    pub id: String,
    /// The release that it becomes.
    #[serde(default)]
    pub version: Option<String>,
    /// `VERSION_CODENAME`: until shortly before the release it is all that such a system says of itself.
    pub codename: String,
    /// Who says so.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    release: Vec<Support>,
    /// What its vendor has not released yet.
    unreleased: Vec<Unreleased>,
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
    // The rows with a name stand before those without.
    let is_named = |s: &Support| s.name.as_ref().is_none_or(|n| *n == os.name);
    let is_it = |s: &&Support| s.id == os.id && is_release(&os.version, &s.version) && is_named(s);
    ALL.as_ref()?.release.iter().find(is_it).cloned()
}

/// What is known of this system as one that is not released yet.
pub fn unreleased(os: &OsRelease) -> Option<Unreleased> {
    let is_it = |u: &&Unreleased| {
        let version = u.version.as_ref();
        let by_version = version.is_some_and(|v| is_release(&os.version, v));
        let by_name = os.version.is_empty() && u.codename == os.codename;
        u.id == os.id && (by_version || by_name)
    };
    ALL.as_ref()?.unreleased.iter().find(is_it).cloned()
}

/// What is known of the support of this very point release (`9.4`) of the system `id`, for a host that is
/// locked to it.
pub fn minor(id: &str, version: &str) -> Option<Support> {
    let mut all = ALL.as_ref()?.minor.iter();
    all.find(|s| s.id == id && s.version == version).cloned()
}

/// Whether `version` is the release `of` or a point release of it: `9.4` is of `9`, `22.04.1` of
/// `22.04`, and `10` is not of `1`. `15` is `15.0`, which its service packs are not of.
fn is_release(version: &str, of: &str) -> bool {
    let rest = version.strip_prefix(of);
    rest.is_some_and(|r| r.is_empty() || r.starts_with('.'))
        || of.strip_suffix(".0") == Some(version)
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

    /// The lines of a file of distro-info-data, by release.
    fn distro_info(name: &str) -> Vec<Vec<String>> {
        let path = format!("/usr/share/distro-info/{name}.csv");
        let text = std::fs::read_to_string(path).expect("Debian package distro-info-data");
        let line = |l: &str| l.split(',').map(str::to_owned).collect();
        text.lines().skip(1).map(line).collect()
    }

    fn of(id: &str) -> Vec<Support> {
        let table: Table = toml::from_str(TABLE).unwrap();
        table.release.into_iter().filter(|s| s.id == id).collect()
    }

    #[test]
    fn the_dates_of_debian_are_those_of_distro_info() {
        let ours = of("debian");
        for theirs in distro_info("debian").iter().filter(|l| l.len() > 5) {
            let found = ours.iter().find(|s| s.version == theirs[0]);
            let Some(s) = found else {
                // Newer than the table, and not forgotten in it.
                assert!(theirs[4].as_str() > "2026-11", "{theirs:?}");
                continue;
            };
            let mut ends = vec![s.standard.to_string()];
            ends.extend(s.longer.iter().map(|l| l.until.to_string()));
            assert_eq!(ends, theirs[5..], "{s:?}");
        }
        let known = |v: &String| distro_info("debian").iter().any(|l| l[0] == *v);
        assert!(ours.iter().all(|s| known(&s.version)));
    }

    #[test]
    fn the_dates_of_ubuntu_are_those_of_distro_info() {
        let ours = of("ubuntu");
        let all = distro_info("ubuntu");
        let release = |l: &[String]| l[0].trim_end_matches(" LTS").to_owned();
        for theirs in &all {
            let found = ours.iter().find(|s| s.version == release(theirs));
            let Some(s) = found else {
                assert!(theirs[4].as_str() > "2026-11", "{theirs:?}");
                continue;
            };
            // Of servers, which once were supported for longer than desktops.
            let standard = theirs[5..].iter().take(2).max();
            assert_eq!(Some(&s.standard.to_string()), standard, "{s:?}");
            let until = |kind: &str| {
                let mut longer = s.longer.iter();
                longer.find(|l| l.kind == kind).map(|l| l.until.to_string())
            };
            let esm = theirs.get(7).filter(|d| *d > &s.standard.to_string());
            assert_eq!(until("ESM").as_ref(), esm, "{s:?}");
            // Made longer by Canonical in November 2025.
            assert!(until("Legacy").is_none_or(|l| theirs.get(8).is_some_and(|d| l > *d)));
        }
        // An older distro-info-data does not know what came later.
        let number = |v: &str| {
            v.split('.')
                .map(str::parse)
                .collect::<Result<Vec<u32>, _>>()
                .unwrap()
        };
        let newest = all.iter().map(|l| number(&release(l))).max().unwrap();
        for s in &ours {
            let known = all.iter().any(|l| release(l) == s.version);
            assert!(known || number(&s.version) > newest, "{s:?}");
        }
    }

    #[test]
    fn what_is_unreleased_has_no_end_in_distro_info() {
        let table: Table = toml::from_str(TABLE).unwrap();
        for one in &table.unreleased {
            let all = distro_info("debian");
            let theirs = all.iter().find(|l| l[2] == one.codename).unwrap();
            assert_eq!(theirs[0], one.version.clone().unwrap_or_default());
            assert!(
                theirs.len() < 5 || theirs[4].as_str() > "2026-11",
                "{one:?}"
            );
        }
    }

    #[test]
    fn point_releases_belong_to_their_release() {
        assert!(is_release("9.4", "9") && is_release("22.04.5", "22.04"));
        assert!(!is_release("10", "1") && !is_release("", "9"));
        assert!(is_release("15", "15.0") && is_release("6.0.10", "6.0"));
        assert!(!is_release("15.8", "15.0") && !is_release("1", "15.0"));
    }
}
