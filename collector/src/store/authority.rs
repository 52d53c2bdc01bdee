//! The CAs of this collector, and which hosts trust them.

use serde::Serialize;

use super::{Db, Result, StoreError, host::Host, wrote};

/// Where a CA stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum AuthorityState {
    /// Agents are told to trust it; it issues nothing yet.
    Next,
    /// It issues every certificate.
    Current,
    /// It issues nothing more; what it issued still holds.
    Previous,
    /// Nobody is to trust it.
    Retired,
}

/// A stored CA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct AuthorityRow {
    /// Its number, from 1.
    pub number: i64,
    /// Where it stands.
    pub state: AuthorityState,
    /// Its certificate in DER.
    #[serde(skip)]
    pub certificate: Vec<u8>,
    /// SHA-256 of that.
    #[serde(serialize_with = "as_hex")]
    pub sha256: Vec<u8>,
    /// Its name and key in a certificate of the CA before it.
    #[serde(skip)]
    pub cross_signed: Option<Vec<u8>>,
    /// Its signature over the fingerprints of the CA before it and of itself
    /// ([`capdo_proto::signing::before_bytes`]); none where an older version made it.
    #[serde(skip)]
    #[sqlx(default)]
    pub vouches: Option<Vec<u8>>,
    /// The file of its key in the data folder; none where the key is in a token.
    pub key_file: Option<String>,
    /// The id of its key in the token, in hex; none where the key is in a file.
    pub key_id: Option<String>,
    /// When it was made.
    pub made_at: i64,
    /// When it becomes the current one even if not every host has confirmed.
    pub promote_after: Option<i64>,
    /// When it became the current one.
    pub promoted_at: Option<i64>,
    /// When it was retired.
    pub retired_at: Option<i64>,
}

fn as_hex<S: serde::Serializer>(bytes: &[u8], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&hex::encode(bytes))
}

/// Where the key of a CA is.
#[derive(Clone, Copy, Debug)]
pub enum KeyPlace<'a> {
    /// In this file of the data folder.
    File(&'a str),
    /// In the token, under this id in hex.
    Token(&'a str),
}

/// A CA to be entered.
#[derive(Clone, Copy, Debug)]
pub struct NewAuthority<'a> {
    /// Where it stands: the next one, or the first.
    pub state: AuthorityState,
    /// Its certificate in DER.
    pub certificate: &'a [u8],
    /// SHA-256 of that.
    pub sha256: &'a [u8],
    /// Its name and key in a certificate of the CA before it.
    pub cross_signed: Option<&'a [u8]>,
    /// Its signature over the CA before it.
    pub vouches: Option<&'a [u8]>,
    /// Where its key is.
    pub key: KeyPlace<'a>,
    /// When it becomes the current one even if not every host has confirmed.
    pub promote_after: Option<i64>,
}

/// Enters a CA; its number.
///
/// # Errors
/// When there is one in that state already, or the store fails.
pub async fn add(db: &mut Db, new: &NewAuthority<'_>, at: i64) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "INSERT INTO authority (state, certificate, sha256, cross_signed, key_file, key_id, \
         made_at, promote_after, vouches) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING number",
    )
    .bind(new.state)
    .bind(new.certificate)
    .bind(new.sha256)
    .bind(new.cross_signed)
    .bind(match new.key {
        KeyPlace::File(name) => Some(name),
        KeyPlace::Token(_) => None,
    })
    .bind(match new.key {
        KeyPlace::File(_) => None,
        KeyPlace::Token(id) => Some(id),
    })
    .bind(at)
    .bind(new.promote_after)
    .bind(new.vouches)
    .fetch_one(db)
    .await?)
}

/// Every CA, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db) -> Result<Vec<AuthorityRow>> {
    Ok(
        sqlx::query_as("SELECT * FROM authority ORDER BY number DESC")
            .fetch_all(db)
            .await?,
    )
}

/// The CA with this number.
///
/// # Errors
/// When there is none.
pub async fn find(db: &mut Db, number: i64) -> Result<AuthorityRow> {
    sqlx::query_as("SELECT * FROM authority WHERE number = $1")
        .bind(number)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| StoreError::not_found("ca", &number.to_string()))
}

/// Makes the next CA the current one, and the current one a previous one.
///
/// # Errors
/// When there is no next one, or the store fails.
pub async fn promote(db: &mut Db, number: i64, at: i64) -> Result<()> {
    sqlx::query("UPDATE authority SET state = 'previous' WHERE state = 'current'")
        .execute(&mut *db)
        .await?;
    let done = sqlx::query(
        "UPDATE authority SET state = 'current', promoted_at = $2 \
         WHERE number = $1 AND state = 'next'",
    )
    .bind(number)
    .bind(at)
    .execute(db)
    .await?;
    wrote(&done, "ca", &number.to_string())
}

/// Takes a CA that is not the current one out of trust.
///
/// # Errors
/// When there is none, or the store fails.
pub async fn retire(db: &mut Db, number: i64, at: i64) -> Result<()> {
    let done = sqlx::query(
        "UPDATE authority SET state = 'retired', retired_at = $2 \
         WHERE number = $1 AND state IN ('next', 'previous')",
    )
    .bind(number)
    .bind(at)
    .execute(db)
    .await?;
    wrote(&done, "ca", &number.to_string())
}

/// Notes which CAs, by the SHA-256 of their certificates, a host trusts: these and no others.
///
/// # Errors
/// When the store fails.
pub async fn hold(db: &mut Db, host_id: &str, sha256s: &[Vec<u8>], at: i64) -> Result<()> {
    let told = sha256s.iter().map(hex::encode).collect::<Vec<_>>();
    let told = serde_json::to_string(&told).unwrap_or_default();
    let gone = "DELETE FROM authority_held WHERE host_id = $1 AND authority NOT IN \
                (SELECT number FROM authority WHERE lower(hex(sha256)) IN \
                (SELECT value FROM json_each($2)))";
    sqlx::query(gone)
        .bind(host_id)
        .bind(&told)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO authority_held (host_id, authority, at) SELECT $1, number, $3 FROM authority \
         WHERE lower(hex(sha256)) IN (SELECT value FROM json_each($2)) \
         ON CONFLICT DO NOTHING",
    )
    .bind(host_id)
    .bind(&told)
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that a host's agent connected with this certificate: whose it is, and that what it was told
/// along with it was kept.
///
/// # Errors
/// When the store fails.
pub async fn connected(db: &mut Db, host_id: &str, serial: &str, at: i64) -> Result<()> {
    sqlx::query(
        "UPDATE host SET authority = coalesce((SELECT authority FROM certificate \
         WHERE serial = $2), authority) WHERE id = $1",
    )
    .bind(host_id)
    .bind(serial)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "INSERT INTO authority_held (host_id, authority, at) SELECT $1, authority.number, $3 \
         FROM certificate JOIN authority ON authority.number = certificate.told \
         WHERE certificate.serial = $2 ON CONFLICT DO NOTHING",
    )
    .bind(host_id)
    .bind(serial)
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
}

/// The active hosts that have not said that they trust a CA.
///
/// # Errors
/// When the store fails.
pub async fn not_ready(db: &mut Db, number: i64) -> Result<Vec<Host>> {
    Ok(sqlx::query_as(
        "SELECT host.* FROM host WHERE state = 'active' AND NOT EXISTS (SELECT 1 FROM \
         authority_held AS held WHERE held.host_id = host.id AND held.authority = $1) \
         ORDER BY hostname, id",
    )
    .bind(number)
    .fetch_all(db)
    .await?)
}

/// The active hosts that could not connect once the CA `old` is gone: they do not trust the current
/// one yet, or their certificate is of the old one. Nobody needs a CA that never issued.
///
/// # Errors
/// When the store fails.
pub async fn left_behind(db: &mut Db, old: i64) -> Result<Vec<Host>> {
    Ok(sqlx::query_as(
        "SELECT host.* FROM host WHERE state = 'active' \
         AND (SELECT state FROM authority WHERE number = $1) = 'previous' \
         AND (host.authority = $1 OR NOT EXISTS (SELECT 1 FROM authority_held AS held \
         JOIN authority ON authority.number = held.authority AND authority.state = 'current' \
         WHERE held.host_id = host.id)) ORDER BY hostname, id",
    )
    .bind(old)
    .fetch_all(db)
    .await?)
}
