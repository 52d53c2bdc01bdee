//! The task that judges the hosts whose keys are due: another host, an endpoint or a look changed, in this
//! process or in another.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{assess::Changed, clock::Clock, stop::stopped, store::Store};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);

/// Judges what is due until `stop` turns true.
pub async fn run(
    store: Store,
    clock: Arc<dyn Clock>,
    changed: Changed,
    mut stop: watch::Receiver<bool>,
) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stopped(&mut stop) => return,
        }
        loop {
            match super::some_due(&store, clock.now_ms()).await {
                Ok(None) => break,
                Ok(Some(systems)) => systems.iter().for_each(|s| changed.mark(s)),
                Err(error) => {
                    tracing::error!(%error, "keys that several hosts hold were not judged");
                    break;
                }
            }
            if *stop.borrow() {
                return;
            }
        }
    }
}
