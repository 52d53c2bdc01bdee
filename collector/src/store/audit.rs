//! The audit log: who did what, append-only, each row chained to the one before.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::json;

use super::{
    Db, Result, Scope, Store,
    chain::{Flaw, Ring, START, Walk, link},
    record,
    standing::{self, Thing},
};

const DOMAIN: &str = "capdo.audit.v1";
/// For how long a read that was noted is not noted again, in milliseconds.
pub const READ_AGAIN_MS: i64 = 15 * 60 * 1000;
/// Among how many of the latest entries one of the same read is looked for.
const LATEST: i64 = 2000;

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

/// Appends what happened. To be called in the transaction that makes it happen, after it: an act on an
/// agency, a system or a host also says how that stands now.
///
/// # Errors
/// When the store fails.
pub async fn append(db: &mut Db, event: &Event<'_>, at: i64) -> Result<()> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, sha256 FROM audit ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *db)
            .await?;
    let (seq, prev) = last.map_or((1, START.to_vec()), |(seq, hash)| (seq + 1, hash));
    let mut detail = event.detail.clone();
    if let (Some(thing), Some(more)) = (Thing::of_act(event.action), detail.as_object_mut())
        && let Some(how) = standing::of(&mut *db, thing, event.target).await?
    {
        more.insert("stands".to_owned(), how);
    }
    let entry = Entry {
        seq,
        at,
        actor: event.actor.to_owned(),
        action: event.action.to_owned(),
        agency_id: event.agency_id.map(str::to_owned),
        target: event.target.to_owned(),
        detail: detail.to_string(),
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
    .bind(entry.computed().as_slice())
    .execute(&mut *db)
    .await?;
    let detail = json!({ "sha256": hex::encode(entry.computed()) });
    let place = entry.seq.to_string();
    record::append(db, record::Kind::Audit, None, &place, &detail, at).await
}

/// Appends a read, unless the same was noted lately.
///
/// # Errors
/// When the store fails.
pub async fn note_read(store: &Store, event: &Event<'_>, at: i64) -> Result<()> {
    if noted_lately(&mut *store.read().await?, event, at).await? {
        return Ok(());
    }
    let mut tx = store.write().await?;
    if !noted_lately(&mut tx, event, at).await? {
        append(&mut tx, event, at).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whether the same actor did the same to the same lately, so that it need not be noted again.
///
/// # Errors
/// When the store fails.
async fn noted_lately(db: &mut Db, event: &Event<'_>, at: i64) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM audit \
         WHERE seq > (SELECT coalesce(max(seq), 0) FROM audit) - $6 AND at > $5 \
         AND actor = $1 AND action = $2 AND target = $3 AND agency_id IS $4)",
    )
    .bind(event.actor)
    .bind(event.action)
    .bind(event.target)
    .bind(event.agency_id)
    .bind(at - READ_AGAIN_MS)
    .bind(LATEST)
    .fetch_one(db)
    .await?)
}

/// The addresses from which somebody signed in at or after `since`.
///
/// # Errors
/// When the store fails.
pub async fn signed_in_from(db: &mut Db, login: &str, since: i64) -> Result<Vec<IpAddr>> {
    let said: Vec<Option<String>> = sqlx::query_scalar(
        "SELECT DISTINCT detail ->> '$.from' FROM audit \
         WHERE action = 'user.sign-in' AND actor = $1 AND at >= $2",
    )
    .bind(login)
    .bind(since)
    .fetch_all(db)
    .await?;
    let addresses = said.into_iter().flatten();
    Ok(addresses.filter_map(|text| text.parse().ok()).collect())
}

/// Entries of the scope before `before`, newest first. Reads across all agencies concern each of them.
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
        "SELECT * FROM audit WHERE ($1 IS NULL OR agency_id = $1 \
         OR (agency_id IS NULL AND action = 'read.all')) AND ($2 IS NULL OR seq < $2) \
         ORDER BY seq DESC LIMIT $3",
    )
    .bind(scope.agency())
    .bind(before)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// The entries behind `after`, in their order; of an agency or of a time where that is asked for.
///
/// # Errors
/// When the store fails.
pub async fn page(db: &mut Db, asked: &Asked<'_>, after: i64) -> Result<Vec<Entry>> {
    Ok(sqlx::query_as(
        "SELECT * FROM audit WHERE seq > $1 AND at >= $2 AND at < $3 \
         AND ($4 IS NULL OR agency_id = $4 OR (agency_id IS NULL AND action = 'read.all')) \
         ORDER BY seq LIMIT 1000",
    )
    .bind(after)
    .bind(asked.from)
    .bind(asked.until)
    .bind(asked.scope.agency())
    .fetch_all(db)
    .await?)
}

/// Which entries are asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Whose.
    pub scope: &'a Scope,
    /// Not before this time.
    pub from: i64,
    /// Before this time.
    pub until: i64,
}

impl Asked<'static> {
    /// All of them.
    pub const ALL: Self = Self {
        scope: &Scope::All,
        from: i64::MIN,
        until: i64::MAX,
    };
}

/// The first place at which the chain does not hold; `None` when it holds throughout.
///
/// # Errors
/// When the store fails.
pub async fn verify(db: &mut Db) -> Result<Option<i64>> {
    let mut walk = Walk::default();
    loop {
        let page = page(&mut *db, &Asked::ALL, walk.seq).await?;
        if page.is_empty() {
            return Ok(None);
        }
        for entry in page {
            let place = walk.seq + 1;
            if entry.follows(&mut walk).is_some() {
                return Ok(Some(place));
            }
        }
    }
}

impl Entry {
    /// The hash that its content gives.
    pub fn computed(&self) -> [u8; 32] {
        let (seq, at) = (self.seq.to_be_bytes(), self.at.to_be_bytes());
        link(
            DOMAIN,
            &self.prev_sha256,
            &[
                &seq,
                &at,
                self.actor.as_bytes(),
                self.action.as_bytes(),
                self.agency_id.as_deref().unwrap_or_default().as_bytes(),
                self.target.as_bytes(),
                self.detail.as_bytes(),
            ],
        )
    }

    /// Whether it gives its own hash.
    pub fn holds(&self) -> bool {
        self.computed()[..] == self.sha256[..]
    }

    /// Whether it breaks the chain that `walk` has gone along.
    pub fn follows(&self, walk: &mut Walk) -> Option<Flaw> {
        walk.step(&Ring {
            seq: self.seq,
            prev: &self.prev_sha256,
            sha256: &self.sha256,
            computed: self.computed(),
        })
    }
}
