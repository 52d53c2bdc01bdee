//! Lengths of time as people write them: `30m`, `24h`, `7d`.

use std::time::Duration;

/// Reads a number with a unit: `s`, `m`, `h` or `d`.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number: u64 = number.trim().parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        assert_eq!(parse("24h"), Some(Duration::from_secs(86_400)));
        assert_eq!(parse("90 s"), Some(Duration::from_secs(90)));
        for bad in [
            "",
            "h",
            "24",
            "1w",
            "-1h",
            "1.5h",
            "99999999999999999999d",
            "1ờ",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
