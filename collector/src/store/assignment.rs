//! What hosts were told to measure against, and the nonces that their runs must echo.

use super::{Db, Result};

/// How many assignments of a host are kept: runs made under an older one are not taken.
const KEPT: i64 = 64;

/// A stored assignment.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Assignment {
    /// The host.
    pub host_id: String,
    /// Goes up with every assignment.
    pub revision: i64,
    /// 32 random bytes.
    pub nonce: Vec<u8>,
    /// The standard.
    pub standard_id: String,
    /// The level.
    pub level: u8,
    /// When it was sent.
    pub issued_at: i64,
}

/// Enters a new assignment of a host; returns its revision. Old ones are dropped.
///
/// # Errors
/// When the store fails.
pub async fn add(
    db: &mut Db,
    host_id: &str,
    nonce: &[u8; 32],
    (standard_id, level): (&str, u8),
    at: i64,
) -> Result<i64> {
    let revision: i64 = sqlx::query_scalar(
        "INSERT INTO assignment (host_id, revision, nonce, standard_id, level, issued_at) \
         SELECT $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5 FROM assignment \
         WHERE host_id = $1 RETURNING revision",
    )
    .bind(host_id)
    .bind(nonce.as_slice())
    .bind(standard_id)
    .bind(level)
    .bind(at)
    .fetch_one(&mut *db)
    .await?;
    sqlx::query("DELETE FROM assignment WHERE host_id = $1 AND revision <= $2")
        .bind(host_id)
        .bind(revision - KEPT)
        .execute(db)
        .await?;
    Ok(revision)
}

/// The assignment of a host with this revision.
///
/// # Errors
/// When the store fails.
pub async fn find(db: &mut Db, host_id: &str, revision: i64) -> Result<Option<Assignment>> {
    Ok(
        sqlx::query_as("SELECT * FROM assignment WHERE host_id = $1 AND revision = $2")
            .bind(host_id)
            .bind(revision)
            .fetch_optional(db)
            .await?,
    )
}
