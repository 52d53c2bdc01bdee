//! The log of probes: what was sent where and under whose permission, written before it leaves and
//! again after; append-only, each row chained to the one before.

use serde::Serialize;
use serde_json::json;

use super::{
    Db, Result, Scope,
    chain::{Flaw, Ring, START, Walk, link},
    record,
};

const DOMAIN: &str = "capdo.probe.v1";

/// What a row of the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum Step {
    /// About to be sent.
    Begun,
    /// What came of it.
    Ended,
    /// Not let out: nothing was sent.
    Refused,
}

impl Step {
    /// The name used in the store and in message ids.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Ended => "ended",
            Self::Refused => "refused",
        }
    }
}

/// A stored row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Line {
    /// Its place, from 1.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// What it says.
    pub step: Step,
    /// Names one look at one endpoint: its rows have the same.
    pub look_id: String,
    /// The endpoint.
    pub endpoint_id: String,
    /// Its agency.
    pub agency_id: String,
    /// Under which authorisation; none where it was not let out.
    pub authorisation_id: Option<String>,
    /// The endpoint as it was then: `name:port`.
    pub target: String,
    /// The address that is contacted; empty where none is.
    pub address: String,
    /// What is asked: a part such as `outside.tls`, or `resolve`.
    pub what: String,
    /// How many connections were opened; only in an `ended` row.
    pub connections: Option<i64>,
    /// What came of it: a short code.
    pub outcome: String,
    /// The hash of the row before.
    #[serde(skip)]
    pub prev_sha256: Vec<u8>,
    /// The hash of this row.
    #[serde(skip)]
    pub sha256: Vec<u8>,
}

/// What is appended.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What it says.
    pub step: Step,
    /// Names the look.
    pub look_id: &'a str,
    /// The endpoint.
    pub endpoint_id: &'a str,
    /// Its agency.
    pub agency_id: &'a str,
    /// Under which authorisation.
    pub authorisation_id: Option<&'a str>,
    /// The endpoint: `name:port`.
    pub target: &'a str,
    /// The address.
    pub address: &'a str,
    /// What is asked.
    pub what: &'a str,
    /// How many connections were opened.
    pub connections: Option<u32>,
    /// What came of it.
    pub outcome: &'a str,
}

/// Appends a row, and to the record that it stands.
///
/// # Errors
/// When the store fails.
pub async fn append(db: &mut Db, event: &Event<'_>, at: i64) -> Result<()> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, sha256 FROM probe ORDER BY seq DESC LIMIT 1")
            .fetch_optional(&mut *db)
            .await?;
    let (seq, prev) = last.map_or((1, START.to_vec()), |(seq, hash)| (seq + 1, hash));
    let line = Line {
        seq,
        at,
        step: event.step,
        look_id: event.look_id.to_owned(),
        endpoint_id: event.endpoint_id.to_owned(),
        agency_id: event.agency_id.to_owned(),
        authorisation_id: event.authorisation_id.map(str::to_owned),
        target: event.target.to_owned(),
        address: event.address.to_owned(),
        what: event.what.to_owned(),
        connections: event.connections.map(i64::from),
        outcome: event.outcome.to_owned(),
        prev_sha256: prev,
        sha256: Vec::new(),
    };
    sqlx::query(
        "INSERT INTO probe (seq, at, step, look_id, endpoint_id, agency_id, authorisation_id, \
         target, address, what, connections, outcome, prev_sha256, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(line.seq)
    .bind(line.at)
    .bind(line.step)
    .bind(&line.look_id)
    .bind(&line.endpoint_id)
    .bind(&line.agency_id)
    .bind(&line.authorisation_id)
    .bind(&line.target)
    .bind(&line.address)
    .bind(&line.what)
    .bind(line.connections)
    .bind(&line.outcome)
    .bind(&line.prev_sha256)
    .bind(hash(&line).as_slice())
    .execute(&mut *db)
    .await?;
    let detail = json!({ "sha256": hex::encode(hash(&line)) });
    let place = line.seq.to_string();
    record::append(db, record::Kind::Probe, None, &place, &detail, at).await
}

/// Rows of the scope, newest first; of one endpoint where `endpoint_id` is given.
///
/// # Errors
/// When the store fails.
pub async fn list(
    db: &mut Db,
    scope: &Scope,
    endpoint_id: Option<&str>,
    limit: u32,
) -> Result<Vec<Line>> {
    Ok(sqlx::query_as(
        "SELECT * FROM probe WHERE ($1 IS NULL OR agency_id = $1) \
         AND ($2 IS NULL OR endpoint_id = $2) ORDER BY seq DESC LIMIT $3",
    )
    .bind(scope.agency())
    .bind(endpoint_id)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// The rows behind `after`, in their order.
///
/// # Errors
/// When the store fails.
pub async fn page(db: &mut Db, after: i64) -> Result<Vec<Line>> {
    Ok(
        sqlx::query_as("SELECT * FROM probe WHERE seq > $1 ORDER BY seq LIMIT 1000")
            .bind(after)
            .fetch_all(db)
            .await?,
    )
}

/// The first place at which the log does not hold: its chain, or its end where the record says that it ends.
/// `None` when it holds throughout. `db` is to see one state throughout.
///
/// # Errors
/// When the store fails.
pub async fn verify(db: &mut Db) -> Result<Option<i64>> {
    let mut walk = Walk::default();
    loop {
        let page = page(&mut *db, walk.seq).await?;
        if page.is_empty() {
            break;
        }
        for line in page {
            let place = walk.seq + 1;
            if line.follows(&mut walk).is_some() {
                return Ok(Some(place));
            }
        }
    }
    let last = record::last_of_probes(db).await?;
    let last = last.and_then(|entry| entry.names_row());
    Ok(last.and_then(|(seq, sha256)| {
        if seq == walk.seq {
            (sha256 != hex::encode(&walk.sha256)).then_some(seq)
        } else {
            Some(seq.min(walk.seq) + 1)
        }
    }))
}

impl Line {
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

fn hash(line: &Line) -> [u8; 32] {
    let (seq, at) = (line.seq.to_be_bytes(), line.at.to_be_bytes());
    let connections = line.connections.map_or_else(String::new, |n| n.to_string());
    link(
        DOMAIN,
        &line.prev_sha256,
        &[
            &seq,
            &at,
            line.step.code().as_bytes(),
            line.look_id.as_bytes(),
            line.endpoint_id.as_bytes(),
            line.agency_id.as_bytes(),
            line.authorisation_id
                .as_deref()
                .unwrap_or_default()
                .as_bytes(),
            line.target.as_bytes(),
            line.address.as_bytes(),
            line.what.as_bytes(),
            connections.as_bytes(),
            line.outcome.as_bytes(),
        ],
    )
}
