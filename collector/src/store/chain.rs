//! Hash chains: each row's hash covers the row and the hash before it.

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
}
