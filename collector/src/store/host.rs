//! Hosts: servers of a system, one agent identity each.

use serde::Serialize;

use super::{Db, Result, Scope, StoreError, wrote};

/// Whether a host takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum HostState {
    /// Its agent may connect.
    Active,
    /// Its agent is turned away; the host still counts, as not assessed once its evidence is old.
    Disabled,
    /// The server is gone; it counts no more.
    Retired,
}

impl HostState {
    /// The name used in the store and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Retired => "retired",
        }
    }
}

/// Where a host says that its key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum KeyPlace {
    /// In a file: whoever reads it has the key.
    File,
    /// In its TPM. Nothing proves it.
    Tpm,
}

/// A stored host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Host {
    /// Its id, which its certificate names.
    pub id: String,
    /// The system it serves.
    pub system_id: String,
    /// What it calls itself. A claim.
    pub hostname: String,
    /// SHA-256 of its machine id at enrolment; empty where it could not be read.
    #[serde(skip)]
    pub machine_id_sha256: Vec<u8>,
    /// Its operating system. A claim.
    pub os_id: String,
    /// The version of that. A claim.
    pub os_version: String,
    /// The version of its agent. A claim.
    pub agent_version: String,
    /// Whether it takes part.
    pub state: HostState,
    /// When it enrolled.
    pub enrolled_at: i64,
    /// When its agent last spoke.
    pub last_seen_at: Option<i64>,
    /// When its last run was accepted.
    pub last_run_at: Option<i64>,
    /// The counter of the last run that was accepted.
    pub last_counter: i64,
    /// The digest over its findings, as signed by its agent.
    #[serde(skip)]
    pub state_sha256: Option<Vec<u8>>,
    /// How far its clock was ahead of ours when it last connected, in milliseconds.
    pub clock_drift_ms: Option<i64>,
    /// SHA-256 of the program that its agent says it runs.
    #[serde(skip)]
    pub agent_binary_sha256: Option<Vec<u8>>,
    /// Whether its runs are carried in files; then it may open no session.
    pub carried: bool,
    /// Where the key of its newest certificate is. A claim; none by an agent that does not tell.
    pub key_place: Option<KeyPlace>,
}

/// What a host says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Claims<'a> {
    /// Its name.
    pub hostname: &'a str,
    /// SHA-256 of its machine id, or nothing.
    pub machine_id_sha256: &'a [u8],
    /// Its operating system.
    pub os_id: &'a str,
    /// The version of that.
    pub os_version: &'a str,
    /// The version of its agent.
    pub agent_version: &'a str,
}

/// Enters a host under the id that its certificate bears.
///
/// # Errors
/// When the store fails.
pub async fn add(
    db: &mut Db,
    id: &str,
    system_id: &str,
    claims: &Claims<'_>,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO host (id, system_id, hostname, machine_id_sha256, os_id, os_version, \
         agent_version, state, enrolled_at, last_seen_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $8)",
    )
    .bind(id)
    .bind(system_id)
    .bind(claims.hostname)
    .bind(claims.machine_id_sha256)
    .bind(claims.os_id)
    .bind(claims.os_version)
    .bind(claims.agent_version)
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes what a host says of itself at renewal. The machine id stays the one it enrolled with.
///
/// # Errors
/// When the store fails.
pub async fn refresh(db: &mut Db, id: &str, claims: &Claims<'_>, at: i64) -> Result<()> {
    sqlx::query(
        "UPDATE host SET hostname = $2, os_id = $3, os_version = $4, agent_version = $5, \
         last_seen_at = $6 WHERE id = $1",
    )
    .bind(id)
    .bind(claims.hostname)
    .bind(claims.os_id)
    .bind(claims.os_version)
    .bind(claims.agent_version)
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
}

/// Sets the machine id that later connections are compared with.
///
/// # Errors
/// When the store fails.
pub async fn set_machine(db: &mut Db, id: &str, machine_id_sha256: &[u8]) -> Result<()> {
    sqlx::query("UPDATE host SET machine_id_sha256 = $2 WHERE id = $1")
        .bind(id)
        .bind(machine_id_sha256)
        .execute(db)
        .await?;
    Ok(())
}

/// Notes where a host says that the key of its newest certificate is.
///
/// # Errors
/// When the store fails.
pub async fn set_key_place(db: &mut Db, id: &str, place: Option<KeyPlace>) -> Result<()> {
    sqlx::query("UPDATE host SET key_place = $2 WHERE id = $1")
        .bind(id)
        .bind(place)
        .execute(db)
        .await?;
    Ok(())
}

/// Sets whether a host's runs are carried in files.
///
/// # Errors
/// When there is none.
pub async fn set_carried(db: &mut Db, id: &str, carried: bool) -> Result<()> {
    let done = sqlx::query("UPDATE host SET carried = $2 WHERE id = $1")
        .bind(id)
        .bind(carried)
        .execute(db)
        .await?;
    wrote(&done, "host", id)
}

/// Whether a host that is not retired enrolled with this machine id.
///
/// # Errors
/// When the store fails.
pub async fn has_machine(db: &mut Db, machine_id_sha256: &[u8]) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM host WHERE machine_id_sha256 = $1 AND state <> 'retired')",
    )
    .bind(machine_id_sha256)
    .fetch_one(db)
    .await?)
}

/// Notes that a host's agent connected, with its version and how far its clock is ahead.
///
/// # Errors
/// When the store fails.
pub async fn seen(
    db: &mut Db,
    id: &str,
    (agent_version, agent_binary_sha256): (&str, &[u8]),
    drift_ms: i64,
    at: i64,
) -> Result<()> {
    sqlx::query(
        "UPDATE host SET agent_version = $2, clock_drift_ms = $3, last_seen_at = $4, \
         agent_binary_sha256 = $5 WHERE id = $1",
    )
    .bind(id)
    .bind(agent_version)
    .bind(drift_ms)
    .bind(at)
    .bind(agent_binary_sha256)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes an accepted run.
///
/// # Errors
/// When the store fails.
pub async fn ran(db: &mut Db, id: &str, counter: i64, digest: &[u8], at: i64) -> Result<()> {
    sqlx::query(
        "UPDATE host SET last_counter = max(last_counter, $2), state_sha256 = $3, \
         last_run_at = $4, last_seen_at = $4 WHERE id = $1",
    )
    .bind(id)
    .bind(counter)
    .bind(digest)
    .bind(at)
    .execute(db)
    .await?;
    Ok(())
}

/// The hosts that are not retired, by name; of one system where `system_id` is given.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope, system_id: Option<&str>) -> Result<Vec<Host>> {
    Ok(sqlx::query_as(
        "SELECT host.* FROM host JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND ($2 IS NULL OR host.system_id = $2) \
         AND host.state <> 'retired' ORDER BY host.hostname, host.id",
    )
    .bind(scope.agency())
    .bind(system_id)
    .fetch_all(db)
    .await?)
}

/// Every host, retired ones too, by id: for what is to be proved of all of them.
///
/// # Errors
/// When the store fails.
pub async fn all(db: &mut Db) -> Result<Vec<Host>> {
    let sql = "SELECT * FROM host ORDER BY id";
    Ok(sqlx::query_as(sql).fetch_all(db).await?)
}

/// The host with this id.
///
/// # Errors
/// When there is none in the scope.
pub async fn find(db: &mut Db, scope: &Scope, id: &str) -> Result<Host> {
    sqlx::query_as(
        "SELECT host.* FROM host JOIN system ON system.id = host.system_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.id = $2",
    )
    .bind(scope.agency())
    .bind(id)
    .fetch_optional(db)
    .await?
    .ok_or_else(|| StoreError::not_found("host", id))
}

/// Sets whether a host takes part.
///
/// # Errors
/// When there is none in the scope.
pub async fn set_state(db: &mut Db, scope: &Scope, id: &str, state: HostState) -> Result<()> {
    let done = sqlx::query(
        "UPDATE host SET state = $3 WHERE id = $2 AND ($1 IS NULL OR system_id IN \
         (SELECT id FROM system WHERE agency_id = $1))",
    )
    .bind(scope.agency())
    .bind(id)
    .bind(state)
    .execute(db)
    .await?;
    wrote(&done, "host", id)
}
