//! The one place that reads the time; everything else is handed a [`Clock`].

use jiff::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

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
}
