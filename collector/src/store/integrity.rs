//! What speaks against a host's honesty, or that of its surroundings.

use serde::Serialize;
use serde_json::json;

use super::{Db, Result, Scope, one, record};

/// What was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, clap::ValueEnum, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum IntegrityKind {
    /// A check that was made before is not made any more, or yields nothing.
    CheckVanished,
    /// The agent claimed a verdict that its evidence does not support.
    ClaimMismatch,
    /// A run's counter lies further ahead than any host comes in its life: who sends it wants to use them up.
    CounterJumped,
    /// A run's counter did not go up.
    CounterReplayed,
    /// A run's counter lies further ahead than the agent accounts for: runs were kept back or deleted.
    CounterSkipped,
    /// The agent's own counter lies behind ours: a disk was restored or copied.
    CounterWentBack,
    /// The state that was sent does not give the digest that was signed, even sent as a whole.
    DigestMismatch,
    /// More events of the kind that the subject names came within a day than are kept apart; the count
    /// says how often.
    EventsNotKept,
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
    /// What the host sent cannot all be true.
    SelfContradiction,
    /// It sent more evidence than one host may, in one state or in one day.
    SentTooMuch,
    /// A run's signature does not verify.
    SignatureInvalid,
    /// Two streams of one identity at the same time.
    TwoStreams,
    /// The agent says that it runs a program that is not of a registered release.
    UnknownBinary,
    /// Something that was judged is now said not to apply.
    WasJudgedNowNotApplicable,
}

impl IntegrityKind {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::CheckVanished,
        Self::ClaimMismatch,
        Self::CounterJumped,
        Self::CounterReplayed,
        Self::CounterSkipped,
        Self::CounterWentBack,
        Self::DigestMismatch,
        Self::EventsNotKept,
        Self::MachineChanged,
        Self::Misbehaved,
        Self::NonceMismatch,
        Self::ObservationRefused,
        Self::OutsideContradiction,
        Self::RunsMissing,
        Self::SelfContradiction,
        Self::SentTooMuch,
        Self::SignatureInvalid,
        Self::TwoStreams,
        Self::UnknownBinary,
        Self::WasJudgedNowNotApplicable,
    ];

    /// The name used in the store and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CheckVanished => "check_vanished",
            Self::ClaimMismatch => "claim_mismatch",
            Self::CounterJumped => "counter_jumped",
            Self::CounterReplayed => "counter_replayed",
            Self::CounterSkipped => "counter_skipped",
            Self::CounterWentBack => "counter_went_back",
            Self::DigestMismatch => "digest_mismatch",
            Self::EventsNotKept => "events_not_kept",
            Self::MachineChanged => "machine_changed",
            Self::Misbehaved => "misbehaved",
            Self::NonceMismatch => "nonce_mismatch",
            Self::ObservationRefused => "observation_refused",
            Self::OutsideContradiction => "outside_contradiction",
            Self::RunsMissing => "runs_missing",
            Self::SelfContradiction => "self_contradiction",
            Self::SentTooMuch => "sent_too_much",
            Self::SignatureInvalid => "signature_invalid",
            Self::TwoStreams => "two_streams",
            Self::UnknownBinary => "unknown_binary",
            Self::WasJudgedNowNotApplicable => "was_judged_now_not_applicable",
        }
    }
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
    /// When an officer last acknowledged it.
    pub acknowledged_at: Option<i64>,
    /// Who that was.
    pub acknowledged_by: Option<String>,
    /// What was said of it.
    pub acknowledged_why: Option<String>,
}

impl IntegrityEvent {
    /// Whether it waits for somebody to look at it: never acknowledged, or seen again since.
    pub fn is_open(&self) -> bool {
        self.acknowledged_at.is_none_or(|at| self.last_at > at)
    }
}

/// How many new subjects of one kind are kept apart for a host within a day. Names come from hosts, and one
/// that makes them up must not fill the disk. Counted by kind, so that a flood of one hides no other.
pub const MOST_A_DAY: i64 = 100;
/// How many in all: far more than there are checks.
pub const MOST: i64 = 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Notes an event, or counts it once more. Beyond [`MOST_A_DAY`] and [`MOST`] it is only counted, as
/// [`IntegrityKind::EventsNotKept`].
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
    let (mut noted, mut count) = (
        (kind, subject),
        put(&mut *db, host_id, (kind, subject), detail, at).await?,
    );
    if count.is_none() {
        // There are as many subjects of this as there are kinds, so that it is always kept.
        noted = (IntegrityKind::EventsNotKept, kind.code());
        count = put(&mut *db, host_id, noted, subject, at).await?;
    }
    if count == Some(1) {
        let (kind, subject) = noted;
        let what = json!([kind, subject]).to_string();
        let detail = json!({ "detail": detail });
        record::append(db, record::Kind::Event, Some(host_id), &what, &detail, at).await?;
    }
    Ok(())
}

/// Enters an event or counts it; how often it came. `None` where it is new and there is no place.
async fn put(
    db: &mut Db,
    host_id: &str,
    (kind, subject): (IntegrityKind, &str),
    detail: &str,
    at: i64,
) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "INSERT INTO integrity_event (host_id, kind, subject, detail, count, first_at, last_at) \
         SELECT $1, $2, $3, $4, 1, $5, $5 WHERE EXISTS (SELECT 1 FROM integrity_event \
         WHERE host_id = $1 AND kind = $2 AND subject = $3) \
         OR (SELECT count(*) < $8 AND count(*) FILTER (WHERE first_at > $6) < $7 \
         FROM integrity_event WHERE host_id = $1 AND kind = $2) \
         ON CONFLICT (host_id, kind, subject) DO UPDATE \
         SET detail = excluded.detail, count = count + 1, last_at = excluded.last_at \
         RETURNING count",
    )
    .bind(host_id)
    .bind(kind)
    .bind(subject)
    .bind(detail)
    .bind(at)
    .bind(at.saturating_sub(DAY_MS))
    .bind(MOST_A_DAY)
    .bind(MOST)
    .fetch_optional(db)
    .await?)
}

/// When an event came first, by the name of its kind; `None` where there is none.
///
/// # Errors
/// When the store fails.
pub async fn first_at(
    db: &mut Db,
    host_id: &str,
    kind: &str,
    subject: &str,
) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "SELECT first_at FROM integrity_event WHERE host_id = $1 AND kind = $2 AND subject = $3",
    )
    .bind(host_id)
    .bind(kind)
    .bind(subject)
    .fetch_optional(db)
    .await?)
}

/// Acknowledges an event; it stays, and is open again when it comes again. Whether there is one.
///
/// # Errors
/// When the store fails.
pub async fn acknowledge(
    db: &mut Db,
    (host_id, kind, subject): (&str, IntegrityKind, &str),
    (who, why): (&str, &str),
    at: i64,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE integrity_event SET acknowledged_at = $4, acknowledged_by = $5, \
         acknowledged_why = $6 WHERE host_id = $1 AND kind = $2 AND subject = $3",
    )
    .bind(host_id)
    .bind(kind)
    .bind(subject)
    .bind(at)
    .bind(who)
    .bind(why)
    .execute(db)
    .await?;
    Ok(one(&done))
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
