//! Keeping the bound, on the disk and not only in the tables.
//!
//! Two files count: the database, and the log (WAL) that changes go through. A transaction writes
//! each page that it touches at most once to the log, and the log is emptied before a run is stored
//! and after it. So half of the bound is for the database and the other half for its log.

use rusqlite::{Connection, OptionalExtension as _};

use super::{DbResult, Spool, SpoolError, missing, schema, settle::doubt, state::remove_run};

/// Free pages that may stay in the file.
const SPARE_PAGES: u64 = 256;

impl Spool {
    /// Gives up the oldest superseded findings until `need` more bytes fit, and gives free pages
    /// back.
    pub(super) fn make_room(&mut self, need: u64) -> Result<(), SpoolError> {
        let (most, mut given_up) = (self.bound / 2, 0);
        while self.wrap(used_bytes(&self.db))? + need > most {
            if !self.transact(give_up_oldest)? {
                break; // the latest state is never given up
            }
            given_up += 1;
        }
        if given_up > 0 {
            tracing::warn!(
                runs = given_up,
                "The spool is full: the oldest runs were given up, and the collector is told so."
            );
        }
        self.wrap(shrink(&self.db))
    }

    /// Gives free pages back to the system after something was settled. That it fails, on a full disk
    /// say, changes nothing about what was settled.
    pub(super) fn give_back(&self) {
        if let Err(error) = self.wrap(give_back(&self.db)) {
            not_tidied(&error);
        }
    }
}

/// What was to be stored is stored; only the files are larger than they need be.
pub(super) fn not_tidied(error: &SpoolError) {
    tracing::warn!(%error, "The spool's files could not be made smaller; the next run tries again.");
}

/// Gives up the oldest run that a later one supersedes; one that is being sent only where there is
/// no other. Findings that later runs saw too stay. Whether there was one.
fn give_up_oldest(db: &Connection) -> DbResult<bool> {
    let sql = "SELECT counter FROM run WHERE fate = 'pending' \
               AND counter < (SELECT max(counter) FROM run) ORDER BY taken_up, counter LIMIT 1";
    let oldest: Option<i64> = db.query_row(sql, [], |r| r.get(0)).optional()?;
    let Some(oldest) = oldest else {
        return Ok(false);
    };
    missing::note(db, oldest)?;
    doubt(db, oldest)?;
    remove_run(db, oldest)?;
    Ok(true)
}

/// Brings the log into the database, and gives pages that are free back to the system.
pub(super) fn shrink(db: &Connection) -> DbResult<()> {
    empty_log(db)?;
    give_back(db)
}

/// Gives pages that are free back to the system.
fn give_back(db: &Connection) -> DbResult<()> {
    while pragma(db, "freelist_count")? > SPARE_PAGES
        && pragma(db, "auto_vacuum")? == u64::from(schema::INCREMENTAL)
    {
        db.execute_batch("PRAGMA incremental_vacuum(1024)")?;
        empty_log(db)?;
    }
    Ok(())
}

/// A reader may be in the way for a moment; then the next time does it.
fn empty_log(db: &Connection) -> DbResult<()> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Bytes of the pages in use.
pub(super) fn used_bytes(db: &Connection) -> DbResult<u64> {
    let pages = pragma(db, "page_count")? - pragma(db, "freelist_count")?;
    Ok(pages * pragma(db, "page_size")?)
}

fn pragma(db: &Connection, name: &str) -> DbResult<u64> {
    db.query_row(&format!("PRAGMA {name}"), [], |r| r.get(0))
}
