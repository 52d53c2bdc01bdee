//! The archive: parts in a fixed order behind a manifest that names their hashes.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tar::{Archive, Builder, Entry, EntryType, Header};

use super::{BackupError, Heads, Result};
use crate::{
    config,
    identity::authority::{CERTIFICATE_FILE, KEY_FILE},
    store,
};

const FORMAT: &str = "capdo-backup/1";
const MANIFEST: &str = "manifest.json";
/// The most bytes of a manifest.
const MAX_MANIFEST: u64 = 64 * 1024;
/// The most bytes of a part that is not the store.
const MAX_SMALL: u64 = 1024 * 1024;
const NAMES: [&str; 3] = [store::FILE, CERTIFICATE_FILE, config::FILE];

/// Whether a file of the data folder is the key of a CA: the first one's, or that of one made since.
pub(super) fn is_key(name: &str) -> bool {
    let later = name.strip_prefix("ca-key-");
    let later = later.and_then(|rest| rest.strip_suffix(".pem"));
    let later = later.is_some_and(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    name == KEY_FILE || later
}

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format.
    pub format: String,
    /// The version of the collector that made it.
    pub version: String,
    /// When it was made, in milliseconds since the Unix epoch, UTC.
    pub made_ms: i64,
    /// The parts, in the order in which they follow.
    pub files: Vec<Part>,
    /// How far the record reaches.
    pub heads: Heads,
}

/// A part of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the data folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// Writes the archive.
pub(super) fn write(
    to: impl Write,
    files: &[(String, PathBuf)],
    heads: Heads,
    now: i64,
) -> Result<Manifest> {
    let parts: Result<Vec<Part>> = files.iter().map(|(name, path)| part(name, path)).collect();
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_ms: now,
        files: parts?,
        heads,
    };
    let json = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    let mut builder = Builder::new(to);
    let added = (|| {
        let header = header(json.len() as u64, now);
        append(&mut builder, MANIFEST, header, json.as_slice())?;
        for (part, (name, path)) in manifest.files.iter().zip(files) {
            let file = File::open(path)?.take(part.bytes);
            append(&mut builder, name, self::header(part.bytes, now), file)?;
        }
        builder.into_inner()?.flush()
    })();
    added.map_err(BackupError::Archive)?;
    Ok(manifest)
}

fn append(
    builder: &mut Builder<impl Write>,
    name: &str,
    mut header: Header,
    data: impl Read,
) -> io::Result<()> {
    builder.append_data(&mut header, name, data)
}

fn header(bytes: u64, now: i64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now / 1000).unwrap_or(0));
    header
}

fn part(name: &str, path: &Path) -> Result<Part> {
    let hashed = File::open(path).and_then(|mut file| copy(&mut file, &mut io::sink()));
    let (bytes, sha256) = hashed.map_err(|source| BackupError::file(path, source))?;
    Ok(Part {
        name: name.to_owned(),
        bytes,
        sha256,
    })
}

/// Unpacks an archive into `folder`, which is empty. Every part is there, once, with its hash.
pub(super) fn unpack(from: impl Read, folder: &Path) -> Result<Manifest> {
    let mut archive = Archive::new(from);
    let mut entries = archive.entries().map_err(BackupError::Archive)?;
    let mut next = || match entries.next() {
        None => Ok(None),
        Some(entry) => entry.map(Some).map_err(BackupError::Archive),
    };
    let mut first = next()?.ok_or(BackupError::Shape("it is empty"))?;
    let manifest = manifest(&mut first)?;
    for part in &manifest.files {
        let mut entry = next()?.ok_or(BackupError::Shape("a part is missing"))?;
        let named = is_named(&entry, &part.name) && entry.size() == part.bytes;
        if !named || !holds(&mut entry, part, folder)? {
            return Err(BackupError::Part(part.name.clone()));
        }
    }
    match next()? {
        None => Ok(manifest),
        Some(_) => Err(BackupError::Shape("something follows its last part")),
    }
}

fn manifest(entry: &mut Entry<'_, impl Read>) -> Result<Manifest> {
    let none = BackupError::Shape("it does not begin with a manifest");
    if !is_named(entry, MANIFEST) || entry.size() > MAX_MANIFEST {
        return Err(none);
    }
    let mut json = Vec::new();
    entry.read_to_end(&mut json).map_err(BackupError::Archive)?;
    let manifest: Manifest = serde_json::from_slice(&json).map_err(|_| none)?;
    if manifest.format != FORMAT {
        return Err(BackupError::Shape("its format is of another version"));
    }
    let mut names: Vec<&str> = manifest.files.iter().map(|f| f.name.as_str()).collect();
    let known = names
        .iter()
        .all(|name| NAMES.contains(name) || is_key(name));
    let needed = [store::FILE, CERTIFICATE_FILE]
        .iter()
        .all(|n| names.contains(n));
    let small = |f: &Part| f.name == store::FILE || f.bytes <= MAX_SMALL;
    names.sort_unstable();
    let once = names.windows(2).all(|two| two[0] != two[1]);
    if known && needed && once && manifest.files.iter().all(small) {
        Ok(manifest)
    } else {
        Err(BackupError::Shape(
            "its manifest names other parts than a backup has",
        ))
    }
}

fn is_named(entry: &Entry<'_, impl Read>, name: &str) -> bool {
    entry.header().entry_type() == EntryType::Regular && *entry.path_bytes() == *name.as_bytes()
}

/// Writes a part to the folder; whether it has its hash.
fn holds(entry: &mut Entry<'_, impl Read>, part: &Part, folder: &Path) -> Result<bool> {
    let path = folder.join(&part.name); // one of NAMES, or a key's
    let mode = if part.name == CERTIFICATE_FILE {
        0o644
    } else {
        0o600
    };
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(mode).open(&path);
    let mut file = made.map_err(|source| BackupError::file(&path, source))?;
    let (bytes, sha256) = copy(entry, &mut file).map_err(BackupError::Archive)?;
    file.sync_all()
        .map_err(|source| BackupError::file(&path, source))?;
    Ok(bytes == part.bytes && sha256 == part.sha256)
}

/// Copies to the end; the number of bytes and their SHA-256 in hex.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let (mut hasher, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; 256 * 1024]);
    loop {
        let n = match from.read(&mut chunk) {
            Ok(0) => return Ok((bytes, hex::encode(hasher.finalize()))),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let read = chunk.get(..n).unwrap_or_default();
        hasher.update(read);
        to.write_all(read)?;
        bytes += n as u64;
    }
}
