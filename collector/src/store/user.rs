//! People who may sign in.

use serde::Serialize;

use super::{Db, Result, Scope, StoreError, new_id, taken, wrote};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(rename_all = "snake_case")]
pub enum Role {
    /// Runs the collector: users, agencies, systems. Sees every agency.
    Admin,
    /// An officer of the province: reviews attestations and waivers. Sees every agency.
    Officer,
    /// Only looks; at every agency or at one.
    Viewer,
    /// A sysadmin of one agency.
    Sysadmin,
}

/// A stored user.
#[derive(Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct User {
    /// Its id.
    pub id: String,
    /// What it signs in with.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The agency it belongs to; none for who sees every agency.
    pub agency_id: Option<String>,
    /// Argon2id, in PHC form.
    #[serde(skip)]
    pub password_hash: String,
    /// When it was entered.
    pub created_at: i64,
    /// When it was shut out.
    pub disabled_at: Option<i64>,
}

/// Everything but the password's hash.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("login", &self.login)
            .field("role", &self.role)
            .field("agency_id", &self.agency_id)
            .finish_non_exhaustive()
    }
}

impl User {
    /// What the user may see.
    pub fn scope(&self) -> Scope {
        match &self.agency_id {
            None => Scope::All,
            Some(id) => Scope::Agency(id.clone()),
        }
    }
}

/// A user to be entered.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    /// What it signs in with.
    pub login: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// The agency it belongs to.
    pub agency_id: Option<&'a str>,
    /// Argon2id, in PHC form.
    pub password_hash: &'a str,
}

/// Enters a user; returns its id.
///
/// # Errors
/// When the login is taken.
pub async fn add(db: &mut Db, new: &NewUser<'_>, at: i64) -> Result<String> {
    let id = new_id();
    sqlx::query(
        "INSERT INTO user (id, login, name, role, agency_id, password_hash, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&id)
    .bind(new.login)
    .bind(new.name)
    .bind(new.role)
    .bind(new.agency_id)
    .bind(new.password_hash)
    .bind(at)
    .execute(db)
    .await
    .map_err(taken("user", new.login))?;
    Ok(id)
}

/// The users of the scope, by login.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, scope: &Scope) -> Result<Vec<User>> {
    Ok(
        sqlx::query_as("SELECT * FROM user WHERE ($1 IS NULL OR agency_id = $1) ORDER BY login")
            .bind(scope.agency())
            .fetch_all(db)
            .await?,
    )
}

/// The user with this login.
///
/// # Errors
/// When there is none in the scope.
pub async fn find(db: &mut Db, scope: &Scope, login: &str) -> Result<User> {
    sqlx::query_as("SELECT * FROM user WHERE ($1 IS NULL OR agency_id = $1) AND login = $2")
        .bind(scope.agency())
        .bind(login)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| StoreError::not_found("user", login))
}

/// Sets a new password.
///
/// # Errors
/// When there is no such user.
pub async fn set_password(db: &mut Db, id: &str, password_hash: &str) -> Result<()> {
    let done = sqlx::query("UPDATE user SET password_hash = $2 WHERE id = $1")
        .bind(id)
        .bind(password_hash)
        .execute(db)
        .await?;
    wrote(&done, "user", id)
}

/// Shuts a user out (`Some` time) or lets it in again.
///
/// # Errors
/// When there is no such user.
pub async fn set_disabled(db: &mut Db, id: &str, at: Option<i64>) -> Result<()> {
    let done = sqlx::query("UPDATE user SET disabled_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(db)
        .await?;
    wrote(&done, "user", id)
}
