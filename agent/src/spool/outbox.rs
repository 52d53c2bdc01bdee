//! Reading what is to be sent.

use capdo_proto::{
    limits::{MAX_BATCH_BYTES, MAX_FINDINGS_PER_BATCH},
    v1,
};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, Row, params};

use super::{DbResult, Spool, SpoolError};

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
    /// The oldest run that the collector has not settled.
    ///
    /// # Errors
    /// When the database refuses or the run cannot be read.
    pub fn oldest_pending(&self) -> Result<Option<Pending>, SpoolError> {
        let sql = "SELECT min(counter) FROM run WHERE fate = 'pending'";
        let oldest: Option<u64> = self.wrap(self.db.query_row(sql, [], |r| r.get(0)))?;
        oldest.map_or(Ok(None), |counter| self.finished(counter))
    }

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

    /// The finished run with this counter, where it is kept.
    ///
    /// # Errors
    /// When the database refuses or the run cannot be read.
    pub fn finished(&self, counter: u64) -> Result<Option<Pending>, SpoolError> {
        let sql = "SELECT started, state_sha, findings, unchanged, finished_ms, cpu_ms, \
                   peak_rss_kib FROM run WHERE counter = ?1";
        let row = self.wrap(self.db.query_row(sql, [counter], pending_parts).optional())?;
        let Some((started, mut finished)) = row else {
            return Ok(None);
        };
        let started = self.started(&started)?;
        finished.run_id.clone_from(&started.run_id);
        let sql = "SELECT DISTINCT sequence FROM outbox JOIN run USING (counter) \
                   WHERE run_id = ?1 AND acked = 0 ORDER BY sequence";
        let batches = self.wrap(
            self.db
                .prepare_cached(sql)
                .and_then(|mut s| s.query_map([&started.run_id], |r| r.get(0))?.collect()),
        )?;
        Ok(Some(Pending {
            started,
            batches,
            finished,
        }))
    }

    fn started(&self, bytes: &[u8]) -> Result<v1::RunStarted, SpoolError> {
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
                   LEFT JOIN state AS s ON s.counter = o.counter AND s.check_id = o.check_id
                       AND s.kind = o.kind AND s.name = o.name
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

    /// The run whose whole state can be resent: the asked one while it is kept, else the latest.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn resync_run(&self, asked: &str) -> Result<Option<String>, SpoolError> {
        let sql = "SELECT run_id FROM run WHERE fate != 'aside' OR run_id = ?1
                   ORDER BY run_id = ?1 DESC, counter DESC LIMIT 1";
        self.wrap(self.db.query_row(sql, [asked], |r| r.get(0)).optional())
    }

    /// How a run's whole state falls into batches, whose numbers go on after the run's own.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn resync_batches(&self, run_id: &str) -> Result<Vec<Batch>, SpoolError> {
        let sql = "SELECT run.batches, length(body.bytes) FROM run JOIN state USING (counter)
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
                   body.bytes, run.finished_ms FROM run JOIN state USING (counter)
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

fn pending_parts(r: &Row<'_>) -> DbResult<(Vec<u8>, v1::RunFinished)> {
    let finished = v1::RunFinished {
        run_id: String::new(),
        state_sha256: r.get(1)?,
        state_findings: r.get(2)?,
        unchanged_findings: r.get(3)?,
        finished_ms: r.get(4)?,
        cpu_ms: r.get(5)?,
        peak_rss_kib: r.get(6)?,
        signature: Vec::new(),
    };
    Ok((r.get(0)?, finished))
}

fn finding(r: &Row<'_>) -> DbResult<v1::Finding> {
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
