//! When packages were last upgraded: apt's and dpkg's logs, or rpm's own database.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{os_release::PackageSystem, stream};
use crate::{
    host::{Command, Host},
    observation::Gap,
};

/// Logs in the order they are asked; the first that names an upgrade answers.
const LOGS: [&str; 4] = [
    "/var/log/apt/history.log",
    "/var/log/apt/history.log.1.gz",
    "/var/log/dpkg.log",
    "/var/log/dpkg.log.1",
];

/// Day of the last upgrade, and where it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUpgrade {
    /// Start of that day; logs keep local time without a zone, so the hour is not certain.
    pub day: Timestamp,
    /// The log or command.
    pub source: String,
}

/// The last upgrade, or `None` when no log that there is names one.
///
/// # Errors
/// When a log is there and cannot be read.
pub fn last(host: &dyn Host, system: PackageSystem) -> Result<Option<LastUpgrade>, Gap> {
    if system == PackageSystem::Rpm {
        let output = host.run(&Command::RpmPackages)?;
        let newest = newest_install(&output.text());
        return Ok(newest.and_then(start_of).map(|day| LastUpgrade {
            day,
            source: "rpm -qa --last".to_owned(),
        }));
    }
    for path in LOGS {
        if host.stat_if_any(path)?.is_none() {
            continue;
        }
        let mut day = None;
        let mut reader = stream::open(host, path)?;
        let read = read_log(&mut *reader, &mut day);
        read.map_err(|e| stream::gap(path, &e))?;
        if let Some(day) = day.and_then(start_of) {
            let source = path.to_owned();
            return Ok(Some(LastUpgrade { day, source }));
        }
    }
    Ok(None)
}

fn read_log(reader: &mut dyn std::io::BufRead, day: &mut Option<Date>) -> std::io::Result<()> {
    let mut started = None;
    let mut raw = Vec::new();
    while reader.read_until(b'\n', &mut raw)? > 0 {
        let line = String::from_utf8_lossy(&raw);
        if let Some(rest) = line.strip_prefix("Start-Date:") {
            started = rest.split_whitespace().next().and_then(|d| d.parse().ok());
        } else if line.starts_with("Upgrade:") {
            *day = (*day).max(started);
        } else if let Some(found) = dpkg_upgrade(&line) {
            *day = (*day).max(Some(found));
        }
        raw.clear();
    }
    Ok(())
}

/// `2026-11-20 06:12:01 upgrade libc6:amd64 2.36-9 2.36-10`.
fn dpkg_upgrade(line: &str) -> Option<Date> {
    let mut words = line.split_whitespace();
    let day = words.next()?.parse().ok()?;
    (words.nth(1)? == "upgrade").then_some(day)
}

fn newest_install(text: &str) -> Option<Date> {
    let times = text
        .lines()
        .filter_map(|l| l.rsplit('\t').next()?.trim().parse::<i64>().ok());
    let newest = Timestamp::from_second(times.max()?).ok()?;
    Some(newest.to_zoned(TimeZone::UTC).date())
}

fn start_of(day: Date) -> Option<Timestamp> {
    let start = day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
    start.ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let mut day = None;
        read_log(&mut text.as_bytes(), &mut day).unwrap();
        day.map(|d| d.to_string())
    }

    #[test]
    fn installing_is_not_upgrading() {
        let text = "Start-Date: 2026-11-01  06:12:01\nUpgrade: a:amd64 (1, 2)\nEnd-Date: x\n\n\
            Start-Date: 2026-11-20  06:12:01\nInstall: b:amd64 (1)\n";
        assert_eq!(read(text).as_deref(), Some("2026-11-01"));
        let text = "2026-11-03 06:12:01 upgrade a:amd64 1 2\n2026-11-09 06:12:01 install b 1\nx\n";
        assert_eq!(read(text).as_deref(), Some("2026-11-03"));
        assert_eq!(read("Upgrade: \nStart-Date: soon\nUpgrade:"), None);
    }
}
