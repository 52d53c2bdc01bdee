//! When many hosts come at once, such as after an outage, runs are taken at the collector's own pace: so
//! many come in at a time, and the others are told when to come again, each at another time.

use std::sync::Arc;

use capdo_proto::v1::RefusalCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;

/// The least time after which a host that found no place comes again.
const SOON_MS: u64 = 500;
/// How much later the last of so many hosts comes, for each of them: about what a run takes.
const PER_HOST_MS: u64 = 40;
/// The longest that a host is put off, in milliseconds.
const LONGEST_MS: u64 = 5 * 60 * 1000;

/// A run comes in for as long as this is held.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// The places for runs that come in.
#[derive(Debug)]
pub(crate) struct Crowd {
    places: Arc<Semaphore>,
}

impl Crowd {
    /// So many places.
    pub(super) fn new(places: usize) -> Self {
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self { places }
    }

    /// Takes a place, while `hosts` are connected.
    ///
    /// # Errors
    /// When there is none: the host is to come again, the later the more others there are.
    pub(super) fn enter(&self, hosts: usize) -> Result<Place, Refusal> {
        if let Ok(permit) = self.places.clone().try_acquire_owned() {
            return Ok(Place { _permit: permit });
        }
        let hosts = u64::try_from(hosts).unwrap_or(u64::MAX);
        let spread = hosts.saturating_mul(PER_HOST_MS).clamp(SOON_MS, LONGEST_MS);
        let text = "Many hosts send at once: come again.";
        let mut refusal = Refusal::later(RefusalCode::Busy, "run.crowded", text, 1);
        refusal.retry_after_ms = SOON_MS + below(spread);
        Err(refusal)
    }
}

/// A random number below `bound`; half of it where the system gives no randomness.
pub(super) fn below(bound: u64) -> u64 {
    getrandom::u64().map_or(bound / 2, |n| n % bound.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_place_comes_again_at_a_time_of_its_own() {
        let crowd = Crowd::new(2);
        let first = crowd.enter(1).unwrap();
        let _second = crowd.enter(2).unwrap();
        let waits: std::collections::BTreeSet<u64> = (0..100)
            .map(|_| crowd.enter(1_000).unwrap_err().retry_after_ms)
            .collect();
        assert!(waits.len() > 90, "{waits:?}");
        assert!(
            waits
                .iter()
                .all(|w| (SOON_MS..=SOON_MS + 40_000).contains(w))
        );
        assert!(crowd.enter(1_000_000).unwrap_err().retry_after_ms <= LONGEST_MS + SOON_MS);
        drop(first);
        assert!(crowd.enter(1_000).is_ok());
    }
}
