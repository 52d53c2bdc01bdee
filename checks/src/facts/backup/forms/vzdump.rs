//! Proxmox VE's vzdump: `vzdump-qemu-100-2026_11_20-01_00_00.vma.zst`, with a log beside it.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::super::{dumps, proof::Fault, stores::Store};
use crate::{
    host::{Entry, Host},
    observation::Gap,
};

/// Whether these are the files of vzdump.
pub(in super::super) fn is_store(entries: &[Entry]) -> bool {
    entries
        .iter()
        .any(|e| e.name.starts_with("vzdump-") && e.name.ends_with(".log"))
}

pub(in super::super) fn look(
    host: &dyn Host,
    store: &mut Store,
    entries: &[Entry],
) -> Result<(), Gap> {
    dumps::look(host, store, entries)?;
    let logs = entries
        .iter()
        .filter(|e| e.name.starts_with("vzdump-") && e.name.ends_with(".log"));
    let mut newest: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for entry in logs {
        let Some((guest, at)) = guest(&entry.name).zip(day(&entry.name)) else {
            continue;
        };
        let path = format!("{}/{}", store.path, entry.name);
        let good = finished(&host.text(&path)?);
        let stem = entry.name.trim_end_matches("log");
        let archive = |e: &&Entry| e.name != entry.name && e.name.starts_with(stem);
        if good && entries.iter().any(|e| archive(&e)) {
            store.record(at);
            store.part(&guest, Some(at));
        } else {
            store.part(&guest, None);
        }
        // The name ends in the time: of one guest the last name is the newest.
        let last = newest.entry(guest).or_default();
        if last.0 < path {
            *last = (path, good);
        }
    }
    for (path, good) in newest.into_values() {
        if !good {
            store.faults.push((path, Fault::Failed));
        }
    }
    Ok(())
}

fn finished(log: &str) -> bool {
    let good = log
        .lines()
        .any(|l| l.contains("INFO: Finished Backup of VM"));
    good && !log.lines().any(|l| l.contains("ERROR: Backup of VM"))
}

/// `lxc-101` in `vzdump-lxc-101-2026_11_20-01_00_00.log`.
fn guest(name: &str) -> Option<String> {
    let mut words = name.strip_prefix("vzdump-")?.split('-');
    Some(format!("{}-{}", words.next()?, words.next()?))
}

/// The day in `vzdump-lxc-101-2026_11_20-01_00_00.log`.
fn day(name: &str) -> Option<Timestamp> {
    let date = name.split('-').nth(3)?.replace('_', "-");
    let date: Date = date.parse().ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_with_an_error_is_no_success() {
        let good = "2026-11-20 01:00:00 INFO: Starting Backup of VM 100 (qemu)\n2026-11-20 01:05:00 INFO: Finished Backup of VM 100 (00:05:00)\n";
        assert!(finished(good));
        assert!(!finished(&format!(
            "{good}ERROR: Backup of VM 100 failed - x\n"
        )));
        assert!(day("vzdump-qemu-100-2026_11_20-01_00_00.log").is_some());
        assert!(day("vzdump-qemu").is_none());
        assert_eq!(
            guest("vzdump-lxc-101-2026_11_20-01_00_00.log").as_deref(),
            Some("lxc-101")
        );
    }
}
