//! Hash chains: each row's hash covers the row and the hash before it.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The hash before the first row.
pub(super) const START: [u8; 32] = [0; 32];

/// The hash of a row that follows `prev`. Lengths keep one field from running into the next.
pub(super) fn link(domain: &str, prev: &[u8], fields: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for field in [domain.as_bytes(), prev].iter().chain(fields) {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    hasher.finalize().into()
}

/// How a row breaks its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Rows before it are missing, or stand elsewhere.
    Gap,
    /// It does not name the hash of the row before it.
    Order,
    /// Its content is not what was hashed.
    Content,
}

/// One row of a chain, as far as the chain is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Ring<'a> {
    /// Its place, from 1.
    pub seq: i64,
    /// The hash that it names as the one before.
    pub prev: &'a [u8],
    /// The hash that it bears.
    pub sha256: &'a [u8],
    /// The hash that its content gives.
    pub computed: [u8; 32],
}

/// Goes along a chain from its beginning.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The place of the last row.
    pub seq: i64,
    /// The hash of the last row.
    pub sha256: Vec<u8>,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            seq: 0,
            sha256: START.to_vec(),
        }
    }
}

impl Walk {
    /// Takes the next row; how it breaks the chain, if it does. Goes on behind it either way.
    pub fn step(&mut self, ring: &Ring<'_>) -> Option<Flaw> {
        let flaw = if ring.seq != self.seq + 1 {
            Some(Flaw::Gap)
        } else if ring.sha256 != ring.computed {
            Some(Flaw::Content)
        } else if ring.prev != self.sha256 {
            Some(Flaw::Order)
        } else {
            None
        };
        self.seq = ring.seq;
        self.sha256 = ring.sha256.to_vec();
        flaw
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_never_run_together() {
        assert_ne!(
            link("t", &START, &[b"ab", b"c"]),
            link("t", &START, &[b"a", b"bc"])
        );
        assert_ne!(link("t", &START, &[b"a"]), link("u", &START, &[b"a"]));
        assert_ne!(link("t", &START, &[b"a"]), link("t", &[1; 32], &[b"a"]));
    }

    #[test]
    fn a_walk_tells_what_is_wrong_with_a_row() {
        let one = link("t", &START, &[b"1"]);
        let two = link("t", &one, &[b"2"]);
        let ring =
            |seq, prev: &'static [u8], sha256: [u8; 32], computed| (seq, prev, sha256, computed);
        let mut walk = Walk::default();
        let (seq, prev, sha256, computed) = ring(1, &START, one, one);
        let first = Ring {
            seq,
            prev,
            sha256: &sha256,
            computed,
        };
        assert_eq!(walk.step(&first), None);
        let good = Ring {
            seq: 2,
            prev: &one,
            sha256: &two,
            computed: two,
        };
        assert_eq!(walk.clone().step(&good), None);
        assert_eq!(walk.clone().step(&Ring { seq: 3, ..good }), Some(Flaw::Gap));
        assert_eq!(
            walk.clone().step(&Ring {
                prev: &START,
                ..good
            }),
            Some(Flaw::Order)
        );
        assert_eq!(
            walk.step(&Ring {
                computed: one,
                ..good
            }),
            Some(Flaw::Content)
        );
    }
}
