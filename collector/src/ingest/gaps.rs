//! Runs that never come: what the agent states about them, held against its counters.

use crate::store::{
    Db, Result,
    gap::{self, Gap},
    host::Host,
    integrity::{self, IntegrityKind},
    restored,
    run::{self, Run},
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
    if skipped <= stated || is_restored(&mut *db, host).await? {
        return Ok(());
    }
    if host.carried {
        let detail = format!(
            "runs {} to {} were never brought, and {stated} of them are accounted for",
            host.last_counter + 1,
            run.counter - 1
        );
        let kind = IntegrityKind::RunsMissing;
        integrity::note(db, &host.id, kind, "", &detail, now).await?;
    } else if host.last_counter > 0 {
        // Of the first run of an identity nobody knows where its agent began to count.
        let detail = format!(
            "run {} follows run {}, and {stated} of the runs between them are accounted for",
            run.counter, host.last_counter
        );
        let kind = IntegrityKind::CounterSkipped;
        integrity::note(db, &host.id, kind, "", &detail, now).await?;
    }
    Ok(())
}

/// Whether the record was restored from a backup since the last run that it holds of a host: runs that
/// were taken after the backup are missing here, and the agent cannot know that.
async fn is_restored(db: &mut Db, host: &Host) -> Result<bool> {
    let last = run::last_finished(&mut *db, &host.id).await?;
    restored::covers(db, last.map_or(-1, |last| last.received_at)).await
}
