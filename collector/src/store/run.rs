//! Runs: passes of an agent over its checks.

use serde::Serialize;

use super::{Db, Result, Scope, chain::link};

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum RunState {
    /// Batches are coming in.
    Open,
    /// Its digest did not match; the whole state was asked for.
    Resync,
    /// Accepted; its findings hold.
    Finished,
    /// Not accepted; nothing of it holds.
    Refused,
    /// A later run began before it finished.
    Abandoned,
}

/// A stored run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Run {
    /// Its id, chosen by the agent.
    pub id: String,
    /// The host.
    pub host_id: String,
    /// Its counter.
    pub counter: i64,
    /// The assignment it was made under.
    pub revision: i64,
    /// The nonce of that.
    #[serde(skip)]
    pub nonce: Vec<u8>,
    /// Names the catalogue in the agent.
    #[serde(skip)]
    pub catalogue_sha256: Vec<u8>,
    /// The ids of the checks that it made, as a JSON array; an empty one where it names a list.
    #[serde(skip)]
    pub checks: String,
    /// The digest of the list of checks that it made, which [`super::check_list`] holds, where it names
    /// one. Covered by its signature.
    #[serde(skip)]
    pub checks_sha256: Option<Vec<u8>>,
    /// How far it has come.
    pub state: RunState,
    /// When it was announced here.
    pub received_at: i64,
    /// When it began, by the agent's clock.
    pub started_at: i64,
    /// When it ended, by the agent's clock.
    pub finished_at: Option<i64>,
    /// The digest over the host's state after it, as signed.
    #[serde(skip)]
    pub state_sha256: Option<Vec<u8>>,
    /// How many findings that state holds.
    pub state_findings: Option<i64>,
    /// How many were observed again and found equal.
    pub unchanged: Option<i64>,
    /// Processor time, in milliseconds.
    pub cpu_ms: Option<i64>,
    /// Peak memory, in KiB.
    pub peak_rss_kib: Option<i64>,
    /// The most processor time that it might take, in milliseconds, where the agent says.
    pub cpu_limit_ms: Option<i64>,
    /// The most memory that it might take, in KiB, where the agent says.
    pub rss_limit_kib: Option<i64>,
    /// How many checks it left out or cut because it had nothing more to spend.
    pub over_budget: Option<i64>,
    /// How many runs before it never come, where it says so.
    pub missing_runs: Option<i64>,
    /// When the first of those ended, by the agent's clock.
    pub missing_first_at: Option<i64>,
    /// When the last of those ended.
    pub missing_last_at: Option<i64>,
    /// The agent's signature.
    #[serde(skip)]
    pub signature: Option<Vec<u8>>,
    /// Why it was refused, as a machine code.
    pub refused_why: Option<String>,
}

impl Run {
    /// A hash over everything that is stored of the run. A run that is finished never changes.
    pub fn fingerprint(&self) -> [u8; 32] {
        let number = |n: Option<i64>| n.map(i64::to_be_bytes);
        let bytes = |b: &Option<[u8; 8]>| b.as_ref().map_or(Vec::new(), |b| b.to_vec());
        let (ended, findings) = (number(self.finished_at), number(self.state_findings));
        let (cpu, rss) = (number(self.cpu_ms), number(self.peak_rss_kib));
        let (received, started) = (
            self.received_at.to_be_bytes(),
            self.started_at.to_be_bytes(),
        );
        let (counter, revision) = (self.counter.to_be_bytes(), self.revision.to_be_bytes());
        let (ended, findings) = (bytes(&ended), bytes(&findings));
        let (unchanged, cpu, rss) = (bytes(&number(self.unchanged)), bytes(&cpu), bytes(&rss));
        let mut fields: Vec<&[u8]> = vec![
            self.id.as_bytes(),
            self.host_id.as_bytes(),
            &counter,
            &revision,
            &self.nonce,
            &self.catalogue_sha256,
            self.checks.as_bytes(),
            &received,
            &started,
            &ended,
            self.state_sha256.as_deref().unwrap_or_default(),
            &findings,
            &unchanged,
            &cpu,
            &rss,
            self.signature.as_deref().unwrap_or_default(),
        ];
        let Some(checks_sha256) = &self.checks_sha256 else {
            return link("capdo.run.v1", &[], &fields);
        };
        fields.push(checks_sha256);
        link("capdo.run.v2", &[], &fields)
    }
}

/// The last run of a host that was accepted.
///
/// # Errors
/// When the store fails.
pub async fn last_finished(db: &mut Db, host_id: &str) -> Result<Option<Run>> {
    Ok(sqlx::query_as(
        "SELECT * FROM run WHERE host_id = $1 AND state = 'finished' ORDER BY counter DESC LIMIT 1",
    )
    .bind(host_id)
    .fetch_optional(db)
    .await?)
}

/// The runs of a host that were accepted, by their counters. For the collector's own use.
///
/// # Errors
/// When the store fails.
pub async fn finished(db: &mut Db, host_id: &str) -> Result<Vec<Run>> {
    Ok(sqlx::query_as(
        "SELECT * FROM run WHERE host_id = $1 AND state = 'finished' ORDER BY counter, id",
    )
    .bind(host_id)
    .fetch_all(db)
    .await?)
}

/// Enters a run that begins.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, run: &Run) -> Result<()> {
    sqlx::query(
        "INSERT INTO run (id, host_id, counter, revision, nonce, catalogue_sha256, checks, state, \
         received_at, started_at, missing_runs, missing_first_at, missing_last_at, checks_sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12, $13)",
    )
    .bind(&run.id)
    .bind(&run.host_id)
    .bind(run.counter)
    .bind(run.revision)
    .bind(&run.nonce)
    .bind(&run.catalogue_sha256)
    .bind(&run.checks)
    .bind(run.received_at)
    .bind(run.started_at)
    .bind(run.missing_runs)
    .bind(run.missing_first_at)
    .bind(run.missing_last_at)
    .bind(&run.checks_sha256)
    .execute(db)
    .await?;
    Ok(())
}

/// The run of that host with this id.
///
/// # Errors
/// When the store fails.
pub async fn of_host(db: &mut Db, host_id: &str, id: &str) -> Result<Option<Run>> {
    Ok(
        sqlx::query_as("SELECT * FROM run WHERE id = $2 AND host_id = $1")
            .bind(host_id)
            .bind(id)
            .fetch_optional(db)
            .await?,
    )
}

/// Whether any host has a run with this id.
///
/// # Errors
/// When the store fails.
pub async fn exists(db: &mut Db, id: &str) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM run WHERE id = $1)")
            .bind(id)
            .fetch_one(db)
            .await?,
    )
}

/// Abandons the runs of a host that are open; returns their ids, whose staged findings can go.
///
/// # Errors
/// When the store fails.
pub async fn abandon(db: &mut Db, host_id: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "UPDATE run SET state = 'abandoned' WHERE host_id = $1 AND state IN ('open', 'resync') \
         RETURNING id",
    )
    .bind(host_id)
    .fetch_all(db)
    .await?)
}

/// What the end of a run said, whatever comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// When, by the agent's clock.
    pub finished_at: i64,
    /// The signed digest.
    pub state_sha256: &'a [u8],
    /// The size of the state.
    pub state_findings: u32,
    /// How much of it was observed again and found equal.
    pub unchanged: u32,
    /// Processor time.
    pub cpu_ms: i64,
    /// Peak memory.
    pub peak_rss_kib: i64,
    /// The most processor time, where the agent says.
    pub cpu_limit_ms: Option<i64>,
    /// The most memory, where the agent says.
    pub rss_limit_kib: Option<i64>,
    /// Checks left out or cut.
    pub over_budget: u32,
    /// The signature.
    pub signature: &'a [u8],
}

/// A limit as an agent states it; older agents state none.
pub fn stated(limit: u64) -> Option<i64> {
    i64::try_from(limit).ok().filter(|l| *l > 0)
}

/// Notes what the end of a run said.
///
/// # Errors
/// When the store fails.
pub async fn set_ending(db: &mut Db, id: &str, ending: &Ending<'_>) -> Result<()> {
    sqlx::query(
        "UPDATE run SET finished_at = $2, state_sha256 = $3, state_findings = $4, unchanged = $5, \
         cpu_ms = $6, peak_rss_kib = $7, signature = $8, cpu_limit_ms = $9, rss_limit_kib = $10, \
         over_budget = $11 WHERE id = $1",
    )
    .bind(id)
    .bind(ending.finished_at)
    .bind(ending.state_sha256)
    .bind(ending.state_findings)
    .bind(ending.unchanged)
    .bind(ending.cpu_ms)
    .bind(ending.peak_rss_kib)
    .bind(ending.signature)
    .bind(ending.cpu_limit_ms)
    .bind(ending.rss_limit_kib)
    .bind(ending.over_budget)
    .execute(db)
    .await?;
    Ok(())
}

/// Sets how far a run has come, and why where it was refused.
///
/// # Errors
/// When the store fails.
pub async fn set_state(db: &mut Db, id: &str, state: RunState, why: Option<&str>) -> Result<()> {
    sqlx::query("UPDATE run SET state = $2, refused_why = $3 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(why)
        .execute(db)
        .await?;
    Ok(())
}

/// Opens a run again, which its agent announces anew, with these checks.
///
/// # Errors
/// When the store fails.
pub async fn reopen(
    db: &mut Db,
    id: &str,
    (checks, checks_sha256): (&str, Option<&[u8]>),
    now: i64,
) -> Result<()> {
    let sql = "UPDATE run SET state = 'open', received_at = $2, checks = $3, checks_sha256 = $4 \
               WHERE id = $1";
    sqlx::query(sql)
        .bind(id)
        .bind(now)
        .bind(checks)
        .bind(checks_sha256)
        .execute(db)
        .await?;
    Ok(())
}

/// The latest runs of a host.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope, host_id: &str, limit: u32) -> Result<Vec<Run>> {
    Ok(sqlx::query_as(
        "SELECT run.* FROM run JOIN host ON host.id = run.host_id \
         JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.id = $2 \
         ORDER BY run.counter DESC LIMIT $3",
    )
    .bind(scope.agency())
    .bind(host_id)
    .bind(limit)
    .fetch_all(db)
    .await?)
}
