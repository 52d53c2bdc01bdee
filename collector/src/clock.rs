//! The clock: the only place of the collector that reads the time.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;

/// Tells the time. Handed in, so that tests can set it.
pub trait Clock: Send + Sync {
    /// Now, in milliseconds since the Unix epoch, UTC.
    fn now_ms(&self) -> i64;

    /// Now.
    fn now(&self) -> Timestamp {
        timestamp(self.now_ms())
    }
}

/// The machine's own clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the time"
    )]
    fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond()
    }
}

/// A clock that stands still until it is moved; for tests.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// Stands at `ms`.
    pub fn at(ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(ms)))
    }

    /// Moves on by `ms`, which may be negative.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A stored time as a timestamp; the epoch where it is out of range.
pub fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The day of a stored time, UTC+7 as all of Viet Nam, as `2026-11-22`.
pub fn day(ms: i64) -> String {
    const HANOI_S: i8 = 7;
    let zone = jiff::tz::Offset::constant(HANOI_S);
    zone.to_datetime(timestamp(ms)).date().to_string()
}

/// A stored time for people: RFC 3339, to the second.
pub fn show(ms: i64) -> String {
    timestamp(ms - ms.rem_euclid(1000)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_turn_at_midnight_in_hanoi() {
        assert_eq!(day(1_795_219_199_999), day(1_795_219_199_999 - 1000));
        let before: Timestamp = "2026-11-21T16:59:59Z".parse().unwrap();
        let after: Timestamp = "2026-11-21T17:00:00Z".parse().unwrap();
        assert_eq!(day(before.as_millisecond()), "2026-11-21");
        assert_eq!(day(after.as_millisecond()), "2026-11-22");
    }
}
