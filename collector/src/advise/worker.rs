//! The task that notices imported feeds. They come from another process, so it looks every few seconds.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{
    assess::Changed,
    clock::Clock,
    stop::stopped,
    store::{Store, feed},
};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(5);

/// Compares every host anew whenever a feed was imported, and once at the start, until `stop` turns
/// true.
pub async fn run(
    store: Store,
    clock: Arc<dyn Clock>,
    changed: Changed,
    mut stop: watch::Receiver<bool>,
) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = None;
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stopped(&mut stop) => return,
        }
        let done = async {
            let revision = feed::revision(&mut *store.read().await?).await?;
            if seen == Some(revision) {
                return Ok(());
            }
            let systems = super::all(&store, clock.now_ms()).await?;
            tracing::info!(
                systems = systems.len(),
                "hosts were compared with the advisories"
            );
            systems.iter().for_each(|s| changed.mark(s));
            seen = Some(revision);
            Ok::<_, crate::store::StoreError>(())
        };
        if let Err(error) = done.await {
            tracing::error!(%error, "hosts were not compared with new advisories");
        }
    }
}
