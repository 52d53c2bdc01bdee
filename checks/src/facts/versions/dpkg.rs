//! The order of Debian versions, as deb-version(7) defines it. Total: any two texts compare, valid
//! or not, because invalid versions exist in the wild.

use std::cmp::Ordering;

use super::{cut, number};

/// Compares two versions: epoch, then upstream version, then revision.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (split(a), split(b));
    number(a.0, b.0)
        .then_with(|| part(a.1.as_bytes(), b.1.as_bytes()))
        .then_with(|| part(a.2.as_bytes(), b.2.as_bytes()))
}

/// Epoch, upstream version and revision. A missing epoch or revision counts as `0`.
fn split(version: &str) -> (&[u8], &str, &str) {
    let version = version.trim();
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|c| c.is_ascii_digit()) => (epoch, rest),
        _ => ("", version),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch.as_bytes(), upstream, revision)
}

/// Alternates between a run without digits and a run of digits, until one of them decides.
fn part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (a_text, a_rest) = cut(a, |c| !c.is_ascii_digit());
        let (b_text, b_rest) = cut(b, |c| !c.is_ascii_digit());
        let (a_digits, a_left) = cut(a_rest, |c| c.is_ascii_digit());
        let (b_digits, b_left) = cut(b_rest, |c| c.is_ascii_digit());
        match text(a_text, b_text).then_with(|| number(a_digits, b_digits)) {
            Ordering::Equal => (a, b) = (a_left, b_left),
            decided => return decided,
        }
    }
    Ordering::Equal
}

/// Letters before other signs, the end before letters, and `~` before the end.
fn text(a: &[u8], b: &[u8]) -> Ordering {
    let weight = |run: &[u8], at: usize| match run.get(at) {
        None => 0,
        Some(b'~') => -1,
        Some(c) if c.is_ascii_alphabetic() => i32::from(*c),
        Some(c) => i32::from(*c) + 256,
    };
    (0..a.len().max(b.len()))
        .map(|at| weight(a, at).cmp(&weight(b, at)))
        .find(|o| o.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::run_bounded;
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn known_orders_hold() {
        for (low, high) in [
            ("1.0~rc1", "1.0"),
            ("1.0~~", "1.0~"),
            ("1.0", "1.0a"),
            ("1.0a", "1.0+"),
            ("1.9", "1.10"),
            ("9:1", "10:0"),
            ("2.0", "1:1.0"),
            ("3.0.11-1~deb12u1", "3.0.11-1~deb12u2"),
            ("3.0.11-1~deb12u2", "3.0.11-1"),
            ("2.36-9", "2.36-9+b1"),
            ("2.36-9+deb12u9", "2.36-9+deb12u10"),
            ("1.0-", "1.0-1"),
            ("", "0a"),
            ("1-1-1", "1-1-2"),
        ] {
            assert_eq!(compare(low, high), Ordering::Less, "{low} < {high}");
            assert_eq!(compare(high, low), Ordering::Greater, "{high} > {low}");
        }
        for (a, b) in [
            ("0:1.0", "1.0"),
            ("1.0-0", "1.0"),
            ("1.00", "1.0"),
            ("", "0"),
        ] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} = {b}");
        }
    }

    fn version() -> impl Strategy<Value = String> {
        "([0-9]{1,2}:)?[0-9][0-9a-b.+~]{0,6}(-[0-9a-b.+~]{1,4})?"
    }

    proptest! {
        #[test]
        fn any_text_compares(a in ".{0,20}", b in ".{0,20}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            prop_assert_eq!(compare(&a, &a), Ordering::Equal);
        }

        #[test]
        fn the_order_is_transitive(a in version(), b in version(), c in version()) {
            let mut sorted = [a, b, c];
            sorted.sort_by(|x, y| compare(x, y));
            prop_assert!(compare(&sorted[0], &sorted[2]).is_le());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn dpkg_agrees(a in version(), b in version()) {
            let op = match compare(&a, &b) {
                Ordering::Less => "lt",
                Ordering::Equal => "eq",
                Ordering::Greater => "gt",
            };
            let argv = ["dpkg", "--compare-versions", &a, op, &b].map(str::to_owned);
            if let Ok(output) = run_bounded(&argv, Duration::from_secs(10), 1 << 10) {
                prop_assert!(output.ok(), "dpkg denies {a} {op} {b}");
            }
        }
    }
}
