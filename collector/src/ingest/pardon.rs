//! An officer's word ends a ban: within a second, whether the command came from this process or from the
//! command line.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use super::guard::Guard;
use crate::{
    stop::stopped,
    store::{Result, Store, ban},
};

const EVERY: Duration = Duration::from_secs(1);

/// Lets in again whom an officer named, until `stop` turns true.
pub async fn watch(store: Store, guard: Arc<Guard>, mut stop: watch::Receiver<bool>) {
    if let Err(error) = begin(&store).await {
        tracing::error!(%error, "bans of before could not be forgotten");
    }
    loop {
        match look(&store, &guard).await {
            Ok(()) => {}
            Err(error) => tracing::error!(%error, "a ban could not be lifted"),
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = stopped(&mut stop) => return,
        }
    }
}

/// Nobody is turned away when the collector starts, so nobody is to be listed either.
async fn begin(store: &Store) -> Result<()> {
    let mut tx = store.write().await?;
    ban::begin(&mut tx).await?;
    Ok(tx.commit().await?)
}

async fn look(store: &Store, guard: &Guard) -> Result<()> {
    let lifts = ban::lifts(&mut *store.read().await?).await?;
    let Some((last, _)) = lifts.last() else {
        return Ok(());
    };
    for (_, offender) in &lifts {
        guard.forgive(offender);
        tracing::info!(offender, "a ban is lifted");
    }
    let mut tx = store.write().await?;
    ban::followed(&mut tx, *last).await?;
    Ok(tx.commit().await?)
}
