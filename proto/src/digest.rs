//! Two digests by which agent and collector tell in 32 bytes whether they hold the same: the state, which
//! is everything that a host's findings say, and the list of checks that a run makes.
//!
//! That over the state is the SHA-256 over these bytes, every integer big-endian and "text" being a `u64` length and
//! then that many bytes:
//!
//! 1. text: [`DOMAIN`];
//! 2. `u64`: the number of items;
//! 3. for each item, sorted by its fields in this order, texts compared byte by byte:
//!    1. text: check id;
//!    2. `i32`: number of the subject's kind;
//!    3. text: name of the subject;
//!    4. 32 bytes: SHA-256 of the observation.
//!
//! The sorting makes the order of arrival irrelevant, the lengths keep one field from running into
//! the next, and the domain keeps the digest from being taken for any other hash. Verdicts are left
//! out on purpose: the collector judges for itself, so they are no part of what must agree.
//!
//! That over a list of checks is the SHA-256 over these bytes:
//!
//! 1. text: [`CHECKS_DOMAIN`];
//! 2. `u64`: the number of checks;
//! 3. for each check, sorted likewise:
//!    1. text: its id;
//!    2. `u32`: its version.

use sha2::{Digest, Sha256};

use crate::v1::{CheckRef, SubjectKind};

/// What separates this digest from every other use of SHA-256.
pub const DOMAIN: &str = "capdo.state.v1";

/// One finding of a host's state, as far as the digest sees it. Deleted findings are no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateItem<'a> {
    /// The check's id.
    pub check_id: &'a str,
    /// The kind of the subject.
    pub subject_kind: SubjectKind,
    /// The name of the subject; empty for the host itself.
    pub subject_name: &'a str,
    /// SHA-256 of the observation.
    pub observation_sha256: &'a [u8; 32],
}

/// The digest over a host's whole state, whatever the order of `items`. Each (check, subject) is
/// to be given once; giving one twice yields another digest.
pub fn state_digest<'a>(items: impl Iterator<Item = StateItem<'a>>) -> [u8; 32] {
    let mut items: Vec<StateItem<'a>> = items.collect();
    items.sort_unstable();

    let mut hasher = Sha256::new();
    update_text(&mut hasher, DOMAIN);
    hasher.update((items.len() as u64).to_be_bytes());
    for item in items {
        update_text(&mut hasher, item.check_id);
        hasher.update(i32::from(item.subject_kind).to_be_bytes());
        update_text(&mut hasher, item.subject_name);
        hasher.update(item.observation_sha256);
    }
    hasher.finalize().into()
}

/// What separates the digest over a list of checks from every other use of SHA-256.
pub const CHECKS_DOMAIN: &str = "capdo.checks.v1";

/// The digest over the checks that a run makes, each by its id and version, whatever their order.
pub fn checks_digest<'a>(checks: impl Iterator<Item = (&'a str, u32)>) -> [u8; 32] {
    let mut checks: Vec<(&str, u32)> = checks.collect();
    checks.sort_unstable();

    let mut hasher = Sha256::new();
    update_text(&mut hasher, CHECKS_DOMAIN);
    hasher.update((checks.len() as u64).to_be_bytes());
    for (id, version) in checks {
        update_text(&mut hasher, id);
        hasher.update(version.to_be_bytes());
    }
    hasher.finalize().into()
}

/// The digest over the checks that a run announces.
pub fn announced(checks: &[CheckRef]) -> [u8; 32] {
    checks_digest(
        checks
            .iter()
            .map(|c| (c.check_id.as_str(), c.check_version)),
    )
}

/// The SHA-256 of an observation's bytes, as a finding carries it.
pub fn observation_sha256(observation: &[u8]) -> [u8; 32] {
    Sha256::digest(observation).into()
}

fn update_text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_be_bytes());
    hasher.update(text);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    type Owned = (String, SubjectKind, String, [u8; 32]);

    fn digest(items: &[Owned]) -> [u8; 32] {
        state_digest(items.iter().map(|(check_id, kind, name, sha)| StateItem {
            check_id,
            subject_kind: *kind,
            subject_name: name,
            observation_sha256: sha,
        }))
    }

    fn kind() -> impl Strategy<Value = SubjectKind> {
        (1..=6_i32).prop_map(|number| SubjectKind::try_from(number).unwrap())
    }

    fn item() -> impl Strategy<Value = Owned> {
        ("[a-z.]{1,6}", kind(), "[a-z:/]{0,6}", any::<[u8; 32]>())
    }

    /// Some items, and the same ones in another order.
    fn items_and_shuffle() -> impl Strategy<Value = (Vec<Owned>, Vec<Owned>)> {
        vec(item(), 0..12).prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle()))
    }

    proptest! {
        #[test]
        fn order_never_matters((items, shuffled) in items_and_shuffle()) {
            prop_assert_eq!(digest(&items), digest(&shuffled));
        }

        #[test]
        fn one_changed_bit_of_a_hash_changes_it(
            items in vec(item(), 1..8), at in any::<prop::sample::Index>(), byte in 0..32_usize,
            bit in 0..8_u32,
        ) {
            let mut changed = items.clone();
            at.get_mut(&mut changed).3[byte] ^= 1 << bit;
            prop_assert_ne!(digest(&items), digest(&changed));
        }

        #[test]
        fn one_changed_byte_of_a_text_changes_it(
            items in vec(item(), 1..8), at in any::<prop::sample::Index>(), name in any::<bool>(),
        ) {
            let mut changed = items.clone();
            let item = at.get_mut(&mut changed);
            let text = if name { &mut item.2 } else { &mut item.0 };
            *text = match text.strip_prefix('a') {
                Some(rest) => format!("b{rest}"),
                None => format!("a{}", text.get(1..).unwrap_or_default()),
            };
            prop_assert_ne!(digest(&items), digest(&changed));
        }

        #[test]
        fn different_items_differ(one in vec(item(), 0..4), other in vec(item(), 0..4)) {
            let sorted = |items: &[Owned]| { let mut s = items.to_vec(); s.sort(); s };
            prop_assert_eq!(sorted(&one) == sorted(&other), digest(&one) == digest(&other));
        }

        /// However the same characters are divided between check id and name, they differ.
        #[test]
        fn fields_never_run_together(text in "[a-z]{2,12}", a in any::<prop::sample::Index>(),
            b in any::<prop::sample::Index>()) {
            let (a, b) = (a.index(text.len()), b.index(text.len()));
            prop_assume!(a != b);
            let split = |at: usize| {
                let (id, name) = text.split_at(at);
                digest(&[(id.to_owned(), SubjectKind::File, name.to_owned(), [7; 32])])
            };
            prop_assert_ne!(split(a), split(b));
        }
    }

    #[test]
    fn every_kind_differs() {
        let all: std::collections::BTreeSet<_> = (1..=6)
            .map(|n| SubjectKind::try_from(n).unwrap())
            .map(|kind| digest(&[("a".to_owned(), kind, "b".to_owned(), [0; 32])]))
            .collect();
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn an_item_given_twice_is_seen() {
        let item = ("a".to_owned(), SubjectKind::Host, String::new(), [0; 32]);
        assert_ne!(
            digest(std::slice::from_ref(&item)),
            digest(&[item.clone(), item])
        );
    }

    /// The format is fixed: this builds the documented bytes by hand.
    #[test]
    fn bytes_are_as_documented() {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(b"\0\0\0\0\0\0\0\x0ecapdo.state.v1");
        bytes.extend_from_slice(b"\0\0\0\0\0\0\0\x02");
        bytes.extend_from_slice(b"\0\0\0\0\0\0\0\x02ab\0\0\0\x01\0\0\0\0\0\0\0\0");
        bytes.extend_from_slice(&[1; 32]);
        bytes.extend_from_slice(b"\0\0\0\0\0\0\0\x02ab\0\0\0\x05\0\0\0\0\0\0\0\x02/c");
        bytes.extend_from_slice(&[2; 32]);
        let items = [
            ("ab".to_owned(), SubjectKind::File, "/c".to_owned(), [2; 32]),
            ("ab".to_owned(), SubjectKind::Host, String::new(), [1; 32]),
        ];
        assert_eq!(digest(&items), observation_sha256(&bytes));
    }

    #[test]
    fn a_list_of_checks_is_hashed_as_documented_in_any_order() {
        let mut bytes = b"\0\0\0\0\0\0\0\x0fcapdo.checks.v1".to_vec();
        bytes.extend_from_slice(b"\0\0\0\0\0\0\0\x02");
        bytes.extend_from_slice(b"\0\0\0\0\0\0\0\x01a\0\0\x01\x02");
        bytes.extend_from_slice(b"\0\0\0\0\0\0\0\x02bc\0\0\0\x01");
        let expected = observation_sha256(&bytes);
        assert_eq!(
            checks_digest([("bc", 1), ("a", 0x102)].into_iter()),
            expected
        );
        assert_eq!(
            checks_digest([("a", 0x102), ("bc", 1)].into_iter()),
            expected
        );
        assert_ne!(
            checks_digest([("a", 0x103), ("bc", 1)].into_iter()),
            expected
        );
        assert_ne!(checks_digest([("a", 0x102)].into_iter()), expected);
    }
}
