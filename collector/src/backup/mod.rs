//! A copy of the whole collector: made while it serves, looked at, and put in place again.
//!
//! A backup is a tar archive: `manifest.json`, then the store, the CA's certificate, its key unless
//! that is kept elsewhere, and the configuration. The manifest holds the SHA-256 of each and the heads
//! of the hash chains, so that a copy tells by itself whether it is whole and how far it reaches.
//!
//! SQLite copies its file inside one read transaction (`VACUUM INTO`): the writer goes on meanwhile.

mod archive;
mod copy;
mod error;

use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::json;

pub use archive::{Manifest, Part};
pub use copy::Heads;
pub use error::BackupError;

use crate::{
    config,
    identity::authority::CERTIFICATE_FILE,
    store::{
        self,
        audit::{self, Event},
        restored,
    },
};

type Result<T> = std::result::Result<T, BackupError>;

/// What a backup is made of.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// The configuration file; it need not exist.
    pub config: &'a Path,
    /// Whether the CA's key goes in.
    pub with_key: bool,
    /// Where the copy of the store may lie for a moment.
    pub scratch: &'a Path,
}

/// Writes a backup of a collector, which may be serving, to `to`.
///
/// # Errors
/// When something cannot be read, or `to` does not take it.
pub async fn create(source: &Source<'_>, to: impl Write, now: i64) -> Result<Manifest> {
    let scratch = Scratch::in_folder(source.scratch)?;
    let copied = scratch.0.join(store::FILE);
    copy::store(&source.data.join(store::FILE), &copied).await?;
    let heads = copy::heads(&copied).await?;
    let mut files = vec![
        (store::FILE.to_owned(), copied),
        (
            CERTIFICATE_FILE.to_owned(),
            source.data.join(CERTIFICATE_FILE),
        ),
    ];
    if source.with_key {
        files.extend(keys(source.data)?);
    }
    if source.config.is_file() {
        files.push((config::FILE.to_owned(), source.config.to_owned()));
    }
    archive::write(to, &files, heads, now)
}

/// The keys of CAs in the data folder: that of each CA that is not retired, unless it is in a token.
fn keys(data: &Path) -> Result<Vec<(String, PathBuf)>> {
    let fail = |source| BackupError::file(data, source);
    let mut keys = Vec::new();
    for entry in fs::read_dir(data).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if let Ok(name) = entry.file_name().into_string()
            && archive::is_key(&name)
        {
            keys.push((name, entry.path()));
        }
    }
    keys.sort();
    Ok(keys)
}

/// What a look at a backup, or its restore, gave.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// What the backup says of itself; all of it holds.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Whether the CA's key is in it.
    pub has_ca_key: bool,
}

/// Reads a backup to its end and looks at everything in it: hashes, the database's own checks, the
/// hash chains. The copy lies in a folder of its own under `scratch` meanwhile.
///
/// # Errors
/// What is wrong with it.
pub async fn verify(from: impl Read, scratch: &Path) -> Result<Verified> {
    let scratch = Scratch::in_folder(scratch)?;
    let manifest = archive::unpack(from, &scratch.0)?;
    let store = copy::look(&scratch.0, &manifest).await?;
    store.close().await;
    Ok(verified(manifest))
}

/// Puts a backup in place as the data folder `into`, which must not exist or be empty. It is looked at
/// as [`verify`] does before it takes that name.
///
/// # Errors
/// When the backup is not whole, or the folder is in use.
pub async fn restore(from: impl Read, into: &Path, actor: &str, now: i64) -> Result<Verified> {
    let owner = free(into)?;
    let parent = match into.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let scratch = Scratch::in_folder(parent)?;
    let manifest = archive::unpack(from, &scratch.0)?;
    let store = copy::look(&scratch.0, &manifest).await?;
    let mut tx = store.write().await?;
    restored::add(&mut tx, now, manifest.made_ms).await?;
    let event = Event {
        actor,
        action: "collector.restore",
        agency_id: None,
        target: "collector",
        detail: json!({ "backup_made_ms": manifest.made_ms,
            "audit_sha256": manifest.heads.audit_sha256 }),
    };
    audit::append(&mut tx, &event, now).await?;
    tx.commit().await.map_err(store::StoreError::from)?;
    store.close().await;
    if let Some(owner) = owner {
        hand_over(&scratch.0, owner)?;
    }
    scratch.keep_as(into)?;
    Ok(verified(manifest))
}

fn verified(manifest: Manifest) -> Verified {
    let has_ca_key = manifest.files.iter().any(|f| archive::is_key(&f.name));
    Verified {
        manifest,
        has_ca_key,
    }
}

type Owner = (u32, u32);

/// Whether a restore may take this place, and who owns the empty folder that is there.
fn free(into: &Path) -> Result<Option<Owner>> {
    let fail = |source| BackupError::file(into, source);
    if into.is_symlink() {
        return Err(BackupError::InUse(into.to_owned()));
    }
    match fs::read_dir(into) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(fail(source)),
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(BackupError::InUse(into.to_owned()));
            }
            let meta = fs::metadata(into).map_err(fail)?;
            Ok(Some((meta.uid(), meta.gid())))
        }
    }
}

/// Gives what was restored to the owner of the folder, under whom the service runs.
fn hand_over(folder: &Path, (uid, gid): Owner) -> Result<()> {
    let give = |path: &Path| {
        let meta = fs::symlink_metadata(path)?;
        if (meta.uid(), meta.gid()) == (uid, gid) {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(uid), Some(gid))
    };
    let all = || {
        for entry in fs::read_dir(folder)? {
            give(&entry?.path())?;
        }
        give(folder)
    };
    all().map_err(|source| BackupError::file(folder, source))
}

/// A folder that only we may enter, gone when this is dropped.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn in_folder(folder: &Path) -> Result<Self> {
        let path = folder.join(format!(".capdo-{}", store::new_id()));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|source| BackupError::file(&path, source))?;
        Ok(Self(path))
    }

    fn keep_as(self, into: &Path) -> Result<()> {
        fs::rename(&self.0, into).map_err(|source| BackupError::file(into, source))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0)); // gone already after keep_as
    }
}
