//! The tables of the spool. `PRAGMA user_version` counts the steps.
//!
//! ```text
//! meta    one value per name: the run counter, the assignment
//! body    observations by their hash; each stands here once, however many runs saw it
//! run     finished runs that the collector has not settled, and the latest one
//! state   the whole state after each of those runs
//! outbox  what of a run's state is to be sent, in which batch, and whether the batch was acked
//! known   the collector's state as of the last run that it acked; an empty hash where a run that
//!         was refused or given up leaves it in doubt
//! gap     runs that were given up to keep the bound
//! inventory  the package list of the last run, and the one that the collector holds
//! ```

use rusqlite::Connection;

const STEPS: [&str; 3] = [
    "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE body (sha BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE run (
        counter INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        started BLOB NOT NULL,
        state_sha BLOB NOT NULL,
        findings INTEGER NOT NULL,
        unchanged INTEGER NOT NULL,
        batches INTEGER NOT NULL,
        finished_ms INTEGER NOT NULL,
        cpu_ms INTEGER NOT NULL,
        peak_rss_kib INTEGER NOT NULL,
        fate TEXT NOT NULL CHECK (fate IN ('pending', 'acked', 'aside'))
    ) STRICT;
    CREATE TABLE state (
        counter INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
        check_id TEXT NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL,
        version INTEGER NOT NULL, sha BLOB NOT NULL REFERENCES body,
        observed_ms INTEGER NOT NULL, verdict INTEGER NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (counter, check_id, kind, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX state_by_sha ON state (sha);
    CREATE TABLE outbox (
        counter INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
        sequence INTEGER NOT NULL,
        check_id TEXT NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL,
        version INTEGER NOT NULL, deleted INTEGER NOT NULL, acked INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (counter, check_id, kind, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE known (
        check_id TEXT NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL,
        version INTEGER NOT NULL, sha BLOB NOT NULL,
        PRIMARY KEY (check_id, kind, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE gap (
        counter INTEGER PRIMARY KEY, findings INTEGER NOT NULL, given_up_ms INTEGER NOT NULL
    ) STRICT;
",
    "
    CREATE TABLE inventory (
        place TEXT PRIMARY KEY CHECK (place IN ('seen', 'acked')),
        sha BLOB NOT NULL,
        json BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    ALTER TABLE run ADD COLUMN cpu_limit_ms INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE run ADD COLUMN rss_limit_kib INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE run ADD COLUMN over_budget INTEGER NOT NULL DEFAULT 0;
",
];

/// Sets the connection up and brings the tables to the newest step.
pub(super) fn prepare(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // Large sorts stay in memory: the service may write nowhere but beside the database.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    let done: usize = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    for (n, step) in STEPS.iter().enumerate().skip(done) {
        let tx = db.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", n + 1)?;
        tx.commit()?;
    }
    Ok(())
}
