//! Files with runs of one-way sites that were taken.

use serde::Serialize;

use super::{Db, Result};

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct CarriedFile {
    /// SHA-256 of the file.
    #[serde(skip)]
    pub sha256: Vec<u8>,
    /// Whose runs it held.
    pub host_id: String,
    /// The counter of its first run.
    pub from_counter: i64,
    /// The counter of its last run.
    pub to_counter: i64,
    /// How many of its runs were taken.
    pub taken: i64,
    /// How many were here before.
    pub known: i64,
    /// How many runs were missing before or between those.
    pub missing: i64,
    /// When it was made, by the agent's clock.
    pub made_at: i64,
    /// When it was taken.
    pub imported_at: i64,
    /// The receipt, as JSON.
    #[serde(skip)]
    pub receipt: Vec<u8>,
    /// The CA's signature over that.
    #[serde(skip)]
    pub signature: Vec<u8>,
}

/// Enters a file.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, file: &CarriedFile) -> Result<()> {
    sqlx::query(
        "INSERT INTO carried_file (sha256, host_id, from_counter, to_counter, taken, known, \
         missing, made_at, imported_at, receipt, signature) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&file.sha256)
    .bind(&file.host_id)
    .bind(file.from_counter)
    .bind(file.to_counter)
    .bind(file.taken)
    .bind(file.known)
    .bind(file.missing)
    .bind(file.made_at)
    .bind(file.imported_at)
    .bind(&file.receipt)
    .bind(&file.signature)
    .execute(db)
    .await?;
    Ok(())
}

/// The file with this SHA-256, where it was taken.
///
/// # Errors
/// When the store fails.
pub async fn find(db: &mut Db, sha256: &[u8]) -> Result<Option<CarriedFile>> {
    Ok(
        sqlx::query_as("SELECT * FROM carried_file WHERE sha256 = $1")
            .bind(sha256)
            .fetch_optional(db)
            .await?,
    )
}
