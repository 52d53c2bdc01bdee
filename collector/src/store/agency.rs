//! Agencies: departments, communes, Party bodies, mass organisations.

use serde::Serialize;

use super::{Db, Result, Scope, StoreError, new_id, taken, wrote};

/// Of what kind an agency is; agencies are compared with others of their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum AgencyKind {
    /// A department of the province (sở, ban, ngành).
    Department,
    /// The People's Committee of a commune or ward (UBND xã, phường).
    Commune,
    /// A body of the Party.
    Party,
    /// A mass organisation.
    Mass,
    /// Anything else.
    Other,
}

/// A stored agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Agency {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: AgencyKind,
    /// When it was entered.
    pub created_at: i64,
    /// When it was dissolved or merged away; it then counts no more.
    pub archived_at: Option<i64>,
}

/// Enters an agency; returns its id.
///
/// # Errors
/// When the name is taken; likewise, here and in all tables, when the store fails.
pub async fn add(db: &mut Db, name: &str, kind: AgencyKind, at: i64) -> Result<String> {
    let id = new_id();
    sqlx::query("INSERT INTO agency (id, name, kind, created_at) VALUES ($1, $2, $3, $4)")
        .bind(&id)
        .bind(name)
        .bind(kind)
        .bind(at)
        .execute(db)
        .await
        .map_err(taken("agency", name))?;
    Ok(id)
}

/// The agencies that are not archived, by name.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope) -> Result<Vec<Agency>> {
    Ok(sqlx::query_as(
        "SELECT * FROM agency WHERE ($1 IS NULL OR id = $1) AND archived_at IS NULL ORDER BY name",
    )
    .bind(scope.agency())
    .fetch_all(db)
    .await?)
}

/// The agency with this id or name.
///
/// # Errors
/// When there is none in the scope.
pub async fn find(db: &mut Db, scope: &Scope, key: &str) -> Result<Agency> {
    sqlx::query_as("SELECT * FROM agency WHERE ($1 IS NULL OR id = $1) AND (id = $2 OR name = $2)")
        .bind(scope.agency())
        .bind(key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| StoreError::not_found("agency", key))
}

/// Changes name and kind.
///
/// # Errors
/// When there is no such agency, or the name is taken.
pub async fn update(db: &mut Db, id: &str, name: &str, kind: AgencyKind) -> Result<()> {
    let done = sqlx::query("UPDATE agency SET name = $2, kind = $3 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(kind)
        .execute(db)
        .await
        .map_err(taken("agency", name))?;
    wrote(&done, "agency", id)
}

/// Archives an agency. Its data stays.
///
/// # Errors
/// When there is no such agency.
pub async fn archive(db: &mut Db, id: &str, at: i64) -> Result<()> {
    let done = sqlx::query("UPDATE agency SET archived_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(db)
        .await?;
    wrote(&done, "agency", id)
}
