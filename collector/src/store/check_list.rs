//! Lists of checks that runs made, each once, by its digest.

use std::collections::BTreeSet;

use capdo_proto::{
    digest::{announced, checks_digest},
    v1::CheckRef,
};

use super::{Db, Result, StoreError, run::Run};

/// A check and its version.
type Listed = (String, u32);

/// Keeps a list, and gives its digest.
///
/// # Errors
/// When the store fails.
pub async fn keep(db: &mut Db, checks: &[CheckRef]) -> Result<[u8; 32]> {
    let sha256 = announced(checks);
    if holds(&mut *db, &sha256).await? {
        return Ok(sha256);
    }
    let mut list: Vec<(&str, u32)> = checks
        .iter()
        .map(|c| (c.check_id.as_str(), c.check_version))
        .collect();
    list.sort_unstable();
    sqlx::query("INSERT INTO check_list (sha256, checks) VALUES ($1, $2)")
        .bind(sha256.as_slice())
        .bind(serde_json::to_string(&list).unwrap_or_default())
        .execute(db)
        .await?;
    Ok(sha256)
}

/// Whether the list with this digest is held.
///
/// # Errors
/// When the store fails.
pub async fn holds(db: &mut Db, sha256: &[u8]) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM check_list WHERE sha256 = $1)")
            .bind(sha256)
            .fetch_one(db)
            .await?,
    )
}

/// The digest of the list of the last run that was accepted of a host; empty where it named none.
///
/// # Errors
/// When the store fails.
pub async fn last_of(db: &mut Db, host_id: &str) -> Result<Vec<u8>> {
    let last: Option<Option<Vec<u8>>> = sqlx::query_scalar(
        "SELECT checks_sha256 FROM run WHERE host_id = $1 AND state = 'finished' \
         ORDER BY counter DESC LIMIT 1",
    )
    .bind(host_id)
    .fetch_optional(db)
    .await?;
    Ok(last.flatten().unwrap_or_default())
}

/// The ids of the checks that a run made.
///
/// # Errors
/// When the store fails, or lacks the list.
pub async fn of_run(db: &mut Db, run: &Run) -> Result<BTreeSet<String>> {
    let damaged = || StoreError::damaged("run", &run.id);
    let Some(sha256) = &run.checks_sha256 else {
        return serde_json::from_str(&run.checks).map_err(|_| damaged());
    };
    let held: Option<String> =
        sqlx::query_scalar("SELECT checks FROM check_list WHERE sha256 = $1")
            .bind(sha256)
            .fetch_optional(db)
            .await?;
    let list = held.and_then(|h| read(&h)).ok_or_else(damaged)?;
    Ok(list.into_iter().map(|(id, _)| id).collect())
}

fn read(checks: &str) -> Option<Vec<Listed>> {
    serde_json::from_str(checks).ok()
}

/// The digests of lists that are not what they are kept under.
///
/// # Errors
/// When the store fails.
pub async fn changed(db: &mut Db) -> Result<Vec<Vec<u8>>> {
    let all: Vec<(Vec<u8>, String)> = sqlx::query_as("SELECT sha256, checks FROM check_list")
        .fetch_all(db)
        .await?;
    let holds = |sha256: &[u8], checks: &str| {
        let digest = |l: Vec<Listed>| checks_digest(l.iter().map(|(id, v)| (id.as_str(), *v)));
        read(checks).is_some_and(|l| digest(l)[..] == *sha256)
    };
    let changed = all.into_iter().filter(|(s, c)| !holds(s, c));
    Ok(changed.map(|(sha256, _)| sha256).collect())
}

/// The digests of lists that runs of a host name and that are not there.
///
/// # Errors
/// When the store fails.
pub async fn missing(db: &mut Db, host_id: &str) -> Result<Vec<Vec<u8>>> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT checks_sha256 FROM run WHERE host_id = $1 AND checks_sha256 IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM check_list WHERE sha256 = run.checks_sha256)",
    )
    .bind(host_id)
    .fetch_all(db)
    .await?)
}
