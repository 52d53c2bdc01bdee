//! Observations: the evidence, once per content.

use super::{Db, Result};

/// Keeps an observation, where it is not kept yet.
///
/// # Errors
/// When the store fails.
pub async fn keep(db: &mut Db, sha256: &[u8; 32], bytes: &[u8], at: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO observation (sha256, bytes, first_at) VALUES ($1, $2, $3) \
         ON CONFLICT (sha256) DO NOTHING",
    )
    .bind(sha256.as_slice())
    .bind(bytes)
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
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
