//! Findings: what holds now. A host's rows lie side by side.

use serde::Serialize;

use super::{Db, Result, Scope, chain::link};

/// A stored finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Finding {
    /// The host.
    pub host_id: String,
    /// The check.
    pub check_id: String,
    /// The kind of subject, as the wire numbers it.
    pub subject_kind: i32,
    /// The subject; empty for the host itself.
    pub subject_name: String,
    /// Names the evidence.
    #[serde(skip)]
    pub observation_sha256: Vec<u8>,
    /// What the collector concludes, as a verdict's code.
    pub verdict: String,
    /// Why: the JSON of a `capdo_checks::Reason`.
    pub reason: String,
    /// What the agent concluded. Never counts.
    pub claimed_verdict: String,
    /// Whether the evidence does not support what the agent concluded.
    pub claim_mismatch: bool,
    /// When the evidence was read, by the agent's clock.
    pub observed_at: i64,
    /// When it was last confirmed; never later than our own clock.
    pub confirmed_at: i64,
    /// Since when the verdict is what it is.
    pub since: i64,
}

/// A finding with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Held {
    /// The finding.
    #[sqlx(flatten)]
    pub finding: Finding,
    /// The bytes of its observation.
    pub bytes: Vec<u8>,
}

/// A hash over findings, which are to be given by key: check, kind and name of the subject.
pub fn digest<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> [u8; 32] {
    let mut sum = [0; 32];
    for f in findings {
        sum = link(
            "capdo.findings.v1",
            &sum,
            &[
                f.host_id.as_bytes(),
                f.check_id.as_bytes(),
                &f.subject_kind.to_be_bytes(),
                f.subject_name.as_bytes(),
                &f.observation_sha256,
                f.verdict.as_bytes(),
                f.reason.as_bytes(),
                f.claimed_verdict.as_bytes(),
                &[u8::from(f.claim_mismatch)],
                &f.observed_at.to_be_bytes(),
                &f.confirmed_at.to_be_bytes(),
                &f.since.to_be_bytes(),
            ],
        );
    }
    sum
}

/// The findings of a host with their evidence, by key.
///
/// # Errors
/// When the store fails.
pub async fn of_host(db: &mut Db, scope: &Scope, host_id: &str) -> Result<Vec<Held>> {
    Ok(sqlx::query_as(
        "SELECT finding.*, observation.bytes FROM finding \
         JOIN observation ON observation.sha256 = finding.observation_sha256 \
         JOIN host ON host.id = finding.host_id JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND finding.host_id = $2 \
         ORDER BY finding.check_id, finding.subject_kind, finding.subject_name",
    )
    .bind(scope.agency())
    .bind(host_id)
    .fetch_all(db)
    .await?)
}

/// A host's finding about itself by one check, with its evidence. For the collector's own use.
///
/// # Errors
/// When the store fails.
pub async fn one(db: &mut Db, host_id: &str, check_id: &str) -> Result<Option<Held>> {
    Ok(sqlx::query_as(
        "SELECT finding.*, observation.bytes FROM finding \
         JOIN observation ON observation.sha256 = finding.observation_sha256 \
         WHERE finding.host_id = $1 AND finding.check_id = $2 AND finding.subject_name = ''",
    )
    .bind(host_id)
    .bind(check_id)
    .fetch_optional(db)
    .await?)
}

/// A host's findings by one check, with their evidence. For the collector's own use.
///
/// # Errors
/// When the store fails.
pub async fn of_host_check(db: &mut Db, host_id: &str, check_id: &str) -> Result<Vec<Held>> {
    Ok(sqlx::query_as(
        "SELECT finding.*, observation.bytes FROM finding \
         JOIN observation ON observation.sha256 = finding.observation_sha256 \
         WHERE finding.host_id = $1 AND finding.check_id = $2 \
         ORDER BY finding.subject_kind, finding.subject_name",
    )
    .bind(host_id)
    .bind(check_id)
    .fetch_all(db)
    .await?)
}

/// The findings of every host of the scope that a check made, for one page across hosts.
///
/// # Errors
/// When the store fails.
pub async fn of_check(
    db: &mut Db,
    scope: &Scope,
    check_id: &str,
    verdict: Option<&str>,
) -> Result<Vec<Finding>> {
    Ok(sqlx::query_as(
        "SELECT finding.* FROM finding JOIN host ON host.id = finding.host_id \
         JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND finding.check_id = $2 \
         AND ($3 IS NULL OR finding.verdict = $3) AND host.state <> 'retired' \
         ORDER BY finding.host_id, finding.subject_name LIMIT 10000",
    )
    .bind(scope.agency())
    .bind(check_id)
    .bind(verdict)
    .fetch_all(db)
    .await?)
}

/// How often a host's findings have each verdict.
///
/// # Errors
/// When the store fails.
pub async fn count(db: &mut Db, scope: &Scope, host_id: &str) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(
        "SELECT finding.verdict, count(*) FROM finding JOIN host ON host.id = finding.host_id \
         JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND finding.host_id = $2 \
         GROUP BY finding.verdict",
    )
    .bind(scope.agency())
    .bind(host_id)
    .fetch_all(db)
    .await?)
}

/// Writes a finding, in the place of the one with the same key.
///
/// # Errors
/// When the store fails.
pub async fn put(db: &mut Db, finding: &Finding) -> Result<()> {
    sqlx::query(
        "INSERT INTO finding (host_id, check_id, subject_kind, subject_name, observation_sha256, \
         verdict, reason, claimed_verdict, claim_mismatch, observed_at, confirmed_at, since) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (host_id, check_id, subject_kind, subject_name) DO UPDATE SET \
         observation_sha256 = excluded.observation_sha256, verdict = excluded.verdict, \
         reason = excluded.reason, claimed_verdict = excluded.claimed_verdict, \
         claim_mismatch = excluded.claim_mismatch, observed_at = excluded.observed_at, \
         confirmed_at = excluded.confirmed_at, since = excluded.since",
    )
    .bind(&finding.host_id)
    .bind(&finding.check_id)
    .bind(finding.subject_kind)
    .bind(&finding.subject_name)
    .bind(&finding.observation_sha256)
    .bind(&finding.verdict)
    .bind(&finding.reason)
    .bind(&finding.claimed_verdict)
    .bind(finding.claim_mismatch)
    .bind(finding.observed_at)
    .bind(finding.confirmed_at)
    .bind(finding.since)
    .execute(db)
    .await?;
    Ok(())
}

/// Removes the finding of a subject that is gone.
///
/// # Errors
/// When the store fails.
pub async fn remove(db: &mut Db, finding: &Finding) -> Result<()> {
    sqlx::query(
        "DELETE FROM finding WHERE host_id = $1 AND check_id = $2 AND subject_kind = $3 \
         AND subject_name = $4",
    )
    .bind(&finding.host_id)
    .bind(&finding.check_id)
    .bind(finding.subject_kind)
    .bind(&finding.subject_name)
    .execute(db)
    .await?;
    Ok(())
}
