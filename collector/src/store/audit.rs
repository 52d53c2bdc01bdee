//! The audit log: who did what, append-only, each row chained to the one before.

use serde::Serialize;

use super::{
    Db, Result, Scope,
    chain::{START, link},
};

const DOMAIN: &str = "capdo.audit.v1";

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Entry {
    /// Its place, from 1.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// Who: a login, `host:<id>`, `cli:<user>`, or `collector`.
    pub actor: String,
    /// What, such as `token.add`.
    pub action: String,
    /// The agency that it concerns.
    pub agency_id: Option<String>,
    /// On what: an id.
    pub target: String,
    /// More, as JSON. Never a secret.
    pub detail: String,
    /// The hash of the entry before.
    #[serde(skip)]
    pub prev_sha256: Vec<u8>,
    /// The hash of this entry.
    #[serde(skip)]
    pub sha256: Vec<u8>,
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Who: a login, `host:<id>`, `cli:<user>`, or `collector`.
    pub actor: &'a str,
    /// What, such as `token.add`.
    pub action: &'static str,
    /// The agency that it concerns.
    pub agency_id: Option<&'a str>,
    /// On what: an id.
    pub target: &'a str,
    /// More. Never a secret.
    pub detail: serde_json::Value,
}

/// Appends what happened. To be called in the transaction that makes it happen.
///
/// # Errors
/// When the store fails.
pub async fn append(db: &mut Db, event: &Event<'_>, at: i64) -> Result<()> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, sha256 FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *db)
            .await?;
    let (seq, prev) = last.map_or((1, START.to_vec()), |(seq, hash)| (seq + 1, hash));
    let entry = Entry {
        seq,
        at,
        actor: event.actor.to_owned(),
        action: event.action.to_owned(),
        agency_id: event.agency_id.map(str::to_owned),
        target: event.target.to_owned(),
        detail: event.detail.to_string(),
        prev_sha256: prev,
        sha256: Vec::new(),
    };
    sqlx::query(
        "INSERT INTO audit (seq, at, actor, action, agency_id, target, detail, prev_sha256, \
         sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(entry.seq)
    .bind(entry.at)
    .bind(&entry.actor)
    .bind(&entry.action)
    .bind(&entry.agency_id)
    .bind(&entry.target)
    .bind(&entry.detail)
    .bind(&entry.prev_sha256)
    .bind(hash(&entry).as_slice())
    .execute(db)
    .await?;
    Ok(())
}

/// Entries of the scope before `before`, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(
    db: &mut Db,
    scope: &Scope,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Entry>> {
    Ok(sqlx::query_as(
        "SELECT * FROM audit WHERE ($1 IS NULL OR agency_id = $1) AND ($2 IS NULL OR seq < $2) \
         ORDER BY seq DESC LIMIT $3",
    )
    .bind(scope.agency())
    .bind(before)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// The first place at which the chain does not hold; `None` when it holds throughout.
///
/// # Errors
/// When the store fails.
pub async fn verify(db: &mut Db) -> Result<Option<i64>> {
    let (mut prev, mut seq) = (START.to_vec(), 0);
    loop {
        let page: Vec<Entry> =
            sqlx::query_as("SELECT * FROM audit WHERE seq > $1 ORDER BY seq LIMIT 1000")
                .bind(seq)
                .fetch_all(&mut *db)
                .await?;
        if page.is_empty() {
            return Ok(None);
        }
        for entry in page {
            seq += 1;
            let holds = entry.seq == seq
                && entry.prev_sha256 == prev
                && entry.sha256.as_slice() == hash(&entry).as_slice();
            if !holds {
                return Ok(Some(seq));
            }
            prev = entry.sha256;
        }
    }
}

fn hash(entry: &Entry) -> [u8; 32] {
    let (seq, at) = (entry.seq.to_be_bytes(), entry.at.to_be_bytes());
    link(
        DOMAIN,
        &entry.prev_sha256,
        &[
            &seq,
            &at,
            entry.actor.as_bytes(),
            entry.action.as_bytes(),
            entry.agency_id.as_deref().unwrap_or_default().as_bytes(),
            entry.target.as_bytes(),
            entry.detail.as_bytes(),
        ],
    )
}
