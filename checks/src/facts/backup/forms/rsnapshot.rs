//! rsnapshot: folders such as `daily.0`, and a log that says which runs succeeded.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::super::stores::Store;
use crate::{
    facts::dates::{day, follows},
    host::{Entry, Host},
    observation::Gap,
};

/// `daily.0`, `alpha.0`: the newest folder of an interval.
pub(in super::super) fn is_interval(name: &str) -> bool {
    is_turn(name) && name.ends_with(".0")
}

/// `daily.3`: a folder of an interval, newer or older.
fn is_turn(name: &str) -> bool {
    let names = [
        "hourly", "daily", "weekly", "monthly", "yearly", "alpha", "beta", "gamma", "delta",
    ];
    let (stem, turn) = name.rsplit_once('.').unwrap_or_default();
    names.contains(&stem) && turn.parse::<u32>().is_ok()
}

pub(in super::super) fn look(
    host: &dyn Host,
    store: &mut Store,
    entries: &[Entry],
) -> Result<(), Gap> {
    store.encrypted = Some(false);
    store.points = entries
        .iter()
        .filter(|e| {
            e.name
                .rsplit_once('.')
                .is_some_and(|(_, n)| n.parse::<u32>().is_ok())
        })
        .count();
    for entry in entries.iter().filter(|e| is_turn(&e.name)) {
        let stat = host.stat(&format!("{}/{}", store.path, entry.name))?;
        store.files.push(day(stat.mtime));
        if is_interval(&entry.name) {
            store.newest_file = store.newest_file.max(Some(day(stat.mtime)));
        }
    }
    let log = host
        .text_if_any("/var/log/rsnapshot.log")?
        .unwrap_or_default();
    // Turning older folders over succeeds as well; a copy leaves a folder of its day.
    let copied = |at: &Timestamp| store.newest_file.is_some_and(|file| follows(file, *at));
    if let Some(at) = log.lines().filter_map(success).filter(copied).max() {
        store.record(at);
    }
    Ok(())
}

/// `[2026-11-21T03:00:07] /usr/bin/rsnapshot daily: completed successfully`.
fn success(line: &str) -> Option<Timestamp> {
    let date = line.strip_prefix('[')?.get(..10)?;
    if !line.trim_end().ends_with(": completed successfully") {
        return None;
    }
    let day: Date = date.parse().ok()?;
    day.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_counts_in_the_log() {
        let line = "[2026-11-21T03:00:07] /usr/bin/rsnapshot daily: completed";
        assert!(success(&format!("{line} successfully")).is_some());
        assert!(success(&format!("{line}, but with some warnings")).is_none());
        assert!(success("[é").is_none());
    }
}
