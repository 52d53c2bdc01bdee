//! What the ways through one door amount to: whether a second factor is enforced, and if not, how
//! one gets by.

use super::{
    login_paths::{Path, Strength},
    pam::factors::is_gate,
};

/// Whether a door asks everybody for two factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Every way asks for two.
    Enforced,
    /// One is enough, and nothing asks for a second.
    NotEnforced,
    /// A second is asked for on a way that its owner may do without: not enrolled, or a module
    /// that need not succeed.
    Optional,
    /// A second is asked for on one way, and another goes by it.
    Bypassable,
    /// The weakest way hangs on a module or server whose demands are not seen.
    Unknown,
    /// Nobody comes in here.
    Closed,
}

impl Outcome {
    /// The word in facts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::NotEnforced => "not_enforced",
            Self::Optional => "optional",
            Self::Bypassable => "bypassable",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
        }
    }

    /// The outcome of that word.
    pub fn of(word: &str) -> Option<Self> {
        let all = [
            Self::Enforced,
            Self::NotEnforced,
            Self::Optional,
            Self::Bypassable,
            Self::Unknown,
            Self::Closed,
        ];
        all.into_iter().find(|o| o.word() == word)
    }
}

/// A way with the weakest and the strongest demand that it can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The weakest form.
    pub path: Path,
    /// The strongest form of the same chain.
    pub strongest: Strength,
}

/// What the ways amount to, and the one that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concluded {
    /// The word for it.
    pub outcome: Outcome,
    /// Whether the weakest way asks for two things of one kind (held, not known).
    pub same_kind: bool,
    /// Whether a condition on the account, its group or where it comes from skips the factor.
    pub conditional: bool,
    /// The weakest way; none where nobody comes in.
    pub path: Option<Path>,
}

/// Concludes from the ways through one door. `tokens` says whether a second-factor module stands
/// anywhere in the stacks behind it.
pub fn conclude(ways: &[Span], tokens: bool) -> Concluded {
    let strength = |s: &&Span| (s.path.shown.strength(), s.path.shown);
    let Some(weakest) = ways.iter().min_by_key(strength) else {
        return Concluded {
            outcome: Outcome::Closed,
            same_kind: false,
            conditional: false,
            path: None,
        };
    };
    let strict = |s: &Span| s.strongest >= Strength::SameKind;
    let conditional = strict(weakest) && weakest.path.via.iter().any(|step| by_gate(step));
    let through_pam = weakest
        .path
        .chain
        .split(',')
        .any(|m| m.starts_with("keyboard-interactive") || m == "password" || m == "pam");
    let outcome = match weakest.path.shown.strength() {
        Strength::Two | Strength::SameKind => Outcome::Enforced,
        Strength::Unseen => Outcome::Unknown,
        Strength::One if conditional => Outcome::Bypassable,
        Strength::One if strict(weakest) => Outcome::Optional,
        Strength::One if ways.iter().any(strict) => Outcome::Bypassable,
        Strength::One if tokens && through_pam => Outcome::Optional,
        Strength::One => Outcome::NotEnforced,
    };
    Concluded {
        outcome,
        same_kind: weakest.path.shown.strength() == Strength::SameKind,
        conditional: conditional && outcome == Outcome::Bypassable,
        path: Some(weakest.path.clone()),
    }
}

/// Whether a step of a trace (`FILE:LINE MODULE=success`) is a condition that was met. So is the
/// grace period of `pam_google_authenticator`: nobody gets by without a code once, and from that
/// address nobody is asked again until the period is over.
fn by_gate(step: &str) -> bool {
    if step.ends_with("(grace_period)") {
        return true;
    }
    let call = step.split(' ').nth(1).unwrap_or_default();
    call.split_once('=')
        .is_some_and(|(module, result)| is_gate(module) && result == "success")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::login_paths::Shown;

    fn span(chain: &str, letters: &str, strongest: Strength, via: &str) -> Span {
        let has = |c| letters.contains(c);
        Span {
            path: Path {
                door: String::new(),
                chain: chain.to_owned(),
                shown: Shown {
                    password: has('p'),
                    key: has('k'),
                    token: has('t'),
                    unseen: has('?'),
                },
                via: vec![via.to_owned()],
            },
            strongest,
        }
    }

    #[test]
    fn the_weakest_way_decides() {
        use Strength::{One, SameKind, Two, Unseen};
        let kbd = "keyboard-interactive";
        let gate = "f:1 pam_succeed_if=success";
        let grace = "f:1 pam_google_authenticator=success (grace_period)";
        for (want, ways, tokens) in [
            (Outcome::Closed, vec![], true),
            (
                Outcome::Enforced,
                vec![span("publickey,password", "kp", Two, "")],
                false,
            ),
            (
                Outcome::Enforced,
                vec![span("publickey,pam", "kt", SameKind, "")],
                true,
            ),
            (
                Outcome::NotEnforced,
                vec![span("publickey", "k", One, "")],
                false,
            ),
            (
                Outcome::NotEnforced,
                vec![span("publickey", "k", One, "")],
                true,
            ),
            (
                Outcome::Optional,
                vec![span(kbd, "p", Two, "f:1 pam_oath=success (nullok)")],
                true,
            ),
            (Outcome::Optional, vec![span(kbd, "p", One, "")], true),
            (Outcome::Bypassable, vec![span(kbd, "p", Two, gate)], true),
            (Outcome::Bypassable, vec![span(kbd, "p", Two, grace)], true),
            (
                Outcome::Bypassable,
                vec![span(kbd, "pt", Two, ""), span("publickey", "k", One, "")],
                true,
            ),
            (Outcome::Unknown, vec![span(kbd, "?", Unseen, "")], false),
        ] {
            assert_eq!(conclude(&ways, tokens).outcome, want, "{ways:?}");
            assert_eq!(Outcome::of(want.word()), Some(want));
        }
    }
}
