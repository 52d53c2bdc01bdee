//! pg_basebackup: a folder with a `backup_manifest`, which is written last and holds a checksum of every
//! file and one of itself (PostgreSQL's manual, "Backup Manifest Format").

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::super::stores::Store;
use super::restic::hex;
use crate::{
    host::{Entry, FileKind, Host},
    observation::Gap,
};

/// The name of the manifest.
pub(in super::super) const MANIFEST: &str = "backup_manifest";
/// Most bytes of a manifest.
pub(in super::super) const CAP: usize = 24 << 20;

/// The folders of copies: the folder itself or those in it.
pub(in super::super) fn folders(
    host: &dyn Host,
    root: &str,
    entries: &[Entry],
) -> Result<Vec<String>, Gap> {
    if entries.iter().any(|e| e.name == MANIFEST) {
        return Ok(vec![root.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in entries.iter().filter(|e| e.kind == FileKind::Dir).take(200) {
        let path = format!("{root}/{}", entry.name);
        if host.stat_if_any(&format!("{path}/{MANIFEST}"))?.is_some() {
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
    for folder in folders {
        let path = format!("{folder}/{MANIFEST}");
        store.filed(host.stat(&path)?.mtime);
        store.points += 1;
        let head = host.read_at(&path, 0, 16 << 10)?;
        if let Some(at) = begun(&String::from_utf8_lossy(&head)) {
            store.record(at);
        }
    }
    Ok(())
}

/// The day on which the server wrote the label of the backup, its first file.
fn begun(head: &str) -> Option<Timestamp> {
    let (_, label) = head.split_once("\"Path\": \"backup_label\"")?;
    let (_, time) = label.split_once("\"Last-Modified\": \"")?;
    let date: Date = time.get(..10)?.parse().ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

/// A file of the manifest.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Listed {
    /// Its path; one that is no UTF-8 has none and is passed over.
    #[serde(default)]
    pub(in super::super) path: String,
    /// Bytes.
    #[serde(default)]
    pub(in super::super) size: u64,
    /// `CRC32C`, `SHA224`, `SHA256`, `SHA384`, `SHA512`.
    #[serde(default, rename = "Checksum-Algorithm")]
    pub(in super::super) algorithm: String,
    /// In hexadecimal digits.
    #[serde(default)]
    pub(in super::super) checksum: String,
}

/// The files of a manifest; `None` where it does not match its own checksum.
pub(in super::super) fn listed(bytes: &[u8]) -> Option<Vec<Listed>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Manifest {
        files: Vec<Listed>,
        #[serde(rename = "Manifest-Checksum")]
        checksum: String,
    }
    const LAST: &[u8] = b"\"Manifest-Checksum\"";
    let at = bytes.windows(LAST.len()).rposition(|w| w == LAST)?;
    let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
    if hex(&Sha256::digest(bytes.get(..at)?)) != manifest.checksum {
        return None;
    }
    // What pg_verifybackup passes over, too: these are changed before a restore.
    const CHANGED: [&str; 3] = ["postgresql.auto.conf", "recovery.signal", "standby.signal"];
    let mut files = manifest.files;
    files.retain(|f| {
        !f.path.is_empty()
            && !f.path.starts_with('/')
            && !f.path.split('/').any(|p| p == "..")
            && !CHANGED.contains(&f.path.as_str())
    });
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_must_match_its_own_checksum() {
        let body = "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n{ \"Path\": \"backup_label\", \"Size\": 225, \
            \"Last-Modified\": \"2026-11-22 13:48:00 GMT\", \"Checksum-Algorithm\": \"CRC32C\", \"Checksum\": \"df811438\" },\n\
            { \"Path\": \"../x\", \"Size\": 1 }\n],\n";
        let sum = hex(&Sha256::digest(body.as_bytes()));
        let text = format!("{body}\"Manifest-Checksum\": \"{sum}\"}}\n");
        let got = listed(text.as_bytes()).unwrap();
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].size, got[0].checksum.as_str()), (225, "df811438"));
        assert!(begun(&text).is_some());
        assert_eq!(listed(text.replace("225", "226").as_bytes()), None);
        assert_eq!(listed(b"{"), None);
    }
}
