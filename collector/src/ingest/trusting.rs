//! A change of the CAs takes effect within a second, whether it was made here or on the command line;
//! the next CA becomes the current one by itself when it is time.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::{sync::watch, time::sleep};

use super::Live;
use crate::{
    clock::Clock,
    identity::{IdentityError, Trust, rotation},
    stop::stopped,
    store::{
        Store, StoreError,
        audit::{self, Event},
        certificate,
    },
};

const EVERY: Duration = Duration::from_secs(1);
/// Every how many looks the next CA may be promoted.
const PROMOTE: u32 = 3;

/// Keeps `trust` and the agents up to date until `stop` turns true.
pub async fn watch(
    store: Store,
    trust: Arc<Trust>,
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    let (mut seen, mut looks) = (None, 0_u32);
    loop {
        tokio::select! {
            () = sleep(EVERY) => {}
            () = stopped(&mut stop) => return,
        }
        looks = looks.wrapping_add(1);
        let now = clock.now_ms();
        if looks.is_multiple_of(PROMOTE)
            && let Err(error) = promote_if_due(&store, &trust, now).await
        {
            tracing::error!(%error, "the next CA could not be promoted");
        }
        match look(&store, &trust, &mut seen, now).await {
            Ok(true) => live.tell_trust(),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "a change of the CAs does not take effect"),
        }
    }
}

/// Whether agents are to be told something. Costs one row while nothing changes.
async fn look(
    store: &Store,
    trust: &Trust,
    seen: &mut Option<i64>,
    now: i64,
) -> Result<bool, IdentityError> {
    let epoch = certificate::standing_epoch(&mut *store.read().await?).await?;
    if *seen == Some(epoch) {
        return Ok(false);
    }
    let changed = trust.reload(now).await?;
    *seen = Some(epoch);
    Ok(changed)
}

async fn promote_if_due(store: &Store, trust: &Trust, now: i64) -> Result<(), IdentityError> {
    if rotation::due(&mut *store.read().await?, now)
        .await?
        .is_none()
    {
        return Ok(());
    }
    let mut tx = store.write().await?;
    // Looked at again where nobody else writes.
    if rotation::due(&mut tx, now).await?.is_none() {
        return Ok(());
    }
    let row = rotation::promote(&mut tx, trust.keys(), now).await?;
    let detail = json!({ "ca_sha256": rotation::shown(&row), "by": "hosts or date" });
    let event = Event {
        actor: "collector",
        action: "ca.promote",
        agency_id: None,
        target: &row.number.to_string(),
        detail,
    };
    audit::append(&mut tx, &event, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    tracing::info!(number = row.number, "the next CA issues from now on");
    Ok(())
}
