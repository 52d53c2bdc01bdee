//! The copy of the store: taken while it is in use, and looked at.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use super::{BackupError, Manifest, Result, archive::is_key};
use crate::{
    identity::Keys,
    store::{
        Db, Scope, Store, StoreError, audit,
        authority::{self, AuthorityRow},
        finding_change, host,
    },
};

const BUSY: Duration = Duration::from_secs(60);

/// How far the record reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// Entries of the audit log.
    pub audit_entries: i64,
    /// The hash of the last one, in hex; empty for none.
    pub audit_sha256: String,
    /// Changes of findings, of all hosts.
    pub changes: i64,
    /// SHA-256 over the last hash of each host's history, by host, in hex.
    pub changes_sha256: String,
    /// Hosts.
    pub hosts: i64,
    /// Runs.
    pub runs: i64,
}

/// Copies the store at `from` to `to` inside one read transaction.
pub(super) async fn store(from: &Path, to: &Path) -> Result<()> {
    // SQLite fills an empty file; made here, nobody else can read it.
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(to);
    made.map_err(|source| BackupError::file(to, source))?;
    let options = SqliteConnectOptions::new().filename(from);
    let mut db = open(from, options.busy_timeout(BUSY)).await?;
    sqlx::query("VACUUM INTO $1")
        .bind(to.to_string_lossy().as_ref())
        .execute(&mut db)
        .await
        .map_err(StoreError::from)?;
    db.close().await.map_err(StoreError::from)?;
    let synced = File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|source| BackupError::file(to, source))
}

async fn open(path: &Path, options: SqliteConnectOptions) -> Result<Db> {
    options.connect().await.map_err(|source| {
        BackupError::Store(StoreError::Open {
            path: path.to_owned(),
            source,
        })
    })
}

/// The heads of a copy that nobody writes to, and its CAs.
pub(super) async fn heads(path: &Path) -> Result<(Heads, Vec<AuthorityRow>)> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut db = open(path, options).await?;
    let heads = heads_of(&mut db).await?;
    let authorities = authorities(&mut db).await?;
    db.close().await.map_err(StoreError::from)?;
    Ok((heads, authorities))
}

/// The CAs, newest first; none where an older version filled the store.
async fn authorities(db: &mut Db) -> Result<Vec<AuthorityRow>> {
    const KNOWN: &str = "SELECT count(*) FROM sqlite_master WHERE name = 'authority'";
    if count(&mut *db, KNOWN).await? == 0 {
        return Ok(Vec::new());
    }
    Ok(authority::list(db).await?)
}

async fn heads_of(db: &mut Db) -> Result<Heads> {
    let (audit_entries, audit_sha256): (i64, Option<Vec<u8>>) = sqlx::query_as(
        "SELECT count(*), (SELECT sha256 FROM audit ORDER BY seq DESC LIMIT 1) FROM audit",
    )
    .fetch_one(&mut *db)
    .await
    .map_err(StoreError::from)?;
    let last: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT host_id, seq, sha256 FROM finding_change AS c WHERE seq = \
         (SELECT max(seq) FROM finding_change WHERE host_id = c.host_id) ORDER BY host_id",
    )
    .fetch_all(&mut *db)
    .await
    .map_err(StoreError::from)?;
    let mut hasher = Sha256::new();
    for (host, seq, sha256) in &last {
        hasher.update(host);
        hasher.update(seq.to_be_bytes());
        hasher.update(sha256);
    }
    Ok(Heads {
        audit_entries,
        audit_sha256: audit_sha256.map(hex::encode).unwrap_or_default(),
        changes: last.iter().map(|(_, seq, _)| seq).sum(),
        changes_sha256: hex::encode(hasher.finalize()),
        hosts: count(db, "SELECT count(*) FROM host").await?,
        runs: count(db, "SELECT count(*) FROM run").await?,
    })
}

async fn count(db: &mut Db, sql: &'static str) -> Result<i64> {
    let counted = sqlx::query_scalar(sql).fetch_one(db).await;
    Ok(counted.map_err(StoreError::from)?)
}

/// Opens the unpacked copy in `folder`, brings it up to date, and looks at all of it.
pub(super) async fn look(folder: &Path, manifest: &Manifest) -> Result<(Store, Vec<AuthorityRow>)> {
    let store = Store::open(folder).await?;
    let looked = async {
        look_at(&store, manifest).await?;
        let authorities = authority::list(&mut *store.read().await?).await?;
        keys(folder, &authorities)?;
        Ok(authorities)
    };
    match looked.await {
        Ok(authorities) => Ok((store, authorities)),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// Every key that is there is that of its CA.
fn keys(folder: &Path, authorities: &[AuthorityRow]) -> Result<()> {
    let keys = Keys {
        data: folder.to_owned(),
        token: None,
    };
    for row in authorities {
        if let Some(name) = &row.key_file
            && is_key(name)
            && folder.join(name).exists()
            && keys.open(row).is_err()
        {
            return Err(BackupError::Part(name.clone()));
        }
    }
    Ok(())
}

async fn look_at(store: &Store, manifest: &Manifest) -> Result<()> {
    let mut db = store.read().await?;
    let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_all(&mut *db)
        .await
        .map_err(StoreError::from)?;
    if said != ["ok"] {
        return Err(BackupError::Database(said.join("; ")));
    }
    let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *db);
    let orphans = orphans.await.map_err(StoreError::from)?.len();
    if orphans > 0 {
        let detail = format!("{orphans} rows refer to what is not there");
        return Err(BackupError::Database(detail));
    }
    if audit::verify(&mut db).await?.is_some() {
        return Err(BackupError::Chain("audit"));
    }
    let hosts: Vec<String> = sqlx::query_scalar("SELECT id FROM host")
        .fetch_all(&mut *db)
        .await
        .map_err(StoreError::from)?;
    for id in hosts {
        host::find(&mut db, &Scope::All, &id).await?;
        if finding_change::verify(&mut db, &id).await?.is_some() {
            return Err(BackupError::Chain("finding_change"));
        }
    }
    if heads_of(&mut db).await? != manifest.heads {
        return Err(BackupError::Chain("manifest"));
    }
    Ok(())
}
