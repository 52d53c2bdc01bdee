//! The whole state after each run, kept as stretches: a row of `span` says what held of one key from
//! one run on until before another. A run that finds what the run before it found costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::DbResult;

/// (check id, kind, name).
pub(super) type Key = (String, i32, String);

/// What holds of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) version: u32,
    pub(super) sha: [u8; 32],
    /// When it was first seen so; by a run that did not make the check, when it was last seen.
    pub(super) observed_ms: i64,
    pub(super) verdict: i32,
    pub(super) reason: String,
    /// Bytes of the observation.
    pub(super) size: usize,
}

pub(super) type State = BTreeMap<Key, Row>;

const COLUMNS: &str = "check_id, kind, name, version, sha, observed_ms, verdict, reason, \
                       length(body.bytes)";

/// What holds now: the state after the last run.
pub(super) fn now(db: &Connection) -> DbResult<State> {
    let sql = format!("SELECT {COLUMNS} FROM span JOIN body USING (sha) WHERE until IS NULL");
    read(db, &sql, [])
}

/// The state after a run that is kept.
pub(super) fn after(db: &Connection, counter: i64) -> DbResult<State> {
    let sql = format!(
        "SELECT {COLUMNS} FROM span JOIN body USING (sha) \
         WHERE since <= ?1 AND (until IS NULL OR until > ?1)"
    );
    read(db, &sql, [counter])
}

/// The states of a spool of before, where each run had a copy of its own.
pub(super) fn copied(db: &Connection, counter: i64) -> DbResult<State> {
    let sql = format!("SELECT {COLUMNS} FROM state JOIN body USING (sha) WHERE counter = ?1");
    read(db, &sql, [counter])
}

fn read(db: &Connection, sql: &str, values: impl rusqlite::Params) -> DbResult<State> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(values, |r| {
        let key = (r.get(0)?, r.get(1)?, r.get(2)?);
        let row = Row {
            version: r.get(3)?,
            sha: r.get(4)?,
            observed_ms: r.get(5)?,
            verdict: r.get(6)?,
            reason: r.get(7)?,
            size: r.get(8)?,
        };
        Ok((key, row))
    })?;
    rows.collect()
}

/// What a run makes of the state before it.
#[derive(Debug, Default)]
pub(super) struct Step<'a> {
    /// The state after it.
    pub(super) state: State,
    /// The checks that it made.
    pub(super) made: BTreeSet<&'a str>,
    /// The observations that it saw, by their hash.
    pub(super) bodies: BTreeMap<[u8; 32], &'a [u8]>,
}

impl Step<'_> {
    /// Whether a row says what an earlier one said. A finding that was seen again goes on as it was
    /// first seen; one that was not looked at keeps the time when it last was.
    fn goes_on(&self, key: &Key, old: &Row, new: &Row) -> bool {
        let seen = self.made.contains(key.0.as_str()) || old.observed_ms == new.observed_ms;
        seen && (old.version, &old.sha, old.verdict, &old.reason)
            == (new.version, &new.sha, new.verdict, &new.reason)
    }

    /// The rows that differ from `before`.
    fn new_rows<'s>(&'s self, before: &'s State) -> impl Iterator<Item = (&'s Key, &'s Row)> {
        let differs = |(key, row): &(&Key, &Row)| {
            let old = before.get(*key);
            old.is_none_or(|old| !self.goes_on(key, old, row))
        };
        self.state.iter().filter(differs)
    }

    /// About how many bytes it takes in the database, rather too many than too few.
    pub(super) fn weight(&self, before: &State) -> u64 {
        let row = |(key, row): (&Key, &Row)| {
            let body = if self.bodies.contains_key(&row.sha) {
                row.size
            } else {
                0
            };
            // Three tables and two indexes hold a row, in pages that are not filled to the end.
            2 * (body + 4 * (key.0.len() + key.2.len()) + row.reason.len() + 256)
        };
        self.new_rows(before).map(row).sum::<usize>() as u64
    }

    /// Makes it hold from the run `counter` on.
    pub(super) fn take(&self, db: &Connection, counter: i64, before: &State) -> DbResult<()> {
        let mut end = db.prepare_cached(
            "UPDATE span SET until = ?4 WHERE check_id = ?1 AND kind = ?2 AND name = ?3 \
             AND until IS NULL",
        )?;
        for (key, old) in before {
            let goes_on = self
                .state
                .get(key)
                .is_some_and(|new| self.goes_on(key, old, new));
            if !goes_on {
                end.execute(params![key.0, key.1, key.2, counter])?;
            }
        }
        let mut body =
            db.prepare_cached("INSERT INTO body VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
        let sql = "INSERT INTO span VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7, ?8, ?9)";
        let mut begin = db.prepare_cached(sql)?;
        for ((check, kind, name), row) in self.new_rows(before) {
            if let Some(bytes) = self.bodies.get(&row.sha) {
                body.execute(params![row.sha, bytes])?;
            }
            begin.execute(params![
                check,
                kind,
                name,
                counter,
                row.version,
                row.sha,
                row.observed_ms,
                row.verdict,
                row.reason
            ])?;
        }
        Ok(())
    }
}

/// Removes a run, and what no other run saw.
pub(super) fn remove_run(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "SELECT max(counter) FROM run WHERE counter < ?1";
    let below: Option<i64> = db.query_row(sql, [counter], |r| r.get(0))?;
    let sql = "SELECT min(counter) FROM run WHERE counter > ?1";
    let above: Option<i64> = db.query_row(sql, [counter], |r| r.get(0))?;
    db.execute("DELETE FROM run WHERE counter = ?1", [counter])?;
    let Some(above) = above else {
        return Ok(()); // of the latest run everything still holds
    };
    // What began and ended between its two neighbours, nobody else saw.
    let sql = "DELETE FROM span WHERE until > ?1 AND until <= ?2 AND since > ?3 RETURNING sha";
    let gone: BTreeSet<[u8; 32]> = db
        .prepare_cached(sql)?
        .query_map([counter, above, below.unwrap_or(0)], |r| r.get(0))?
        .collect::<DbResult<_>>()?;
    let sql = "DELETE FROM body WHERE sha = ?1 AND NOT EXISTS (SELECT 1 FROM span WHERE sha = ?1)";
    let mut drop_body = db.prepare_cached(sql)?;
    for sha in gone {
        drop_body.execute([sha])?;
    }
    Ok(())
}

/// When each check last looked, for the findings of runs that do not make it.
pub(super) fn note_looks<'a>(
    db: &Connection,
    looks: impl Iterator<Item = (&'a str, i64)>,
) -> DbResult<()> {
    let sql = "INSERT INTO looked VALUES (?1, ?2) \
               ON CONFLICT (check_id) DO UPDATE SET at_ms = ?2 WHERE at_ms < ?2";
    let mut note = db.prepare_cached(sql)?;
    for (check, at_ms) in looks {
        note.execute(params![check, at_ms])?;
    }
    Ok(())
}

/// When a check last looked, where that is known.
pub(super) fn last_look(db: &Connection, check: &str) -> DbResult<Option<i64>> {
    let sql = "SELECT at_ms FROM looked WHERE check_id = ?1";
    db.prepare_cached(sql)?
        .query_row([check], |r| r.get(0))
        .optional()
}
