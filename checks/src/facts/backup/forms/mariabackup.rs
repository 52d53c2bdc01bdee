//! mariabackup and xtrabackup: a folder of data files with the tool's own record in it, which is
//! written last.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::super::{proof::Fault, stores::Store};
use crate::{
    facts::ini,
    host::{Entry, FileKind, Host},
    observation::Gap,
};

const INFOS: [&str; 2] = ["mariadb_backup_info", "xtrabackup_info"];
const STARTS: [&str; 3] = [
    "mariadb_backup_checkpoints",
    "xtrabackup_checkpoints",
    "ibdata1",
];

/// The folders of copies: the folder itself or those in it.
pub(in super::super) fn folders(
    host: &dyn Host,
    root: &str,
    entries: &[Entry],
) -> Result<Vec<String>, Gap> {
    let is_copy = |entries: &[Entry]| {
        STARTS[..2]
            .iter()
            .any(|s| entries.iter().any(|e| e.name == *s))
    };
    if is_copy(entries) {
        return Ok(vec![root.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in entries.iter().filter(|e| e.kind == FileKind::Dir).take(200) {
        let path = format!("{root}/{}", entry.name);
        if is_copy(&host.list(&path, 10_000)?) {
            found.push(path);
        }
    }
    Ok(found)
}

pub(in super::super) fn look(
    host: &dyn Host,
    store: &mut Store,
    folders: &[String],
) -> Result<(), Gap> {
    store.encrypted = Some(false);
    let mut newest: Option<(Timestamp, String, bool)> = None;
    for folder in folders {
        let begun = host.stat(folder)?.mtime;
        let mut ended = None;
        if is_unprepared(host, folder)? {
            store.unprepared.push(folder.clone());
        }
        for name in INFOS {
            let text = host.text_if_any(&format!("{folder}/{name}"))?;
            ended = ended.or(text.and_then(|t| end_time(&t)));
        }
        if let Some(at) = ended {
            store.record(at);
            store.points += 1;
        }
        if newest.as_ref().is_none_or(|(at, _, _)| begun > *at) {
            newest = Some((begun, folder.clone(), ended.is_some()));
        }
    }
    if let Some((_, folder, false)) = newest {
        store.faults.push((folder, Fault::NoMark));
    }
    Ok(())
}

/// Whether a copy says of itself that the log was not applied yet: it must be, before it can be restored.
fn is_unprepared(host: &dyn Host, folder: &str) -> Result<bool, Gap> {
    for name in &STARTS[..2] {
        let text = host.text_if_any(&format!("{folder}/{name}"))?;
        let settings = ini::parse(&text.unwrap_or_default());
        let kind = settings.iter().rfind(|s| s.key == "backup_type");
        if kind.is_some_and(|s| matches!(s.value.as_str(), "full-backuped" | "incremental")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `end_time = 2026-11-20 01:10:00`.
fn end_time(text: &str) -> Option<Timestamp> {
    let settings = ini::parse(text);
    let value = settings.iter().rfind(|s| s.key == "end_time")?;
    let date: Date = value.value.get(..10)?.parse().ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}
