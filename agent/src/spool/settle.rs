//! What the collector said about a run.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    DbResult, Spool, SpoolError,
    put::{collect_garbage, doubt},
};

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

    /// A run is durable as a whole, by itself or through a resend: the collector now holds the
    /// state after it, and all before it is settled too.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ack_run(&mut self, run_id: &str) -> Result<Settled, SpoolError> {
        self.transact(|db| {
            let Some(counter) = counter_of(db, run_id)? else {
                return Ok(Settled::Already);
            };
            holds(db, counter)?;
            Ok(Settled::Now)
        })
    }

    /// A receipt says that the collector holds the state after this run: it is settled, and so is every
    /// run before it. Gives how many that were.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn settle_to(&mut self, run_id: &str, state_sha: &[u8]) -> Result<Receipted, SpoolError> {
        self.transact(|db| {
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
            let sql = "DELETE FROM run WHERE fate = 'pending' AND counter < ?1";
            db.execute(sql, [counter])?;
            holds(db, counter)?;
            Ok(Receipted::Runs(settled))
        })
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
            doubt(db, counter)?;
            let sql = "UPDATE run SET fate = 'aside' WHERE counter = ?1";
            db.execute(sql, [counter])?;
            db.execute("DELETE FROM outbox WHERE counter = ?1", [counter])?;
            forget(db, counter)?;
            Ok(Settled::Now)
        })
    }
}

/// The collector holds the state after the run with this counter.
fn holds(db: &Connection, counter: i64) -> DbResult<()> {
    db.execute("DELETE FROM known", [])?;
    let sql = "INSERT INTO known SELECT check_id, kind, name, version, sha FROM state \
               WHERE counter = ?1";
    db.execute(sql, [counter])?;
    let sql = "UPDATE run SET fate = 'acked' WHERE counter = ?1";
    db.execute(sql, [counter])?;
    db.execute("DELETE FROM outbox WHERE counter = ?1", [counter])?;
    forget(db, counter)
}

fn counter_of(db: &Connection, run_id: &str) -> DbResult<Option<i64>> {
    let sql = "SELECT counter FROM run WHERE run_id = ?1";
    db.query_row(sql, [run_id], |r| r.get(0)).optional()
}

/// Drops settled runs that are not the latest.
fn forget(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "DELETE FROM run WHERE fate != 'pending' AND counter <= ?1
               AND counter < (SELECT max(counter) FROM run)";
    db.execute(sql, [counter])?;
    collect_garbage(db)
}
