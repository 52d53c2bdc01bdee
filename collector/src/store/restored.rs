//! When the record was put in place from a backup. Agents were told things since that it knows nothing
//! about, and nobody is to be blamed for that.

use super::{Db, Result};

/// Notes a restore at `at` from a backup of `backup_at`.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, at: i64, backup_at: i64) -> Result<()> {
    sqlx::query("INSERT INTO restored (at, backup_at) VALUES ($1, $2)")
        .bind(at)
        .bind(backup_at)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether the record was restored after `moment`, so that it may lack what was told before.
///
/// # Errors
/// When the store fails.
pub async fn covers(db: &mut Db, moment: i64) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM restored WHERE at > $1)")
            .bind(moment)
            .fetch_one(db)
            .await?,
    )
}

/// Whether the record was ever restored.
///
/// # Errors
/// When the store fails.
pub async fn ever(db: &mut Db) -> Result<bool> {
    covers(db, -1).await
}
