//! Reading what is to be sent.

use capdo_proto::{
    limits::{MAX_BATCH_BYTES, MAX_FINDINGS_PER_BATCH},
    v1,
};
use prost::Message as _;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{DbResult, Spool, SpoolError, missing, take_up::take_up};

/// A finished run that the collector has not settled.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What announces it.
    pub started: v1::RunStarted,
    /// The batches that were not acked yet.
    pub batches: Vec<u32>,
    /// What ends it, all but the signature: that is made when it is sent, by the key of the day.
    pub finished: v1::RunFinished,
}

/// One batch of a whole resend: a stretch of the state in the order of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its place in the run.
    pub sequence: u32,
    /// How many findings come before it.
    pub offset: usize,
    /// How many findings it holds.
    pub count: usize,
}

impl Spool {
    /// The oldest run that the collector has not settled, and what of it is still to be sent.
    ///
    /// # Errors
    /// When the database refuses or the run cannot be read.
    pub fn oldest_pending(&self) -> Result<Option<Pending>, SpoolError> {
        let Some(counter) = self.wrap(oldest(&self.db))? else {
            return Ok(None);
        };
        let taken = self.db.unchecked_transaction().and_then(|tx| {
            take_up(&tx, counter)?;
            tx.commit()
        });
        self.wrap(taken)?;
        let Some((mut started, finished)) = self.parts(counter)? else {
            return Ok(None);
        };
        started.missing_before = self.wrap(missing::before(&self.db, counter))?;
        let sql = "SELECT DISTINCT sequence FROM outbox \
                   WHERE counter = ?1 AND acked = 0 ORDER BY sequence";
        let batches = self.wrap(
            self.db
                .prepare_cached(sql)
                .and_then(|mut s| s.query_map([counter], |r| r.get(0))?.collect()),
        )?;
        Ok(Some(Pending {
            started,
            batches,
            finished,
        }))
    }

    /// What announces and what ends a run, where it is kept.
    pub(super) fn parts(
        &self,
        counter: i64,
    ) -> Result<Option<(v1::RunStarted, v1::RunFinished)>, SpoolError> {
        let sql = "SELECT started, state_sha, findings, unchanged, finished_ms, cpu_ms, \
                   peak_rss_kib, cpu_limit_ms, rss_limit_kib, over_budget FROM run \
                   WHERE counter = ?1";
        let parts = self.db.query_row(sql, [counter], pending_parts).optional();
        let Some((started, mut finished)) = self.wrap(parts)? else {
            return Ok(None);
        };
        let started = self.started(&started)?;
        finished.run_id.clone_from(&started.run_id);
        Ok(Some((started, finished)))
    }

    pub(super) fn started(&self, bytes: &[u8]) -> Result<v1::RunStarted, SpoolError> {
        v1::RunStarted::decode(bytes).map_err(|_| SpoolError::Broken {
            file: self.file.clone(),
            what: "a run cannot be read",
        })
    }

    /// The findings of one batch.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn batch(&self, run_id: &str, sequence: u32) -> Result<v1::FindingBatch, SpoolError> {
        let sql = "SELECT o.check_id, o.kind, o.name, o.version, o.deleted, s.observed_ms, \
                   s.verdict, s.reason, s.sha, body.bytes, run.finished_ms
                   FROM run JOIN outbox AS o USING (counter)
                   LEFT JOIN span AS s ON s.check_id = o.check_id AND s.kind = o.kind
                       AND s.name = o.name AND s.since <= o.counter
                       AND (s.until IS NULL OR s.until > o.counter)
                   LEFT JOIN body ON body.sha = s.sha
                   WHERE run.run_id = ?1 AND o.sequence = ?2 ORDER BY 1, 2, 3";
        let findings = self.wrap(
            self.db
                .prepare_cached(sql)
                .and_then(|mut s| s.query_map(params![run_id, sequence], finding)?.collect()),
        )?;
        Ok(v1::FindingBatch {
            run_id: run_id.to_owned(),
            sequence,
            findings,
            resync: false,
        })
    }

    /// The run whose whole state can be resent: the asked one while it is kept, else the latest that
    /// was sent.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn resync_run(&self, asked: &str) -> Result<Option<String>, SpoolError> {
        let sql = "SELECT run_id FROM run WHERE (fate != 'aside' AND taken_up) OR run_id = ?1
                   ORDER BY run_id = ?1 DESC, counter DESC LIMIT 1";
        self.wrap(self.db.query_row(sql, [asked], |r| r.get(0)).optional())
    }

    /// How a run's whole state falls into batches, whose numbers go on after the run's own.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn resync_batches(&self, run_id: &str) -> Result<Vec<Batch>, SpoolError> {
        let sql = "SELECT run.batches, length(body.bytes) FROM run
                   JOIN span ON since <= counter AND (until IS NULL OR until > counter)
                   JOIN body USING (sha) WHERE run_id = ?1 ORDER BY check_id, kind, name";
        let sizes: Vec<(u32, usize)> =
            self.wrap(self.db.prepare_cached(sql).and_then(|mut s| {
                s.query_map([run_id], |r| Ok((r.get(0)?, r.get(1)?)))?
                    .collect()
            }))?;
        let first = sizes.first().map_or(0, |(first, _)| *first);
        let mut batches: Vec<Batch> = Vec::new();
        let mut bytes = 0;
        for (offset, (_, size)) in sizes.into_iter().enumerate() {
            bytes += size + 1_024;
            match batches.last_mut() {
                Some(b) if b.count < MAX_FINDINGS_PER_BATCH && bytes + 1_024 <= MAX_BATCH_BYTES => {
                    b.count += 1;
                }
                last => {
                    let sequence = last.map_or(first, |b| b.sequence + 1);
                    bytes = size + 1_024;
                    batches.push(Batch {
                        sequence,
                        offset,
                        count: 1,
                    });
                }
            }
        }
        Ok(batches)
    }

    /// The findings of one batch of a whole resend.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn resync_batch(&self, run_id: &str, batch: Batch) -> Result<v1::FindingBatch, SpoolError> {
        let sql = "SELECT check_id, kind, name, version, 0, observed_ms, verdict, reason, sha, \
                   body.bytes, run.finished_ms FROM run
                   JOIN span ON since <= counter AND (until IS NULL OR until > counter)
                   JOIN body USING (sha) WHERE run_id = ?1
                   ORDER BY check_id, kind, name LIMIT ?2 OFFSET ?3";
        let findings = self.wrap(self.db.prepare_cached(sql).and_then(|mut s| {
            s.query_map(params![run_id, batch.count, batch.offset], finding)?
                .collect()
        }))?;
        Ok(v1::FindingBatch {
            run_id: run_id.to_owned(),
            sequence: batch.sequence,
            findings,
            resync: true,
        })
    }
}

fn oldest(db: &Connection) -> DbResult<Option<i64>> {
    let sql = "SELECT min(counter) FROM run WHERE fate = 'pending'";
    db.query_row(sql, [], |r| r.get(0))
}

fn pending_parts(r: &Row<'_>) -> DbResult<(Vec<u8>, v1::RunFinished)> {
    let finished = v1::RunFinished {
        run_id: String::new(),
        state_sha256: r.get(1)?,
        state_findings: r.get(2)?,
        unchanged_findings: r.get(3)?,
        finished_ms: r.get(4)?,
        cpu_ms: r.get(5)?,
        peak_rss_kib: r.get(6)?,
        cpu_limit_ms: r.get(7)?,
        rss_limit_kib: r.get(8)?,
        checks_over_budget: r.get(9)?,
        signature: Vec::new(),
    };
    Ok((r.get(0)?, finished))
}

pub(super) fn finding(r: &Row<'_>) -> DbResult<v1::Finding> {
    let deleted: bool = r.get(4)?;
    let subject = v1::Subject {
        kind: r.get(1)?,
        name: r.get(2)?,
    };
    let key = v1::Finding {
        check_id: r.get(0)?,
        subject: Some(subject),
        check_version: r.get(3)?,
        deleted,
        ..v1::Finding::default()
    };
    if deleted {
        return Ok(v1::Finding {
            observed_at_ms: r.get(10)?,
            ..key
        });
    }
    Ok(v1::Finding {
        observed_at_ms: r.get(5)?,
        claimed_verdict: r.get(6)?,
        claimed_reason_key: r.get(7)?,
        observation_sha256: r.get(8)?,
        observation: r.get(9)?,
        ..key
    })
}
