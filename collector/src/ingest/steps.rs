//! The steps of a run's way in: announced, staged batch by batch, and made to hold as a whole or not
//! at all. Each works in the transaction that it is given, so that a session takes them one by one
//! and a carried file all together.

use capdo_proto::{
    digest::observation_sha256,
    limits::{MAX_COUNTER_JUMP, MAX_FINDINGS_PER_RUN, MAX_STATE_BYTES},
    v1::{
        Ack, FindingBatch, RefusalCode, ResyncDone, ResyncReason, ResyncRequest, RunFinished,
        RunStarted, ack::Durable, session_response::Payload,
    },
};
use prost::Message;
use subtle::ConstantTimeEq;

use super::{
    apply::{Applied, apply},
    budget, gaps,
    refusal::{BEFORE_RESTORE, CHECKS_UNKNOWN, RETRY_S, Refusal, too_large, unknown_run},
    rejudge::{Examined, examine},
    signature::verify,
};
use crate::{
    assess::measure,
    store::{
        Db, Scope,
        assignment::{self, Assignment},
        check_list,
        host::{self, Host},
        integrity::IntegrityKind,
        observation,
        record::{self, Judged},
        restored,
        run::{self, Ending, Run, RunState},
        staged::{self, Batch},
        system,
    },
};

/// The most bytes of observations that one run may stage: its changes, and the whole state where that is asked.
const MAX_RUN_BYTES: usize = 2 * MAX_STATE_BYTES;

pub(super) type Reply = Result<Payload, Refusal>;

/// On which way a run comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Over a stream: it echoes the nonce that the host was given.
    Session,
    /// In a file from a one-way site: its nonce is empty, and the host is enrolled for that.
    File,
}

/// A batch whose evidence was looked at and judged.
pub(super) struct ExaminedBatch {
    batch: Batch,
    examined: Vec<Examined>,
}

/// What the host was told when it began the run.
///
/// # Errors
/// When the run is not under way.
pub(super) async fn told(db: &mut Db, host_id: &str, run_id: &str) -> Result<Assignment, Refusal> {
    let run = known_run(&mut *db, host_id, run_id).await?;
    let told = assignment::find(db, host_id, run.revision).await?;
    told.ok_or_else(unknown_run)
}

/// Compares the findings of a batch with their evidence, and judges them.
///
/// # Errors
/// When evidence is not what its envelope says.
pub(super) fn examined(m: &FindingBatch, told: &Assignment) -> Result<ExaminedBatch, Refusal> {
    // Under the figures that the agent had, so that a change of level is no false claim.
    let thresholds = measure::thresholds(&told.standard_id, told.level);
    let examined: Result<Vec<Examined>, _> =
        m.findings.iter().map(|f| examine(f, &thresholds)).collect();
    let examined = examined.map_err(|mismatch| {
        Refusal::never(
            RefusalCode::InvalidMessage,
            "finding.observation",
            mismatch.to_string(),
        )
        .suspicious(IntegrityKind::ObservationRefused, mismatch.check_id())
    })?;
    let bytes: usize = examined
        .iter()
        .filter_map(|e| e.evidence.as_ref())
        .map(|e| e.1.len())
        .sum();
    let batch = Batch {
        run_id: m.run_id.clone(),
        sequence: m.sequence,
        resync: m.resync,
        sha256: observation_sha256(&m.encode_to_vec()).to_vec(),
        findings: u32::try_from(m.findings.len()).unwrap_or(u32::MAX),
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
    };
    Ok(ExaminedBatch { batch, examined })
}

/// Stages a batch, where it was not before.
///
/// # Errors
/// When it does not fit what came before it.
pub(super) async fn stage(
    db: &mut Db,
    host_id: &str,
    batch: ExaminedBatch,
    way: Way,
    now: i64,
) -> Result<(), Refusal> {
    let ExaminedBatch { batch, examined } = batch;
    if !is_new(&mut *db, host_id, &batch).await? {
        return Ok(());
    }
    let mut new = 0;
    for (sha256, bytes) in examined.iter().filter_map(|e| e.evidence.as_ref()) {
        if observation::keep(&mut *db, sha256, bytes, now).await? {
            new += bytes.len();
        }
    }
    if way == Way::Session {
        budget::evidence(&mut *db, host_id, new, now).await?;
    }
    let rows: Vec<_> = examined.into_iter().map(|e| e.staged).collect();
    Ok(staged::add(db, &batch, &rows).await?)
}

/// A run ends: its findings hold when this answers with an ack. It comes from who holds the certificate `serial`.
///
/// # Errors
/// When it is not to be taken.
pub(super) async fn finish(
    db: &mut Db,
    (host_id, serial): (&str, &str),
    m: &RunFinished,
    now: i64,
) -> Reply {
    let run = known_run(db, host_id, &m.run_id).await?;
    match run.state {
        RunState::Finished => return Ok(ack(&run.id, Durable::RunFinished(true))),
        RunState::Resync => return Ok(resync(&run.id)),
        _ => {}
    }
    verify(db, &run, m, serial).await?;
    let ending = Ending {
        finished_at: m.finished_ms,
        state_sha256: &m.state_sha256,
        state_findings: m.state_findings,
        unchanged: m.unchanged_findings,
        cpu_ms: i64::try_from(m.cpu_ms).unwrap_or(i64::MAX),
        peak_rss_kib: i64::try_from(m.peak_rss_kib).unwrap_or(i64::MAX),
        cpu_limit_ms: run::stated(m.cpu_limit_ms),
        rss_limit_kib: run::stated(m.rss_limit_kib),
        over_budget: m.checks_over_budget,
        signature: &m.signature,
    };
    run::set_ending(&mut *db, &run.id, &ending).await?;
    let run = known_run(db, host_id, &m.run_id).await?;
    if hold(db, &run, false, now).await? {
        Ok(ack(&run.id, Durable::RunFinished(true)))
    } else {
        run::set_state(db, &run.id, RunState::Resync, None).await?;
        Ok(resync(&run.id))
    }
}

/// A whole resend ends: its findings hold when this answers with an ack.
///
/// # Errors
/// When it is not to be taken.
pub(super) async fn resynced(db: &mut Db, host_id: &str, m: &ResyncDone, now: i64) -> Reply {
    let run = known_run(db, host_id, &m.run_id).await?;
    match run.state {
        RunState::Finished => return Ok(ack(&run.id, Durable::ResyncDone(true))),
        RunState::Resync => {}
        _ => return Err(out_of_order("resync.not-asked")),
    }
    if hold(db, &run, true, now).await? {
        return Ok(ack(&run.id, Durable::ResyncDone(true)));
    }
    let text = "The whole state does not give the digest that was signed.";
    Err(
        Refusal::never(RefusalCode::InvalidMessage, "run.digest", text)
            .suspicious(IntegrityKind::DigestMismatch, ""),
    )
}

/// A run begins.
///
/// # Errors
/// When it is not to be taken.
pub(super) async fn begin(
    db: &mut Db,
    host_id: &str,
    m: &RunStarted,
    way: Way,
    now: i64,
) -> Result<(), Refusal> {
    let counter = i64::try_from(m.counter).unwrap_or(i64::MAX);
    if let Some(known) = run::of_host(&mut *db, host_id, &m.run_id).await? {
        return resume(db, &known, (m, counter), now).await;
    }
    if run::exists(&mut *db, &m.run_id).await? {
        return Err(out_of_order("run.id-taken"));
    }
    let host = host::find(&mut *db, &Scope::All, host_id).await?;
    if counter <= host.last_counter {
        let text = format!("Counter {counter} is not above {}.", host.last_counter);
        return Err(
            Refusal::never(RefusalCode::CounterReplayed, "run.counter", text)
                .suspicious(IntegrityKind::CounterReplayed, ""),
        );
    }
    if counter > host.last_counter.saturating_add_unsigned(MAX_COUNTER_JUMP) {
        let text = format!("Counter {counter} is far ahead of {}.", host.last_counter);
        return Err(
            Refusal::never(RefusalCode::InvalidMessage, "run.counter-jumped", text)
                .suspicious(IntegrityKind::CounterJumped, ""),
        );
    }
    let revision = i64::try_from(m.assignment_revision).unwrap_or(i64::MAX);
    let told = assignment::find(&mut *db, host_id, revision).await?;
    echoes(&mut *db, (&host, told), m, way).await?;
    for old in run::abandon(&mut *db, host_id).await? {
        staged::drop_all(&mut *db, &old).await?;
    }
    let (checks, checks_sha256) = listed(&mut *db, m).await?;
    let run = Run {
        id: m.run_id.clone(),
        host_id: host_id.to_owned(),
        counter,
        revision,
        nonce: m.nonce.clone(),
        catalogue_sha256: m.catalogue_sha256.clone(),
        checks,
        checks_sha256,
        state: RunState::Open,
        received_at: now,
        started_at: m.started_ms,
        finished_at: None,
        state_sha256: None,
        state_findings: None,
        unchanged: None,
        cpu_ms: None,
        peak_rss_kib: None,
        cpu_limit_ms: None,
        rss_limit_kib: None,
        over_budget: None,
        missing_runs: m.missing_before.map(|missing| missing.runs.into()),
        missing_first_at: m.missing_before.map(|missing| missing.first_ms),
        missing_last_at: m.missing_before.map(|missing| missing.last_ms),
        signature: None,
        refused_why: None,
    };
    Ok(run::add(db, &run).await?)
}

/// Whether a run was made under what the host was told: it echoes the nonce, or was carried in a file.
async fn echoes(
    db: &mut Db,
    (host, told): (&Host, Option<Assignment>),
    m: &RunStarted,
    way: Way,
) -> Result<(), Refusal> {
    let echoes = told.is_some_and(|t| match way {
        Way::Session => bool::from(t.nonce.ct_eq(&m.nonce)),
        Way::File => host.carried && m.nonce.is_empty(),
    });
    if echoes {
        return Ok(());
    }
    let code = RefusalCode::NonceMismatch;
    if restored::covers(db, m.started_ms).await? {
        let text = "The run is from before this collector was restored from a backup.";
        return Err(Refusal::never(code, BEFORE_RESTORE, text));
    }
    let text = "The nonce is not the one that this host was given.";
    Err(Refusal::never(code, "run.nonce", text).suspicious(IntegrityKind::NonceMismatch, ""))
}

/// A run that was announced before, on a stream that broke.
async fn resume(
    db: &mut Db,
    known: &Run,
    (m, counter): (&RunStarted, i64),
    now: i64,
) -> Result<(), Refusal> {
    if known.counter != counter {
        return Err(out_of_order("run.counter-changed"));
    }
    match known.state {
        RunState::Resync | RunState::Finished => Ok(()),
        RunState::Refused => Err(refused_before(known)),
        RunState::Open | RunState::Abandoned => {
            // Its end will be signed over what is announced now, by the program that the agent is now.
            let (checks, sha256) = listed(&mut *db, m).await?;
            let at = match known.state {
                RunState::Open => known.received_at,
                _ => now,
            };
            Ok(run::reopen(db, &known.id, (&checks, sha256.as_deref()), at).await?)
        }
    }
}

/// The checks of a run as they are kept: its own list, or the digest of one.
async fn listed(db: &mut Db, m: &RunStarted) -> Result<(String, Option<Vec<u8>>), Refusal> {
    if m.checks_sha256.is_empty() {
        let ids: Vec<&str> = m.checks.iter().map(|c| c.check_id.as_str()).collect();
        return Ok((serde_json::to_string(&ids).unwrap_or_default(), None));
    }
    if !m.checks.is_empty() {
        check_list::keep(db, &m.checks).await?; // what was validated has the digest that it names
    } else if !check_list::holds(db, &m.checks_sha256).await? {
        let text = "The list of checks is not known here: send it.";
        let code = RefusalCode::InvalidMessage;
        return Err(Refusal::later(code, CHECKS_UNKNOWN, text, 1));
    }
    Ok(("[]".to_owned(), Some(m.checks_sha256.clone())))
}

/// Whether a batch is to be staged; not when it was before. Its place must be the next one.
async fn is_new(db: &mut Db, host_id: &str, batch: &Batch) -> Result<bool, Refusal> {
    if let Some(known) = staged::batch(&mut *db, &batch.run_id, batch.sequence).await? {
        if known.sha256 == batch.sha256 {
            return Ok(false);
        }
        return Err(out_of_order("finding-batch.changed"));
    }
    let run = known_run(&mut *db, host_id, &batch.run_id).await?;
    if run.state == RunState::Finished {
        return Ok(false); // the run holds; its list of batches was purged
    }
    let wanted = if batch.resync {
        RunState::Resync
    } else {
        RunState::Open
    };
    if run.state != wanted {
        return Err(out_of_order("finding-batch.out-of-order"));
    }
    let totals = staged::totals(&mut *db, &batch.run_id).await?;
    // A whole state stands by itself: it begins where the agent's own count is, though batches before it
    // may have been lost here, to a restore or because the run lay for long.
    let first = batch.resync && !staged::has_resync(db, &batch.run_id).await?;
    let next = i64::from(totals.last.map_or(0, |last| last + 1));
    let fits = if first {
        i64::from(batch.sequence) >= next
    } else {
        i64::from(batch.sequence) == next
    };
    if !fits {
        let text = "A batch is missing: send the run again.";
        let code = RefusalCode::InvalidMessage;
        return Err(Refusal::later(code, "finding-batch.gap", text, RETRY_S));
    }
    let most = 2 * i64::try_from(MAX_FINDINGS_PER_RUN).unwrap_or(i64::MAX);
    if totals.findings + i64::from(batch.findings) > most
        || usize::try_from(totals.bytes + batch.bytes).is_ok_and(|bytes| bytes > MAX_RUN_BYTES)
    {
        return Err(too_large("The run holds more than a run may hold."));
    }
    Ok(true)
}

/// Makes what was staged hold, if it gives the signed digest; whether it did.
async fn hold(db: &mut Db, run: &Run, whole: bool, now: i64) -> Result<bool, Refusal> {
    let host = host::find(&mut *db, &Scope::All, &run.host_id).await?;
    if run.counter <= host.last_counter {
        let text = "A later run was taken before this one ended.";
        return Err(Refusal::never(
            RefusalCode::CounterReplayed,
            "run.counter",
            text,
        ));
    }
    let system = system::find(&mut *db, &Scope::All, &host.system_id).await?;
    let thresholds = measure::thresholds(&system.standard_id, system.level());
    match apply(&mut *db, run, whole, &thresholds, now).await? {
        Applied::Mismatch => Ok(false),
        Applied::TooLarge => Err(too_large(
            "The evidence of the whole state is more than one host's may be.",
        )),
        Applied::Yes {
            changes,
            findings_sha256,
        } => {
            if !run.nonce.is_empty() {
                budget::changes(&mut *db, &host.id, changes, now).await?; // not carried in a file
            }
            gaps::compare(&mut *db, &host, run, now).await?;
            run::set_state(&mut *db, &run.id, RunState::Finished, None).await?;
            let judged = Judged {
                findings_sha256: &findings_sha256,
                standard_id: &system.standard_id,
                level: system.level(),
                judge: measure::judge(),
            };
            record::ran(&mut *db, run, &judged, now).await?;
            staged::clear(db, &run.id).await?;
            tracing::info!(host = run.host_id, run = run.id, changes, "run accepted");
            Ok(true)
        }
    }
}

/// A run that can go on or has ended well.
async fn known_run(db: &mut Db, host_id: &str, run_id: &str) -> Result<Run, Refusal> {
    let run = run::of_host(db, host_id, run_id)
        .await?
        .ok_or_else(unknown_run)?;
    match run.state {
        RunState::Refused => Err(refused_before(&run)),
        RunState::Abandoned => Err(unknown_run()),
        RunState::Open | RunState::Resync | RunState::Finished => Ok(run),
    }
}

fn refused_before(run: &Run) -> Refusal {
    let why = run.refused_why.as_deref().unwrap_or("run.refused");
    Refusal::never(
        RefusalCode::InvalidMessage,
        why,
        "The run was refused before.",
    )
}

fn out_of_order(machine_code: &str) -> Refusal {
    let text = "The message does not fit what came before it.";
    Refusal::never(RefusalCode::InvalidMessage, machine_code, text)
}

pub(super) fn ack(run_id: &str, durable: Durable) -> Payload {
    Payload::Ack(Ack {
        run_id: run_id.to_owned(),
        durable: Some(durable),
    })
}

fn resync(run_id: &str) -> Payload {
    let reason = ResyncReason::DigestMismatch.into();
    Payload::ResyncRequest(ResyncRequest {
        run_id: run_id.to_owned(),
        reason,
    })
}
