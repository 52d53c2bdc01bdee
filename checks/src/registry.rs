//! Every check, in the order in which they run and are shown.
//!
//! Most are made by agents. A few are made by the collector ([`collected`]), from what agents send and
//! what it was given besides; the same judge reads them, and no agent may send them.

use crate::{check::Check, families};

/// All checks that agents run, sorted by id; those that compare the others come last.
pub fn all() -> Vec<&'static dyn Check> {
    let mut checks: Vec<&'static dyn Check> = families::ALL
        .iter()
        .flat_map(|f| f.iter().copied())
        .collect();
    // The comparison of vantage points draws on all others, so it comes last.
    checks.sort_by_key(|c| (c.meta().family() == "integrity", c.meta().id));
    checks
}

/// The checks that the collector makes.
pub fn collected() -> impl Iterator<Item = &'static dyn Check> {
    families::COLLECTED.iter().flat_map(|f| f.iter().copied())
}

/// Whether a host may be measured without the check `id`: the collector makes it only from what it was
/// given, such as advisories of the host's release. Every other check that is not there counts 0.
pub fn may_be_unmeasured(id: &str) -> bool {
    id == crate::advisories::CHECK
}

/// Whether the collector makes the check `id`.
pub fn is_collected(id: &str) -> bool {
    collected().any(|c| c.meta().id == id)
}

/// The check `id`, whoever makes it.
pub fn find(id: &str) -> Option<&'static dyn Check> {
    let of_agents = families::ALL.iter().flat_map(|f| f.iter().copied());
    of_agents.chain(collected()).find(|c| c.meta().id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn checks_and_catalogue_know_each_other() {
        use crate::catalogue::Catalogue;
        let catalogue = Catalogue::embedded();
        let standard = catalogue.current();
        for check in all().into_iter().chain(collected()) {
            let id = check.meta().id;
            let controls = catalogue.controls_for(&standard.id, id);
            assert!(
                !controls.is_empty(),
                "{id} serves no control: see catalogue/map"
            );
            for threshold in check.meta().thresholds {
                assert!(
                    standard.threshold(threshold).is_some(),
                    "{id} reads {threshold}"
                );
            }
        }
        for control in &standard.controls {
            for check in catalogue.checks_for(&standard.id, &control.id) {
                assert!(
                    find(check).is_some(),
                    "{} is served by {check}, which is no check",
                    control.id.as_str()
                );
            }
        }
    }

    #[test]
    fn ids_are_unique_and_well_formed() {
        let mut seen = BTreeSet::new();
        for check in all().into_iter().chain(collected()) {
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
