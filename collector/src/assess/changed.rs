//! The systems that are due: noted at ingest, taken by whoever computes scores.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// The systems whose findings changed since their score was computed.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    systems: Mutex<BTreeSet<String>>,
    wake: Notify,
}

impl Changed {
    /// Notes that findings of a system changed.
    pub fn mark(&self, system_id: &str) {
        self.lock().insert(system_id.to_owned());
        self.inner.wake.notify_one();
    }

    /// Takes every system that was noted.
    pub fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.lock())
    }

    /// Waits until a system is noted.
    pub async fn wait(&self) {
        self.inner.wake.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.inner
            .systems
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
