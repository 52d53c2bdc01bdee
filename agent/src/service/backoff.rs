//! How long to wait before the next attempt to reach the collector.

use std::time::Duration;

use crate::chance;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Full jitter: each wait is random below a ceiling that doubles up to five minutes, so that a
/// province of agents does not come back in step.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The attempt succeeded: the next failure starts over.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// The attempt failed: how long to wait.
    pub(super) fn fail(&mut self) -> Duration {
        let ceiling = self.ceiling();
        self.failures = self.failures.saturating_add(1);
        let millis = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(chance::below(millis))
    }

    fn ceiling(&self) -> Duration {
        let factor = 1_u32 << self.failures.min(16);
        FIRST.saturating_mul(factor).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_to_five_minutes() {
        let mut backoff = Backoff::default();
        let mut ceilings = Vec::new();
        for _ in 0..12 {
            ceilings.push(backoff.ceiling().as_secs());
            assert!(backoff.fail() < LONGEST);
        }
        assert_eq!(ceilings, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        backoff.reset();
        assert_eq!(backoff.ceiling(), FIRST);
    }
}
