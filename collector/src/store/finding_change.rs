//! The history of findings: append-only, each row chained to the host's row before it.

use serde::Serialize;

use super::{
    Db, Result, Scope,
    chain::{Flaw, Ring, START, Walk, link},
    finding::Finding,
};

const DOMAIN: &str = "capdo.finding-change.v1";

/// What happened to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there before.
    Appeared,
    /// Its evidence changed.
    Changed,
    /// Its evidence stayed, the conclusion changed: time, level or catalogue.
    Judged,
    /// Its subject is gone.
    Gone,
}

impl ChangeKind {
    const fn code(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Changed => "changed",
            Self::Judged => "judged",
            Self::Gone => "gone",
        }
    }
}

/// A stored change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Change {
    /// The host.
    pub host_id: String,
    /// Its place in the host's history, from 1.
    pub seq: i64,
    /// When it was stored.
    pub at: i64,
    /// The run that brought it; empty when the collector judged anew by itself.
    pub run_id: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The check.
    pub check_id: String,
    /// The kind of subject.
    pub subject_kind: i32,
    /// The subject.
    pub subject_name: String,
    /// Names the evidence.
    #[serde(skip)]
    pub observation_sha256: Option<Vec<u8>>,
    /// The conclusion after the change.
    pub verdict: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When the evidence was confirmed that was judged.
    pub confirmed_at: i64,
    /// The hash of the change before.
    #[serde(skip)]
    pub prev_sha256: Vec<u8>,
    /// The hash of this change.
    #[serde(skip)]
    pub sha256: Vec<u8>,
}

/// The end of a host's chain, to which changes are appended.
#[derive(Debug)]
pub struct Tail<'a> {
    host_id: &'a str,
    run_id: &'a str,
    at: i64,
    seq: i64,
    prev: Vec<u8>,
}

impl<'a> Tail<'a> {
    /// Finds the end of a host's chain.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(db: &mut Db, host_id: &'a str, run_id: &'a str, at: i64) -> Result<Self> {
        let (seq, prev) = end(db, host_id).await?;
        Ok(Self {
            host_id,
            run_id,
            at,
            seq,
            prev,
        })
    }

    /// Appends what happened to `finding`: its values after the change, or the last ones it had.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn append(&mut self, db: &mut Db, kind: ChangeKind, finding: &Finding) -> Result<()> {
        let gone = kind == ChangeKind::Gone;
        let mut change = Change {
            host_id: self.host_id.to_owned(),
            seq: self.seq + 1,
            at: self.at,
            run_id: self.run_id.to_owned(),
            kind,
            check_id: finding.check_id.clone(),
            subject_kind: finding.subject_kind,
            subject_name: finding.subject_name.clone(),
            observation_sha256: (!gone).then(|| finding.observation_sha256.clone()),
            verdict: (!gone).then(|| finding.verdict.clone()),
            reason: (!gone).then(|| finding.reason.clone()),
            confirmed_at: finding.confirmed_at,
            prev_sha256: std::mem::take(&mut self.prev),
            sha256: Vec::new(),
        };
        change.sha256 = hash(&change).to_vec();
        insert(db, &change).await?;
        self.seq = change.seq;
        self.prev = change.sha256;
        Ok(())
    }
}

async fn insert(db: &mut Db, change: &Change) -> Result<()> {
    sqlx::query(
        "INSERT INTO finding_change (host_id, seq, at, run_id, kind, check_id, subject_kind, \
         subject_name, observation_sha256, verdict, reason, confirmed_at, prev_sha256, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&change.host_id)
    .bind(change.seq)
    .bind(change.at)
    .bind(&change.run_id)
    .bind(change.kind)
    .bind(&change.check_id)
    .bind(change.subject_kind)
    .bind(&change.subject_name)
    .bind(&change.observation_sha256)
    .bind(&change.verdict)
    .bind(&change.reason)
    .bind(change.confirmed_at)
    .bind(&change.prev_sha256)
    .bind(&change.sha256)
    .execute(db)
    .await?;
    Ok(())
}

/// The changes of a host before `before`, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(
    db: &mut Db,
    scope: &Scope,
    host_id: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Change>> {
    Ok(sqlx::query_as(
        "SELECT finding_change.* FROM finding_change \
         JOIN host ON host.id = finding_change.host_id JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND finding_change.host_id = $2 \
         AND ($3 IS NULL OR seq < $3) ORDER BY seq DESC LIMIT $4",
    )
    .bind(scope.agency())
    .bind(host_id)
    .bind(before)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// The place and the hash of a host's last change; 0 and the hash before the first where it has none.
///
/// # Errors
/// When the store fails.
pub async fn end(db: &mut Db, host_id: &str) -> Result<(i64, Vec<u8>)> {
    let last = sqlx::query_as(
        "SELECT seq, sha256 FROM finding_change WHERE host_id = $1 ORDER BY seq DESC LIMIT 1",
    )
    .bind(host_id)
    .fetch_optional(db)
    .await?;
    Ok(last.unwrap_or((0, START.to_vec())))
}

/// The changes of a host behind `after`, in their order.
///
/// # Errors
/// When the store fails.
pub async fn page(db: &mut Db, host_id: &str, after: i64) -> Result<Vec<Change>> {
    Ok(sqlx::query_as(
        "SELECT * FROM finding_change WHERE host_id = $1 AND seq > $2 ORDER BY seq LIMIT 1000",
    )
    .bind(host_id)
    .bind(after)
    .fetch_all(db)
    .await?)
}

/// The first place at which a host's chain does not hold; `None` when it holds throughout.
///
/// # Errors
/// When the store fails.
pub async fn verify(db: &mut Db, host_id: &str) -> Result<Option<i64>> {
    let mut walk = Walk::default();
    loop {
        let page = page(&mut *db, host_id, walk.seq).await?;
        if page.is_empty() {
            return Ok(None);
        }
        for change in page {
            let place = walk.seq + 1;
            if change.follows(&mut walk).is_some() {
                return Ok(Some(place));
            }
        }
    }
}

impl Change {
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

fn hash(change: &Change) -> [u8; 32] {
    let text = |t: &Option<String>| t.clone().unwrap_or_default().into_bytes();
    link(
        DOMAIN,
        &change.prev_sha256,
        &[
            change.host_id.as_bytes(),
            &change.seq.to_be_bytes(),
            &change.at.to_be_bytes(),
            change.run_id.as_bytes(),
            change.kind.code().as_bytes(),
            change.check_id.as_bytes(),
            &change.subject_kind.to_be_bytes(),
            change.subject_name.as_bytes(),
            change.observation_sha256.as_deref().unwrap_or_default(),
            &text(&change.verdict),
            &text(&change.reason),
            &change.confirmed_at.to_be_bytes(),
        ],
    )
}
