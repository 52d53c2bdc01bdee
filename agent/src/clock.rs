//! The one place that reads the time; everything else is handed a [`Clock`].

use jiff::Timestamp;

/// Tells the time, and how much of it has passed.
pub trait Clock: Send + Sync {
    /// The time now. Somebody may set it to anything at any moment: for stamps only.
    fn now(&self) -> Timestamp;

    /// Milliseconds since some moment before this process began. Only ever grows, at the pace of real
    /// time, sleep of the machine included: for everything that waits.
    fn ticks_ms(&self) -> i64;

    /// The time now in milliseconds since the Unix epoch, as the wire has it: a clock that stands
    /// before 1970 reads 1970.
    fn now_ms(&self) -> i64 {
        self.now().as_millisecond().max(0)
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that others are handed"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn ticks_ms(&self) -> i64 {
        use rustix::time::{ClockId, clock_gettime};
        let since_boot = clock_gettime(ClockId::Boottime);
        since_boot.tv_sec * 1_000 + since_boot.tv_nsec / 1_000_000
    }
}
