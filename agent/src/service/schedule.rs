//! When the next run starts. Times are ticks of [`crate::clock::Clock`], so that a clock that is set
//! changes nothing.

use std::time::Duration;

use crate::chance;

/// The schedule of runs.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    interval: Duration,
    jitter: Duration,
    /// `None` until there is an assignment to run under.
    next_ms: Option<i64>,
}

impl Schedule {
    /// A schedule on which nothing is due yet.
    pub(super) const fn new(interval: Duration, jitter: Duration) -> Self {
        Self {
            interval,
            jitter,
            next_ms: None,
        }
    }

    /// Goes by other figures from the next run on. The first time, a run is due within `soon`.
    pub(super) fn set(
        &mut self,
        interval: Duration,
        jitter: Duration,
        now_ms: i64,
        soon: Duration,
    ) {
        let shorter = interval < self.interval;
        (self.interval, self.jitter) = (interval, jitter);
        match self.next_ms {
            None => self.next_ms = Some(now_ms + random_ms(soon)),
            Some(next) if shorter => {
                self.next_ms = Some(next.min(now_ms + millis(interval) + random_ms(jitter)));
            }
            Some(_) => {}
        }
    }

    /// A run started: the next one is due an interval later, put off at random.
    pub(super) fn started(&mut self, now_ms: i64) {
        self.next_ms = Some(now_ms + millis(self.interval) + random_ms(self.jitter));
    }

    /// A run is due within `soon`, or earlier where it already was.
    pub(super) fn hasten(&mut self, now_ms: i64, soon: Duration) {
        let at = now_ms + random_ms(soon);
        self.next_ms = Some(self.next_ms.map_or(at, |next| next.min(at)));
    }

    /// When the next run is due.
    pub(super) const fn next_ms(&self) -> Option<i64> {
        self.next_ms
    }

    /// Whether a run is due.
    pub(super) fn is_due(&self, now_ms: i64) -> bool {
        self.next_ms.is_some_and(|next| now_ms >= next)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

fn random_ms(below: Duration) -> i64 {
    let below = u64::try_from(below.as_millis()).unwrap_or(u64::MAX);
    i64::try_from(chance::below(below + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const SOON: Duration = Duration::from_secs(30);

    #[test]
    fn nothing_runs_before_there_is_an_assignment() {
        let mut schedule = Schedule::new(HOUR, HOUR);
        assert!(!schedule.is_due(i64::MAX / 8));
        schedule.set(HOUR, HOUR, 0, SOON);
        assert!(schedule.is_due(30_000));
    }

    #[test]
    fn runs_keep_their_distance_and_their_jitter() {
        let mut schedule = Schedule::new(HOUR, Duration::from_secs(60));
        schedule.started(0);
        let next = schedule.next_ms().unwrap();
        assert!((3_600_000..=3_660_000).contains(&next), "{next}");
        assert!(!schedule.is_due(3_599_999) && schedule.is_due(3_660_000));
    }
}
