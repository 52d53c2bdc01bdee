//! What holds now of endpoints as the collector saw them from outside.

use serde::Serialize;

use super::{Db, Result, Scope};

/// A stored finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct OutsideFinding {
    /// The endpoint.
    pub endpoint_id: String,
    /// The part, such as `outside.tls`.
    pub part: String,
    /// The address that was looked at; the resolver for a zone.
    pub address: String,
    /// The bytes of the observation.
    #[serde(skip)]
    pub observation: Vec<u8>,
    /// The verdict's code.
    pub verdict: String,
    /// Why: the JSON of a `capdo_checks::Reason`.
    pub reason: String,
    /// When it was seen.
    pub at: i64,
}

/// Puts what a look found in the place of everything that was found before.
///
/// # Errors
/// When the store fails.
pub async fn replace(db: &mut Db, endpoint_id: &str, found: &[OutsideFinding]) -> Result<()> {
    sqlx::query("DELETE FROM outside_finding WHERE endpoint_id = $1")
        .bind(endpoint_id)
        .execute(&mut *db)
        .await?;
    for one in found {
        sqlx::query("INSERT INTO outside_finding VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(endpoint_id)
            .bind(&one.part)
            .bind(&one.address)
            .bind(&one.observation)
            .bind(&one.verdict)
            .bind(&one.reason)
            .bind(one.at)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// What was found of the endpoints of a system.
///
/// # Errors
/// When the store fails.
pub async fn of_system(db: &mut Db, scope: &Scope, system_id: &str) -> Result<Vec<OutsideFinding>> {
    Ok(sqlx::query_as(
        "SELECT outside_finding.* FROM outside_finding \
         JOIN endpoint ON endpoint.id = outside_finding.endpoint_id \
         JOIN system ON system.id = endpoint.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND system.id = $2 \
         AND endpoint.archived_at IS NULL ORDER BY endpoint_id, part, address",
    )
    .bind(scope.agency())
    .bind(system_id)
    .fetch_all(db)
    .await?)
}
