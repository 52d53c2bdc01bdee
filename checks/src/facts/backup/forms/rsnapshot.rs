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
    let mut log = String::new();
    for path in logs(host, &store.path)? {
        log.push_str(&host.text_if_any(&path)?.unwrap_or_default());
    }
    // Turning older folders over succeeds as well; a copy leaves a folder of its day.
    let copied = |at: &Timestamp| store.newest_file.is_some_and(|file| follows(file, *at));
    if let Some(at) = log.lines().filter_map(success).filter(copied).max() {
        store.record(at);
    }
    Ok(())
}

/// Where a store's runs are logged: as its configuration in `/etc` says, else in the usual place.
fn logs(host: &dyn Host, store: &str) -> Result<Vec<String>, Gap> {
    const MOST: usize = 8;
    let mut found = Vec::new();
    let entries = host.list_if_any("/etc", 10_000)?;
    let ours = entries
        .iter()
        .filter(|e| e.name.starts_with("rsnapshot") && e.name.ends_with(".conf"));
    for entry in ours.take(MOST) {
        let text = host.text_if_any(&format!("/etc/{}", entry.name))?;
        found.extend(logfile(&text.unwrap_or_default(), store));
    }
    if found.is_empty() {
        found.push("/var/log/rsnapshot.log".to_owned());
    }
    Ok(found)
}

/// The `logfile` of a configuration whose `snapshot_root` is this store; words are parted by tabs.
fn logfile(text: &str, store: &str) -> Option<String> {
    let value = |key: &str| {
        let lines = text.lines().filter_map(|l| l.split_once('\t'));
        let mut values = lines.filter(|(k, _)| k.trim() == key);
        values.next_back().map(|(_, v)| v.trim())
    };
    let root = value("snapshot_root")?;
    let same = root.trim_end_matches('/') == store.trim_end_matches('/');
    let log = value("logfile").filter(|l| same && l.starts_with('/'));
    log.map(str::to_owned)
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

    #[test]
    fn the_log_is_where_the_configuration_says() {
        let text = "# logfile\t/x\nsnapshot_root\t/srv/snap/\nlogfile\t\t/var/log/snap.log\n";
        let log = logfile(text, "/srv/snap");
        assert_eq!(log.as_deref(), Some("/var/log/snap.log"));
        assert_eq!(logfile(text, "/srv/other"), None);
        assert_eq!(logfile("snapshot_root\t/srv/snap/\n", "/srv/snap"), None);
    }
}
