//! One-time enrolment tokens. Only their hashes are kept.

use serde::Serialize;
use subtle::ConstantTimeEq;

use super::{Db, Result, Scope, new_id, one, wrote};

/// A stored token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Token {
    /// Its id; not the token itself, which nobody has but who was given it.
    pub id: String,
    /// SHA-256 of the token.
    #[serde(skip)]
    pub sha256: Vec<u8>,
    /// The system that a host enrols into with it.
    pub system_id: String,
    /// The login of who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: i64,
    /// When it stops being taken.
    pub expires_at: i64,
    /// When it was used.
    pub used_at: Option<i64>,
    /// By which host.
    pub used_by_host: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// The host that it gives a new key to; none for one that lets a new host in.
    pub host_id: Option<String>,
}

/// A token to be entered.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    /// SHA-256 of the token.
    pub sha256: &'a [u8; 32],
    /// The system it enrols into.
    pub system_id: &'a str,
    /// The host of that system that it gives a new key to; none for a new host.
    pub host_id: Option<&'a str>,
    /// The login of who makes it.
    pub created_by: &'a str,
    /// Now.
    pub created_at: i64,
    /// When it stops being taken.
    pub expires_at: i64,
}

/// Enters a token; returns its id.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, new: &NewToken<'_>) -> Result<String> {
    let id = new_id();
    sqlx::query(
        "INSERT INTO token (id, sha256, system_id, created_by, created_at, expires_at, host_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&id)
    .bind(new.sha256.as_slice())
    .bind(new.system_id)
    .bind(new.created_by)
    .bind(new.created_at)
    .bind(new.expires_at)
    .bind(new.host_id)
    .execute(db)
    .await?;
    Ok(id)
}

/// Every token of the scope, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope, system_id: Option<&str>) -> Result<Vec<Token>> {
    Ok(sqlx::query_as(
        "SELECT token.* FROM token JOIN system ON system.id = token.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND ($2 IS NULL OR token.system_id = $2) \
         ORDER BY token.id DESC LIMIT 1000",
    )
    .bind(scope.agency())
    .bind(system_id)
    .fetch_all(db)
    .await?)
}

/// By how much a token may seem to be of the future. More means that the clock was wrong when it was made,
/// and that it would be good for years.
const SKEW_MS: i64 = 60 * 60 * 1000;

/// The token with this hash. `None` when it is unknown, used, expired or revoked, or its system is
/// archived: the caller does not tell these apart.
///
/// # Errors
/// When the store fails.
pub async fn usable(db: &mut Db, sha256: &[u8; 32], at: i64) -> Result<Option<Token>> {
    let token: Option<Token> = sqlx::query_as(
        "SELECT token.* FROM token JOIN system ON system.id = token.system_id \
         WHERE token.sha256 = $1 AND token.used_at IS NULL AND token.revoked_at IS NULL \
         AND token.expires_at > $2 AND token.created_at <= $3 AND system.archived_at IS NULL",
    )
    .bind(sha256.as_slice())
    .bind(at)
    .bind(at + SKEW_MS)
    .fetch_optional(db)
    .await?;
    // The index compares hashes, from which no token can be guessed; this compares them again
    // without letting the time tell where they differ.
    Ok(token.filter(|t| bool::from(t.sha256.ct_eq(sha256))))
}

/// The token with this hash, whatever became of it.
///
/// # Errors
/// When the store fails.
pub async fn known(db: &mut Db, sha256: &[u8; 32]) -> Result<Option<Token>> {
    Ok(sqlx::query_as("SELECT * FROM token WHERE sha256 = $1")
        .bind(sha256.as_slice())
        .fetch_optional(db)
        .await?)
}

/// Spends a token for `host_id`; whether it was still there to be spent. To be called in the
/// transaction that enters the host.
///
/// # Errors
/// When the store fails.
pub async fn spend(db: &mut Db, id: &str, host_id: &str, at: i64) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE token SET used_at = $2, used_by_host = $3 WHERE id = $1 AND used_at IS NULL",
    )
    .bind(id)
    .bind(at)
    .bind(host_id)
    .execute(db)
    .await?;
    Ok(one(&done))
}

/// Revokes a token that was not used yet.
///
/// # Errors
/// When there is none in the scope that could still be used.
pub async fn revoke(db: &mut Db, scope: &Scope, id: &str, at: i64) -> Result<()> {
    let done = sqlx::query(
        "UPDATE token SET revoked_at = $3 WHERE id = $2 AND used_at IS NULL \
         AND revoked_at IS NULL AND ($1 IS NULL OR system_id IN \
         (SELECT id FROM system WHERE agency_id = $1))",
    )
    .bind(scope.agency())
    .bind(id)
    .bind(at)
    .execute(db)
    .await?;
    wrote(&done, "token", id)
}
