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
    identity::{
        authority::{CERTIFICATE_FILE, KEY_FILE},
        rotation,
    },
    store::{
        self,
        audit::{self, Event},
        authority::{AuthorityRow, AuthorityState},
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

/// Writes a backup of a collector, which may be serving, to `to`; what is in it, and where the keys are.
///
/// # Errors
/// When something cannot be read, or `to` does not take it.
pub async fn create(source: &Source<'_>, to: impl Write, now: i64) -> Result<Verified> {
    let scratch = Scratch::in_folder(source.scratch)?;
    let copied = scratch.0.join(store::FILE);
    copy::store(&source.data.join(store::FILE), &copied).await?;
    let (heads, authorities) = copy::heads(&copied).await?;
    let mut files = vec![
        (store::FILE.to_owned(), copied),
        (
            CERTIFICATE_FILE.to_owned(),
            source.data.join(CERTIFICATE_FILE),
        ),
    ];
    if source.with_key {
        files.extend(keys(source.data, &authorities));
    }
    if source.config.is_file() {
        files.push((config::FILE.to_owned(), source.config.to_owned()));
    }
    let manifest = archive::write(to, &files, heads, now)?;
    Ok(verified(manifest, &authorities))
}

/// The key files of the CAs that the copied store names and that are not retired. A key in a token is in
/// no file; a file that is kept elsewhere is said to be missing by whoever reads the backup.
fn keys(data: &Path, authorities: &[AuthorityRow]) -> Vec<(String, PathBuf)> {
    let mut names: Vec<&str> = authorities
        .iter()
        .filter(|a| a.state != AuthorityState::Retired)
        .filter_map(|a| a.key_file.as_deref())
        .collect();
    if authorities.is_empty() {
        names.push(KEY_FILE); // of an older version, whose only CA is entered when the collector starts
    }
    let there = names.into_iter().filter(|name| archive::is_key(name));
    let files = there.map(|name| (name.to_owned(), data.join(name)));
    files.filter(|(_, path)| path.exists()).collect()
}

/// Where the key of a CA is that is not retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyIn {
    /// In the backup.
    Backup,
    /// In a PKCS#11 token, which gives it to nobody.
    Token,
    /// In neither: the file is to be put beside the store.
    Elsewhere,
}

/// A CA that is not retired, and where its key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyOf {
    /// The number of the CA.
    pub ca: i64,
    /// Where it stands.
    pub state: AuthorityState,
    /// SHA-256 of its certificate, as pairs of hex digits.
    pub fingerprint: String,
    /// Where its key is.
    pub key_in: KeyIn,
    /// The name of its key file; none where it is in a token.
    pub file: Option<String>,
}

/// Where the keys are that a collector of these parts needs, the newest CA first.
pub fn keys_of(manifest: &Manifest, authorities: &[AuthorityRow]) -> Vec<KeyOf> {
    let there = |name: &str| manifest.files.iter().any(|f| f.name == name);
    let live = authorities
        .iter()
        .filter(|a| a.state != AuthorityState::Retired);
    live.map(|a| KeyOf {
        ca: a.number,
        state: a.state,
        fingerprint: rotation::shown(a),
        key_in: match a.key_file.as_deref() {
            None => KeyIn::Token,
            Some(name) if there(name) => KeyIn::Backup,
            Some(_) => KeyIn::Elsewhere,
        },
        file: a.key_file.clone(),
    })
    .collect()
}

/// What a look at a backup, or its restore, gave.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// What the backup says of itself; all of it holds.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Whether the key of the CA that issues is in it; it is not where that is in a token.
    pub has_ca_key: bool,
    /// Each CA that is not retired, and where its key is.
    pub keys: Vec<KeyOf>,
}

/// Reads a backup to its end and looks at everything in it: hashes, the database's own checks, the
/// hash chains. The copy lies in a folder of its own under `scratch` meanwhile.
///
/// # Errors
/// What is wrong with it.
pub async fn verify(from: impl Read, scratch: &Path) -> Result<Verified> {
    let scratch = Scratch::in_folder(scratch)?;
    let manifest = archive::unpack(from, &scratch.0)?;
    let (store, authorities) = copy::look(&scratch.0, &manifest).await?;
    store.close().await;
    Ok(verified(manifest, &authorities))
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
    let (store, authorities) = copy::look(&scratch.0, &manifest).await?;
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
    Ok(verified(manifest, &authorities))
}

fn verified(manifest: Manifest, authorities: &[AuthorityRow]) -> Verified {
    let keys = keys_of(&manifest, authorities);
    let issues = |k: &KeyOf| k.state == AuthorityState::Current && k.key_in == KeyIn::Backup;
    let has_ca_key = if authorities.is_empty() {
        manifest.files.iter().any(|f| f.name == KEY_FILE)
    } else {
        keys.iter().any(issues)
    };
    Verified {
        manifest,
        has_ca_key,
        keys,
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
