//! How far the host's clock is from the collector's, which tells its time at the greeting of a session alone.

/// Ticks may be off by one part in so many, as a plain quartz is: a difference that is no larger says
/// nothing about the clock.
const QUARTZ: i64 = 10_000;

/// The time that the collector told, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Greeting {
    /// In ticks.
    at_ms: i64,
    /// How far the host's clock was ahead then.
    ahead_ms: i64,
    theirs_ms: i64,
}

impl Greeting {
    /// The collector told `theirs_ms` at `now_ms` by the host's clock and `ticks_ms` in ticks.
    pub(super) const fn heard(theirs_ms: i64, now_ms: i64, ticks_ms: i64) -> Self {
        Self {
            at_ms: ticks_ms,
            ahead_ms: now_ms.saturating_sub(theirs_ms),
            theirs_ms,
        }
    }

    /// How far the host's clock is ahead of the collector's, by now.
    pub(super) fn ahead_ms(&self, now_ms: i64, ticks_ms: i64) -> i64 {
        let passed = ticks_ms.saturating_sub(self.at_ms);
        let ahead = now_ms.saturating_sub(self.theirs_ms.saturating_add(passed));
        let set_by = ahead.saturating_sub(self.ahead_ms).saturating_abs();
        if set_by <= passed / QUARTZ {
            self.ahead_ms
        } else {
            ahead
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_clock_that_is_set_is_noticed_and_a_slow_quartz_is_not() {
        let heard = Greeting::heard(1_000_000, 1_100_000, 50);
        assert_eq!(heard.ahead_ms(1_100_000, 50), 100_000);
        assert_eq!(heard.ahead_ms(1_100_000 + DAY, 50 + DAY), 100_000);
        let set_right = heard.ahead_ms(1_000_000 + DAY, 50 + DAY);
        assert_eq!(set_right, 0);
        let right = Greeting::heard(1_000_000, 1_000_000, 50);
        assert_eq!(right.ahead_ms(900_000 + DAY, 50 + DAY), -100_000);
        // Two months in one session: ticks that run too slowly by 20 parts in a million.
        let (passed, ticks) = (60 * DAY, 60 * DAY - 60 * DAY / 50_000);
        assert_eq!(right.ahead_ms(1_000_000 + passed, 50 + ticks), 0);
        assert_eq!(
            Greeting::heard(i64::MIN, 0, 0).ahead_ms(i64::MAX, 1),
            i64::MAX
        );
    }
}
