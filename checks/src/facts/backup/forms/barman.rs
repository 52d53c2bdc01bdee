//! Barman: `HOME/SERVER/base/ID/backup.info` of each backup, the failed ones too.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::super::{
    dumps::{Point, Series},
    proof::Fault,
    stores::Store,
};
use super::pg_base::MANIFEST;
use crate::{
    facts::ini,
    host::{Entry, FileKind, Host, HostError},
    observation::Gap,
};

/// The servers of a home: folders that hold a folder `base`.
pub(in super::super) fn servers(
    host: &dyn Host,
    root: &str,
    entries: &[Entry],
) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    let folders = entries.iter().filter(|e| e.kind == FileKind::Dir);
    for entry in folders.take(100) {
        let base = format!("{root}/{}/base", entry.name);
        if host
            .stat_if_any(&base)?
            .is_some_and(|s| s.kind == FileKind::Dir)
        {
            found.push(base);
        }
    }
    Ok(found)
}

pub(in super::super) fn look(
    host: &dyn Host,
    store: &mut Store,
    bases: &[String],
) -> Result<(), Gap> {
    for base in bases {
        let mut points = Vec::new();
        let mut newest: Option<(String, bool)> = None;
        let server = base.trim_end_matches("/base").rsplit('/').next();
        let server = server.unwrap_or_default();
        store.part(server, None);
        for backup in host.list(base, 1_000)? {
            let path = format!("{base}/{}", backup.name);
            let Some(text) = host.text_if_any(&format!("{path}/backup.info"))? else {
                continue;
            };
            let info = info(&text);
            if newest.as_ref().is_none_or(|(p, _)| *p < path) {
                newest = Some((path.clone(), info.failed));
            }
            store.encrypted = Some(store.encrypted.unwrap_or(false));
            let Some(at) = info.ended.filter(|_| info.done) else {
                continue;
            };
            if let Some(lost) = lost(host, &path, &info)? {
                store.faults.push((lost, Fault::Missing));
                continue;
            }
            store.record(at);
            store.part(server, Some(at));
            store.points += 1;
            let size = info.size;
            points.push(Point { path, at, size });
        }
        if let Some((path, true)) = newest {
            store.faults.push((path, Fault::Failed));
        }
        points.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
        store.series.push(Series {
            name: base.clone(),
            points,
        });
    }
    store.hollow = store.points == 0 && store.faults.iter().any(|(_, f)| *f == Fault::Missing);
    Ok(())
}

/// What a backup must hold and does not: the databases, in folders or in the archive of `pg_basebackup -Ft`, and the
/// manifest that pg_basebackup writes since version 13. Snapshots of a cloud lie elsewhere.
fn lost(host: &dyn Host, path: &str, info: &Info) -> Result<Option<String>, Gap> {
    if info.snapshot {
        return Ok(None);
    }
    let data = format!("{path}/data");
    let entries = host.list_if_any(&data, 10_000)?;
    let base = format!("{data}/base");
    let has = |e: &Entry| {
        let packed = e.kind == FileKind::File && e.name.starts_with("base.tar");
        Ok(packed || e.name == "base" && !host.list(&base, 10_000)?.is_empty())
    };
    let found: Result<Vec<bool>, HostError> = entries.iter().map(has).collect();
    let manifest = entries.iter().any(|e| e.name == MANIFEST);
    Ok(if !found?.contains(&true) {
        Some(base)
    } else if info.has_manifest && !manifest {
        Some(format!("{data}/{MANIFEST}"))
    } else {
        None
    })
}

/// The newest finished backup of each server that has a manifest.
pub(in super::super) fn with_manifests(host: &dyn Host, root: &str) -> Result<Vec<String>, Gap> {
    let mut all = Vec::new();
    for base in servers(host, root, &host.list(root, 10_000)?)? {
        let mut newest = None;
        for backup in host.list(&base, 1_000)? {
            let path = format!("{base}/{}", backup.name);
            let text = host.text_if_any(&format!("{path}/backup.info"))?;
            let Some(info) = text.map(|t| info(&t)).filter(|i| i.done) else {
                continue;
            };
            let data = format!("{path}/data");
            if host.stat_if_any(&format!("{data}/{MANIFEST}"))?.is_some() {
                newest = newest.max(Some((info.ended, data)));
            }
        }
        all.extend(newest.map(|(_, data)| data));
    }
    Ok(all)
}

struct Info {
    done: bool,
    snapshot: bool,
    has_manifest: bool,
    failed: bool,
    ended: Option<Timestamp>,
    size: u64,
}

/// `status=DONE`, `end_time=2026-11-20 01:10:00.123456+07:00`, `size=123`.
fn info(text: &str) -> Info {
    let settings = ini::parse(text);
    let value = |key: &str| {
        settings
            .iter()
            .rfind(|s| s.key == key)
            .map(|s| s.value.as_str())
    };
    let day = value("end_time").and_then(|v| v.get(..10)?.parse::<Date>().ok());
    let status = value("status").unwrap_or_default();
    Info {
        done: status == "DONE",
        snapshot: value("mode").is_some_and(|m| m.starts_with("snapshot")),
        has_manifest: value("mode") == Some("postgres")
            && value("version").and_then(|v| v.parse::<u32>().ok()) >= Some(130_000),
        failed: status == "FAILED",
        ended: day
            .and_then(|d| d.to_zoned(TimeZone::UTC).ok())
            .map(|z| z.timestamp()),
        size: value("size").and_then(|v| v.parse().ok()).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_backup_is_no_copy() {
        let text = "backup_label=None\nend_time=2026-11-20 01:10:00.123456+07:00\nsize=77\nstatus=";
        let got = info(&format!("{text}DONE\n"));
        assert!(got.done && got.ended.is_some() && got.size == 77);
        assert!(info(&format!("{text}FAILED\n")).failed);
        assert!(!info("").done);
    }
}
