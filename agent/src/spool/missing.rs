//! Runs that the collector will never get: given up to keep the bound, or refused for ever. The next
//! run that it takes says so, and until then it is written here.

use capdo_proto::v1;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{DbResult, Spool, SpoolError};

/// The most records of what the collector was told long ago.
const KEPT: u32 = 100;

impl Spool {
    /// How many runs the collector never got, as far back as this is kept.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn gaps(&self) -> Result<u32, SpoolError> {
        self.wrap(count(&self.db))
    }
}

/// How many runs the collector never got.
pub(super) fn count(db: &Connection) -> DbResult<u32> {
    let sql = "SELECT coalesce(sum(runs), 0) FROM missing";
    db.query_row(sql, [], |r| r.get(0))
}

/// Writes down that a run will never be taken. To be called while the run still stands.
pub(super) fn note(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "SELECT finished_ms FROM run WHERE counter = ?1";
    let at: i64 = db.query_row(sql, [counter], |r| r.get(0))?;
    let sql = "SELECT counter FROM missing WHERE told = 0 ORDER BY counter DESC LIMIT 1";
    let open: Option<i64> = db.query_row(sql, [], |r| r.get(0)).optional()?;
    let Some(open) = open else {
        let sql = "INSERT INTO missing VALUES (?1, 1, ?2, ?2, 0)";
        return db.execute(sql, [counter, at]).map(drop);
    };
    let sql = "UPDATE missing SET counter = max(counter, ?2), runs = runs + 1, \
               first_ms = min(first_ms, ?3), last_ms = max(last_ms, ?3) WHERE counter = ?1";
    db.execute(sql, params![open, counter, at]).map(drop)
}

/// What the run `counter` is to say about runs before it.
pub(super) fn before(db: &Connection, counter: i64) -> DbResult<Option<v1::MissingRuns>> {
    between(db, -1, counter)
}

/// What the run `counter` is to say where the run `last` said what was missing before that.
pub(super) fn between(
    db: &Connection,
    last: i64,
    counter: i64,
) -> DbResult<Option<v1::MissingRuns>> {
    let sql = "SELECT sum(runs), min(first_ms), max(last_ms) FROM missing \
               WHERE told = 0 AND counter > ?1 AND counter < ?2 HAVING count(*) > 0";
    db.query_row(sql, [last, counter], |r| {
        Ok(v1::MissingRuns {
            runs: r.get(0)?,
            first_ms: r.get(1)?,
            last_ms: r.get(2)?,
        })
    })
    .optional()
}

/// The collector took the run `counter`, and with it what that said.
pub(super) fn told(db: &Connection, counter: i64) -> DbResult<()> {
    db.execute("UPDATE missing SET told = 1 WHERE counter < ?1", [counter])?;
    let sql = "DELETE FROM missing WHERE told = 1 AND counter NOT IN \
               (SELECT counter FROM missing ORDER BY counter DESC LIMIT ?1)";
    db.execute(sql, [KEPT]).map(drop)
}
