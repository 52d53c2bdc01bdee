//! The programs of releases, by their SHA-256, with which those of agents are compared.

use serde::Serialize;

use super::{Db, Result, StoreError};

/// A program of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Binary {
    /// Its SHA-256.
    #[serde(serialize_with = "as_hex")]
    pub sha256: Vec<u8>,
    /// The release, such as `0.2.0`.
    pub release: String,
    /// The file, as the release's list names it.
    pub name: String,
    /// When it was entered.
    pub added_at: i64,
}

/// What a program turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// No release was ever registered: there is nothing to compare with.
    NotCompared,
    /// It is of this release.
    Of(String),
    /// It is of no registered release.
    Unknown,
}

fn as_hex<S: serde::Serializer>(bytes: &[u8], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&hex::encode(bytes))
}

/// Enters a program; whether it was not there yet.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, binary: &Binary) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO release_binary (sha256, release, name, added_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (sha256) DO NOTHING",
    )
    .bind(&binary.sha256)
    .bind(&binary.release)
    .bind(&binary.name)
    .bind(binary.added_at)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every program, latest release first.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db) -> Result<Vec<Binary>> {
    Ok(
        sqlx::query_as("SELECT * FROM release_binary ORDER BY added_at DESC, release, name")
            .fetch_all(db)
            .await?,
    )
}

/// Takes a release out; how many programs it had.
///
/// # Errors
/// When there is no such release, or the store fails.
pub async fn remove(db: &mut Db, release: &str) -> Result<u64> {
    let done = sqlx::query("DELETE FROM release_binary WHERE release = $1")
        .bind(release)
        .execute(db)
        .await?;
    match done.rows_affected() {
        0 => Err(StoreError::not_found("release", release)),
        n => Ok(n),
    }
}

/// Of which release a program is.
///
/// # Errors
/// When the store fails.
pub async fn known(db: &mut Db, sha256: &[u8]) -> Result<Known> {
    let of: Option<String> =
        sqlx::query_scalar("SELECT release FROM release_binary WHERE sha256 = $1")
            .bind(sha256)
            .fetch_optional(&mut *db)
            .await?;
    if let Some(of) = of {
        return Ok(Known::Of(of));
    }
    let any: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM release_binary)")
        .fetch_one(db)
        .await?;
    Ok(if any {
        Known::Unknown
    } else {
        Known::NotCompared
    })
}
