//! Client certificates that the CA issued to hosts.

use serde::Serialize;
use serde_json::json;

use super::{Db, Result, Scope, host::HostState, record};

/// A stored certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Certificate {
    /// Its serial number, in lower-case hex.
    pub serial: String,
    /// The host it names.
    pub host_id: String,
    /// Its public key: an uncompressed point on P-256.
    #[serde(skip)]
    pub public_key: Vec<u8>,
    /// When it was issued.
    pub issued_at: i64,
    /// When it expires.
    pub not_after: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// Why.
    pub revoked_why: Option<String>,
    /// The number of the CA that issued it.
    pub authority: i64,
    /// The number of the newest CA that its holder was told of along with it.
    #[serde(skip)]
    pub told: i64,
    /// The certificate itself; none where a version that did not keep it issued it.
    #[serde(skip)]
    pub der: Option<Vec<u8>>,
}

/// What a certificate's holder may do, as looked up on every stream and every batch.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// The host that the certificate was issued to.
    pub host_id: String,
    /// When the certificate was revoked.
    pub revoked_at: Option<i64>,
    /// Whether the host takes part.
    pub state: HostState,
    /// Whether its runs are carried in files.
    pub carried: bool,
    /// Whether the CA that issued the certificate is retired.
    pub retired: bool,
}

impl Standing {
    /// Whether the holder may speak.
    pub fn is_good(&self) -> bool {
        self.revoked_at.is_none() && !self.retired && self.state == HostState::Active
    }
}

/// Enters an issued certificate.
///
/// # Errors
/// When the store fails.
pub async fn add(db: &mut Db, new: &Certificate) -> Result<()> {
    sqlx::query(
        "INSERT INTO certificate (serial, host_id, public_key, issued_at, not_after, authority, \
         told, der) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&new.serial)
    .bind(&new.host_id)
    .bind(&new.public_key)
    .bind(new.issued_at)
    .bind(new.not_after)
    .bind(new.authority)
    .bind(new.told)
    .bind(&new.der)
    .execute(&mut *db)
    .await?;
    let detail = record::of_certificate(&new.public_key, new.issued_at, new.not_after);
    let (kind, host) = (record::Kind::Certificate, Some(new.host_id.as_str()));
    record::append(db, kind, host, &new.serial, &detail, new.issued_at).await
}

/// Every certificate of a host, oldest first. For the collector's own use.
///
/// # Errors
/// When the store fails.
pub async fn all(db: &mut Db, host_id: &str) -> Result<Vec<Certificate>> {
    Ok(
        sqlx::query_as("SELECT * FROM certificate WHERE host_id = $1 ORDER BY issued_at, serial")
            .bind(host_id)
            .fetch_all(db)
            .await?,
    )
}

/// What the holder of the certificate may do; `None` where this collector did not issue it.
///
/// # Errors
/// When the store fails.
pub async fn standing(db: &mut Db, serial: &str) -> Result<Option<Standing>> {
    Ok(sqlx::query_as(
        "SELECT certificate.host_id, certificate.revoked_at, host.state, host.carried, EXISTS \
         (SELECT 1 FROM authority WHERE number = certificate.authority AND state = 'retired') \
         AS retired FROM certificate JOIN host ON host.id = certificate.host_id \
         WHERE certificate.serial = $1",
    )
    .bind(serial)
    .fetch_optional(db)
    .await?)
}

/// A number that goes up whenever a certificate is revoked, a host's state changes or a CA's does.
///
/// # Errors
/// When the store fails.
pub async fn standing_epoch(db: &mut Db) -> Result<i64> {
    super::number(db, "SELECT epoch FROM standing").await
}

/// The number of the CA that issued a certificate.
///
/// # Errors
/// When the store fails.
pub async fn authority(db: &mut Db, serial: &str) -> Result<Option<i64>> {
    Ok(
        sqlx::query_scalar("SELECT authority FROM certificate WHERE serial = $1")
            .bind(serial)
            .fetch_optional(db)
            .await?,
    )
}

/// Those of the certificates whose holder may not speak any more.
///
/// # Errors
/// When the store fails.
pub async fn fallen(db: &mut Db, serials: &[String]) -> Result<Vec<String>> {
    let asked = serde_json::to_string(serials).unwrap_or_default();
    Ok(sqlx::query_scalar(
        "SELECT certificate.serial FROM json_each($1) AS asked \
         JOIN certificate ON certificate.serial = asked.value \
         JOIN host ON host.id = certificate.host_id \
         WHERE certificate.revoked_at IS NOT NULL OR host.state <> 'active' OR host.carried \
         OR EXISTS (SELECT 1 FROM authority WHERE number = certificate.authority \
         AND state = 'retired')",
    )
    .bind(asked)
    .fetch_all(db)
    .await?)
}

/// The public keys with which a host may have signed a run, newest first: a run in the spool may
/// be older than the latest renewal.
///
/// # Errors
/// When the store fails.
pub async fn keys(db: &mut Db, host_id: &str) -> Result<Vec<Vec<u8>>> {
    Ok(sqlx::query_scalar(
        "SELECT public_key FROM certificate WHERE host_id = $1 AND revoked_at IS NULL \
         GROUP BY public_key ORDER BY max(issued_at) DESC LIMIT 8",
    )
    .bind(host_id)
    .fetch_all(db)
    .await?)
}

/// The public keys of the certificates of a host that are not revoked and ran out after `since`; and that
/// of the one issued last, where any of them ran out after `since`: its own dates are wrong where our clock
/// was years behind when it was issued. Many are looked at: who stole a key renews to push the host's own out.
///
/// # Errors
/// When the store fails.
pub async fn keys_since(db: &mut Db, host_id: &str, since: i64) -> Result<Vec<Vec<u8>>> {
    Ok(sqlx::query_scalar(
        "SELECT public_key FROM certificate WHERE host_id = $1 AND revoked_at IS NULL \
         AND (not_after > $2 OR rowid = (SELECT max(rowid) FROM certificate \
         WHERE host_id = $1 AND revoked_at IS NULL HAVING max(not_after) > $2)) GROUP BY public_key ORDER BY max(issued_at) DESC LIMIT 512",
    )
    .bind(host_id)
    .bind(since)
    .fetch_all(db)
    .await?)
}

/// The certificates of a host, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope, host_id: &str) -> Result<Vec<Certificate>> {
    Ok(sqlx::query_as(
        "SELECT certificate.* FROM certificate JOIN host ON host.id = certificate.host_id \
         JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.id = $2 \
         ORDER BY certificate.issued_at DESC",
    )
    .bind(scope.agency())
    .bind(host_id)
    .fetch_all(db)
    .await?)
}

/// The certificate with this serial number, where this collector issued it.
///
/// # Errors
/// When the store fails.
pub async fn find(db: &mut Db, serial: &str) -> Result<Option<Certificate>> {
    Ok(
        sqlx::query_as("SELECT * FROM certificate WHERE serial = $1")
            .bind(serial)
            .fetch_optional(db)
            .await?,
    )
}

/// Revokes every certificate of a host; returns how many.
///
/// # Errors
/// When the store fails.
pub async fn revoke_all(db: &mut Db, host_id: &str, why: &str, at: i64) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE certificate SET revoked_at = $3, revoked_why = $2 \
         WHERE host_id = $1 AND revoked_at IS NULL",
    )
    .bind(host_id)
    .bind(why)
    .bind(at)
    .execute(&mut *db)
    .await?;
    if done.rows_affected() > 0 {
        let (kind, detail) = (record::Kind::Revoked, json!({ "why": why }));
        record::append(db, kind, Some(host_id), host_id, &detail, at).await?;
    }
    Ok(done.rows_affected())
}
