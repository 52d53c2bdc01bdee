//! Writing runs to a file. Nothing in the spool changes: a file may be lost on its way, and only a
//! receipt settles what it held.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use capdo_proto::{
    digest::announced,
    signing::carried_bytes,
    v1::{self, carried_record::Record},
};
use sha2::{Digest as _, Sha256};

use super::{CarryError, file};
use crate::{
    clock::Clock,
    host_facts::{AGENT_VERSION, HostFacts},
    identity::{Identity, signed},
    service::deltas,
    spool::Spool,
};

/// What is written, and where.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// The file; where none is given, one in the current folder that names host and run.
    pub out: Option<&'a Path>,
    /// The whole state after the latest run, in place of the runs that wait.
    pub whole: bool,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
    /// How many runs.
    pub runs: usize,
    /// The counter of the first.
    pub from: u64,
    /// The counter of the last.
    pub to: u64,
    /// How many findings.
    pub findings: usize,
    /// How many bytes.
    pub bytes: u64,
    /// How many runs were given up before, for want of room.
    pub given_up: u32,
}

/// Writes runs that wait, or a whole state, to a file.
///
/// # Errors
/// When there is nothing to write, or it cannot be read or written.
pub fn export(
    spool: &Spool,
    identity: &Identity,
    facts: &HostFacts,
    what: Export<'_>,
    clock: &dyn Clock,
) -> Result<Exported, CarryError> {
    if !identity.is_carried() {
        return Err(CarryError::Connects);
    }
    let view = spool.view()?; // the service may store a run meanwhile
    let counters = if what.whole {
        vec![spool.latest_counter()?.ok_or(CarryError::NoState)?]
    } else {
        spool.pending_counters()?
    };
    let (Some(&from), Some(&to)) = (counters.first(), counters.last()) else {
        return Err(CarryError::Nothing);
    };
    let usual = PathBuf::from(format!("capdo-{}-{to}.runs", identity.host_id()));
    let path = what.out.map_or(usual, Path::to_owned);
    let header = header(identity, facts, (from, to), what.whole, clock.now_ms());
    let takes = spool.assignment()?.unwrap_or_default();
    let (findings, bytes) = file::write(&path, |writer| {
        let mut sending = Sending {
            spool,
            names_checks: takes.takes_checks_sha256,
            told: BTreeSet::new(),
            identity,
            writer,
            path: &path,
            findings: 0,
        };
        sending.put(Record::Header(header))?;
        let mut behind = None;
        for &counter in &counters {
            sending.run(counter, behind, what.whole)?;
            behind = Some(counter);
        }
        if takes.takes_inventory {
            sending.list(what.whole)?;
        }
        sending.close()?;
        Ok((sending.findings, sending.writer.bytes()))
    })?;
    drop(view);
    Ok(Exported {
        path,
        runs: counters.len(),
        from,
        to,
        findings,
        bytes,
        given_up: spool.gaps()?,
    })
}

fn header(
    identity: &Identity,
    facts: &HostFacts,
    (from_counter, to_counter): (u64, u64),
    whole_state: bool,
    made_ms: i64,
) -> v1::CarriedHeader {
    let ca = identity.ca().next().unwrap_or_default();
    v1::CarriedHeader {
        host_id: identity.host_id().to_owned(),
        certificate_chain_der: identity.chain().map(<[u8]>::to_vec).collect(),
        ca_sha256: Sha256::digest(ca).to_vec(),
        from_counter,
        to_counter,
        made_ms,
        whole_state,
        machine_id_sha256: facts.machine_id_bytes(),
        agent_version: AGENT_VERSION.to_owned(),
    }
}

struct Sending<'a> {
    spool: &'a Spool,
    identity: &'a Identity,
    writer: &'a mut file::Writer,
    path: &'a Path,
    /// Whether the collector takes the name of a list of checks.
    names_checks: bool,
    /// The lists of checks that stand in the file.
    told: BTreeSet<[u8; 32]>,
    findings: usize,
}

impl Sending<'_> {
    fn put(&mut self, record: Record) -> Result<(), CarryError> {
        file::put(self.writer, self.path, record)
    }

    fn batch(&mut self, batch: v1::FindingBatch) -> Result<(), CarryError> {
        self.findings += batch.findings.len();
        self.put(Record::FindingBatch(batch))
    }

    fn run(&mut self, counter: u64, behind: Option<u64>, whole: bool) -> Result<(), CarryError> {
        let run = self.spool.carried_run(counter, behind)?;
        let mut run = run.ok_or(CarryError::NoState)?;
        let id = run.started.run_id.clone();
        self.name_checks(&mut run.started);
        let finished = signed(&run.started, run.finished.clone(), self.identity)?;
        self.put(Record::RunStarted(run.started.clone()))?;
        if !whole {
            for sequence in 0..run.batches() {
                self.batch(self.spool.carried_batch(&run, sequence)?)?;
            }
        }
        self.put(Record::RunFinished(finished))?;
        if whole { self.state(id) } else { Ok(()) }
    }

    /// A list of checks stands in the file once; later runs name it.
    fn name_checks(&mut self, started: &mut v1::RunStarted) {
        if !self.names_checks {
            return;
        }
        let sha256 = announced(&started.checks);
        started.checks_sha256 = sha256.to_vec();
        if !self.told.insert(sha256) {
            started.checks.clear();
        }
    }

    /// The whole state, in batches that count from 0: those of the run's own are not in the file.
    fn state(&mut self, run_id: String) -> Result<(), CarryError> {
        let batches = self.spool.resync_batches(&run_id)?;
        let first = batches.first().map_or(0, |b| b.sequence);
        let before = self.findings;
        for batch in batches {
            let mut sent = self.spool.resync_batch(&run_id, batch)?;
            sent.sequence -= first;
            self.batch(sent)?;
        }
        let state_findings = u32::try_from(self.findings - before).unwrap_or(u32::MAX);
        self.put(Record::ResyncDone(v1::ResyncDone {
            run_id,
            state_findings,
        }))
    }

    /// The package list, where it is not the one that the last receipt named: all of it, or what changed
    /// since that one.
    fn list(&mut self, whole: bool) -> Result<(), CarryError> {
        let (Some(now), held) = self.spool.inventories()? else {
            return Ok(());
        };
        let held = held.filter(|_| !whole);
        if held.as_ref().is_some_and(|h| h.sha256() == now.sha256()) {
            return Ok(());
        }
        let parts = deltas(&now, held.as_ref()).into_iter();
        parts
            .into_iter()
            .try_for_each(|part| self.put(Record::InventoryDelta(part)))
    }

    fn close(&mut self) -> Result<(), CarryError> {
        let sha256 = self.writer.sha256();
        let signature = self
            .identity
            .sign(&carried_bytes(self.identity.host_id(), &sha256))?;
        self.put(Record::Closing(v1::CarriedClosing {
            sha256: sha256.to_vec(),
            signature,
        }))
    }
}
