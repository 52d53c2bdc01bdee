//! Declared access points of systems, and how far looking at them from outside has come.

use serde::Serialize;

use super::{Db, Result, Scope, StoreError, new_id, taken, wrote};

/// How to speak to an endpoint; as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum EndpointKind {
    /// HTTP without TLS.
    Http,
    /// HTTP over TLS.
    Https,
    /// TLS from the first byte.
    Tls,
    /// SSH.
    Ssh,
    /// SMTP, with STARTTLS where offered.
    Smtp,
    /// Any TCP service: only whether it answers.
    Tcp,
    /// A mail domain.
    MailDomain,
    /// A DNS zone.
    DnsZone,
}

impl EndpointKind {
    /// Whether it is a name of the DNS and no address.
    pub const fn is_zone(self) -> bool {
        matches!(self, Self::MailDomain | Self::DnsZone)
    }

    /// The port where it usually is; 0 for a zone, `None` where there is none.
    pub const fn usual_port(self) -> Option<u16> {
        Some(match self {
            Self::Http => 80,
            Self::Https | Self::Tls => 443,
            Self::Ssh => 22,
            Self::Smtp => 25,
            Self::MailDomain | Self::DnsZone => 0,
            Self::Tcp => return None,
        })
    }
}

/// How the last look from outside went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum LookState {
    /// There was none yet.
    New,
    /// No authorisation on record covers it now: nothing was sent.
    NotAuthorised,
    /// The name has no address, or too many.
    Unresolved,
    /// The name leads to an address that the authorisation does not cover: nothing was sent there.
    Elsewhere,
    /// It was looked at.
    LookedAt,
    /// The collector could not look.
    Failed,
}

/// A stored endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// The system that it belongs to.
    pub system_id: String,
    /// The host that answers there, where an officer said so.
    pub host_id: Option<String>,
    /// How to speak to it.
    pub kind: EndpointKind,
    /// A DNS name in lower case, or an address.
    pub host: String,
    /// The port; 0 for a zone.
    pub port: u16,
    /// The TLS name to ask for where it is not `host`; else empty.
    pub sni: String,
    /// When it was entered.
    pub created_at: i64,
    /// When it was taken out.
    pub archived_at: Option<i64>,
    /// How the last look went.
    pub state: LookState,
    /// When that was.
    pub state_at: Option<i64>,
    /// When it is due again.
    pub next_at: Option<i64>,
}

impl Endpoint {
    /// As a person writes it: `name:port`, or the name of a zone.
    pub fn label(&self) -> String {
        label(&self.host, self.port)
    }

    /// The name to ask for; empty for an address.
    pub fn name(&self) -> &str {
        if !self.sni.is_empty() {
            &self.sni
        } else if self.host.parse::<std::net::IpAddr>().is_ok() {
            ""
        } else {
            &self.host
        }
    }
}

/// As a person writes an endpoint: `name:port`, or the name of a zone.
pub fn label(host: &str, port: u16) -> String {
    match (host.parse(), port) {
        (_, 0) => host.to_owned(),
        (Ok(ip), port) => std::net::SocketAddr::new(ip, port).to_string(),
        (Err(_), port) => format!("{host}:{port}"),
    }
}

/// What is said of an endpoint when it is entered.
#[derive(Clone, Copy, Debug)]
pub struct NewEndpoint<'a> {
    /// The system.
    pub system_id: &'a str,
    /// The host that answers there.
    pub host_id: Option<&'a str>,
    /// How to speak to it.
    pub kind: EndpointKind,
    /// Name or address.
    pub host: &'a str,
    /// Port; 0 for a zone.
    pub port: u16,
    /// The TLS name, or empty.
    pub sni: &'a str,
}

/// Enters an endpoint; returns its id.
///
/// # Errors
/// When the system has it already.
pub async fn add(db: &mut Db, new: &NewEndpoint<'_>, at: i64) -> Result<String> {
    let id = new_id();
    sqlx::query(
        "INSERT INTO endpoint (id, system_id, host_id, kind, host, port, sni, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&id)
    .bind(new.system_id)
    .bind(new.host_id)
    .bind(new.kind)
    .bind(new.host)
    .bind(new.port)
    .bind(new.sni)
    .bind(at)
    .execute(db)
    .await
    .map_err(taken("endpoint", new.host))?;
    Ok(id)
}

/// The endpoints that are not archived, by name; of one system where `system_id` is given.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope, system_id: Option<&str>) -> Result<Vec<Endpoint>> {
    Ok(sqlx::query_as(
        "SELECT endpoint.* FROM endpoint JOIN system ON system.id = endpoint.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND ($2 IS NULL OR system.id = $2) \
         AND endpoint.archived_at IS NULL ORDER BY endpoint.host, endpoint.port, endpoint.id",
    )
    .bind(scope.agency())
    .bind(system_id)
    .fetch_all(db)
    .await?)
}

/// The endpoint with this id.
///
/// # Errors
/// When there is none in the scope.
pub async fn find(db: &mut Db, scope: &Scope, id: &str) -> Result<Endpoint> {
    sqlx::query_as(
        "SELECT endpoint.* FROM endpoint JOIN system ON system.id = endpoint.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND endpoint.id = $2",
    )
    .bind(scope.agency())
    .bind(id)
    .fetch_optional(db)
    .await?
    .ok_or_else(|| StoreError::not_found("endpoint", id))
}

/// Takes an endpoint out. Its log stays.
///
/// # Errors
/// When there is none in the scope.
pub async fn archive(db: &mut Db, scope: &Scope, id: &str, at: i64) -> Result<()> {
    let done = sqlx::query(
        "UPDATE endpoint SET archived_at = $3 WHERE id = $2 AND archived_at IS NULL \
         AND ($1 IS NULL OR system_id IN (SELECT id FROM system WHERE agency_id = $1))",
    )
    .bind(scope.agency())
    .bind(id)
    .bind(at)
    .execute(db)
    .await?;
    wrote(&done, "endpoint", id)
}

/// Endpoints whose time has come, those longest due first. For the collector's own use.
///
/// # Errors
/// When the store fails.
pub async fn due(db: &mut Db, now: i64, limit: u32) -> Result<Vec<Endpoint>> {
    Ok(sqlx::query_as(
        "SELECT endpoint.* FROM endpoint JOIN system ON system.id = endpoint.system_id \
         JOIN agency ON agency.id = system.agency_id WHERE endpoint.archived_at IS NULL \
         AND system.archived_at IS NULL AND agency.archived_at IS NULL \
         AND coalesce(endpoint.next_at, 0) <= $1 \
         ORDER BY coalesce(endpoint.next_at, 0), endpoint.id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// Sets when an endpoint is due again.
///
/// # Errors
/// When there is no such endpoint.
pub async fn put_off(db: &mut Db, id: &str, next_at: i64) -> Result<()> {
    let done = sqlx::query("UPDATE endpoint SET next_at = $2 WHERE id = $1")
        .bind(id)
        .bind(next_at)
        .execute(db)
        .await?;
    wrote(&done, "endpoint", id)
}

/// Notes how a look went.
///
/// # Errors
/// When there is no such endpoint.
pub async fn set_state(db: &mut Db, id: &str, state: LookState, at: i64) -> Result<()> {
    let done = sqlx::query("UPDATE endpoint SET state = $2, state_at = $3 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(at)
        .execute(db)
        .await?;
    wrote(&done, "endpoint", id)
}
