//! How long to wait before the next attempt to reach the collector.

use std::time::Duration;

use crate::chance;

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// A session that held this long was a good one: what ended it is new.
const STOOD_MS: i64 = 60 * 1_000;

/// Full jitter: each wait is random below a ceiling that doubles up to five minutes, so that a
/// province of agents does not come back in step. The ceiling goes back only after a session that
/// really stood, not after one that was greeted and broke at once.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    failures: u32,
    greeted_ms: Option<i64>,
}

impl Backoff {
    /// `first` is what agents that lose the collector at the same moment are spread over.
    pub(super) fn new(first: Duration) -> Self {
        Self {
            first: first.clamp(SHORTEST, LONGEST),
            failures: 0,
            greeted_ms: None,
        }
    }

    /// The collector answered.
    pub(super) const fn greeted(&mut self, ticks_ms: i64) {
        self.greeted_ms = Some(ticks_ms);
    }

    /// The session or the attempt is over: how long to wait before the next.
    pub(super) fn ended(&mut self, ticks_ms: i64) -> Duration {
        let greeted = self.greeted_ms.take();
        if greeted.is_some_and(|at| ticks_ms.saturating_sub(at) >= STOOD_MS) {
            self.failures = 0;
        }
        let ceiling = self.ceiling();
        self.failures = self.failures.saturating_add(1);
        below(ceiling)
    }

    /// The collector said when to come back: not before that, and not all at that very moment.
    pub(super) fn asked(&mut self, after: Duration) -> Duration {
        self.greeted_ms = None;
        after.saturating_add(below(after.min(self.first)))
    }

    fn ceiling(&self) -> Duration {
        let factor = 1_u32 << self.failures.min(16);
        self.first.saturating_mul(factor).min(LONGEST)
    }
}

fn below(ceiling: Duration) -> Duration {
    let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(chance::below(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_ceiling_doubles_to_five_minutes() {
        let mut backoff = Backoff::new(Duration::ZERO);
        let mut ceilings = Vec::new();
        for _ in 0..12 {
            ceilings.push(backoff.ceiling().as_secs());
            assert!(backoff.ended(0) < LONGEST);
        }
        assert_eq!(ceilings, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }

    #[test]
    fn only_a_session_that_stood_starts_over() {
        let mut backoff = Backoff::new(MINUTE);
        for _ in 0..4 {
            backoff.greeted(1_000);
            backoff.ended(1_000 + STOOD_MS - 1);
        }
        assert_eq!(backoff.ceiling(), LONGEST);
        // Nor does a clock that is set back, nor an attempt that was never answered.
        backoff.greeted(STOOD_MS);
        backoff.ended(0);
        backoff.ended(i64::MAX);
        assert_eq!(backoff.ceiling(), LONGEST);
        backoff.greeted(1_000);
        assert!(backoff.ended(1_000 + STOOD_MS) < MINUTE);
    }

    #[test]
    fn what_the_collector_asks_for_is_kept_and_not_by_all_at_once() {
        let mut backoff = Backoff::new(MINUTE);
        assert_eq!(backoff.asked(Duration::ZERO), Duration::ZERO);
        for _ in 0..100 {
            let wait = backoff.asked(Duration::from_secs(600));
            assert!((600..660).contains(&wait.as_secs()), "{wait:?}");
        }
    }

    /// A collector that starts again loses every agent at the same moment.
    #[test]
    fn a_thousand_agents_do_not_come_back_in_step() {
        let mut waits: Vec<u128> = (0..1_000)
            .map(|_| {
                let mut backoff = Backoff::new(MINUTE);
                backoff.greeted(0);
                backoff.ended(STOOD_MS).as_millis()
            })
            .collect();
        waits.sort_unstable();
        let mut seconds = [0_u32; 60];
        for wait in &waits {
            seconds[usize::try_from(wait / 1_000).unwrap()] += 1;
        }
        let most = seconds.into_iter().max().unwrap();
        println!(
            "1000 agents: first after {} ms, half after {} ms, last after {} ms; at most {most} in \
             one second",
            waits[0], waits[500], waits[999]
        );
        // 16.7 are expected in a second; 50 would be eight standard deviations above that.
        assert!(most < 50 && seconds.iter().all(|s| *s > 0), "{seconds:?}");
        assert!((25_000..35_000).contains(&waits[500]) && waits[999] > 55_000);
    }
}
