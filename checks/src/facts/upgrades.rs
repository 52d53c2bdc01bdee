//! When packages were last upgraded: apt's and dpkg's logs, or rpm's own database.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{os_release::PackageSystem, rpmdb::RpmDb, stream};
use crate::{context::Cx, host::Host, observation::Gap};

/// Logs of apt and dpkg in the order they are asked; the first that names an upgrade answers.
const LOGS: [&str; 6] = [
    "/var/log/apt/history.log",
    "/var/log/apt/history.log.1.gz",
    "/var/log/apt/history.log.2.gz",
    "/var/log/dpkg.log",
    "/var/log/dpkg.log.1",
    "/var/log/dpkg.log.2.gz",
];
/// Logs of dnf, likewise.
const DNF_LOGS: [&str; 3] = [
    "/var/log/dnf.rpm.log",
    "/var/log/dnf.rpm.log.1",
    "/var/log/dnf.rpm.log.2",
];

/// What the logs and rpm's database tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upgrades {
    /// Start of the day of the last upgrade; logs keep local time without a zone, so the hour is
    /// not certain.
    pub last: Option<Timestamp>,
    /// Day of the earliest action that is known, where no upgrade is: the host has gone without
    /// since then at least.
    pub without_since: Option<Timestamp>,
    /// Whether a log was there that would have named an upgrade.
    pub logged: bool,
    /// The log or command that shows it.
    pub source: &'static str,
}

/// What is known of upgrades.
///
/// # Errors
/// When a log is there and cannot be read.
pub fn seen(cx: &Cx<'_>, system: PackageSystem) -> Result<Upgrades, Gap> {
    let host = cx.host();
    if system != PackageSystem::Rpm {
        return from_logs(host, &LOGS);
    }
    let mut seen = from_logs(host, &DNF_LOGS)?;
    if seen.last.is_none() {
        // Without a log, what was installed last may have been an upgrade or not; before it,
        // nothing was changed.
        let db = cx.get::<RpmDb>()?;
        let (oldest, newest) = installs(&db);
        let day = if seen.logged { oldest } else { newest };
        seen.without_since = day.and_then(start_of);
        seen.source = "rpm -qa --last";
    }
    Ok(seen)
}

fn from_logs(host: &dyn Host, paths: &[&'static str]) -> Result<Upgrades, Gap> {
    let mut seen = Upgrades {
        source: paths.first().copied().unwrap_or_default(),
        ..Upgrades::default()
    };
    let mut first: Option<Date> = None;
    for &path in paths {
        if host.stat_if_any(path)?.is_none() {
            continue;
        }
        let mut days = Days::default();
        let mut reader = stream::open(host, path)?;
        read_log(&mut *reader, &mut days).map_err(|e| stream::gap(path, &e))?;
        seen.logged = true;
        if let Some(day) = days.upgrade.and_then(start_of) {
            return Ok(Upgrades {
                last: Some(day),
                source: path,
                ..seen
            });
        }
        first = [first, days.first].into_iter().flatten().min();
    }
    seen.without_since = first.and_then(start_of);
    Ok(seen)
}

/// Days that a log names.
#[derive(Debug, Default)]
struct Days {
    /// Of any action, the first.
    first: Option<Date>,
    /// Of an upgrade, the last.
    upgrade: Option<Date>,
}

fn read_log(reader: &mut dyn std::io::BufRead, days: &mut Days) -> std::io::Result<()> {
    let mut started = None;
    let mut raw = Vec::new();
    while reader.read_until(b'\n', &mut raw)? > 0 {
        let line = String::from_utf8_lossy(&raw);
        if let Some(rest) = line.strip_prefix("Start-Date:") {
            started = rest.split_whitespace().next().and_then(|d| d.parse().ok());
            days.first = [days.first, started].into_iter().flatten().min();
        } else if line.starts_with("Upgrade:") {
            days.upgrade = days.upgrade.max(started);
        } else if let Some((day, upgrade)) = action(&line) {
            days.first = [days.first, Some(day)].into_iter().flatten().min();
            if upgrade {
                days.upgrade = days.upgrade.max(Some(day));
            }
        }
        raw.clear();
    }
    Ok(())
}

/// `2026-11-20 06:12:01 upgrade libc6:amd64 2.36-9 2.36-10` of dpkg, or
/// `2026-11-20T06:12:01+0700 SUBDEBUG Upgrade: openssl-…` of dnf: the day, and whether something
/// was upgraded.
fn action(line: &str) -> Option<(Date, bool)> {
    let mut words = line.split_whitespace();
    let stamp = words.next()?;
    let day = stamp.split('T').next()?.parse().ok()?;
    let (_, what) = (words.next()?, words.next()?);
    Some((day, matches!(what, "upgrade" | "Upgrade:" | "Upgraded:")))
}

/// Days of the first and of the last installation in rpm's database.
fn installs(db: &RpmDb) -> (Option<Date>, Option<Date>) {
    let times = || db.packages.iter().map(|p| p.installed).filter(|t| *t > 0);
    let day = |seconds: Option<i64>| {
        let at = Timestamp::from_second(seconds?).ok()?;
        Some(at.to_zoned(TimeZone::UTC).date())
    };
    (day(times().min()), day(times().max()))
}

fn start_of(day: Date) -> Option<Timestamp> {
    let start = day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
    start.ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::rpmdb::RpmPackage;

    fn read(text: &str) -> Option<String> {
        let mut days = Days::default();
        read_log(&mut text.as_bytes(), &mut days).unwrap();
        days.upgrade.map(|d| d.to_string())
    }

    #[test]
    fn installing_is_not_upgrading() {
        let text = "Start-Date: 2026-11-01  06:12:01\nUpgrade: a:amd64 (1, 2)\nEnd-Date: x\n\n\
            Start-Date: 2026-11-20  06:12:01\nInstall: b:amd64 (1)\n";
        assert_eq!(read(text).as_deref(), Some("2026-11-01"));
        let text = "2026-11-03 06:12:01 upgrade a:amd64 1 2\n2026-11-09 06:12:01 install b 1\nx\n";
        assert_eq!(read(text).as_deref(), Some("2026-11-03"));
        assert_eq!(read("Upgrade: \nStart-Date: soon\nUpgrade:"), None);
        let text = "2026-11-05T01:02:03+0700 SUBDEBUG Upgrade: a-2\n\
            2026-11-20T01:02:03+0700 SUBDEBUG Installed: b-1\n";
        assert_eq!(read(text).as_deref(), Some("2026-11-05"));
    }

    #[test]
    fn the_first_and_the_last_installation_are_told_apart() {
        let at = |installed| RpmPackage {
            installed,
            ..RpmPackage::default()
        };
        let (first, last) = installs(&RpmDb {
            packages: vec![at(1_795_132_800), at(1_700_000_000)],
            source: "",
        });
        assert_eq!(first.unwrap().to_string(), "2023-11-14");
        assert_eq!(last.unwrap().to_string(), "2026-11-20");
    }
}
