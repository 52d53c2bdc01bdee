//! What the collector said about a run.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{DbResult, Spool, SpoolError, missing, state::remove_run};

/// Whether a word of the collector changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It did.
    Now,
    /// It was said before, or about a run that is not here.
    Already,
}

/// What a receipt settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipted {
    /// So many runs.
    Runs(u32),
    /// Nothing: the run had another state here.
    OtherState,
}

impl Spool {
    /// The batches of a run up to `sequence` are durable.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ack_batches(&mut self, run_id: &str, sequence: u32) -> Result<(), SpoolError> {
        self.transact(|db| {
            let sql = "UPDATE outbox SET acked = 1 WHERE sequence <= ?2 AND counter = \
                       (SELECT counter FROM run WHERE run_id = ?1 AND fate = 'pending')";
            db.execute(sql, params![run_id, sequence]).map(drop)
        })
    }

    /// Batches of a run that were acked are not there any more, as after the collector was restored: all
    /// of them are sent again.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn doubt_acks(&mut self, run_id: &str) -> Result<(), SpoolError> {
        self.transact(|db| {
            let sql = "UPDATE outbox SET acked = 0 WHERE counter = \
                       (SELECT counter FROM run WHERE run_id = ?1 AND fate = 'pending')";
            db.execute(sql, [run_id]).map(drop)
        })
    }

    /// A run is durable as a whole, by itself or through a resend: the collector now holds the
    /// state after it, and all before it is settled too.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ack_run(&mut self, run_id: &str) -> Result<Settled, SpoolError> {
        let settled = self.transact(|db| {
            let Some(counter) = counter_of(db, run_id)? else {
                return Ok(Settled::Already);
            };
            settle(db, counter)?;
            Ok(Settled::Now)
        })?;
        self.give_back();
        Ok(settled)
    }

    /// A receipt says that the collector holds the state after this run: it is settled, and so is every
    /// run before it. Gives how many that were.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn settle_to(&mut self, run_id: &str, state_sha: &[u8]) -> Result<Receipted, SpoolError> {
        let settled = self.transact(|db| {
            let sql = "SELECT counter, state_sha FROM run WHERE run_id = ?1";
            let row = db.query_row(sql, [run_id], |r| Ok((r.get(0)?, r.get(1)?)));
            let Some((counter, held)): Option<(i64, Vec<u8>)> = row.optional()? else {
                return Ok(Receipted::Runs(0)); // settled long ago
            };
            if held != state_sha {
                return Ok(Receipted::OtherState);
            }
            let sql = "SELECT count(*) FROM run WHERE fate = 'pending' AND counter <= ?1";
            let settled = db.query_row(sql, [counter], |r| r.get(0))?;
            let sql = "SELECT counter FROM run WHERE fate = 'pending' AND counter < ?1";
            let before: Vec<i64> = db
                .prepare_cached(sql)?
                .query_map([counter], |r| r.get(0))?
                .collect::<DbResult<_>>()?;
            settle(db, counter)?;
            before.into_iter().try_for_each(|c| remove_run(db, c))?;
            Ok(Receipted::Runs(settled))
        })?;
        self.give_back();
        Ok(settled)
    }

    /// A run will never be taken. What it saw and the collector lacks goes with the next run.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn set_aside(&mut self, run_id: &str) -> Result<Settled, SpoolError> {
        self.transact(|db| {
            let sql = "SELECT counter FROM run WHERE run_id = ?1 AND fate = 'pending'";
            let counter: Option<i64> = db.query_row(sql, [run_id], |r| r.get(0)).optional()?;
            let Some(counter) = counter else {
                return Ok(Settled::Already);
            };
            missing::note(db, counter)?;
            doubt(db, counter)?;
            let sql = "UPDATE run SET fate = 'aside' WHERE counter = ?1";
            db.execute(sql, [counter])?;
            db.execute("DELETE FROM outbox WHERE counter = ?1", [counter])?;
            forget(db, counter)?;
            Ok(Settled::Now)
        })
    }
}

/// The collector holds the state after this run, and what the run said.
fn settle(db: &Connection, counter: i64) -> DbResult<()> {
    hold(db, counter)?;
    missing::told(db, counter)?;
    let sql = "UPDATE run SET fate = 'acked' WHERE counter = ?1";
    db.execute(sql, [counter])?;
    db.execute("DELETE FROM outbox WHERE counter = ?1", [counter])?;
    forget(db, counter)
}

pub(super) fn counter_of(db: &Connection, run_id: &str) -> DbResult<Option<i64>> {
    let sql = "SELECT counter FROM run WHERE run_id = ?1";
    db.query_row(sql, [run_id], |r| r.get(0)).optional()
}

/// The collector holds the state after this run.
fn hold(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "DELETE FROM known WHERE NOT EXISTS (SELECT 1 FROM span AS s \
               WHERE s.check_id = known.check_id AND s.kind = known.kind AND s.name = known.name \
               AND s.since <= ?1 AND (s.until IS NULL OR s.until > ?1))";
    db.execute(sql, [counter])?;
    let sql = "INSERT INTO known SELECT check_id, kind, name, version, sha FROM span \
               WHERE since <= ?1 AND (until IS NULL OR until > ?1) \
               ON CONFLICT (check_id, kind, name) DO UPDATE \
               SET version = excluded.version, sha = excluded.sha WHERE sha <> excluded.sha";
    db.execute(sql, [counter]).map(drop)
}

/// Nobody knows whether the collector took this run: it may have, and its ack was lost. So whatever
/// was sent of it is in doubt, which an empty hash says, and the next run sends it again.
pub(super) fn doubt(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "INSERT OR REPLACE INTO known SELECT check_id, kind, name, version, x'' FROM outbox \
               WHERE counter = ?1";
    db.execute(sql, [counter]).map(drop)
}

/// Drops settled runs that are not the latest.
fn forget(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "SELECT counter FROM run WHERE fate != 'pending' AND counter <= ?1
               AND counter < (SELECT max(counter) FROM run)";
    let old: Vec<i64> = db
        .prepare_cached(sql)?
        .query_map([counter], |r| r.get(0))?
        .collect::<DbResult<_>>()?;
    old.into_iter().try_for_each(|c| remove_run(db, c))
}
