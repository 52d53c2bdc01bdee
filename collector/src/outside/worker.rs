//! The task that looks at every endpoint about once a day.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::Outside;
use crate::{
    assess::Changed,
    config,
    identity::secret,
    stop::stopped,
    store::{
        StoreError,
        endpoint::{self, Endpoint, LookState},
    },
};

/// How often it looks whether one is due.
const TICK: Duration = Duration::from_secs(10);
const HOUR_MS: i64 = 60 * 60 * 1000;
/// When an endpoint is tried again that nothing permitted to look at. Nothing is sent to find out.
const RETRY_MS: i64 = 5 * 60 * 1000;

/// Looks at endpoints as they fall due, so many at a time, until `stop` turns true. What is under way
/// is then left to its own time limits.
pub async fn run(
    outside: Outside,
    settings: config::Outside,
    changed: Changed,
    mut stop: watch::Receiver<bool>,
) {
    let outside = Arc::new(outside);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks = JoinSet::new();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            Some(_) = looks.join_next(), if !looks.is_empty() => {}
            () = stopped(&mut stop) => return,
        }
        let room = usize::from(settings.parallel).saturating_sub(looks.len());
        match take(&outside, room, &settings).await {
            Ok(due) => {
                for one in due {
                    let (outside, changed) = (outside.clone(), changed.clone());
                    looks.spawn(async move {
                        look(&outside, &one.id).await;
                        changed.mark(&one.system_id);
                    });
                }
            }
            Err(error) => tracing::error!(%error, "no endpoint was looked at"),
        }
    }
}

/// The endpoints that are due, put off first: one that makes the collector stumble is not tried again
/// at once.
async fn take(
    outside: &Outside,
    room: usize,
    settings: &config::Outside,
) -> Result<Vec<Endpoint>, StoreError> {
    if room == 0 {
        return Ok(Vec::new());
    }
    let now = outside.now();
    let limit = u32::try_from(room).unwrap_or(u32::MAX);
    let mut tx = outside.store().write().await?;
    let due = endpoint::due(&mut tx, now, limit).await?;
    for one in &due {
        let next = now + jittered(i64::from(settings.interval_h) * HOUR_MS);
        endpoint::put_off(&mut tx, &one.id, next).await?;
    }
    tx.commit().await?;
    Ok(due)
}

async fn look(outside: &Outside, id: &str) {
    let done = async {
        let state = outside.look(id).await?;
        if matches!(state, LookState::NotAuthorised) {
            let mut tx = outside.store().write().await?;
            endpoint::put_off(&mut tx, id, outside.now() + RETRY_MS).await?;
            tx.commit().await?;
        }
        Ok::<_, StoreError>(())
    };
    if let Err(error) = done.await {
        tracing::error!(%error, endpoint = id, "an endpoint was not looked at");
    }
}

/// A tenth more or less, so that looks do not all come at one time of day, nor when they are expected.
fn jittered(ms: i64) -> i64 {
    let random = secret::random().map_or(0, |bytes| i64::from(bytes[0]));
    ms - ms / 10 + ms / 5 * random / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_spread_around_their_interval() {
        let day = 24 * HOUR_MS;
        for _ in 0..50 {
            let next = jittered(day);
            assert!((day - day / 10..=day + day / 10).contains(&next), "{next}");
        }
    }
}
