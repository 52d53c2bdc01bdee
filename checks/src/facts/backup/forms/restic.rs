//! restic: every file but `config` bears the SHA-256 of its content as its name (restic's `design`
//! document). Snapshots are encrypted, so that only the times of their files show.

use sha2::{Digest, Sha256};

use super::super::stores::Store;
use crate::{host::Host, observation::Gap};

const LIST_CAP: usize = 20_000;

pub(in super::super) fn look(host: &dyn Host, store: &mut Store) -> Result<(), Gap> {
    let snapshots = format!("{}/snapshots", store.path);
    for entry in host.list(&snapshots, LIST_CAP)? {
        let stat = host.stat(&format!("{snapshots}/{}", entry.name))?;
        if stat.size == 0 {
            continue; // no snapshot is empty
        }
        store.filed(stat.mtime);
        store.points += 1;
    }
    if store.points == 0 {
        store.holds_none();
    }
    let keys = format!("{}/keys", store.path);
    let mut proved = false;
    for entry in host.list(&keys, 1_000)?.iter().take(4) {
        let bytes = host.read(&format!("{keys}/{}", entry.name), 64 << 10)?;
        proved |= is_key(&bytes) && hex(&Sha256::digest(&bytes)) == entry.name;
    }
    // restic knows no other way; folders of the right names alone are no repository.
    store.encrypted = proved.then_some(true);
    for entry in host.list_if_any(&format!("{}/locks", store.path), 1_000)? {
        let stat = host.stat_if_any(&format!("{}/locks/{}", store.path, entry.name))?;
        store.locked(stat.map(|s| s.mtime));
    }
    Ok(())
}

/// Whether a file is a key: how the password is stretched, and the sealed master key.
fn is_key(bytes: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Key {
        kdf: String,
        data: String,
    }
    serde_json::from_slice::<Key>(bytes).is_ok_and(|k| k.kdf == "scrypt" && !k.data.is_empty())
}

/// Lower-case hexadecimal digits.
pub(in super::super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, b| {
        let written = write!(out, "{b:02x}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
        out
    })
}
