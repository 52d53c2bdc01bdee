//! Reading runs for a file that is carried. Nothing is taken up and nothing is marked: the file may be
//! lost on its way, and only a receipt settles what it held.
//!
//! Over a session a run's changes are worked out when the collector holds the run before it. In a file
//! several runs follow each other, so the first says what differs from what the collector is known to
//! hold, and each later one what differs from the one before it.

use capdo_proto::v1;
use rusqlite::{OptionalExtension as _, params};

use super::{
    DbResult, Spool, SpoolError, missing,
    outbox::finding,
    state,
    take_up::{Change, changes, changes_over, split},
};

/// A run as it stands in a file.
#[derive(Clone, Debug)]
pub struct CarriedRun {
    /// What announces it.
    pub started: v1::RunStarted,
    /// What ends it, all but the signature.
    pub finished: v1::RunFinished,
    counter: i64,
    batches: Vec<Vec<Change>>,
}

impl CarriedRun {
    /// How many batches its changes take.
    pub fn batches(&self) -> u32 {
        u32::try_from(self.batches.len()).unwrap_or(u32::MAX)
    }
}

impl Spool {
    /// The runs that can be carried and that the collector has not settled, oldest first. One that was
    /// made under a nonce was meant for a session.
    ///
    /// # Errors
    /// When the database refuses or a run cannot be read.
    pub fn pending_counters(&self) -> Result<Vec<u64>, SpoolError> {
        let sql = "SELECT counter, started FROM run WHERE fate = 'pending' ORDER BY counter";
        let rows: Vec<(u64, Vec<u8>)> = self.wrap(
            self.db
                .prepare_cached(sql)
                .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect()),
        )?;
        let mut counters = Vec::new();
        for (counter, started) in rows {
            if self.started(&started)?.nonce.is_empty() {
                counters.push(counter);
            }
        }
        Ok(counters)
    }

    /// The counter of the latest run that can be carried, settled or not.
    ///
    /// # Errors
    /// When the database refuses or the run cannot be read.
    pub fn latest_counter(&self) -> Result<Option<u64>, SpoolError> {
        let sql = "SELECT counter, started FROM run WHERE fate != 'aside' \
                   ORDER BY counter DESC LIMIT 1";
        let row = self.db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?)));
        let row: Option<(u64, Vec<u8>)> = self.wrap(row.optional())?;
        let Some((counter, started)) = row else {
            return Ok(None);
        };
        let carried = self.started(&started)?.nonce.is_empty();
        Ok(carried.then_some(counter))
    }

    /// The run with this counter, where it is kept, as it stands in a file behind the run `behind`, or
    /// at the beginning.
    ///
    /// # Errors
    /// When the database refuses or the run cannot be read.
    pub fn carried_run(
        &self,
        counter: u64,
        behind: Option<u64>,
    ) -> Result<Option<CarriedRun>, SpoolError> {
        let whole = |counter: u64| i64::try_from(counter).unwrap_or(i64::MAX);
        let (counter, behind) = (whole(counter), behind.map(whole));
        let Some((mut started, mut finished)) = self.parts(counter)? else {
            return Ok(None);
        };
        let missing = missing::between(&self.db, behind.unwrap_or(-1), counter);
        started.missing_before = self.wrap(missing)?;
        let state = self.wrap(state::after(&self.db, counter))?;
        let changes = self.wrap(match behind {
            None => changes(&self.db, &state),
            Some(behind) => state::after(&self.db, behind).and_then(|b| changes_over(&b, &state)),
        })?;
        let said = changes.iter().filter(|c| !c.deleted).count();
        finished.unchanged_findings = u32::try_from(state.len() - said).unwrap_or(u32::MAX);
        let mut batches: Vec<Vec<Change>> = Vec::new();
        for (sequence, change) in split(&changes, &state).into_iter().zip(changes) {
            match batches.get_mut(sequence as usize) {
                Some(batch) => batch.push(change),
                None => batches.push(vec![change]), // the batches count up from 0
            }
        }
        Ok(Some(CarriedRun {
            started,
            finished,
            counter,
            batches,
        }))
    }

    /// The findings of one batch of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn carried_batch(
        &self,
        run: &CarriedRun,
        sequence: u32,
    ) -> Result<v1::FindingBatch, SpoolError> {
        let changes = run.batches.get(sequence as usize);
        let changes = changes.map(Vec::as_slice).unwrap_or_default();
        let findings = changes.iter().map(|c| self.said(run, c));
        Ok(v1::FindingBatch {
            run_id: run.started.run_id.clone(),
            sequence,
            findings: self.wrap(findings.collect())?,
            resync: false,
        })
    }

    fn said(&self, run: &CarriedRun, change: &Change) -> DbResult<v1::Finding> {
        let (check, kind, name) = &change.key;
        if change.deleted {
            return Ok(v1::Finding {
                check_id: check.clone(),
                subject: Some(v1::Subject {
                    kind: *kind,
                    name: name.clone(),
                }),
                check_version: change.version,
                deleted: true,
                observed_at_ms: run.finished.finished_ms,
                ..v1::Finding::default()
            });
        }
        let sql = "SELECT check_id, kind, name, version, 0, observed_ms, verdict, reason, sha, \
                   body.bytes FROM span JOIN body USING (sha) \
                   WHERE check_id = ?1 AND kind = ?2 AND name = ?3 AND since <= ?4 \
                   AND (until IS NULL OR until > ?4)";
        let mut statement = self.db.prepare_cached(sql)?;
        statement.query_row(params![check, kind, name, run.counter], finding)
    }
}
