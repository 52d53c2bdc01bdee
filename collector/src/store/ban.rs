//! Who is turned away just now, and whom an officer lets in again. The collector that serves counts in its
//! memory; these tables are how it and the command line speak.

use serde::Serialize;

use super::{Db, Result, certificate};

/// The most bans that are kept here; more hold in memory without being listed.
const MOST: i64 = 10_000;
/// The most wishes that wait; older ones were of no use.
const MOST_LIFTS: i64 = 10_000;

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Ban {
    /// Whom: `host:ID`, `serial:HEX` or `address:IP`.
    pub offender: String,
    /// The last thing that it did.
    pub offence: String,
    /// Since when.
    pub since: i64,
    /// Until when.
    pub until: i64,
}

/// Notes a ban; those that are over go.
///
/// # Errors
/// When the store fails.
pub async fn note(db: &mut Db, ban: &Ban) -> Result<()> {
    sqlx::query("DELETE FROM ban WHERE until <= $1")
        .bind(ban.since)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO ban (offender, offence, since, until) SELECT $1, $2, $3, $4 \
         WHERE (SELECT count(*) FROM ban) < $5 ON CONFLICT (offender) DO UPDATE \
         SET offence = excluded.offence, since = excluded.since, until = excluded.until",
    )
    .bind(&ban.offender)
    .bind(&ban.offence)
    .bind(ban.since)
    .bind(ban.until)
    .bind(MOST)
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets every ban and every wish: a collector that starts turns nobody away.
///
/// # Errors
/// When the store fails.
pub async fn begin(db: &mut Db) -> Result<()> {
    sqlx::query("DELETE FROM ban").execute(&mut *db).await?;
    sqlx::query("DELETE FROM ban_lift").execute(db).await?;
    Ok(())
}

/// The bans that hold at `now`, those that end last first.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &mut Db, now: i64) -> Result<Vec<Ban>> {
    Ok(
        sqlx::query_as("SELECT * FROM ban WHERE until > $1 ORDER BY until DESC, offender LIMIT $2")
            .bind(now)
            .bind(MOST)
            .fetch_all(db)
            .await?,
    )
}

/// Asks the collector that serves to let somebody in again; whether a ban was on record.
///
/// # Errors
/// When the store fails.
pub async fn lift(db: &mut Db, offender: &str, now: i64) -> Result<bool> {
    let done = sqlx::query("DELETE FROM ban WHERE offender = $1 AND until > $2")
        .bind(offender)
        .bind(now)
        .execute(&mut *db)
        .await?;
    // Also where none is on record: the ban may be a moment old, and not be written down yet.
    sqlx::query("INSERT INTO ban_lift (offender, at) VALUES ($1, $2)")
        .bind(offender)
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query("DELETE FROM ban_lift WHERE seq <= (SELECT max(seq) FROM ban_lift) - $1")
        .bind(MOST_LIFTS)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// As [`lift`], of a host: under its own name and under those of its certificates, by which it goes
/// before anybody looked it up.
///
/// # Errors
/// When the store fails.
pub async fn lift_host(db: &mut Db, host_id: &str, now: i64) -> Result<bool> {
    let mut lifted = lift(&mut *db, &format!("host:{host_id}"), now).await?;
    for one in certificate::all(&mut *db, host_id).await? {
        if one.revoked_at.is_none() && one.not_after > now {
            lifted |= lift(&mut *db, &format!("serial:{}", one.serial), now).await?;
        }
    }
    Ok(lifted)
}

/// Those who are to be let in again: up to which wish, and whom.
///
/// # Errors
/// When the store fails.
pub async fn lifts(db: &mut Db) -> Result<Vec<(i64, String)>> {
    Ok(
        sqlx::query_as("SELECT seq, offender FROM ban_lift ORDER BY seq LIMIT 1000")
            .fetch_all(db)
            .await?,
    )
}

/// The wishes up to this one were followed.
///
/// # Errors
/// When the store fails.
pub async fn followed(db: &mut Db, seq: i64) -> Result<()> {
    sqlx::query("DELETE FROM ban_lift WHERE seq <= $1")
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}
