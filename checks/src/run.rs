//! One pass over the checks: observe everything within budgets, judge nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use crate::{
    check::Check,
    context::Cx,
    facts::inventory::Inventory,
    host::{Budget, Budgeted, Host},
    observation::{
        Facts, Gap, GapReason, MAX_FACTS, MAX_OBSERVATION_BYTES, Observation, Seen, Subject,
    },
    settings::Settings,
};

/// Most subjects that one check may report on one host.
pub const MAX_SUBJECTS: usize = 256;

/// The check whose observation names the package list by its hash.
pub const LISTS_PACKAGES: &str = "patch.inventory";

/// One observation of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The evidence.
    pub observation: Observation,
    /// When it was seen.
    pub at: Timestamp,
    /// How long the check took; the same for all its subjects.
    pub took: Duration,
}

/// Observes with every check in turn. `progress` is told before each check: its place and its id.
pub fn observe_all(
    checks: &[&'static dyn Check],
    host: &dyn Host,
    settings: &Settings,
    budget: Budget,
    progress: impl FnMut(usize, &'static str),
) -> Vec<Observed> {
    observe_pass(checks, host, settings, budget, progress).observed
}

/// What a pass brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The observations.
    pub observed: Vec<Observed>,
    /// The package list whose hash stands among them, where a check read it.
    pub inventory: Option<Inventory>,
}

/// As [`observe_all`], and keeps the package list that was read.
pub fn observe_pass(
    checks: &[&'static dyn Check],
    host: &dyn Host,
    settings: &Settings,
    budget: Budget,
    mut progress: impl FnMut(usize, &'static str),
) -> Pass {
    let window = Budgeted::new(host, budget);
    let cx = Cx::new(&window, settings);
    let mut all = Vec::new();
    for (n, check) in checks.iter().enumerate() {
        progress(n, check.meta().id);
        window.refill(check.budget(budget));
        let start = Instant::now();
        let at = host.now();
        let seen = observe_one(*check, &cx);
        let took = start.elapsed();
        for observation in into_observations(*check, seen) {
            cx.compare(&observation);
            all.push(Observed {
                observation,
                at,
                took,
            });
        }
    }
    let listed = checks.iter().any(|c| c.meta().id == LISTS_PACKAGES);
    let inventory = listed.then(|| cx.get::<Inventory>().ok()).flatten();
    Pass {
        observed: all,
        inventory: inventory.map(|i| (*i).clone()),
    }
}

/// A check that panics is a defect of ours; it must not take the others with it.
fn observe_one(check: &dyn Check, cx: &Cx<'_>) -> Seen {
    let seen = catch_unwind(AssertUnwindSafe(|| check.observe(cx)))
        .unwrap_or_else(|_| Err(Gap::new(GapReason::Crashed, check.meta().id)));
    match seen {
        Ok(seen) if seen.0.is_empty() => {
            Facts::unseen(Gap::new(GapReason::Crashed, "the check saw no subject")).into()
        }
        Ok(seen) if seen.0.len() > MAX_SUBJECTS => {
            let detail = format!("{} subjects, more than {MAX_SUBJECTS}", seen.0.len());
            Facts::unseen(Gap::new(GapReason::OverBudget, detail)).into()
        }
        Ok(seen) => seen,
        Err(gap) => Facts::unseen(gap).into(),
    }
}

fn into_observations(check: &dyn Check, seen: Seen) -> impl Iterator<Item = Observation> {
    let meta = check.meta();
    seen.0.into_iter().map(|(subject, facts)| {
        let Facts { facts, gap } = facts;
        let made = Observation {
            check: meta.id.to_owned(),
            version: meta.version,
            subject,
            facts,
            gap,
        };
        bounded(made)
    })
}

/// An observation over its bounds becomes a gap that says so.
fn bounded(observation: Observation) -> Observation {
    let size = observation.to_bytes().len();
    if size <= MAX_OBSERVATION_BYTES && observation.facts.len() <= MAX_FACTS {
        return observation;
    }
    let detail = format!("{} facts, {size} bytes", observation.facts.len());
    unseen(
        observation.check,
        observation.version,
        observation.subject,
        detail,
    )
}

fn unseen(check: String, version: u32, subject: Subject, detail: String) -> Observation {
    let gap = Some(Gap::new(GapReason::OverBudget, detail));
    Observation {
        check,
        version,
        subject,
        facts: Vec::new(),
        gap,
    }
}
