//! Observations: the evidence, once per content.

use super::{Db, Result};

/// Keeps an observation, where it is not kept yet; whether it was new.
///
/// # Errors
/// When the store fails.
pub async fn keep(db: &mut Db, sha256: &[u8; 32], bytes: &[u8], at: i64) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO observation (sha256, bytes, first_at) VALUES ($1, $2, $3) \
         ON CONFLICT (sha256) DO NOTHING",
    )
    .bind(sha256.as_slice())
    .bind(bytes)
    .bind(at)
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The bytes of an observation.
///
/// # Errors
/// When the store fails.
pub async fn find(db: &mut Db, sha256: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(
        sqlx::query_scalar("SELECT bytes FROM observation WHERE sha256 = $1")
            .bind(sha256)
            .fetch_optional(db)
            .await?,
    )
}

/// The observations behind the row `after`, by row, with the hash that each is kept under.
///
/// # Errors
/// When the store fails.
pub async fn page(db: &mut Db, after: i64) -> Result<Vec<(i64, Vec<u8>, Vec<u8>)>> {
    Ok(sqlx::query_as(
        "SELECT rowid, sha256, bytes FROM observation WHERE rowid > $1 ORDER BY rowid LIMIT 500",
    )
    .bind(after)
    .fetch_all(db)
    .await?)
}

/// The hashes of observations that a host's findings or their history name and that are not there.
///
/// # Errors
/// When the store fails.
pub async fn missing(db: &mut Db, host_id: &str) -> Result<Vec<Vec<u8>>> {
    Ok(sqlx::query_scalar(
        "SELECT named.sha256 FROM (SELECT observation_sha256 AS sha256 FROM finding \
         WHERE host_id = $1 UNION SELECT observation_sha256 FROM finding_change \
         WHERE host_id = $1 AND observation_sha256 IS NOT NULL) AS named \
         WHERE NOT EXISTS (SELECT 1 FROM observation WHERE sha256 = named.sha256) LIMIT 100",
    )
    .bind(host_id)
    .fetch_all(db)
    .await?)
}
