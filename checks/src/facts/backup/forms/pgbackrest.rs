//! pgBackRest: `backup.info` lists the backups that ended well, with their times and sizes; the WAL
//! that a backup needs must stand in the archive.

use jiff::Timestamp;
use serde::Deserialize;

use super::super::{
    dumps::{Point, Series},
    proof::Fault,
    stores::Store,
};
use crate::{facts::dates::day, host::Host, observation::Gap};

/// One line of `[backup:current]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Backup {
    backup_timestamp_stop: i64,
    backup_info_size: u64,
    backup_error: Option<bool>,
    backup_archive_stop: Option<String>,
    backup_prior: Option<String>,
    backup_reference: Vec<String>,
}

pub(in super::super) fn look(host: &dyn Host, store: &mut Store) -> Result<(), Gap> {
    let root = format!("{}/backup", store.path);
    for stanza in host.list(&root, 100)? {
        let text = host.text_if_any(&format!("{root}/{}/backup.info", stanza.name))?;
        let Some(text) = text else {
            continue;
        };
        if !text.starts_with('[') {
            store.encrypted = Some(true); // the file itself cannot be read without the key
            continue;
        }
        store.encrypted = Some(text.contains("[cipher]"));
        let backups = current(&text);
        store.part(&stanza.name, None);
        let mut points = Vec::new();
        for (label, backup) in &backups {
            let Ok(at) = Timestamp::from_second(backup.backup_timestamp_stop) else {
                continue;
            };
            if let Some(lost) = lost(host, &format!("{root}/{}", stanza.name), label, backup)? {
                store.faults.push((lost, Fault::Missing));
                continue;
            }
            store.record(day(at));
            store.part(&stanza.name, Some(day(at)));
            store.points += 1;
            let path = format!("{root}/{}/{label}", stanza.name);
            if backup.backup_error == Some(true) {
                store.faults.push((path.clone(), Fault::Failed)); // broken pages in the database
            }
            points.push(Point {
                path,
                at,
                size: backup.backup_info_size,
            });
        }
        points.sort_by_key(|p| p.at);
        let newest = backups.iter().max_by_key(|(_, b)| b.backup_timestamp_stop);
        if let Some(wal) = newest.and_then(|(_, b)| b.backup_archive_stop.as_deref())
            && !has_wal(
                host,
                &format!("{}/archive/{}", store.path, stanza.name),
                wal,
            )?
        {
            store.faults.push((format!("WAL {wal}"), Fault::Missing));
        }
        store.series.push(Series {
            name: format!("{root}/{}", stanza.name),
            points,
        });
    }
    store.hollow = store.points == 0 && store.faults.iter().any(|(_, f)| *f == Fault::Missing);
    Ok(())
}

/// The first folder that a backup needs and that is not there, or holds no data: its own, or that of one it builds on.
fn lost(host: &dyn Host, root: &str, label: &str, backup: &Backup) -> Result<Option<String>, Gap> {
    const MOST: usize = 64;
    let needed = backup.backup_reference.iter().chain(&backup.backup_prior);
    let needed = needed.map(String::as_str).take(MOST);
    for label in [label].into_iter().chain(needed) {
        let folder = format!("{root}/{label}");
        let is_there = |name: &str| host.stat_if_any(&format!("{folder}/{name}"));
        let data = is_there("pg_data")?.or(is_there("bundle")?);
        if label.contains('/') || data.is_none() || is_there("backup.manifest")?.is_none() {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

/// The lines of `[backup:current]`: `LABEL={…}`.
fn current(text: &str) -> Vec<(String, Backup)> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[backup:current]";
        } else if inside
            && let Some((label, json)) = line.split_once('=')
            && let Ok(backup) = serde_json::from_str(json)
        {
            found.push((label.to_owned(), backup));
        }
    }
    found
}

/// Whether the archive holds a segment: `ARCHIVE/15-1/0000000100000000/SEGMENT-HASH.gz`.
fn has_wal(host: &dyn Host, archive: &str, segment: &str) -> Result<bool, Gap> {
    let Some(folder) = segment.get(..16) else {
        return Ok(false);
    };
    for version in host.list_if_any(archive, 100)? {
        let dir = format!("{archive}/{}/{folder}", version.name);
        let files = match host.list_if_any(&dir, 20_000) {
            Err(crate::host::HostError::WrongKind(_)) => continue,
            files => files?,
        };
        if files.iter().any(|f| f.name.starts_with(segment)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_current_backups_count() {
        let text = "[backup:current]\nA={\"backup-timestamp-stop\":5,\"backup-info-size\":9}\nB=x\n\
            [db]\nC={\"backup-timestamp-stop\":7}\n";
        let got = current(text);
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].0.as_str(), got[0].1.backup_info_size), ("A", 9));
    }
}
