//! Where a host's history is missing: runs that its agent gave up while it could not send them.

use serde::Serialize;

use super::{Db, Result, Scope};

/// The most gaps that are shown of a host.
const SHOWN: u32 = 50;

/// Runs that never came, as the agent stated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Gap {
    /// The host.
    #[serde(skip)]
    pub host_id: String,
    /// The counter of the run that said so.
    pub counter: i64,
    /// How many runs are missing before it.
    pub runs: i64,
    /// When the first of them ended, by the agent's clock.
    pub first_at: i64,
    /// When the last of them ended.
    pub last_at: i64,
    /// When it was said.
    pub told_at: i64,
}

/// Keeps a gap, once per run that states it.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, gap: &Gap) -> Result<()> {
    sqlx::query(
        "INSERT INTO history_gap (host_id, counter, runs, first_at, last_at, told_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (host_id, counter) DO NOTHING",
    )
    .bind(&gap.host_id)
    .bind(gap.counter)
    .bind(gap.runs)
    .bind(gap.first_at)
    .bind(gap.last_at)
    .bind(gap.told_at)
    .execute(db)
    .await?;
    Ok(())
}

/// The latest gaps of a host, the latest first.
///
/// # Errors
/// When the store fails.
pub async fn of_host(db: &mut Db, scope: &Scope, host_id: &str) -> Result<Vec<Gap>> {
    Ok(sqlx::query_as(
        "SELECT history_gap.* FROM history_gap JOIN host ON host.id = history_gap.host_id \
         JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.id = $2 \
         ORDER BY history_gap.counter DESC LIMIT $3",
    )
    .bind(scope.agency())
    .bind(host_id)
    .bind(SHOWN)
    .fetch_all(db)
    .await?)
}
