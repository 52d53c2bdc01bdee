//! The order of rpm versions, as rpm-version(7) defines it: `epoch:version-release`. Total: any two
//! texts compare.
//!
//! A missing epoch is 0. A missing release sorts before every release, so that `1.2` (as advisories
//! may say) is not above an installed `1.2-3`.

use std::cmp::Ordering;

use super::{cut, number};

/// Compares two `[epoch:]version[-release]`.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (split(a), split(b));
    number(a.0, b.0)
        .then_with(|| part(a.1, b.1))
        .then_with(|| match (a.2, b.2) {
            (Some(a), Some(b)) => part(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
}

/// Epoch, version and release; a missing epoch is empty.
fn split(text: &str) -> (&[u8], &[u8], Option<&[u8]>) {
    let text = text.trim().as_bytes();
    let (epoch, rest) = cut(text, |c| c.is_ascii_digit());
    let (epoch, rest) = match rest.strip_prefix(b":") {
        Some(rest) => (epoch, rest),
        None => (&[][..], text),
    };
    match rest.iter().rposition(|&c| c == b'-') {
        Some(dash) => (epoch, &rest[..dash], Some(&rest[dash + 1..])),
        None => (epoch, rest, None),
    }
}

/// One step through a version. In this order where the kinds differ.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Tilde,
    End,
    Caret,
    Letters,
    Digits,
}

/// Compares two versions or two releases, segment by segment; separators only separate.
pub fn part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let (a_kind, a_segment, a_rest) = segment(a);
        let (b_kind, b_segment, b_rest) = segment(b);
        let decided = a_kind.cmp(&b_kind).then_with(|| match a_kind {
            Kind::Digits => number(a_segment, b_segment),
            _ => a_segment.cmp(b_segment),
        });
        if decided.is_ne() || a_kind == Kind::End {
            return decided;
        }
        (a, b) = (a_rest, b_rest);
    }
}

fn segment(text: &[u8]) -> (Kind, &[u8], &[u8]) {
    let stops = |c: u8| c.is_ascii_alphanumeric() || c == b'~' || c == b'^';
    let (_, text) = cut(text, |c| !stops(c));
    let (kind, (segment, rest)) = match text.first() {
        None => (Kind::End, (text, text)),
        Some(b'~') => (Kind::Tilde, text.split_at(1)),
        Some(b'^') => (Kind::Caret, text.split_at(1)),
        Some(c) if c.is_ascii_digit() => (Kind::Digits, cut(text, |c| c.is_ascii_digit())),
        Some(_) => (Kind::Letters, cut(text, |c| c.is_ascii_alphabetic())),
    };
    (kind, segment, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_version_and_release_decide_in_this_order() {
        for (low, high) in [
            ("9-9", "1:1-1"),
            ("1.0~rc1-1", "1.0-1"),
            ("1.0-1", "1.0^git1-1"),
            ("1.0^git1-1", "1.0.1-1"),
            ("1.0", "1.0-1"),
            ("1.0", "1.0-~1"),
            ("1-0-1.el9", "1-0-2.el9"),
            ("5.14.0-427.9.el9", "5.14.0-427.13.el9"),
        ] {
            assert_eq!(compare(low, high), Ordering::Less, "{low} < {high}");
            assert_eq!(compare(high, low), Ordering::Greater, "{high} > {low}");
        }
        assert_eq!(compare("0:1.0-1", "1.0-1"), Ordering::Equal);
    }
}
