//! The order of Alpine's versions: `1.2.3b_rc1_p2~0a1b-r4`, as apk-version(8) defines it. Total: any
//! two texts compare; what follows the first thing that is no version counts the same everywhere.

use std::cmp::Ordering;

use super::{cut, number};

/// Suffixes that stand before the plain version, and those that stand after it, lowest first.
const BEFORE: [&[u8]; 4] = [b"alpha", b"beta", b"pre", b"rc"];
const AFTER: [&[u8]; 5] = [b"cvs", b"svn", b"git", b"hg", b"p"];

/// One step through a version. Where the kinds of two versions differ, the lower kind here is the
/// lower version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A suffix of something not yet released.
    Before,
    /// No version from here on.
    Invalid,
    End,
    /// `-r4`.
    Revision,
    /// `~0a1b`.
    Hash,
    /// The number of a suffix.
    SuffixNumber,
    /// A suffix of something after the release.
    After,
    Letter,
    /// A number after the first.
    Number,
    First,
}

#[derive(Clone, Copy)]
struct Step<'a> {
    kind: Kind,
    /// Its text, or of a suffix nothing.
    text: &'a [u8],
    /// Of a suffix, its place in its list.
    rank: usize,
}

/// Compares two versions.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (Steps::new(a), Steps::new(b));
    loop {
        let (left, right) = (a.next(), b.next());
        let decided = left.kind.cmp(&right.kind).then_with(|| value(left, right));
        if decided.is_ne() || matches!(left.kind, Kind::End | Kind::Invalid) {
            return decided;
        }
    }
}

/// Compares two steps of the same kind. A later number with a leading zero is a decimal fraction:
/// `1.05` is below `1.5` and `1.10`.
fn value(a: Step<'_>, b: Step<'_>) -> Ordering {
    let fraction = |s: Step<'_>| s.text.first() == Some(&b'0');
    match a.kind {
        Kind::Before | Kind::After => a.rank.cmp(&b.rank),
        Kind::Number if fraction(a) || fraction(b) => a.text.cmp(b.text),
        Kind::Number | Kind::First | Kind::SuffixNumber | Kind::Revision => number(a.text, b.text),
        Kind::Letter | Kind::Hash => a.text.cmp(b.text),
        Kind::End | Kind::Invalid => Ordering::Equal,
    }
}

struct Steps<'a> {
    rest: &'a [u8],
    last: Option<Kind>,
}

impl<'a> Steps<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.trim().as_bytes(),
            last: None,
        }
    }

    fn next(&mut self) -> Step<'a> {
        let step = self.step().unwrap_or(Step {
            kind: Kind::Invalid,
            text: &[],
            rank: 0,
        });
        self.last = Some(step.kind);
        step
    }

    /// What comes next, or `None` where nothing of the sort may stand.
    fn step(&mut self) -> Option<Step<'a>> {
        let Some(last) = self.last else {
            return self.digits(Kind::First);
        };
        let Some(first) = self.rest.first() else {
            return Some(Step {
                kind: Kind::End,
                text: &[],
                rank: 0,
            });
        };
        let in_numbers = matches!(last, Kind::First | Kind::Number);
        let in_suffixes = matches!(last, Kind::Before | Kind::After);
        let tail = matches!(last, Kind::Hash | Kind::Revision);
        match first {
            b'a'..=b'z' if in_numbers => {
                let (text, rest) = self.rest.split_at(1);
                self.rest = rest;
                Some(Step {
                    kind: Kind::Letter,
                    text,
                    rank: 0,
                })
            }
            b'.' if in_numbers => {
                self.rest = &self.rest[1..];
                self.digits(Kind::Number)
            }
            b'0'..=b'9' if in_suffixes => self.digits(Kind::SuffixNumber),
            b'_' if !tail => self.suffix(),
            b'~' if !tail => {
                let (text, rest) = cut(&self.rest[1..], |c| {
                    c.is_ascii_digit() || matches!(c, b'a'..=b'f')
                });
                self.rest = rest;
                (!text.is_empty()).then_some(Step {
                    kind: Kind::Hash,
                    text,
                    rank: 0,
                })
            }
            b'-' if last != Kind::Revision => {
                self.rest = self.rest.strip_prefix(b"-r")?;
                self.digits(Kind::Revision)
            }
            _ => None,
        }
    }

    fn digits(&mut self, kind: Kind) -> Option<Step<'a>> {
        let (text, rest) = cut(self.rest, |c| c.is_ascii_digit());
        self.rest = rest;
        let step = Step {
            kind,
            text,
            rank: 0,
        };
        (!text.is_empty()).then_some(step)
    }

    fn suffix(&mut self) -> Option<Step<'a>> {
        let (name, rest) = cut(&self.rest[1..], |c| c.is_ascii_lowercase());
        self.rest = rest;
        let place = |list: &[&[u8]]| list.iter().position(|&s| s == name);
        let (kind, rank) = match (place(&BEFORE), place(&AFTER)) {
            (Some(rank), _) => (Kind::Before, rank),
            (_, Some(rank)) => (Kind::After, rank),
            _ => return None,
        };
        Some(Step {
            kind,
            text: &[],
            rank,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_stand_before_or_after_the_plain_version() {
        let order = [
            "1.0_alpha",
            "1.0_alpha1",
            "1.0_beta",
            "1.0_pre1",
            "1.0_rc1",
            "1.0",
            "1.0-r1",
            "1.0~0a1b",
            "1.0_git20200101",
            "1.0_p1",
            "1.0a",
            "1.0.05",
            "1.0.5",
            "1.0.10",
        ];
        for pair in order.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(compare("001.0", "1.0"), Ordering::Equal);
        assert_eq!(compare("1.0-x", "1.0-y"), Ordering::Equal);
    }
}
