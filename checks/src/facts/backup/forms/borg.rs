//! borg: `config` says whether the repository only grows; the first object of a segment says with
//! which kind of key it was written. Archives are listed in encrypted data, so that only the times
//! of files show, which pruning touches too.

use super::super::{proof::borg::MAGIC, stores::Store};
use crate::{
    facts::{dates::day, ini},
    host::{Entry, Host, HostError},
    observation::Gap,
};

const LIST_CAP: usize = 20_000;

pub(in super::super) fn look(
    host: &dyn Host,
    store: &mut Store,
    entries: &[Entry],
) -> Result<(), Gap> {
    for entry in entries {
        let path = format!("{}/{}", store.path, entry.name);
        if entry.name.starts_with("index.") || entry.name.starts_with("hints.") {
            let stat = host.stat(&path)?;
            store.newest_file = store.newest_file.max(Some(day(stat.mtime)));
        }
        if entry.name == "lock.exclusive" {
            store.locked(host.stat_if_any(&path)?.map(|s| s.mtime));
        }
    }
    let config = host.text_if_any(&format!("{}/config", store.path))?;
    let settings = ini::parse(&config.unwrap_or_default());
    let value = |key: &str| settings.iter().rfind(|s| s.key == key);
    store.append_only = value("append_only").is_some_and(|s| s.value == "1");
    let data = format!("{}/data", store.path);
    for folder in host.list(&data, LIST_CAP)?.iter().take(2) {
        let folder = format!("{data}/{}", folder.name);
        for segment in host.list(&folder, LIST_CAP)?.iter().take(8) {
            let head = host.read_at(&format!("{folder}/{}", segment.name), 0, 64)?;
            store.encrypted = store.encrypted.or(encrypted(&head));
        }
    }
    if is_bare(host, &data)? {
        store.holds_none();
    }
    if let Some(id) = value("id") {
        store.verified = verified(host, &id.value)?;
    }
    Ok(())
}

/// Whether nothing but the list of archives was ever written into the segments that are there: any archive is an
/// object of its own. That list bears the number zero.
fn is_bare(host: &dyn Host, data: &str) -> Result<bool, Gap> {
    const PUTS: [u8; 2] = [0, 3];
    const MOST: usize = 64; // segments, and entries of one
    const HEAD: u64 = 9;
    let mut seen = 0;
    for folder in host.list(data, LIST_CAP)? {
        let folder = format!("{data}/{}", folder.name);
        for segment in host.list(&folder, LIST_CAP)? {
            let path = format!("{folder}/{}", segment.name);
            let size = host.stat(&path)?.size;
            seen += 1;
            let mut at = MAGIC.len() as u64;
            for entry in 0.. {
                if at >= size {
                    break;
                }
                let head = host.read_at(&path, at, 41)?;
                let Some(&[_, _, _, _, a, b, c, d, tag]) = head.get(..9) else {
                    return Ok(false);
                };
                let zero = head
                    .get(9..41)
                    .is_some_and(|key| key.iter().all(|b| *b == 0));
                let len = u64::from(u32::from_le_bytes([a, b, c, d]));
                if PUTS.contains(&tag) && !zero || len < HEAD || entry > MOST || seen > MOST {
                    return Ok(false);
                }
                at += len;
            }
        }
    }
    Ok(seen > 0)
}

/// The first object of a segment says with which kind of key it was written.
fn encrypted(segment: &[u8]) -> Option<bool> {
    const PUT: u8 = 0;
    let rest = segment.strip_prefix(MAGIC)?;
    let tag = *rest.get(8)?; // after checksum and size
    let kind = *rest.get(9 + 32)?; // after the object's name
    match (tag, kind) {
        (PUT, 0x00 | 0x01 | 0x03 | 0x04 | 0x05) => Some(true),
        (PUT, 0x02 | 0x06 | 0x07) => Some(false), // plain, or signed only
        _ => None,
    }
}

/// borgmatic leaves a file for each check that succeeded; its time is that of the check.
fn verified(host: &dyn Host, id: &str) -> Result<Option<jiff::Timestamp>, Gap> {
    if !id.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let mut newest = None;
    for root in [
        "/root/.borgmatic/checks",
        "/root/.local/state/borgmatic/checks",
    ] {
        for kind in ["repository", "data"] {
            match host.stat_if_any(&format!("{root}/{id}/{kind}")) {
                Ok(stat) => newest = newest.max(stat.map(|s| day(s.mtime))),
                Err(HostError::NoPermission(_)) => {} // a hint only: no gap
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borg_says_how_it_writes() {
        let segment = |kind: u8| {
            let mut bytes = b"BORG_SEG".to_vec();
            bytes.extend([0; 9 + 32]);
            bytes.push(kind);
            bytes
        };
        assert_eq!(encrypted(&segment(3)), Some(true));
        assert_eq!(encrypted(&segment(2)), Some(false));
        assert_eq!(encrypted(&segment(7)), Some(false));
        assert_eq!(encrypted(b"BORG_SEG"), None);
    }
}
