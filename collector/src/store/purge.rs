//! What may go: batches of runs that are over, runs and imports that nobody ends, and observations
//! that nothing refers to. A pass is bounded, so that it never holds up ingest for long; the next one
//! goes on where it stopped.
//!
//! Findings, their history and every observation that either refers to stay for ever.

use super::{Db, Result, Store, feed, run::RunState, staged};

/// The most rows of each table that one pass takes from a feed.
const FEED_ROWS: i64 = 20_000;
/// After how long a run or an import that was not ended is abandoned, in milliseconds.
pub const ABANDON_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// The most runs that one pass clears.
const RUNS: i64 = 500;
/// The most observations that one pass looks at.
const OBSERVATIONS: i64 = 10_000;

/// Where the next pass goes on. In memory: a restart begins anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor(i64);

/// What a pass removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Runs that were abandoned.
    pub abandoned: u64,
    /// Runs whose batches went.
    pub runs: u64,
    /// Observations.
    pub observations: u64,
    /// Rows of imports that nobody ended.
    pub feeds: u64,
}

/// One pass.
///
/// # Errors
/// When the store fails; what was removed before that stays removed.
pub async fn pass(store: &Store, cursor: &mut Cursor, now: i64) -> Result<Purged> {
    let mut tx = store.write().await?;
    let abandoned = abandon(&mut tx, now - ABANDON_MS).await?;
    let runs = batches(&mut tx).await?;
    let feeds = match feed::left_over(&mut tx, now - ABANDON_MS).await? {
        Some(id) => feed::clear_some(&mut tx, id, FEED_ROWS).await?,
        None => 0,
    };
    tx.commit().await?;
    let observations = observations(store, cursor).await?;
    Ok(Purged {
        abandoned,
        runs,
        observations,
        feeds,
    })
}

/// Abandons runs that were announced before `before` and did not end.
async fn abandon(db: &mut Db, before: i64) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE run SET state = $1 WHERE id IN (SELECT id FROM run \
         WHERE state IN ('open', 'resync') AND received_at < $2 ORDER BY received_at LIMIT $3)",
    )
    .bind(RunState::Abandoned)
    .bind(before)
    .bind(RUNS)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Drops what runs have staged that are over. A run that ended is known without its batches, and
/// one that was abandoned is sent from its beginning.
async fn batches(db: &mut Db) -> Result<u64> {
    let over: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT run_batch.run_id FROM run_batch JOIN run ON run.id = run_batch.run_id \
         WHERE run.state NOT IN ('open', 'resync') LIMIT $1",
    )
    .bind(RUNS)
    .fetch_all(&mut *db)
    .await?;
    for id in &over {
        staged::drop_all(&mut *db, id).await?;
    }
    Ok(u64::try_from(over.len()).unwrap_or(u64::MAX))
}

/// Whether nothing refers to an observation.
macro_rules! orphan {
    () => {
        "NOT EXISTS (SELECT 1 FROM finding WHERE observation_sha256 = observation.sha256) \
         AND NOT EXISTS (SELECT 1 FROM finding_change \
         WHERE observation_sha256 = observation.sha256) \
         AND NOT EXISTS (SELECT 1 FROM staged_finding \
         WHERE observation_sha256 = observation.sha256)"
    };
}

/// Looks at the next observations beside the writer, and then removes those that are still without
/// a reference.
async fn observations(store: &Store, cursor: &mut Cursor) -> Result<u64> {
    let mut db = store.read().await?;
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT max(rowid) FROM (SELECT rowid FROM observation WHERE rowid > $1 \
         ORDER BY rowid LIMIT $2)",
    )
    .bind(cursor.0)
    .bind(OBSERVATIONS)
    .fetch_one(&mut *db)
    .await?;
    let Some(last) = last else {
        *cursor = Cursor::default();
        return Ok(0);
    };
    let orphans: Vec<i64> = sqlx::query_scalar(concat!(
        "SELECT rowid FROM observation WHERE rowid > $1 AND rowid <= $2 AND ",
        orphan!()
    ))
    .bind(cursor.0)
    .bind(last)
    .fetch_all(&mut *db)
    .await?;
    drop(db);
    let mut removed = 0;
    if !orphans.is_empty() {
        let mut tx = store.write().await?;
        for rowid in orphans {
            let done = sqlx::query(concat!(
                "DELETE FROM observation WHERE rowid = $1 AND ",
                orphan!()
            ))
            .bind(rowid)
            .execute(&mut *tx)
            .await?;
            removed += done.rows_affected();
        }
        tx.commit().await?;
    }
    *cursor = Cursor(last);
    Ok(removed)
}
