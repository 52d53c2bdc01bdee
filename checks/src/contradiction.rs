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
    let mut told = Told::default();
    made.iter().for_each(|o| told.add(o));
    told.contradictions()
}

/// What the observations of one run say, taken one by one: a hostile host's need not be held together.
#[derive(Debug, Default)]
pub struct Told {
    /// Facts that the other checks saw twice, and those of them that differ.
    twice: usize,
    differ: usize,
    /// The same as the comparison tells it.
    compared: Vec<(i64, i64)>,
    found: Vec<Contradiction>,
}

impl Told {
    /// Takes an observation.
    pub fn add(&mut self, observation: &Observation) {
        let check = observation.check.as_str();
        if check != COMPARES {
            self.twice += seen_twice(observation);
            self.differ += observation.disagreements().len();
        }
        let known = registry::find(check).is_some_and(|c| c.meta().version == observation.version);
        if !known || observation.gap.is_some() {
            return;
        }
        match check {
            COMPARES => {
                let told = |name| observation.best(name)?.value.as_int();
                let pair = told("compared").zip(told("conflicts"));
                self.compared.extend(pair);
            }
            LISTS_PACKAGES => {
                self.found
                    .extend(listed(observation).map(|detail| Contradiction {
                        check: check.to_owned(),
                        detail,
                    }));
            }
            _ => {}
        }
    }

    /// What cannot all be true of what was taken.
    pub fn contradictions(self) -> Vec<Contradiction> {
        let Self {
            twice,
            differ,
            compared,
            mut found,
        } = self;
        // The comparison of vantage points must be the one that the observations give.
        let as_told = |n: usize, told: i64| i64::try_from(n).is_ok_and(|n| n == told);
        let wrong = compared
            .into_iter()
            .filter(|(facts, conflicts)| !as_told(twice, *facts) || !as_told(differ, *conflicts));
        found.extend(wrong.map(|(facts, conflicts)| Contradiction {
            check: COMPARES.to_owned(),
            detail: format!(
                "it says that {conflicts} of {facts} facts seen twice differ; the other checks of the run \
                 show {differ} of {twice}"
            ),
        }));
        found
    }
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
