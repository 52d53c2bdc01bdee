//! The record: one chain over everything that is to be proved later. A row says which rows of other
//! tables stood when it was written, by their hashes, so that one hash kept outside vouches for all.

use serde_json::{Value, json};

use super::{
    Db, Result, Store,
    chain::{Flaw, Ring, START, Walk, link},
    finding_change,
    run::{self, Run},
};

const DOMAIN: &str = "capdo.record.v1";

/// What a row speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub enum Kind {
    /// A row of the audit log; the subject is its place.
    Audit,
    /// A run that was accepted; the subject is its id.
    Run,
    /// Findings that the collector made by itself, and where the host's history ends.
    Changes,
    /// A certificate that was issued; the subject is its serial number.
    Certificate,
    /// Every certificate that a host had was revoked.
    Revoked,
    /// Something began to speak against a host; the subject is the event's kind and subject.
    Event,
    /// A row of the log of probes; the subject is its place.
    Probe,
}

impl Kind {
    const fn code(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Run => "run",
            Self::Changes => "changes",
            Self::Certificate => "certificate",
            Self::Revoked => "revoked",
            Self::Event => "event",
            Self::Probe => "probe",
        }
    }
}

/// A stored row.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Its place, from 1.
    pub seq: i64,
    /// When it was written.
    pub at: i64,
    /// What it speaks of.
    pub kind: Kind,
    /// The host, where it speaks of one.
    pub host_id: Option<String>,
    /// Which row, as the kind says.
    pub subject: String,
    /// The hashes, as JSON.
    pub detail: String,
    /// The hash of the row before.
    pub prev_sha256: Vec<u8>,
    /// The hash of this row.
    pub sha256: Vec<u8>,
}

impl Entry {
    /// What it says; nothing where it cannot be read.
    pub fn said(&self) -> Value {
        serde_json::from_str(&self.detail).unwrap_or_default()
    }

    /// The place and the hash of the row of a log that it speaks of.
    pub fn names_row(&self) -> Option<(i64, String)> {
        let sha256 = self.said()["sha256"].as_str()?.to_owned();
        Some((self.subject.parse().ok()?, sha256))
    }

    /// Whether it breaks the chain that `walk` has gone along.
    pub fn follows(&self, walk: &mut Walk) -> Option<Flaw> {
        walk.step(&Ring {
            seq: self.seq,
            prev: &self.prev_sha256,
            sha256: &self.sha256,
            computed: hash(self),
        })
    }
}

/// The end of the record: to be kept outside, and to be held against it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The place of the last row.
    pub seq: i64,
    /// Its hash.
    pub sha256: Vec<u8>,
}

impl Head {
    /// Reads what [`std::fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, sha256) = text.trim().split_once('-')?;
        let head = Self {
            seq: seq.parse().ok().filter(|s| *s >= 0)?,
            sha256: hex::decode(sha256).ok()?,
        };
        (head.sha256.len() == 32).then_some(head)
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.seq, hex::encode(&self.sha256))
    }
}

/// The end of the record; nothing where it is empty.
///
/// # Errors
/// When the store fails.
pub async fn last(db: &mut Db) -> Result<Option<Head>> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, sha256 FROM record ORDER BY seq DESC LIMIT 1")
            .fetch_optional(db)
            .await?;
    Ok(last.map(|(seq, sha256)| Head { seq, sha256 }))
}

/// What it last said of the log of probes; nothing before the first row that is on record.
///
/// # Errors
/// When the store fails.
pub async fn last_of_probes(db: &mut Db) -> Result<Option<Entry>> {
    let sql = "SELECT * FROM record WHERE kind = 'probe' ORDER BY seq DESC LIMIT 1";
    Ok(sqlx::query_as(sql).fetch_optional(db).await?)
}

/// Appends a row. To be called in the transaction that makes what it speaks of.
///
/// # Errors
/// When the store fails.
pub async fn append(
    db: &mut Db,
    kind: Kind,
    host_id: Option<&str>,
    subject: &str,
    detail: &Value,
    at: i64,
) -> Result<()> {
    let (seq, prev) = match last(&mut *db).await? {
        Some(head) => (head.seq + 1, head.sha256),
        None => (1, START.to_vec()),
    };
    let entry = Entry {
        seq,
        at,
        kind,
        host_id: host_id.map(str::to_owned),
        subject: subject.to_owned(),
        detail: detail.to_string(),
        prev_sha256: prev,
        sha256: Vec::new(),
    };
    sqlx::query(
        "INSERT INTO record (seq, at, kind, host_id, subject, detail, prev_sha256, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(entry.seq)
    .bind(entry.at)
    .bind(entry.kind)
    .bind(&entry.host_id)
    .bind(&entry.subject)
    .bind(&entry.detail)
    .bind(&entry.prev_sha256)
    .bind(hash(&entry).as_slice())
    .execute(db)
    .await?;
    Ok(())
}

/// What a run's row says beside the hashes of the run itself and of its host's history.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The hash over the host's findings after it, from [`super::finding::digest`].
    pub findings_sha256: &'a [u8],
    /// The standard they were judged by.
    pub standard_id: &'a str,
    /// At which level.
    pub level: u8,
    /// Names the rules that judged them.
    pub judge: &'a str,
}

/// Records that a run was accepted. `run` carries its ending.
///
/// # Errors
/// When the store fails.
pub async fn ran(db: &mut Db, run: &Run, judged: &Judged<'_>, at: i64) -> Result<()> {
    let (seq, sha256) = finding_change::end(&mut *db, &run.host_id).await?;
    let detail = json!({
        "run_sha256": hex::encode(run.fingerprint()),
        "changes": seq,
        "changes_sha256": hex::encode(sha256),
        "findings_sha256": hex::encode(judged.findings_sha256),
        "standard": judged.standard_id,
        "level": judged.level,
        "judge": judged.judge,
    });
    append(db, Kind::Run, Some(&run.host_id), &run.id, &detail, at).await
}

/// Records where a host's history ends, after the collector judged by itself.
///
/// # Errors
/// When the store fails.
pub async fn changed(
    db: &mut Db,
    host_id: &str,
    (standard_id, level, judge): (&str, u8, &str),
    at: i64,
) -> Result<()> {
    let (seq, sha256) = finding_change::end(&mut *db, host_id).await?;
    let detail = json!({
        "changes": seq,
        "changes_sha256": hex::encode(sha256),
        "standard": standard_id,
        "level": level,
        "judge": judge,
    });
    append(db, Kind::Changes, Some(host_id), host_id, &detail, at).await
}

/// What the row of a certificate says.
pub fn of_certificate(public_key: &[u8], issued_at: i64, not_after: i64) -> Value {
    json!({
        "public_key": hex::encode(public_key),
        "issued_at": issued_at,
        "not_after": not_after,
    })
}

/// The rows behind `after`, in their order.
///
/// # Errors
/// When the store fails.
pub async fn page(db: &mut Db, after: i64) -> Result<Vec<Entry>> {
    Ok(
        sqlx::query_as("SELECT * FROM record WHERE seq > $1 ORDER BY seq LIMIT 1000")
            .bind(after)
            .fetch_all(db)
            .await?,
    )
}

/// The rows about a host, in their order.
///
/// # Errors
/// When the store fails.
pub async fn of_host(db: &mut Db, host_id: &str) -> Result<Vec<Entry>> {
    Ok(
        sqlx::query_as("SELECT * FROM record WHERE host_id = $1 ORDER BY seq")
            .bind(host_id)
            .fetch_all(db)
            .await?,
    )
}

/// Every host that the record speaks of.
///
/// # Errors
/// When the store fails.
pub async fn hosts(db: &mut Db) -> Result<Vec<String>> {
    Ok(
        sqlx::query_scalar("SELECT DISTINCT host_id FROM record WHERE host_id IS NOT NULL")
            .fetch_all(db)
            .await?,
    )
}

/// Begins the record of a store that an older version filled: what stands there is taken as it is, `now`.
pub(super) async fn begin(store: &Store, now: i64) -> Result<()> {
    const WANTED: &str =
        "SELECT NOT EXISTS (SELECT 1 FROM record) AND EXISTS (SELECT 1 FROM audit)";
    let mut db = store.read().await?;
    if super::number(&mut db, WANTED).await? == 0 {
        return Ok(());
    }
    drop(db);
    let mut tx = store.write().await?;
    if super::number(&mut tx, WANTED).await? == 0 {
        return Ok(()); // another process was first
    }
    let (seq, sha256): (i64, Vec<u8>) =
        sqlx::query_as("SELECT seq, sha256 FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_one(&mut *tx)
            .await?;
    let detail = json!({ "sha256": hex::encode(sha256) });
    append(&mut tx, Kind::Audit, None, &seq.to_string(), &detail, now).await?;
    let hosts: Vec<String> = sqlx::query_scalar("SELECT id FROM host ORDER BY id")
        .fetch_all(&mut *tx)
        .await?;
    for host in hosts {
        begin_host(&mut tx, &host, now).await?;
    }
    Ok(tx.commit().await?)
}

async fn begin_host(db: &mut Db, host_id: &str, at: i64) -> Result<()> {
    let all: Vec<(String, Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT serial, public_key, issued_at, not_after FROM certificate WHERE host_id = $1 \
         ORDER BY issued_at",
    )
    .bind(host_id)
    .fetch_all(&mut *db)
    .await?;
    for (serial, key, issued_at, not_after) in &all {
        let detail = of_certificate(key, *issued_at, *not_after);
        append(
            &mut *db,
            Kind::Certificate,
            Some(host_id),
            serial,
            &detail,
            at,
        )
        .await?;
    }
    for run in run::finished(&mut *db, host_id).await? {
        let detail = json!({ "run_sha256": hex::encode(run.fingerprint()), "before": true });
        append(&mut *db, Kind::Run, Some(host_id), &run.id, &detail, at).await?;
    }
    let (seq, sha256) = finding_change::end(&mut *db, host_id).await?;
    let detail = json!({ "changes": seq, "changes_sha256": hex::encode(sha256) });
    append(db, Kind::Changes, Some(host_id), host_id, &detail, at).await
}

fn hash(entry: &Entry) -> [u8; 32] {
    link(
        DOMAIN,
        &entry.prev_sha256,
        &[
            &entry.seq.to_be_bytes(),
            &entry.at.to_be_bytes(),
            entry.kind.code().as_bytes(),
            entry.host_id.as_deref().unwrap_or_default().as_bytes(),
            entry.subject.as_bytes(),
            entry.detail.as_bytes(),
        ],
    )
}
