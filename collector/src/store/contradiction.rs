//! What hosts claim and what their endpoints do not show from outside.

use serde::Serialize;

use super::{Db, Result, Scope};

/// A stored contradiction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Contradiction {
    /// The endpoint.
    pub endpoint_id: String,
    /// The host that claims otherwise.
    pub host_id: String,
    /// The check of the agent that does.
    pub check_id: String,
    /// What about, such as `tls10`.
    pub topic: String,
    /// What the host says.
    pub claimed: String,
    /// What was seen.
    pub seen: String,
    /// When it was first seen without a break.
    pub first_at: i64,
    /// When last.
    pub last_at: i64,
    /// When it was seen again after the host had repeated its claim; none before.
    pub proved_at: Option<i64>,
}

/// The contradictions of an endpoint. For the collector's own use.
///
/// # Errors
/// When the store fails.
pub async fn of_endpoint(
    db: &mut Db,
    scope: &Scope,
    endpoint_id: &str,
) -> Result<Vec<Contradiction>> {
    Ok(sqlx::query_as(
        "SELECT contradiction.* FROM contradiction \
         JOIN endpoint ON endpoint.id = contradiction.endpoint_id \
         JOIN system ON system.id = endpoint.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND endpoint_id = $2 \
         ORDER BY check_id, topic, contradiction.host_id",
    )
    .bind(scope.agency())
    .bind(endpoint_id)
    .fetch_all(db)
    .await?)
}

/// Puts what a look showed in the place of everything before.
///
/// # Errors
/// When the store fails.
pub async fn replace(db: &mut Db, endpoint_id: &str, found: &[Contradiction]) -> Result<()> {
    sqlx::query("DELETE FROM contradiction WHERE endpoint_id = $1")
        .bind(endpoint_id)
        .execute(&mut *db)
        .await?;
    for one in found {
        sqlx::query("INSERT INTO contradiction VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
            .bind(endpoint_id)
            .bind(&one.host_id)
            .bind(&one.check_id)
            .bind(&one.topic)
            .bind(&one.claimed)
            .bind(&one.seen)
            .bind(one.first_at)
            .bind(one.last_at)
            .bind(one.proved_at)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}
