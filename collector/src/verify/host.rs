//! One host: its runs in the order of the record, each with the state that it left behind.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_proto::signing::FinishedRun;

use super::{
    Anchors, Report,
    certificates::{self, Key},
    findings,
    history::History,
    said,
};
use crate::store::{
    Db, Result, assignment, check_list,
    host::Host,
    observation,
    record::{self, Entry, Kind},
    run::{self, Run, RunState},
};

/// Verifies a host.
pub(super) async fn verify(
    db: &mut Db,
    anchors: &Anchors,
    host: &Host,
    report: &mut Report,
) -> Result<()> {
    let recorded = record::of_host(&mut *db, &host.id).await?;
    let keys = certificates::keys(&mut *db, anchors, &host.id, &recorded, report).await?;
    let mut history = History::new(&host.id, &recorded);
    let (mut counter, mut last) = (0, None);
    for entry in recorded.iter().filter(|e| e.kind == Kind::Run) {
        let Some(run) = stored(&mut *db, host, entry, report).await? else {
            continue;
        };
        report.runs += 1;
        let before = entry.said()["before"] == true;
        report.runs_before_record += u64::from(before);
        if run.counter <= counter {
            report.breaks("run", run.id.clone(), "counter", run.counter.to_string());
        }
        counter = run.counter;
        nonce(&mut *db, &run, report).await?;
        signature(&run, &keys, (!before).then_some(entry.at), report);
        history.up_to(&mut *db, &run, report).await?;
        last = Some((run, entry.clone()));
    }
    history.rest(&mut *db, report).await?;
    unrecorded(&mut *db, host, &recorded, report).await?;
    stands(host, last.as_ref().map(|(run, _)| run), report);
    for sha256 in observation::missing(&mut *db, &host.id).await? {
        report.breaks(
            "observation",
            hex::encode(sha256),
            "missing",
            host.id.clone(),
        );
    }
    for sha256 in check_list::missing(&mut *db, &host.id).await? {
        report.breaks(
            "check_list",
            hex::encode(sha256),
            "missing",
            host.id.clone(),
        );
    }
    findings::verify(db, host, &history, last.as_ref(), &recorded, report).await
}

/// The run that a row of the record names, as it was when the row was written.
async fn stored(
    db: &mut Db,
    host: &Host,
    entry: &Entry,
    report: &mut Report,
) -> Result<Option<Run>> {
    let Some(run) = run::of_host(db, &host.id, &entry.subject).await? else {
        report.breaks("run", entry.subject.clone(), "missing", host.id.clone());
        return Ok(None);
    };
    if run.state != RunState::Finished {
        report.breaks("run", run.id.clone(), "differs", "state");
    }
    if hex::encode(run.fingerprint()) != said(&entry.said(), "run_sha256") {
        report.breaks("run", run.id.clone(), "content", "");
    }
    Ok(Some(run))
}

/// The nonce is the one that was assigned, where the assignment is still kept.
async fn nonce(db: &mut Db, run: &Run, report: &mut Report) -> Result<()> {
    let told = assignment::find(db, &run.host_id, run.revision).await?;
    // Of a run that was carried in a file the nonce is empty, and signed so.
    if !run.nonce.is_empty() && told.is_some_and(|t| t.nonce != run.nonce) {
        report.breaks("run", run.id.clone(), "nonce", run.revision.to_string());
    }
    Ok(())
}

/// The signature is by a key of the host's that was not revoked when the run was taken.
fn signature(run: &Run, keys: &[Key], taken_at: Option<i64>, report: &mut Report) {
    let digest = run.state_sha256.as_deref().unwrap_or_default().try_into();
    let Ok(state_sha256) = digest else {
        report.breaks("run", run.id.clone(), "signature", "state_sha256");
        return;
    };
    let signed = FinishedRun {
        host_id: &run.host_id,
        run_id: &run.id,
        counter: run.counter.cast_unsigned(),
        nonce: &run.nonce,
        state_sha256: &state_sha256,
        finished_ms: run.finished_at.unwrap_or_default(),
        checks_sha256: run.checks_sha256.as_deref().unwrap_or_default(),
    }
    .signed_bytes();
    let signature = run.signature.as_deref().unwrap_or_default();
    let fits = |key: &&Key| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &key.point);
        key.verify(&signed, signature).is_ok()
    };
    let signers: Vec<&Key> = keys.iter().filter(fits).collect();
    let good = |key: &&Key| match (key.revoked_at, taken_at) {
        (Some(revoked), Some(taken)) => taken <= revoked,
        _ => true,
    };
    if signers.is_empty() {
        report.breaks("run", run.id.clone(), "signature", "");
    } else if !signers.iter().any(good) {
        report.breaks("run", run.id.clone(), "revoked", "");
    }
}

/// Runs that hold and that the record does not name.
async fn unrecorded(
    db: &mut Db,
    host: &Host,
    recorded: &[Entry],
    report: &mut Report,
) -> Result<()> {
    for run in run::finished(db, &host.id).await? {
        let names = |e: &Entry| e.kind == Kind::Run && e.subject == run.id;
        if !recorded.iter().any(names) {
            report.breaks("run", run.id, "unrecorded", host.id.clone());
        }
    }
    Ok(())
}

/// The host stands where its last run left it.
fn stands(host: &Host, last: Option<&Run>, report: &mut Report) {
    let (counter, state) = last.map_or((0, None), |r| (r.counter, r.state_sha256.clone()));
    if host.last_counter != counter {
        report.breaks("host", host.id.clone(), "differs", "last_counter");
    }
    if host.state_sha256 != state {
        report.breaks("host", host.id.clone(), "differs", "state_sha256");
    }
}
