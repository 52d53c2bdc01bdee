//! Storing a finished run.

use std::collections::BTreeMap;

use capdo_proto::{
    digest::{StateItem, state_digest},
    limits::MAX_FINDINGS_PER_RUN,
    v1,
};
use prost::Message as _;
use rusqlite::{Connection, params};

use super::{
    DbResult, Spool, SpoolError, last_counter, put_meta, room,
    settle::counter_of,
    state::{self, Key, Row, State, Step},
};
use crate::budget::Taken;

/// A finished run, ready to be stored.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// What was announced. The counter is set when the run is stored, and what is missing before it
    /// when it is sent.
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

impl Spool {
    /// Stores a finished run; what of it is to be sent is worked out when its turn comes. Gives its
    /// counter. A run that is stored already stays as it is.
    ///
    /// # Errors
    /// When the database refuses; then nothing is stored, or the same run may be put again.
    pub fn put(&mut self, run: &NewRun) -> Result<u64, SpoolError> {
        self.share()?;
        // A commit that failed may yet have reached the disk.
        let stored = self.wrap(counter_of(&self.db, &run.started.run_id))?;
        if let Some(counter) = stored {
            return Ok(counter.cast_unsigned());
        }
        let before = self.wrap(state::now(&self.db))?;
        let step = self.wrap(step(&self.db, run, &before))?;
        let started = run.started.encoded_len() as u64;
        self.make_room(step.weight(&before) + 2 * started)?;
        let counter = self.transact(|db| {
            let counter = last_counter(db)?.saturating_add(1);
            put_meta(db, "counter", &counter.to_be_bytes())?;
            store(db, counter, run, &step.state)?;
            step.take(db, counter, &before)?;
            state::note_looks(db, looks(run))?;
            forget_old(db, counter)?;
            Ok(counter.cast_unsigned())
        })?;
        if let Err(error) = self.make_room(0) {
            room::not_tidied(&error); // the run is stored; the next one makes room before it is
        }
        Ok(counter)
    }
}

/// What the run found, and what earlier runs found with checks that this one did not make.
fn step<'a>(db: &Connection, run: &'a NewRun, before: &State) -> DbResult<Step<'a>> {
    let made = run.started.checks.iter().map(|c| c.check_id.as_str());
    let mut step = Step {
        made: made.collect(),
        ..Step::default()
    };
    for finding in run.findings.iter().take(MAX_FINDINGS_PER_RUN) {
        if let Some((key, row)) = row_of(finding) {
            step.bodies.insert(row.sha, &finding.observation);
            step.state.entry(key).or_insert(row);
        }
    }
    if !run.complete {
        for (key, row) in before {
            if step.made.contains(key.0.as_str()) || step.state.len() >= MAX_FINDINGS_PER_RUN {
                continue;
            }
            let mut row = row.clone();
            let looked = state::last_look(db, &key.0)?;
            row.observed_ms = looked.map_or(row.observed_ms, |at| at.max(row.observed_ms));
            step.state.entry(key.clone()).or_insert(row);
        }
    }
    Ok(step)
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

fn looks(run: &NewRun) -> impl Iterator<Item = (&str, i64)> {
    let mut last = BTreeMap::new();
    for finding in &run.findings {
        let at = last.entry(finding.check_id.as_str()).or_insert(i64::MIN);
        *at = finding.observed_at_ms.max(*at);
    }
    last.into_iter()
}

/// As SQLite has whole numbers.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn store(db: &Connection, counter: i64, run: &NewRun, state: &State) -> DbResult<()> {
    let started = v1::RunStarted {
        counter: counter.cast_unsigned(),
        ..run.started.clone()
    };
    db.execute(
        "INSERT INTO run (counter, run_id, started, state_sha, findings, unchanged, batches, \
         finished_ms, cpu_ms, peak_rss_kib, cpu_limit_ms, rss_limit_kib, over_budget, fate) \
         VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?6, ?7, ?8, ?9, ?10, ?11, 'pending')",
        params![
            counter,
            started.run_id,
            started.encode_to_vec(),
            digest(state),
            state.len(),
            run.finished_ms,
            whole(run.taken.cost.cpu_ms),
            whole(run.taken.cost.peak_rss_kib),
            whole(run.taken.limits.map_or(0, |l| l.cpu_ms)),
            whole(run.taken.limits.map_or(0, |l| l.rss_kib)),
            run.taken.checks_over_budget,
        ],
    )?;
    Ok(())
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
    let sql = "SELECT counter FROM run WHERE fate != 'pending' AND counter < ?1";
    let old: Vec<i64> = db
        .prepare_cached(sql)?
        .query_map([latest], |r| r.get(0))?
        .collect::<DbResult<_>>()?;
    old.into_iter().try_for_each(|c| state::remove_run(db, c))
}
