//! A datastore of Proxmox Backup Server: snapshots `vm/100/2026-11-20T01:00:00Z`, also in namespaces, each with
//! `index.json.blob`, which the client sends last. A blob is eight bytes that say its sort, a CRC-32 of the
//! rest, and the rest (Proxmox Backup's documentation, "File formats"). The chunks are not read.

use std::io::Read as _;

use jiff::Timestamp;
use serde::Deserialize;

use super::super::{
    proof::{Fault, frames::Frames},
    stores::Store,
};
use crate::{
    facts::dates::day,
    host::{Entry, FileKind, Host},
    observation::Gap,
};

const PLAIN: [u8; 8] = [66, 171, 56, 7, 190, 131, 112, 161];
const PACKED: [u8; 8] = [49, 185, 88, 66, 111, 182, 163, 127];
/// Most bytes of a list, packed and unpacked.
const LIST: usize = 4 << 20;
const MEMORY: u32 = 9 << 20;
const KINDS: [&str; 3] = ["vm", "ct", "host"];
/// Most groups, and how deep namespaces may lie in one another.
const GROUPS: usize = 500;
const DEPTH: usize = 7;

/// Whether these are the entries of a datastore.
pub(in super::super) fn is_store(entries: &[Entry]) -> bool {
    let has = |name: &str| {
        entries
            .iter()
            .any(|e| e.name == name && e.kind == FileKind::Dir)
    };
    has(".chunks") && KINDS.iter().chain(&["ns"]).any(|k| has(k))
}

/// A list, as far as it is of use here.
#[derive(Deserialize)]
struct List {
    files: Vec<Listed>,
    #[serde(default)]
    unprotected: Unprotected,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    #[serde(default)]
    crypt_mode: String,
}

#[derive(Default, Deserialize)]
struct Unprotected {
    verify_state: Option<Verified>,
}

#[derive(Deserialize)]
struct Verified {
    state: String,
}

pub(in super::super) fn look(host: &dyn Host, store: &mut Store) -> Result<(), Gap> {
    for group in groups(host, &store.path)? {
        let mut snapshots: Vec<(Timestamp, String)> = host
            .list(&group, 10_000)?
            .into_iter()
            .filter_map(|e| Some((e.name.parse().ok()?, format!("{group}/{}", e.name))))
            .collect();
        snapshots.sort();
        for (n, (at, path)) in snapshots.iter().rev().enumerate() {
            let list = format!("{path}/index.json.blob");
            if host.stat_if_any(&list)?.is_none() {
                continue; // not finished
            }
            // The newest is read, for what it says of itself.
            if n == 0 {
                match read(&host.read(&list, LIST)?) {
                    Some(read) => newest(store, path, &read),
                    None => {
                        store.faults.push((list, Fault::Corrupt));
                        continue;
                    }
                }
            }
            store.record(day(*at));
            store.points += 1;
        }
    }
    Ok(())
}

fn newest(store: &mut Store, path: &str, list: &List) {
    let closed = list.files.iter().all(|f| f.crypt_mode == "encrypt");
    store.encrypted = Some(store.encrypted.unwrap_or(true) && closed && !list.files.is_empty());
    let verified = list.unprotected.verify_state.as_ref();
    if verified.is_some_and(|v| v.state == "failed") {
        store.faults.push((path.to_owned(), Fault::Failed));
    }
}

/// The folders of groups: `vm/100`, `ns/NAME/host/web`.
fn groups(host: &dyn Host, root: &str) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((space, depth)) = open.pop() {
        for kind in KINDS {
            let kind = format!("{space}/{kind}");
            for group in host.list_if_any(&kind, 10_000)? {
                if group.kind == FileKind::Dir {
                    found.push(format!("{kind}/{}", group.name));
                }
            }
        }
        let below = format!("{space}/ns");
        for entry in host.list_if_any(&below, 10_000)? {
            if entry.kind == FileKind::Dir && depth < DEPTH {
                open.push((format!("{below}/{}", entry.name), depth + 1));
            }
        }
        if found.len() > GROUPS || open.len() > GROUPS {
            let detail = format!("{root}: more than {GROUPS} groups");
            return Err(Gap::new(crate::observation::GapReason::OverBudget, detail));
        }
    }
    found.sort();
    Ok(found)
}

/// The list in a blob; `None` where it is not what its checksum says, or no list.
fn read(blob: &[u8]) -> Option<List> {
    let (magic, rest) = blob.split_at_checked(8)?;
    let (sum, data) = rest.split_at_checked(4)?;
    if crc32fast::hash(data).to_le_bytes() != *sum {
        return None;
    }
    if magic == PLAIN {
        return serde_json::from_slice(data).ok();
    }
    if magic != PACKED {
        return None;
    }
    let mut text = Vec::new();
    let frames = Frames::new(data, MEMORY);
    let cap = u64::try_from(LIST).unwrap_or(u64::MAX);
    frames.take(cap).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blob(magic: [u8; 8], data: &[u8]) -> Vec<u8> {
        [&magic[..], &crc32fast::hash(data).to_le_bytes(), data].concat()
    }

    #[test]
    fn a_list_must_match_its_checksum() {
        let text = br#"{"backup-type":"vm","backup-id":"100","backup-time":1763600400,"files":[
            {"filename":"drive-scsi0.img.fidx","crypt-mode":"encrypt","size":1,"csum":"00"}],
            "unprotected":{"verify_state":{"state":"ok","upid":"UPID:x"}},"signature":null}"#;
        let whole = blob(PLAIN, text);
        let list = read(&whole).unwrap();
        assert_eq!(list.files[0].crypt_mode, "encrypt");
        assert_eq!(list.unprotected.verify_state.unwrap().state, "ok");
        let mut flipped = whole.clone();
        flipped[60] ^= 1;
        assert!(read(&flipped).is_none() && read(&whole[..whole.len() - 1]).is_none());
        assert!(read(&blob([0; 8], text)).is_none());
        // As zstd writes a frame with one raw block.
        let frame = |text: &[u8]| {
            let len = u8::try_from(text.len()).unwrap();
            let block = (u32::from(len) << 3 | 1).to_le_bytes();
            [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, len], &block[..3], text].concat()
        };
        assert!(read(&blob(PACKED, &frame(br#"{"files":[]}"#))).is_some());
    }

    proptest! {
        #[test]
        fn any_blob_is_read(packed in any::<bool>(), data in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&blob(if packed { PACKED } else { PLAIN }, &data));
            read(&data);
        }
    }
}
