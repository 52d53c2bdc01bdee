//! Information systems of agencies.

use serde::Serialize;

use super::{Db, Result, Scope, StoreError, new_id, taken, wrote};

/// How far the dossier that proposes the level has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum Dossier {
    /// Not begun.
    None,
    /// Being written.
    Draft,
    /// Submitted for appraisal.
    Submitted,
    /// Approved; the level stands.
    Approved,
}

/// A stored system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct System {
    /// Its id.
    pub id: String,
    /// The agency that owns it.
    pub agency_id: String,
    /// Its name, unique within the agency.
    pub name: String,
    /// The standard it is measured against.
    pub standard_id: String,
    /// The level that the agency proposes, 1 to 5.
    pub proposed_level: u8,
    /// The level that was approved.
    pub approved_level: Option<u8>,
    /// How far its dossier has come.
    pub dossier: Dossier,
    /// How many hosts the agency declared; one without an agent counts as nothing met.
    pub declared_hosts: u32,
    /// When it was entered.
    pub created_at: i64,
    /// When it was taken out of service.
    pub archived_at: Option<i64>,
}

impl System {
    /// The level it is measured at: approved where there is one, else proposed.
    pub fn level(&self) -> u8 {
        self.approved_level.unwrap_or(self.proposed_level)
    }
}

/// What is said of a system when it is entered or changed.
#[derive(Clone, Debug)]
pub struct Details<'a> {
    /// Its name.
    pub name: &'a str,
    /// The standard it is measured against.
    pub standard_id: &'a str,
    /// The proposed level.
    pub proposed_level: u8,
    /// The approved level.
    pub approved_level: Option<u8>,
    /// The state of the dossier.
    pub dossier: Dossier,
    /// The number of its hosts.
    pub declared_hosts: u32,
}

/// Enters a system; returns its id.
///
/// # Errors
/// When the agency has one of that name.
pub async fn add(db: &mut Db, agency_id: &str, details: &Details<'_>, at: i64) -> Result<String> {
    let id = new_id();
    sqlx::query(
        "INSERT INTO system (id, agency_id, name, standard_id, proposed_level, approved_level, \
         dossier, declared_hosts, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&id)
    .bind(agency_id)
    .bind(details.name)
    .bind(details.standard_id)
    .bind(details.proposed_level)
    .bind(details.approved_level)
    .bind(details.dossier)
    .bind(details.declared_hosts)
    .bind(at)
    .execute(db)
    .await
    .map_err(taken("system", details.name))?;
    Ok(id)
}

/// Changes what is said of a system.
///
/// # Errors
/// When there is no such system in the scope, or the name is taken.
pub async fn update(db: &mut Db, scope: &Scope, id: &str, details: &Details<'_>) -> Result<()> {
    let done = sqlx::query(
        "UPDATE system SET name = $3, standard_id = $4, proposed_level = $5, approved_level = $6, \
         dossier = $7, declared_hosts = $8 WHERE id = $2 AND ($1 IS NULL OR agency_id = $1)",
    )
    .bind(scope.agency())
    .bind(id)
    .bind(details.name)
    .bind(details.standard_id)
    .bind(details.proposed_level)
    .bind(details.approved_level)
    .bind(details.dossier)
    .bind(details.declared_hosts)
    .execute(db)
    .await
    .map_err(taken("system", details.name))?;
    wrote(&done, "system", id)
}

/// The systems that are not archived, by agency and name.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope, agency_id: Option<&str>) -> Result<Vec<System>> {
    Ok(sqlx::query_as(
        "SELECT * FROM system WHERE ($1 IS NULL OR agency_id = $1) \
         AND ($2 IS NULL OR agency_id = $2) AND archived_at IS NULL ORDER BY agency_id, name",
    )
    .bind(scope.agency())
    .bind(agency_id)
    .fetch_all(db)
    .await?)
}

/// The system with this id, or with this name where only one has it.
///
/// # Errors
/// When there is none in the scope, or several have the name.
pub async fn find(db: &mut Db, scope: &Scope, key: &str) -> Result<System> {
    let mut found: Vec<System> = sqlx::query_as(
        "SELECT * FROM system WHERE ($1 IS NULL OR agency_id = $1) AND (id = $2 OR name = $2) \
         LIMIT 2",
    )
    .bind(scope.agency())
    .bind(key)
    .fetch_all(db)
    .await?;
    match (found.pop(), found.is_empty()) {
        (Some(system), true) => Ok(system),
        _ => Err(StoreError::not_found("system", key)),
    }
}

/// Takes a system out of service. Its data stays.
///
/// # Errors
/// When there is no such system.
pub async fn archive(db: &mut Db, id: &str, at: i64) -> Result<()> {
    let done = sqlx::query("UPDATE system SET archived_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(db)
        .await?;
    wrote(&done, "system", id)
}
