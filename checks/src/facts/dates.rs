//! Dates, for facts whose hours jitter.

use jiff::{Timestamp, tz::TimeZone};

/// Midnight (UTC) of the day of a point in time.
pub fn day(at: Timestamp) -> Timestamp {
    let start = at.to_zoned(TimeZone::UTC).start_of_day();
    start.map_or(at, |start| start.timestamp())
}

/// Whether a day is that of `at`, the one before it (for clocks and zones), or later.
pub fn follows(day: Timestamp, at: Timestamp) -> bool {
    at.as_second() - day.as_second() <= 2 * 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_go() {
        let at: Timestamp = "2026-11-22T23:59:59.5Z".parse().unwrap();
        assert_eq!(day(at).to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(
            day(Timestamp::MIN),
            Timestamp::MIN,
            "its midnight is out of range"
        );
    }
}
