//! Which hosts hold which keys, where the collector itself saw one, and whose keys are to be judged anew.

use std::collections::{BTreeMap, BTreeSet};

use capdo_checks::shared_keys::{Key, Kind, MOST_COUNTED};
use sqlx::FromRow;

use super::{Db, Result, Scope};

/// A host that holds a key beside the one that is asked about.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Other {
    /// Whether a file of its configuration holds it.
    pub held: bool,
    /// The names of its certificates, as JSON.
    pub names: String,
    /// Whether the collector saw it where that host answers.
    pub seen: bool,
}

/// How another host stands to the one that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Of the same system.
    SameSystem,
    /// Of another system of the agency.
    SameAgency,
    /// Of another agency.
    Elsewhere,
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What the key is for.
    pub kind: Kind,
    /// The key.
    pub key: &'a str,
    /// The host.
    pub host_id: &'a str,
    /// Its system.
    pub system_id: &'a str,
    /// The agency of that.
    pub agency_id: &'a str,
    /// Now.
    pub now: i64,
}

/// The hosts that also hold a key, no more than are counted. What is retired, or in a system out of
/// service, holds nothing; the word of a host that an officer has turned away reaches its own agency only.
///
/// # Errors
/// When the store fails.
pub async fn others(db: &mut Db, asked: &Asked<'_>, relation: Relation) -> Result<Vec<Other>> {
    let code = match relation {
        Relation::SameSystem => 0,
        Relation::SameAgency => 1,
        Relation::Elsewhere => 2,
    };
    // The collector's sight counts where an officer said that this very host answers there, and where none
    // of the endpoints of the agency that is asked about was seen at the same address.
    Ok(sqlx::query_as(
        "SELECT other.held, other.names, EXISTS (SELECT 1 FROM key_seen \
         JOIN endpoint ON endpoint.id = key_seen.endpoint_id WHERE key_seen.key = other.key \
         AND other.kind = 'tls' AND endpoint.host_id = other.host_id \
         AND endpoint.archived_at IS NULL AND key_seen.counts_until >= $6 \
         AND NOT EXISTS (SELECT 1 FROM key_seen AS own JOIN endpoint AS at \
         ON at.id = own.endpoint_id JOIN system AS of ON of.id = at.system_id \
         WHERE own.key = other.key AND own.address = key_seen.address \
         AND of.agency_id = $5)) AS seen \
         FROM key_holder AS other JOIN host ON host.id = other.host_id \
         JOIN system ON system.id = host.system_id \
         WHERE other.kind = $1 AND other.key = $2 AND other.host_id <> $3 \
         AND host.state <> 'retired' AND system.archived_at IS NULL AND CASE $7 \
         WHEN 0 THEN host.system_id = $4 \
         WHEN 1 THEN host.system_id <> $4 AND system.agency_id = $5 \
         ELSE system.agency_id <> $5 AND host.state = 'active' END \
         ORDER BY seen DESC, other.held DESC, other.host_id LIMIT $8",
    )
    .bind(asked.kind.code())
    .bind(asked.key)
    .bind(asked.host_id)
    .bind(asked.system_id)
    .bind(asked.agency_id)
    .bind(asked.now)
    .bind(code)
    .bind(MOST_COUNTED)
    .fetch_all(db)
    .await?)
}

/// Puts a host's keys of a kind in the place of those before; only what differs is written.
///
/// # Errors
/// When the store fails.
pub async fn put(
    db: &mut Db,
    host_id: &str,
    kind: Kind,
    keys: &BTreeMap<String, Key>,
) -> Result<()> {
    let before: Vec<(String, bool, String)> =
        sqlx::query_as("SELECT key, held, names FROM key_holder WHERE host_id = $1 AND kind = $2")
            .bind(host_id)
            .bind(kind.code())
            .fetch_all(&mut *db)
            .await?;
    for (key, ..) in before.iter().filter(|(key, ..)| !keys.contains_key(key)) {
        sqlx::query("DELETE FROM key_holder WHERE host_id = $1 AND kind = $2 AND key = $3")
            .bind(host_id)
            .bind(kind.code())
            .bind(key)
            .execute(&mut *db)
            .await?;
    }
    for (key, of) in keys {
        let names = serde_json::to_string(&of.names).unwrap_or_default();
        let row = (key.clone(), of.held, names);
        if before.contains(&row) {
            continue;
        }
        sqlx::query(
            "INSERT INTO key_holder (kind, key, host_id, held, names) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (kind, key, host_id) DO UPDATE SET held = excluded.held, \
             names = excluded.names",
        )
        .bind(kind.code())
        .bind(key)
        .bind(host_id)
        .bind(row.1)
        .bind(row.2)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// A key that the collector saw, and at which address.
pub type Sight = (String, String);

/// Puts the keys that a look showed at an endpoint in the place of those before. Rows that stay are only
/// given their new times, so that nothing is judged anew for a look that shows the same.
///
/// # Errors
/// When the store fails.
pub async fn put_seen(
    db: &mut Db,
    endpoint_id: &str,
    seen: &BTreeSet<Sight>,
    (at, until): (i64, i64),
) -> Result<()> {
    let before: Vec<Sight> =
        sqlx::query_as("SELECT key, address FROM key_seen WHERE endpoint_id = $1")
            .bind(endpoint_id)
            .fetch_all(&mut *db)
            .await?;
    for (key, address) in before.iter().filter(|sight| !seen.contains(sight)) {
        sqlx::query("DELETE FROM key_seen WHERE endpoint_id = $1 AND key = $2 AND address = $3")
            .bind(endpoint_id)
            .bind(key)
            .bind(address)
            .execute(&mut *db)
            .await?;
    }
    for (key, address) in seen {
        sqlx::query(
            "INSERT INTO key_seen (endpoint_id, key, address, at, counts_until) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (endpoint_id, key, address) DO UPDATE SET \
             at = excluded.at, counts_until = excluded.counts_until",
        )
        .bind(endpoint_id)
        .bind(key)
        .bind(address)
        .bind(at)
        .bind(until)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Some of the hosts whose keys are to be judged anew.
///
/// # Errors
/// When the store fails.
pub async fn due(db: &mut Db, limit: u32) -> Result<Vec<String>> {
    let sql = "SELECT host_id FROM key_due ORDER BY host_id LIMIT $1";
    Ok(sqlx::query_scalar(sql).bind(limit).fetch_all(db).await?)
}

/// Notes that a host's keys were judged.
///
/// # Errors
/// When the store fails.
pub async fn done(db: &mut Db, host_id: &str) -> Result<()> {
    sqlx::query("DELETE FROM key_due WHERE host_id = $1")
        .bind(host_id)
        .execute(db)
        .await?;
    Ok(())
}

/// A host with a key that others hold as well.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Holder {
    /// What the key is for.
    pub kind: String,
    /// The key.
    pub key: String,
    /// The host.
    pub host_id: String,
    /// What it calls itself.
    pub hostname: String,
    /// Its system.
    pub system_id: String,
    /// The name of that.
    pub system: String,
    /// The agency's name.
    pub agency: String,
    /// Whether a file of its configuration holds it.
    pub held: bool,
}

/// The keys that several hosts of the scope hold, with those hosts; those on most hosts first. Of others
/// an agency sees nothing here.
///
/// # Errors
/// When the store fails.
pub async fn shared(db: &mut Db, scope: &Scope, limit: u32) -> Result<Vec<Holder>> {
    Ok(sqlx::query_as(
        "WITH live AS (SELECT key_holder.kind, key_holder.key, key_holder.held, \
         host.id AS host_id, host.hostname, system.id AS system_id, system.name AS system, \
         agency.name AS agency FROM key_holder JOIN host ON host.id = key_holder.host_id \
         JOIN system ON system.id = host.system_id JOIN agency ON agency.id = system.agency_id \
         WHERE ($1 IS NULL OR system.agency_id = $1) AND host.state <> 'retired' \
         AND system.archived_at IS NULL), \
         many AS (SELECT kind, key, count(*) AS n FROM live GROUP BY kind, key HAVING n > 1) \
         SELECT live.* FROM live JOIN many USING (kind, key) \
         ORDER BY many.n DESC, kind, key, agency, system, hostname, host_id LIMIT $2",
    )
    .bind(scope.agency())
    .bind(limit)
    .fetch_all(db)
    .await?)
}
