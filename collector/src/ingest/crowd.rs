//! When many hosts come at once, such as after an outage, runs are taken at the collector's own pace: so
//! many come in at a time, and the others are told when to come again, each at another time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use capdo_proto::v1::RefusalCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;

/// The least time after which a host that found no place comes again.
const SOON_MS: u64 = 500;
/// How much later the last of so many hosts comes, for each of them: about what a run takes.
const PER_HOST_MS: u64 = 40;
/// The longest that a host is put off, in milliseconds.
const LONGEST_MS: u64 = 5 * 60 * 1000;

/// How long a run may come in before others have their turn: what was acked of it stays, and it goes on later.
const TURN: Duration = Duration::from_secs(5 * 60);

/// A run comes in for as long as this is held.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    since: Instant,
}

impl Place {
    /// Whether the run had its turn.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= TURN
    }
}

/// The places for runs that come in.
#[derive(Debug)]
pub(crate) struct Crowd {
    places: Arc<Semaphore>,
    /// Hosts that had their turn, and until when the others have theirs.
    waiting: Mutex<HashMap<String, Instant>>,
}

impl Crowd {
    /// So many places.
    pub(super) fn new(places: usize) -> Self {
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self {
            places,
            waiting: Mutex::default(),
        }
    }

    /// Takes a place for a host, while `hosts` are connected.
    ///
    /// # Errors
    /// When there is none: the host is to come again, the later the more others there are. When the host
    /// just had its turn.
    pub(super) fn enter(&self, host: &str, hosts: usize, now: Instant) -> Result<Place, Refusal> {
        let waits = self.waiting().get(host).copied();
        if let Some(left) = waits.and_then(|until| until.checked_duration_since(now)) {
            return Err(Self::had_its_turn(left));
        }
        if let Ok(permit) = self.places.clone().try_acquire_owned() {
            return Ok(Place {
                _permit: permit,
                since: now,
            });
        }
        let hosts = u64::try_from(hosts).unwrap_or(u64::MAX);
        let spread = hosts.saturating_mul(PER_HOST_MS).clamp(SOON_MS, LONGEST_MS);
        let text = "Many hosts send at once: come again.";
        let mut refusal = Refusal::later(RefusalCode::Busy, "run.crowded", text, 1);
        refusal.retry_after_ms = SOON_MS + below(spread);
        Err(refusal)
    }

    /// Takes back the place of a host that had its turn: for as long it gets none.
    pub(super) fn leave(&self, host: &str, place: Place, now: Instant) -> Refusal {
        let mut waiting = self.waiting();
        waiting.retain(|_, until| *until > now);
        waiting.insert(host.to_owned(), now + TURN);
        drop(waiting);
        drop(place);
        Self::had_its_turn(TURN)
    }

    fn had_its_turn(left: Duration) -> Refusal {
        let text = "The run takes long, and others wait: come again.";
        Refusal::later(RefusalCode::Busy, "run.crowded", text, left.as_secs() + 1)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (crowd, now) = (Crowd::new(2), Instant::now());
        let enter = |hosts| crowd.enter("h", hosts, now);
        let first = enter(1).unwrap();
        let _second = enter(2).unwrap();
        let waits: std::collections::BTreeSet<u64> = (0..100)
            .map(|_| enter(1_000).unwrap_err().retry_after_ms)
            .collect();
        assert!(waits.len() > 90, "{waits:?}");
        assert!(
            waits
                .iter()
                .all(|w| (SOON_MS..=SOON_MS + 40_000).contains(w))
        );
        assert!(enter(1_000_000).unwrap_err().retry_after_ms <= LONGEST_MS + SOON_MS);
        drop(first);
        assert!(enter(1_000).is_ok());
    }

    #[test]
    fn who_had_its_turn_leaves_the_place_to_others() {
        let (crowd, now) = (Crowd::new(1), Instant::now());
        let place = crowd.enter("slow", 2, now).unwrap();
        assert!(!place.is_over(now + TURN / 2));
        let over = now + TURN;
        assert!(place.is_over(over));
        let refusal = crowd.leave("slow", place, over);
        assert_eq!(refusal.machine_code, "run.crowded");
        assert!(refusal.retry_after_ms > 0);
        crowd.enter("slow", 2, over).unwrap_err();
        crowd.enter("other", 2, over).unwrap();
        let later = over + TURN + Duration::from_secs(1);
        crowd.enter("slow", 2, later).unwrap();
        crowd.leave("x", crowd.enter("x", 2, later).unwrap(), later);
        assert_eq!(crowd.waiting().len(), 1, "those of before are forgotten");
    }
}
