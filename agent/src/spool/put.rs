//! Storing a finished run.

use std::collections::{BTreeMap, BTreeSet};

use capdo_proto::{
    digest::{StateItem, state_digest},
    limits::{MAX_BATCH_BYTES, MAX_BATCH_SEQUENCE, MAX_FINDINGS_PER_BATCH, MAX_FINDINGS_PER_RUN},
    v1,
};
use prost::Message as _;
use rusqlite::{Connection, params};

use super::{DbResult, Spool, SpoolError, last_counter, put_meta};
use crate::budget::Taken;

/// Room that a batch keeps for its own fields.
const BATCH_MARGIN: usize = 1_024;
/// Room that one finding needs besides its observation: ids, name, hash, framing.
const FINDING_MARGIN: usize = 1_024;

/// A finished run, ready to be stored.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// What was announced. The counter is set when the run is stored.
    pub started: v1::RunStarted,
    /// What the run's checks found, each key once; none of them deleted.
    pub findings: Vec<v1::Finding>,
    /// Whether the run made every check that there is; then findings of others are gone.
    pub complete: bool,
    /// When it ended.
    pub finished_ms: i64,
    /// What it took of the host.
    pub taken: Taken,
}

/// (check id, kind, name).
type Key = (String, i32, String);

struct Row {
    version: u32,
    sha: [u8; 32],
    observed_ms: i64,
    verdict: i32,
    reason: String,
    /// Bytes of the observation.
    size: usize,
}

type State = BTreeMap<Key, Row>;

impl Spool {
    /// Stores a finished run and works out what of it is to be sent. Gives its counter.
    ///
    /// # Errors
    /// When the database refuses; then nothing is stored.
    pub fn put(&mut self, run: &NewRun) -> Result<u64, SpoolError> {
        let bound = self.bound;
        self.transact(|db| {
            let counter = last_counter(db)?.saturating_add(1);
            put_meta(db, "counter", &counter.to_be_bytes())?;
            let sql = "SELECT coalesce(max(counter), 0) FROM run";
            let before = db.query_row(sql, [], |r| r.get(0))?;
            let state = whole_state(db, run, before)?;
            store(db, counter, run, &state)?;
            forget_old(db, counter)?;
            give_up_oldest(db, counter, bound, run.finished_ms)?;
            collect_garbage(db)?;
            Ok(counter.cast_unsigned())
        })
    }
}

/// What the run found, and what earlier runs found with checks that this one did not make.
fn whole_state(db: &Connection, run: &NewRun, before: i64) -> DbResult<State> {
    let mut state = State::new();
    for finding in run.findings.iter().take(MAX_FINDINGS_PER_RUN) {
        let Some((key, row)) = row_of(finding) else {
            continue;
        };
        let sql = "INSERT INTO body VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        db.prepare_cached(sql)?
            .execute(params![row.sha, finding.observation])?;
        state.entry(key).or_insert(row);
    }
    if !run.complete {
        let made: BTreeSet<&str> = run
            .started
            .checks
            .iter()
            .map(|c| c.check_id.as_str())
            .collect();
        for (key, row) in stored_state(db, before)? {
            if !made.contains(key.0.as_str()) && state.len() < MAX_FINDINGS_PER_RUN {
                state.entry(key).or_insert(row);
            }
        }
    }
    Ok(state)
}

fn row_of(finding: &v1::Finding) -> Option<(Key, Row)> {
    let subject = finding.subject.as_ref()?;
    let key = (finding.check_id.clone(), subject.kind, subject.name.clone());
    let row = Row {
        version: finding.check_version,
        sha: finding.observation_sha256.as_slice().try_into().ok()?,
        observed_ms: finding.observed_at_ms,
        verdict: finding.claimed_verdict,
        reason: finding.claimed_reason_key.clone(),
        size: finding.observation.len(),
    };
    Some((key, row))
}

fn stored_state(db: &Connection, counter: i64) -> DbResult<State> {
    let sql = "SELECT check_id, kind, name, version, sha, observed_ms, verdict, reason, \
               length(body.bytes) FROM state JOIN body USING (sha) WHERE counter = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([counter], |r| {
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

/// As SQLite has whole numbers.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn store(db: &Connection, counter: i64, run: &NewRun, state: &State) -> DbResult<()> {
    let changes = changes(db, state)?;
    let batches = split(&changes, state);
    let changed = changes.iter().filter(|c| !c.deleted).count();
    let started = v1::RunStarted {
        counter: counter.cast_unsigned(),
        ..run.started.clone()
    };
    db.execute(
        "INSERT INTO run (counter, run_id, started, state_sha, findings, unchanged, batches, \
         finished_ms, cpu_ms, peak_rss_kib, cpu_limit_ms, rss_limit_kib, over_budget, fate) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'pending')",
        params![
            counter,
            started.run_id,
            started.encode_to_vec(),
            digest(state),
            state.len(),
            state.len() - changed,
            batches.last().map_or(0, |last| last + 1),
            run.finished_ms,
            whole(run.taken.cost.cpu_ms),
            whole(run.taken.cost.peak_rss_kib),
            whole(run.taken.limits.map_or(0, |l| l.cpu_ms)),
            whole(run.taken.limits.map_or(0, |l| l.rss_kib)),
            run.taken.checks_over_budget,
        ],
    )?;
    store_state(db, counter, state)?;
    store_outbox(db, counter, &changes, batches)
}

fn store_state(db: &Connection, counter: i64, state: &State) -> DbResult<()> {
    let sql = "INSERT INTO state VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let mut insert = db.prepare_cached(sql)?;
    for ((check, kind, name), row) in state {
        let Row {
            version,
            sha,
            observed_ms,
            verdict,
            reason,
            ..
        } = row;
        insert.execute(params![
            counter,
            check,
            kind,
            name,
            version,
            sha,
            observed_ms,
            verdict,
            reason
        ])?;
    }
    Ok(())
}

fn store_outbox(
    db: &Connection,
    counter: i64,
    changes: &[Change],
    batches: Vec<u32>,
) -> DbResult<()> {
    let sql = "INSERT INTO outbox VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)";
    let mut insert = db.prepare_cached(sql)?;
    for (change, sequence) in changes.iter().zip(batches) {
        let (check, kind, name) = &change.key;
        insert.execute(params![
            counter,
            sequence,
            check,
            kind,
            name,
            change.version,
            change.deleted
        ])?;
    }
    Ok(())
}

/// The version and all hashes under which a key is held, or will be; `None` where it is deleted or
/// in doubt.
type Held = (u32, BTreeSet<Option<[u8; 32]>>);

struct Change {
    key: Key,
    version: u32,
    deleted: bool,
}

/// What differs from the last acked state, or from what an unacked run before this one sends.
fn changes(db: &Connection, state: &State) -> DbResult<Vec<Change>> {
    // What the collector holds now, and what it will hold once it has taken the pending runs; a
    // key that any of them deletes has no hash.
    let sql = "SELECT check_id, kind, name, version, sha FROM known
               UNION ALL
               SELECT o.check_id, o.kind, o.name, o.version, s.sha
               FROM outbox AS o JOIN run USING (counter)
               LEFT JOIN state AS s ON s.counter = o.counter AND s.check_id = o.check_id
                   AND s.kind = o.kind AND s.name = o.name
               WHERE run.fate = 'pending'";
    let mut held: BTreeMap<Key, Held> = BTreeMap::new();
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let key = (r.get(0)?, r.get(1)?, r.get(2)?);
        let entry = held.entry(key).or_insert((r.get(3)?, BTreeSet::new()));
        let sha: Option<Vec<u8>> = r.get(4)?;
        entry.1.insert(sha.and_then(|sha| sha.try_into().ok()));
    }
    let known = known_keys(db)?;
    let mut changes = Vec::new();
    for (key, row) in state {
        let same = held.get(key).is_some_and(|(_, shas)| {
            known.contains(key) && shas.iter().all(|sha| *sha == Some(row.sha))
        });
        if !same {
            changes.push(Change {
                key: key.clone(),
                version: row.version,
                deleted: false,
            });
        }
    }
    for (key, (version, _)) in held {
        if !state.contains_key(&key) {
            changes.push(Change {
                key,
                version,
                deleted: true,
            });
        }
    }
    Ok(changes)
}

fn known_keys(db: &Connection) -> DbResult<BTreeSet<Key>> {
    let mut statement = db.prepare_cached("SELECT check_id, kind, name FROM known")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    rows.collect()
}

/// The batch of each change, filled up to the wire's bounds.
fn split(changes: &[Change], state: &State) -> Vec<u32> {
    let (mut sequence, mut count, mut bytes) = (0, 0, BATCH_MARGIN);
    let mut batches = Vec::with_capacity(changes.len());
    for change in changes {
        let size = state.get(&change.key).map_or(0, |row| row.size) + FINDING_MARGIN;
        let full = count == MAX_FINDINGS_PER_BATCH || bytes + size > MAX_BATCH_BYTES;
        if full && sequence < MAX_BATCH_SEQUENCE {
            (sequence, count, bytes) = (sequence + 1, 0, BATCH_MARGIN);
        }
        count += 1;
        bytes += size;
        batches.push(sequence);
    }
    batches
}

fn digest(state: &State) -> [u8; 32] {
    state_digest(state.iter().filter_map(|((check, kind, name), row)| {
        Some(StateItem {
            check_id: check,
            subject_kind: v1::SubjectKind::try_from(*kind).ok()?,
            subject_name: name,
            observation_sha256: &row.sha,
        })
    }))
}

/// Settled runs are kept only while they are the latest, for a resync.
fn forget_old(db: &Connection, latest: i64) -> DbResult<()> {
    let sql = "DELETE FROM run WHERE fate != 'pending' AND counter < ?1";
    db.execute(sql, [latest]).map(drop)
}

fn give_up_oldest(db: &Connection, latest: i64, bound: u64, now_ms: i64) -> DbResult<()> {
    while used_bytes(db)? > bound {
        let sql = "SELECT min(counter) FROM run WHERE fate = 'pending' AND counter < ?1";
        let Some(oldest): Option<i64> = db.query_row(sql, [latest], |r| r.get(0))? else {
            return Ok(()); // the latest run is never given up
        };
        let sql = "INSERT OR REPLACE INTO gap SELECT ?1, count(*), ?2 FROM outbox \
                   WHERE counter = ?1";
        db.execute(sql, params![oldest, now_ms])?;
        doubt(db, oldest)?;
        db.execute("DELETE FROM run WHERE counter = ?1", [oldest])?;
        collect_garbage(db)?;
    }
    Ok(())
}

pub(super) fn collect_garbage(db: &Connection) -> DbResult<()> {
    let sql = "DELETE FROM body WHERE NOT EXISTS (SELECT 1 FROM state WHERE state.sha = body.sha)";
    db.execute(sql, []).map(drop)
}

/// Nobody knows whether the collector took this run: it may have, and its ack was lost. So whatever
/// the run changes is in doubt, which an empty hash says, and the next run sends it again.
pub(super) fn doubt(db: &Connection, counter: i64) -> DbResult<()> {
    let sql = "INSERT OR REPLACE INTO known SELECT check_id, kind, name, version, x'' FROM outbox \
               WHERE counter = ?1";
    db.execute(sql, [counter]).map(drop)
}

/// Bytes of the pages in use.
fn used_bytes(db: &Connection) -> DbResult<u64> {
    let pragma = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |r| r.get::<_, u64>(0));
    let pages = pragma("page_count")? - pragma("freelist_count")?;
    Ok(pages * pragma("page_size")?)
}
