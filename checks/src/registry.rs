//! Every check, in the order in which they run and are shown.

use crate::{check::Check, families};

/// All checks, sorted by id.
pub fn all() -> Vec<&'static dyn Check> {
    let mut checks: Vec<&'static dyn Check> = families::ALL
        .iter()
        .flat_map(|f| f.iter().copied())
        .collect();
    checks.sort_by_key(|c| c.meta().id);
    checks
}

/// The check `id`.
pub fn find(id: &str) -> Option<&'static dyn Check> {
    families::ALL
        .iter()
        .flat_map(|f| f.iter().copied())
        .find(|c| c.meta().id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_well_formed() {
        let mut seen = BTreeSet::new();
        for check in all() {
            let id = check.meta().id;
            assert!(seen.insert(id), "{id} stands twice");
            let (family, name) = id.split_once('.').expect("family.name");
            let fine = |s: &str| {
                !s.is_empty()
                    && s.chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            };
            assert!(fine(family) && fine(name), "{id}");
            assert!(check.meta().version > 0, "{id}");
        }
    }
}
