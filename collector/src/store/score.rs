//! Scores of systems: the latest, and one per day.

use serde::Serialize;

use super::{Db, Result, Scope};

/// A stored score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Score {
    /// The system.
    pub system_id: String,
    /// When it was computed.
    pub at: i64,
    /// The level it was measured at.
    pub level: u8,
    /// The standard it was measured against.
    pub standard_id: String,
    /// The score, in basis points.
    pub score_bp: u32,
    /// The share of the weight with evidence.
    pub coverage_bp: u32,
    /// The share that is not applicable or waived.
    pub exempt_bp: u32,
    /// The score without waivers.
    pub before_waivers_bp: u32,
    /// The highest level whose gate is reached.
    pub attained: Option<u8>,
    /// The whole scorecard, as JSON.
    #[serde(skip)]
    pub card: String,
}

/// A stored score of a day, without the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct DayScore {
    /// The system.
    pub system_id: String,
    /// The day in Viet Nam, as `2026-11-22`.
    pub day: String,
    /// When it was computed; the last time of that day.
    pub at: i64,
    /// The level it was measured at.
    pub level: u8,
    /// The standard it was measured against.
    pub standard_id: String,
    /// The score, in basis points.
    pub score_bp: u32,
    /// The share of the weight with evidence.
    pub coverage_bp: u32,
    /// The share that is not applicable or waived.
    pub exempt_bp: u32,
    /// The score without waivers.
    pub before_waivers_bp: u32,
    /// The highest level whose gate is reached.
    pub attained: Option<u8>,
}

/// Writes a system's score as its latest and as that of the day.
///
/// # Errors
/// When the store fails.
pub async fn put(db: &mut Db, score: &Score, day: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO score_system (system_id, at, level, standard_id, score_bp, coverage_bp, \
         exempt_bp, before_waivers_bp, attained, card) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (system_id) DO UPDATE SET \
         at = excluded.at, level = excluded.level, standard_id = excluded.standard_id, \
         score_bp = excluded.score_bp, coverage_bp = excluded.coverage_bp, \
         exempt_bp = excluded.exempt_bp, before_waivers_bp = excluded.before_waivers_bp, \
         attained = excluded.attained, card = excluded.card",
    )
    .bind(&score.system_id)
    .bind(score.at)
    .bind(score.level)
    .bind(&score.standard_id)
    .bind(score.score_bp)
    .bind(score.coverage_bp)
    .bind(score.exempt_bp)
    .bind(score.before_waivers_bp)
    .bind(score.attained)
    .bind(&score.card)
    .execute(&mut *db)
    .await?;
    put_day(db, score, day).await
}

async fn put_day(db: &mut Db, score: &Score, day: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO score_day (system_id, day, at, level, standard_id, score_bp, coverage_bp, \
         exempt_bp, before_waivers_bp, attained) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (system_id, day) \
         DO UPDATE SET at = excluded.at, level = excluded.level, \
         standard_id = excluded.standard_id, score_bp = excluded.score_bp, \
         coverage_bp = excluded.coverage_bp, exempt_bp = excluded.exempt_bp, \
         before_waivers_bp = excluded.before_waivers_bp, attained = excluded.attained",
    )
    .bind(&score.system_id)
    .bind(day)
    .bind(score.at)
    .bind(score.level)
    .bind(&score.standard_id)
    .bind(score.score_bp)
    .bind(score.coverage_bp)
    .bind(score.exempt_bp)
    .bind(score.before_waivers_bp)
    .bind(score.attained)
    .execute(db)
    .await?;
    Ok(())
}

/// The latest scores of the scope; of one system where `system_id` is given.
///
/// # Errors
/// When the store fails.
pub async fn latest(db: &mut Db, scope: &Scope, system_id: Option<&str>) -> Result<Vec<Score>> {
    Ok(sqlx::query_as(
        "SELECT score_system.* FROM score_system JOIN system ON system.id = score_system.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND ($2 IS NULL OR system.id = $2) \
         AND system.archived_at IS NULL ORDER BY score_bp, system.id",
    )
    .bind(scope.agency())
    .bind(system_id)
    .fetch_all(db)
    .await?)
}

/// The scores of a system by day, from the day `from` on.
///
/// # Errors
/// When the store fails.
pub async fn days(
    db: &mut Db,
    scope: &Scope,
    system_id: &str,
    from: &str,
) -> Result<Vec<DayScore>> {
    Ok(sqlx::query_as(
        "SELECT score_day.* FROM score_day JOIN system ON system.id = score_day.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND system.id = $2 AND day >= $3 \
         ORDER BY day",
    )
    .bind(scope.agency())
    .bind(system_id)
    .bind(from)
    .fetch_all(db)
    .await?)
}
