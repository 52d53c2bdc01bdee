//! The tables of the spool. `PRAGMA user_version` counts the steps.
//!
//! ```text
//! meta    one value per name: the run counter, the assignment
//! body    observations by their hash; each stands here once, however many runs saw it
//! run     finished runs that the collector has not settled, and the latest one
//! span    what held of a key from one run on until before another; the open ones are the latest state
//! looked  when each check last looked
//! outbox  what of the run that is being sent goes in which batch, and whether the batch was acked
//! known   the collector's state as of the last run that it acked; an empty hash where a run that
//!         was refused or given up leaves it in doubt
//! missing runs that the collector will never get, and whether a run that it took has said so
//! inventory  the package list of the last run, and the one that the collector holds
//! ```

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{
    DbResult, meta, put_meta, room,
    state::{self, Step},
};

const STEPS: [&str; 4] = [
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
    "
    CREATE TABLE span (
        check_id TEXT NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL,
        since INTEGER NOT NULL, until INTEGER,
        version INTEGER NOT NULL, sha BLOB NOT NULL REFERENCES body,
        observed_ms INTEGER NOT NULL, verdict INTEGER NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (check_id, kind, name, since)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX span_by_sha ON span (sha);
    CREATE INDEX span_by_end ON span (until) WHERE until IS NOT NULL;
    CREATE TABLE looked (check_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE missing (
        counter INTEGER PRIMARY KEY, runs INTEGER NOT NULL,
        first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, told INTEGER NOT NULL
    ) STRICT;
    INSERT INTO missing SELECT max(counter), count(*), min(given_up_ms), max(given_up_ms), 0
        FROM gap HAVING count(*) > 0;
    DROP TABLE gap;
    ALTER TABLE run ADD COLUMN taken_up INTEGER NOT NULL DEFAULT 0;
    UPDATE run SET taken_up = 1 WHERE fate != 'pending'
        OR counter = (SELECT min(counter) FROM run WHERE fate = 'pending');
",
];

/// What `PRAGMA auto_vacuum` says where pages that are free can be given back.
pub(super) const INCREMENTAL: u32 = 2;

/// A database of at most so many bytes is rebuilt to learn to give pages back; that takes as much
/// memory for a moment.
const REBUILT: u64 = 16 << 20;

/// How long another program that holds the spool is waited for.
const BUSY: Duration = Duration::from_secs(20);

/// Sets the connection up and brings the tables to the newest step.
pub(super) fn prepare(db: &mut Connection) -> DbResult<()> {
    db.busy_timeout(BUSY)?;
    // To be set before the first page is written. Set again, it writes to a database that has it already,
    // which a full disk does not let it.
    let vacuum: u32 = db.query_row("PRAGMA auto_vacuum", [], |r| r.get(0))?;
    if vacuum != INCREMENTAL {
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    set_up(db)?;
    let done: usize = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    for (n, step) in STEPS.iter().enumerate().skip(done) {
        let tx = db.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", n + 1)?;
        tx.commit()?;
    }
    convert(db)
}

fn set_up(db: &Connection) -> DbResult<()> {
    db.pragma_update(None, "synchronous", "FULL")?;
    // What is beyond this is cut off the log when it is emptied.
    db.pragma_update(None, "journal_size_limit", 1 << 20)?;
    // Large sorts stay in memory: the service may write nowhere but beside the database.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "foreign_keys", true)
}

/// Opens a spool on a disk without room for the index of the log, which is a file that all who read share:
/// with an exclusive lock, SQLite keeps that index in memory. Nothing is written. Nothing is given where
/// the spool is not there or not of the newest step, since bringing it there takes room.
pub(super) fn alone(file: &Path) -> DbResult<Option<Connection>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?; // before anything is read
    set_up(&db)?;
    let done: usize = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    let newest = done == STEPS.len() && !has_copies(&db)?;
    Ok(newest.then_some(db))
}

/// Whether the copies of the state are still there that older versions kept for each run.
fn has_copies(db: &Connection) -> DbResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'state')";
    db.query_row(sql, [], |r| r.get(0))
}

/// Turns the copies of the state that older versions kept for each run into stretches, run by run, so
/// that neither memory nor disk is needed twice, and a crash between two runs does no harm.
fn convert(db: &mut Connection) -> DbResult<()> {
    if !has_copies(db)? {
        return Ok(());
    }
    loop {
        let tx = db.transaction()?;
        let done: Option<Vec<u8>> = meta(&tx, "converted")?;
        let done = done
            .and_then(|b| b.try_into().ok())
            .map_or(0, i64::from_be_bytes);
        let sql = "SELECT min(counter) FROM run WHERE counter > ?1";
        let next: Option<i64> = tx.query_row(sql, [done], |r| r.get(0))?;
        let Some(counter) = next else {
            tx.execute_batch("DROP TABLE state; DELETE FROM meta WHERE name = 'converted'")?;
            tx.commit()?;
            break;
        };
        let step = Step {
            state: state::copied(&tx, counter)?,
            ..Step::default()
        };
        let before = state::now(&tx)?;
        step.take(&tx, counter, &before)?;
        tx.execute("DELETE FROM state WHERE counter = ?1", [counter])?;
        // What of it is to be sent is worked out anew, but where the collector may have a part of it.
        let sql = "DELETE FROM outbox WHERE counter IN \
                   (SELECT counter FROM run WHERE counter = ?1 AND taken_up = 0)";
        tx.execute(sql, [counter])?;
        put_meta(&tx, "converted", &counter.to_be_bytes())?;
        tx.commit()?;
    }
    db.execute_batch(
        "DELETE FROM body WHERE NOT EXISTS (SELECT 1 FROM span WHERE span.sha = body.sha)",
    )?;
    if room::used_bytes(db)? <= REBUILT {
        db.execute_batch("VACUUM")?;
    }
    room::shrink(db)
}

#[cfg(test)]
mod tests {
    use capdo_proto::v1;
    use prost::Message as _;
    use rusqlite::params;

    use super::*;
    use crate::spool::{FILE, Spool};

    const CHECKS: [&str; 3] = ["a", "b", "c"];

    /// What run `counter` of the old spool saw of a check: `a` changes in each run, `b` in the third,
    /// `c` is gone from the third on.
    fn seen(check: &str, counter: i64) -> Option<[u8; 32]> {
        let late = counter >= 3;
        match check {
            "a" => Some([u8::try_from(counter).unwrap(); 32]),
            "b" => Some([if late { 91 } else { 90 }; 32]),
            _ => (!late).then_some([99; 32]),
        }
    }

    /// A spool of the version before, with runs 1 to 4: the first acked, the second on its way.
    fn old_spool(file: &Path) {
        let db = Connection::open(file).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        for step in &STEPS[..3] {
            db.execute_batch(step).unwrap();
        }
        db.pragma_update(None, "user_version", 3).unwrap();
        put_meta(&db, "counter", &4_i64.to_be_bytes()).unwrap();
        db.execute("INSERT INTO gap VALUES (0, 3, 77)", []).unwrap();
        for counter in 1..5_i64 {
            let started = v1::RunStarted {
                run_id: format!("run-{counter}"),
                counter: counter.cast_unsigned(),
                ..v1::RunStarted::default()
            };
            let fate = if counter == 1 { "acked" } else { "pending" };
            let sql = "INSERT INTO run VALUES (?1, ?2, ?3, x'00', 0, 0, 1, 1, 1, 1, ?4, 0, 0, 0)";
            let values = params![counter, started.run_id, started.encode_to_vec(), fate];
            db.execute(sql, values).unwrap();
            for check in CHECKS {
                let Some(sha) = seen(check, counter) else {
                    continue;
                };
                let sql = "INSERT INTO body VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                db.execute(sql, params![sha, sha]).unwrap();
                let sql = "INSERT INTO state VALUES (?1, ?2, 1, '', 1, ?3, ?1, 1, 'r')";
                db.execute(sql, params![counter, check, sha]).unwrap();
                if counter > 1 {
                    let sql = "INSERT INTO outbox VALUES (?1, 0, ?2, 1, '', 1, 0, 0)";
                    db.execute(sql, params![counter, check]).unwrap();
                } else {
                    let sql = "INSERT INTO known VALUES (?1, 1, '', 1, ?2)";
                    db.execute(sql, params![check, sha]).unwrap();
                }
            }
        }
    }

    fn checks(batch: &v1::FindingBatch) -> Vec<(&str, bool)> {
        let found = batch.findings.iter();
        found.map(|f| (f.check_id.as_str(), f.deleted)).collect()
    }

    #[test]
    fn a_spool_of_before_loses_nothing() {
        let dir = tempfile::tempdir().unwrap();
        old_spool(&dir.path().join(FILE));
        let mut spool = Spool::open(dir.path()).unwrap();
        assert_eq!((spool.depth().unwrap(), spool.gaps().unwrap()), (3, 1));
        assert_eq!(Spool::peek_gaps(dir.path()).unwrap(), Some(1));
        for counter in 1..5 {
            let state = state::after(&spool.db, counter).unwrap();
            for check in CHECKS {
                let row = state.get(&(check.to_owned(), 1, String::new()));
                assert_eq!(
                    row.map(|r| r.sha),
                    seen(check, counter),
                    "{check} {counter}"
                );
            }
        }
        // The collector may have a part of the second run: it stays as it was. The others are new.
        let mut expected = vec![
            (4, vec![("a", false)]),
            (3, vec![("c", true), ("a", false), ("b", false)]),
            (2, vec![("a", false), ("b", false), ("c", false)]),
        ];
        while let Some(run) = spool.oldest_pending().unwrap() {
            let (counter, findings) = expected.pop().unwrap();
            assert_eq!(run.started.counter, counter);
            assert_eq!(run.started.missing_before.is_some(), counter == 2);
            let batch = spool.batch(&run.started.run_id, 0).unwrap();
            let mut sent = checks(&batch);
            let mut findings = findings;
            sent.sort_unstable();
            findings.sort_unstable();
            assert_eq!(sent, findings);
            spool.ack_run(&run.started.run_id).unwrap();
        }
        assert!(expected.is_empty());
        let bodies = "SELECT count(*) FROM body";
        let bodies: i64 = spool.db.query_row(bodies, [], |r| r.get(0)).unwrap();
        assert_eq!(bodies, 2);
    }

    #[test]
    fn a_spool_is_brought_up_to_date_once_however_many_open_it() {
        for (round, old) in [true, false].into_iter().cycle().take(10).enumerate() {
            let dir = tempfile::tempdir().unwrap();
            if old {
                old_spool(&dir.path().join(FILE));
            }
            std::thread::scope(|scope| {
                let open = || Spool::open(dir.path()).unwrap().last_counter().unwrap();
                let opening: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
                for one in opening {
                    let counter = one.join().unwrap();
                    assert_eq!(counter, if old { 4 } else { 0 }, "round {round}");
                }
            });
        }
    }

    #[test]
    fn a_crash_in_the_middle_of_turning_an_old_spool_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        old_spool(&dir.path().join(FILE));
        drop(Spool::open(dir.path()).unwrap());
        // As after two runs: the copies of the last two are still there.
        let db = Connection::open(dir.path().join(FILE)).unwrap();
        let copies = STEPS[0]
            .split(';')
            .find(|s| s.contains("TABLE state"))
            .unwrap();
        db.execute_batch(copies).unwrap();
        db.execute_batch(
            "DELETE FROM span WHERE since > 2; UPDATE span SET until = NULL WHERE until > 2",
        )
        .unwrap();
        put_meta(&db, "converted", &2_i64.to_be_bytes()).unwrap();
        for counter in 3..5 {
            for check in CHECKS {
                let Some(sha) = seen(check, counter) else {
                    continue;
                };
                let sql = "INSERT INTO state VALUES (?1, ?2, 1, '', 1, ?3, ?1, 1, 'r')";
                db.execute(sql, params![counter, check, sha]).unwrap();
            }
        }
        drop(db);
        let spool = Spool::open(dir.path()).unwrap();
        for counter in 1..5 {
            let state = state::after(&spool.db, counter).unwrap();
            let shas = CHECKS.map(|c| seen(c, counter));
            assert_eq!(state.len(), shas.iter().flatten().count());
        }
    }
}
