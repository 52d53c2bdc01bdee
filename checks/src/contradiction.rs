//! What one run says that cannot all be true. Pure: the collector asks this of everything it takes,
//! whatever the agent concluded. Nothing here changes a verdict.

use std::collections::BTreeSet;

use crate::{observation::Observation, registry, run::LISTS_PACKAGES};

/// The check that compares what the others saw from several vantage points.
const COMPARES: &str = "integrity.vantage-points";

/// Two things that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The check whose facts are contradicted.
    pub check: String,
    /// What contradicts what, for people who look into it.
    pub detail: String,
}

/// What contradicts itself in `made`: every observation of one run, by whichever check.
pub fn contradictions(made: &[&Observation]) -> Vec<Contradiction> {
    let known = |o: &&&Observation| {
        registry::find(&o.check).is_some_and(|c| c.meta().version == o.version) && o.gap.is_none()
    };
    let mut found = Vec::new();
    for observation in made.iter().filter(known) {
        let detail = match observation.check.as_str() {
            COMPARES => compared(observation, made),
            LISTS_PACKAGES => listed(observation),
            _ => None,
        };
        found.extend(detail.map(|detail| Contradiction {
            check: observation.check.clone(),
            detail,
        }));
    }
    found
}

/// The comparison of vantage points must be the one that the observations give.
fn compared(observation: &Observation, made: &[&Observation]) -> Option<String> {
    let told = |name| observation.best(name)?.value.as_int();
    let (facts, conflicts) = (told("compared")?, told("conflicts")?);
    let others = || made.iter().filter(|o| o.check != COMPARES);
    let twice: usize = others().map(|o| seen_twice(o)).sum();
    let differ: usize = others().map(|o| o.disagreements().len()).sum();
    let as_told = |n: usize, told: i64| i64::try_from(n).is_ok_and(|n| n == told);
    if as_told(twice, facts) && as_told(differ, conflicts) {
        return None;
    }
    Some(format!(
        "it says that {conflicts} of {facts} facts seen twice differ; the other checks of the run show \
         {differ} of {twice}"
    ))
}

/// How many facts an observation holds from more than one vantage point.
fn seen_twice(observation: &Observation) -> usize {
    let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for fact in &observation.facts {
        if !once.insert(&fact.name) {
            twice.insert(&fact.name);
        }
    }
    twice.len()
}

/// A package list that holds its own manager holds a package, and its hash is one.
fn listed(observation: &Observation) -> Option<String> {
    let packages = observation.best("packages")?.value.as_int()?;
    let sha256 = observation.best("sha256")?.value.as_text()?;
    let itself = observation.best("lists_itself")?.value == true.into();
    if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some("the hash of the package list is no hash".to_owned());
    }
    (itself && packages < 1).then(|| "a list of no packages that holds one".to_owned())
}
