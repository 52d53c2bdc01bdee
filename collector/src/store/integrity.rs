//! What speaks against a host's honesty, or that of its surroundings.

use serde::Serialize;

use super::{Db, Result, Scope};

/// What was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum IntegrityKind {
    /// The agent claimed a verdict that its evidence does not support.
    ClaimMismatch,
    /// A run's counter did not go up.
    CounterReplayed,
    /// A run's counter lies further ahead than the agent accounts for: runs were kept back or deleted.
    CounterSkipped,
    /// The agent's own counter lies behind ours: a disk was restored or copied.
    CounterWentBack,
    /// The state that was sent does not give the digest that was signed, even sent as a whole.
    DigestMismatch,
    /// The machine id is not the one of enrolment: the identity was copied.
    MachineChanged,
    /// It broke the rules of the protocol; the subject says how.
    Misbehaved,
    /// A run echoed a nonce that this host was not given.
    NonceMismatch,
    /// An observation is about something else than its envelope says, or cannot be read.
    ObservationRefused,
    /// What an endpoint shows from outside is not what the host claims of itself.
    OutsideContradiction,
    /// Runs were never brought: a file from a one-way site goes on behind a gap.
    RunsMissing,
    /// A run's signature does not verify.
    SignatureInvalid,
    /// Two streams of one identity at the same time.
    TwoStreams,
}

/// A stored event: one row per host, kind and subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct IntegrityEvent {
    /// The host.
    pub host_id: String,
    /// What was noticed.
    pub kind: IntegrityKind,
    /// On what: a check id, or nothing.
    pub subject: String,
    /// The latest detail.
    pub detail: String,
    /// How often.
    pub count: i64,
    /// When first.
    pub first_at: i64,
    /// When last.
    pub last_at: i64,
}

/// Notes an event, or counts it once more.
///
/// # Errors
/// When the store fails.
pub async fn note(
    db: &mut Db,
    host_id: &str,
    kind: IntegrityKind,
    subject: &str,
    detail: &str,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO integrity_event (host_id, kind, subject, detail, count, first_at, last_at) \
         VALUES ($1, $2, $3, $4, 1, $5, $5) ON CONFLICT (host_id, kind, subject) DO UPDATE \
         SET detail = excluded.detail, count = count + 1, last_at = excluded.last_at",
    )
    .bind(host_id)
    .bind(kind)
    .bind(subject)
    .bind(detail)
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
}

/// The events of the scope, latest first; of one host where `host_id` is given.
///
/// # Errors
/// When the store fails.
pub async fn list(
    db: &mut Db,
    scope: &Scope,
    host_id: Option<&str>,
) -> Result<Vec<IntegrityEvent>> {
    Ok(sqlx::query_as(
        "SELECT integrity_event.* FROM integrity_event \
         JOIN host ON host.id = integrity_event.host_id \
         JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND ($2 IS NULL OR host.id = $2) \
         ORDER BY last_at DESC LIMIT 1000",
    )
    .bind(scope.agency())
    .bind(host_id)
    .fetch_all(db)
    .await?)
}
