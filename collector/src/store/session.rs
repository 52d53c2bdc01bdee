//! Web sessions. Only the hash of a session's id is kept.

use super::{Db, Result, user::User};

/// How long a session lives unused: an hour.
pub const IDLE_MS: i64 = 60 * 60 * 1000;
/// How long a session lives at most: twelve hours.
pub const LIFE_MS: i64 = 12 * 60 * 60 * 1000;
/// By how much a session may seem to be of the future. More means that the clock went wrong and was set
/// right: such a session would live for years.
const SKEW_MS: i64 = 5 * 60 * 1000;
/// How old the last use may be before it is written anew.
const TOUCH_MS: i64 = 60 * 1000;

/// Opens a session.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, sha256: &[u8; 32], user_id: &str, at: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO session (sha256, user_id, created_at, used_at, expires_at) \
         VALUES ($1, $2, $3, $3, $4)",
    )
    .bind(sha256.as_slice())
    .bind(user_id)
    .bind(at)
    .bind(at + LIFE_MS)
    .execute(db)
    .await?;
    Ok(())
}

/// The user whose live session this is, and whether its use should be written with [`touch`].
///
/// # Errors
/// When the store fails.
pub async fn user(db: &mut Db, sha256: &[u8; 32], at: i64) -> Result<Option<(User, bool)>> {
    let used_at: Option<i64> = sqlx::query_scalar(
        "SELECT used_at FROM session WHERE sha256 = $1 AND expires_at > $2 AND used_at > $3 \
         AND created_at <= $4 AND used_at <= $4",
    )
    .bind(sha256.as_slice())
    .bind(at)
    .bind(at - IDLE_MS)
    .bind(at + SKEW_MS)
    .fetch_optional(&mut *db)
    .await?;
    let Some(used_at) = used_at else {
        return Ok(None);
    };
    let user: Option<User> = sqlx::query_as(
        "SELECT user.* FROM user JOIN session ON session.user_id = user.id \
         WHERE session.sha256 = $1 AND user.disabled_at IS NULL",
    )
    .bind(sha256.as_slice())
    .fetch_optional(db)
    .await?;
    Ok(user.map(|user| (user, at - used_at > TOUCH_MS)))
}

/// Writes that a session was used.
///
/// # Errors
/// When the store fails.
pub async fn touch(db: &mut Db, sha256: &[u8; 32], at: i64) -> Result<()> {
    sqlx::query("UPDATE session SET used_at = $2 WHERE sha256 = $1")
        .bind(sha256.as_slice())
        .bind(at)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// When the store fails.
pub async fn remove(db: &mut Db, sha256: &[u8; 32]) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE sha256 = $1")
        .bind(sha256.as_slice())
        .execute(db)
        .await?;
    Ok(())
}

/// Ends every session of a user: after a new password, or when it is shut out.
///
/// # Errors
/// When the store fails.
pub async fn remove_all(db: &mut Db, user_id: &str) -> Result<()> {
    sqlx::query("DELETE FROM session WHERE user_id = $1")
        .bind(user_id)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes sessions that have expired.
///
/// # Errors
/// When the store fails.
pub async fn sweep(db: &mut Db, at: i64) -> Result<u64> {
    let done = sqlx::query(
        "DELETE FROM session WHERE expires_at <= $1 OR used_at <= $2 OR created_at > $3 \
         OR used_at > $3",
    )
    .bind(at)
    .bind(at - IDLE_MS)
    .bind(at + SKEW_MS)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
