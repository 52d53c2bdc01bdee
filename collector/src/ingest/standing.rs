//! Revocation takes effect on streams that are open: within a second, whether the command came from
//! this process or from the command line.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use super::{Live, cut::Cut};
use crate::{
    stop::stopped,
    store::{Result, Store, certificate},
};

const EVERY: Duration = Duration::from_secs(1);
/// How long a stream may take to be told why it ends, before its connection is cut.
const FAREWELL: Duration = Duration::from_secs(2);

/// Ends the streams of hosts that fell out of good standing, until `stop` turns true.
pub async fn watch(store: Store, live: Arc<Live>, mut stop: watch::Receiver<bool>) {
    let mut seen = None;
    loop {
        tokio::select! {
            () = sleep(EVERY) => {}
            () = stopped(&mut stop) => return,
        }
        match look(&store, &live, &mut seen).await {
            Ok(cuts) if cuts.is_empty() => {}
            Ok(cuts) => {
                tokio::spawn(async move {
                    sleep(FAREWELL).await;
                    cuts.iter().for_each(Cut::make);
                });
            }
            Err(error) => tracing::error!(%error, "revocations could not be looked up"),
        }
    }
}

/// What ends the connections of those who fell. Costs one row while nobody does.
async fn look(store: &Store, live: &Live, seen: &mut Option<i64>) -> Result<Vec<Cut>> {
    let mut db = store.read().await?;
    let epoch = certificate::standing_epoch(&mut db).await?;
    if *seen == Some(epoch) {
        return Ok(Vec::new());
    }
    let fallen = certificate::fallen(&mut db, &live.serials()).await?;
    *seen = Some(epoch);
    for serial in &fallen {
        tracing::warn!(serial, "a revoked stream is ended");
    }
    Ok(fallen.iter().flat_map(|s| live.revoke(s)).collect())
}
