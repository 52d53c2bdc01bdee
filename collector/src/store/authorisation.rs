//! Who permitted in writing to look at an agency's endpoints, and the documents that say so.
//!
//! An authorisation is never changed, only revoked; triggers hold that.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Db, Result, Scope, StoreError, new_id, wrote};

/// A stored authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Authorisation {
    /// Its id.
    pub id: String,
    /// The agency whose endpoints it covers.
    pub agency_id: String,
    /// The one system that it covers, or all.
    pub system_id: Option<String>,
    /// The number of the document.
    pub number: String,
    /// The document's date, as `2026-11-22`.
    pub dated: String,
    /// Who signed it.
    pub signed_by: String,
    /// What it covers, one target a line; see [`Cover`](crate::outside::Cover).
    pub targets: String,
    /// From when on.
    pub valid_from: i64,
    /// Until before when.
    pub valid_until: i64,
    /// SHA-256 of the document.
    #[serde(serialize_with = "as_hex")]
    pub document_sha256: Vec<u8>,
    /// Who put it on record.
    pub recorded_by: String,
    /// When.
    pub recorded_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// Why.
    pub revoked_why: Option<String>,
}

impl Authorisation {
    /// Whether it holds at that time.
    pub const fn holds(&self, at: i64) -> bool {
        self.revoked_at.is_none() && self.valid_from <= at && at < self.valid_until
    }
}

fn as_hex<S: serde::Serializer>(bytes: &[u8], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&hex::encode(bytes))
}

/// What is put on record.
#[derive(Clone, Copy, Debug)]
pub struct NewAuthorisation<'a> {
    /// The agency.
    pub agency_id: &'a str,
    /// The one system, or all.
    pub system_id: Option<&'a str>,
    /// The number of the document.
    pub number: &'a str,
    /// The document's date.
    pub dated: &'a str,
    /// Who signed it.
    pub signed_by: &'a str,
    /// What it covers, one target a line.
    pub targets: &'a str,
    /// From when on.
    pub valid_from: i64,
    /// Until before when.
    pub valid_until: i64,
    /// The document itself.
    pub document: &'a [u8],
    /// Who puts it on record.
    pub recorded_by: &'a str,
}

/// Puts an authorisation on record with its document; returns its id.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, new: &NewAuthorisation<'_>, at: i64) -> Result<String> {
    let (id, sha256) = (new_id(), Sha256::digest(new.document));
    sqlx::query("INSERT INTO document VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING")
        .bind(sha256.as_slice())
        .bind(new.document)
        .bind(at)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO authorisation (id, agency_id, system_id, number, dated, signed_by, targets, \
         valid_from, valid_until, document_sha256, recorded_by, recorded_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&id)
    .bind(new.agency_id)
    .bind(new.system_id)
    .bind(new.number)
    .bind(new.dated)
    .bind(new.signed_by)
    .bind(new.targets)
    .bind(new.valid_from)
    .bind(new.valid_until)
    .bind(sha256.as_slice())
    .bind(new.recorded_by)
    .bind(at)
    .execute(db)
    .await?;
    Ok(id)
}

/// The authorisations of the scope, latest first; of one agency where `agency_id` is given.
///
/// # Errors
/// When the store fails.
pub async fn list(
    db: &mut Db,
    scope: &Scope,
    agency_id: Option<&str>,
) -> Result<Vec<Authorisation>> {
    Ok(sqlx::query_as(
        "SELECT * FROM authorisation WHERE ($1 IS NULL OR agency_id = $1) \
         AND ($2 IS NULL OR agency_id = $2) ORDER BY recorded_at DESC, id DESC LIMIT 1000",
    )
    .bind(scope.agency())
    .bind(agency_id)
    .fetch_all(db)
    .await?)
}

/// The authorisations under which a system's endpoints may be looked at `at` that time, in the order
/// in which they were recorded.
///
/// # Errors
/// When the store fails.
pub async fn holding(
    db: &mut Db,
    scope: &Scope,
    system_id: &str,
    at: i64,
) -> Result<Vec<Authorisation>> {
    Ok(sqlx::query_as(
        "SELECT authorisation.* FROM authorisation \
         JOIN system ON system.agency_id = authorisation.agency_id \
         WHERE ($1 IS NULL OR authorisation.agency_id = $1) AND system.id = $2 \
         AND coalesce(authorisation.system_id, system.id) = system.id \
         AND authorisation.revoked_at IS NULL AND authorisation.valid_from <= $3 \
         AND $3 < authorisation.valid_until ORDER BY authorisation.recorded_at, authorisation.id",
    )
    .bind(scope.agency())
    .bind(system_id)
    .bind(at)
    .fetch_all(db)
    .await?)
}

/// The authorisation with this id.
///
/// # Errors
/// When there is none in the scope.
pub async fn find(db: &mut Db, scope: &Scope, id: &str) -> Result<Authorisation> {
    sqlx::query_as("SELECT * FROM authorisation WHERE ($1 IS NULL OR agency_id = $1) AND id = $2")
        .bind(scope.agency())
        .bind(id)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| StoreError::not_found("authorisation", id))
}

/// The document behind an authorisation.
///
/// # Errors
/// When there is no such authorisation in the scope, or its document is not what was recorded.
pub async fn document(db: &mut Db, scope: &Scope, id: &str) -> Result<Vec<u8>> {
    let held: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "SELECT document.sha256, document.bytes FROM document \
         JOIN authorisation ON authorisation.document_sha256 = document.sha256 \
         WHERE ($1 IS NULL OR authorisation.agency_id = $1) AND authorisation.id = $2",
    )
    .bind(scope.agency())
    .bind(id)
    .fetch_optional(db)
    .await?;
    let (sha256, bytes) = held.ok_or_else(|| StoreError::not_found("authorisation", id))?;
    if Sha256::digest(&bytes).as_slice() == sha256 {
        Ok(bytes)
    } else {
        Err(StoreError::damaged("authorisation", id))
    }
}

/// Revokes an authorisation: from now on nothing is sent under it.
///
/// # Errors
/// When there is none in the scope that is not revoked.
pub async fn revoke(db: &mut Db, scope: &Scope, id: &str, why: &str, at: i64) -> Result<()> {
    let done = sqlx::query(
        "UPDATE authorisation SET revoked_at = $3, revoked_why = $4 \
         WHERE ($1 IS NULL OR agency_id = $1) AND id = $2 AND revoked_at IS NULL",
    )
    .bind(scope.agency())
    .bind(id)
    .bind(at)
    .bind(why)
    .execute(db)
    .await?;
    wrote(&done, "authorisation", id)
}
