//! Batches that are durable, and their findings until the run verifies.

use super::{Db, Result};

/// A batch that is durable.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Batch {
    /// The run.
    pub run_id: String,
    /// Its place in the run.
    pub sequence: u32,
    /// Whether it is part of a whole state.
    pub resync: bool,
    /// SHA-256 of the batch as it was sent.
    pub sha256: Vec<u8>,
    /// How many findings it holds.
    pub findings: u32,
    /// How many bytes their observations have.
    pub bytes: i64,
}

/// A finding that waits for its run to verify.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Staged {
    /// The check.
    pub check_id: String,
    /// The kind of subject, as the wire numbers it.
    pub subject_kind: i32,
    /// The subject.
    pub subject_name: String,
    /// The evidence; none when the subject is gone.
    pub observation_sha256: Option<Vec<u8>>,
    /// What the agent claimed, as a verdict's code.
    pub claimed_verdict: Option<String>,
    /// Whether the evidence does not support the claim.
    pub claim_mismatch: bool,
    /// When it was seen, by the agent's clock.
    pub observed_at: i64,
}

/// What a run has staged so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Totals {
    /// The highest sequence of a batch; none where there is no batch.
    pub last: Option<u32>,
    /// Findings.
    pub findings: i64,
    /// Bytes of observations.
    pub bytes: i64,
}

/// The batch of a run with this sequence.
///
/// # Errors
/// When the store fails.
pub async fn batch(db: &mut Db, run_id: &str, sequence: u32) -> Result<Option<Batch>> {
    Ok(
        sqlx::query_as("SELECT * FROM run_batch WHERE run_id = $1 AND sequence = $2")
            .bind(run_id)
            .bind(sequence)
            .fetch_optional(db)
            .await?,
    )
}

/// What a run has staged so far, resyncs included.
///
/// # Errors
/// When the store fails.
pub async fn totals(db: &mut Db, run_id: &str) -> Result<Totals> {
    Ok(sqlx::query_as(
        "SELECT max(sequence) AS last, coalesce(sum(findings), 0) AS findings, \
         coalesce(sum(bytes), 0) AS bytes FROM run_batch WHERE run_id = $1",
    )
    .bind(run_id)
    .fetch_one(db)
    .await?)
}

/// Whether a part of the whole state is staged.
///
/// # Errors
/// When the store fails.
pub async fn has_resync(db: &mut Db, run_id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM run_batch WHERE run_id = $1 AND resync)";
    Ok(sqlx::query_scalar(sql).bind(run_id).fetch_one(db).await?)
}

/// Stages a batch.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, batch: &Batch, findings: &[Staged]) -> Result<()> {
    sqlx::query(
        "INSERT INTO run_batch (run_id, sequence, resync, sha256, findings, bytes) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&batch.run_id)
    .bind(batch.sequence)
    .bind(batch.resync)
    .bind(&batch.sha256)
    .bind(batch.findings)
    .bind(batch.bytes)
    .execute(&mut *db)
    .await?;
    for staged in findings {
        sqlx::query(
            "INSERT INTO staged_finding (run_id, sequence, check_id, subject_kind, subject_name, \
             observation_sha256, claimed_verdict, claim_mismatch, observed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&batch.run_id)
        .bind(batch.sequence)
        .bind(&staged.check_id)
        .bind(staged.subject_kind)
        .bind(&staged.subject_name)
        .bind(&staged.observation_sha256)
        .bind(&staged.claimed_verdict)
        .bind(staged.claim_mismatch)
        .bind(staged.observed_at)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// The staged findings of a run in the order they were sent: those of its resync, or the others.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, run_id: &str, resync: bool) -> Result<Vec<Staged>> {
    Ok(sqlx::query_as(
        "SELECT staged_finding.* FROM staged_finding \
         JOIN run_batch ON run_batch.run_id = staged_finding.run_id \
         AND run_batch.sequence = staged_finding.sequence \
         WHERE staged_finding.run_id = $1 AND run_batch.resync = $2 \
         ORDER BY staged_finding.sequence",
    )
    .bind(run_id)
    .bind(resync)
    .fetch_all(db)
    .await?)
}

/// Drops what a run has staged, its batches with it.
///
/// # Errors
/// When the store fails.
pub async fn drop_all(db: &mut Db, run_id: &str) -> Result<()> {
    clear(&mut *db, run_id).await?;
    sqlx::query("DELETE FROM run_batch WHERE run_id = $1")
        .bind(run_id)
        .execute(db)
        .await?;
    Ok(())
}

/// Drops the staged findings of a run. The list of its batches stays, to know them again.
///
/// # Errors
/// When the store fails.
pub async fn clear(db: &mut Db, run_id: &str) -> Result<()> {
    sqlx::query("DELETE FROM staged_finding WHERE run_id = $1")
        .bind(run_id)
        .execute(db)
        .await?;
    Ok(())
}
