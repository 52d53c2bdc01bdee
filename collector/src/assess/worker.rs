//! The task that computes scores: those that are due soon after, all of them at every sweep. The
//! sweep also removes what nothing refers to.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{Changed, compute::compute};
use crate::{
    clock::Clock,
    config::Assess,
    metric::Metric,
    stop::stopped,
    store::{
        Scope, Store,
        purge::{self, Cursor, Purged},
        session, system,
    },
};

/// How long changes are gathered before a score is computed.
const GATHER: Duration = Duration::from_millis(500);

/// Computes scores until `stop` turns true.
pub async fn run(
    store: Store,
    clock: Arc<dyn Clock>,
    settings: Assess,
    changed: Changed,
    mut stop: watch::Receiver<bool>,
) {
    let max_age = SignedDuration::from_hours(24 * i64::from(settings.max_age_days));
    let mut sweep = interval(Duration::from_secs(settings.sweep_s));
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut cursor = Cursor::default();
    loop {
        tokio::select! {
            () = changed.wait() => sleep(GATHER).await,
            _ = sweep.tick() => {
                mark_all(&store, &changed, clock.now_ms()).await;
                purge(&store, &mut cursor, clock.now_ms()).await;
            }
            () = stopped(&mut stop) => return,
        }
        for system_id in changed.take() {
            if *stop.borrow() {
                return;
            }
            match compute(&store, &system_id, max_age, clock.now_ms()).await {
                Ok(_) => Metric::ScoreComputed.add(1),
                Err(error) => {
                    Metric::ScoreFailed.add(1);
                    tracing::error!(%error, system = system_id, "a score was not computed");
                }
            }
        }
    }
}

/// Everything is due: evidence may have grown too old, and figures may have changed.
async fn mark_all(store: &Store, changed: &Changed, now: i64) {
    let marked = async {
        let mut tx = store.write().await?;
        session::sweep(&mut tx, now).await?;
        tx.commit().await?;
        let mut db = store.read().await?;
        for system in system::list(&mut db, &Scope::All, None).await? {
            changed.mark(&system.id);
        }
        Ok::<_, crate::store::StoreError>(())
    };
    if let Err(error) = marked.await {
        tracing::error!(%error, "the sweep failed");
    }
}

/// Keeps the disk from filling with what nothing refers to.
async fn purge(store: &Store, cursor: &mut Cursor, now: i64) {
    match purge::pass(store, cursor, now).await {
        Ok(done) if done == Purged::default() => {}
        Ok(done) => tracing::info!(
            abandoned = done.abandoned,
            runs = done.runs,
            observations = done.observations,
            feeds = done.feeds,
            "what nothing refers to was removed"
        ),
        Err(error) => tracing::error!(%error, "the store was not tidied up"),
    }
}
