//! Runs that never come: what the agent states about them, held against its counters.

use crate::store::{
    Db, Result,
    gap::{self, Gap},
    host::Host,
    integrity::{self, IntegrityKind},
    run::Run,
};

/// Compares how far `run` lies above the last run that was taken with what it states to be missing.
/// What is stated is kept; a jump that is not stated speaks against the host. To be called in the
/// transaction that makes the run hold, before the host's counter goes up.
pub(super) async fn compare(db: &mut Db, host: &Host, run: &Run, now: i64) -> Result<()> {
    let skipped = run.counter.saturating_sub(host.last_counter) - 1;
    let stated = run.missing_runs.unwrap_or(0);
    // A run that we took and whose ack was lost may be stated too.
    let runs = stated.min(skipped);
    if let (1.., Some(first_at), Some(last_at)) = (runs, run.missing_first_at, run.missing_last_at)
    {
        let gap = Gap {
            host_id: host.id.clone(),
            counter: run.counter,
            runs,
            first_at,
            last_at,
            told_at: now,
        };
        gap::add(&mut *db, &gap).await?;
    }
    // Of the first run of an identity nobody knows where its agent began to count.
    if host.last_counter > 0 && skipped > stated {
        let detail = format!(
            "run {} follows run {}, and {stated} of the runs between them are accounted for",
            run.counter, host.last_counter
        );
        let kind = IntegrityKind::CounterSkipped;
        integrity::note(db, &host.id, kind, "", &detail, now).await?;
    }
    Ok(())
}
