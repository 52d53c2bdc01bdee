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
    host::{Allowance, Budget, Budgeted, Host, Spent, Unlimited},
    observation::{Facts, Gap, GapReason, Observation, Seen, Subject},
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
    /// How many checks were not made, or not to their end, because the run had spent what it may.
    /// Each of them has an observation that says so.
    pub over_budget: usize,
    /// Whether it was asked to stop before the end. Then most observations are missing, and what
    /// there is speaks for no whole run.
    pub stopped: bool,
}

/// As [`observe_all`], and keeps the package list that was read.
pub fn observe_pass(
    checks: &[&'static dyn Check],
    host: &dyn Host,
    settings: &Settings,
    budget: Budget,
    progress: impl FnMut(usize, &'static str),
) -> Pass {
    observe_within(&Unlimited, checks, host, settings, budget, progress)
}

/// As [`observe_pass`], within what the whole run may spend. A check during which that runs out has
/// seen part of the machine only: what it saw is dropped, and it says that it was over budget, as do
/// all that come after it.
pub fn observe_within(
    allowance: &dyn Allowance,
    checks: &[&'static dyn Check],
    host: &dyn Host,
    settings: &Settings,
    budget: Budget,
    mut progress: impl FnMut(usize, &'static str),
) -> Pass {
    let window = Budgeted::new(host, budget).within(allowance);
    let cx = Cx::new(&window, settings);
    let mut pass = Pass {
        observed: Vec::new(),
        inventory: None,
        over_budget: 0,
        stopped: false,
    };
    for (n, check) in checks.iter().enumerate() {
        progress(n, check.meta().id);
        window.refill(check.budget(budget));
        let start = Instant::now();
        let at = host.now();
        let seen = match observe_unless_closed(*check, &cx, &window) {
            Ok(seen) => seen,
            Err(Spent::Budget(which)) => {
                pass.over_budget += 1;
                Facts::unseen(Gap::new(GapReason::OverBudget, which)).into()
            }
            Err(Spent::Stopped) => {
                pass.stopped = true;
                return pass;
            }
        };
        let took = start.elapsed();
        for observation in into_observations(*check, seen) {
            cx.compare(&observation);
            pass.observed.push(Observed {
                observation,
                at,
                took,
            });
        }
    }
    let listed = checks.iter().any(|c| c.meta().id == LISTS_PACKAGES);
    let inventory = listed.then(|| cx.get::<Inventory>().ok()).flatten();
    pass.inventory = inventory.map(|i| (*i).clone());
    pass
}

/// What a check saw; nothing where the window was closed before it came to its end.
fn observe_unless_closed(
    check: &dyn Check,
    cx: &Cx<'_>,
    window: &Budgeted<'_>,
) -> Result<Seen, Spent> {
    window.closed().map_or(Ok(()), Err)?;
    let seen = observe_one(check, cx);
    window.closed().map_or(Ok(seen), Err)
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
    let bytes = observation.to_bytes();
    if observation.fits(&bytes) {
        return observation;
    }
    let detail = format!("{} facts, {} bytes", observation.facts.len(), bytes.len());
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{check, host::Live, registry, verdict::Verdict};

    /// Lets so many questions through.
    struct Questions(Cell<u32>, Spent);

    impl Allowance for Questions {
        fn spent(&self) -> Option<Spent> {
            let left = self.0.get();
            self.0.set(left.saturating_sub(1));
            (left == 0).then(|| self.1.clone())
        }
    }

    fn pass(questions: u32, then: Spent) -> Pass {
        let (allowance, settings) = (Questions(Cell::new(questions), then), Settings::default());
        let checks: Vec<_> = registry::all()
            .into_iter()
            .filter(|c| c.meta().family() == "account")
            .collect();
        let (host, budget) = (Live::new(), Budget::default());
        observe_within(&allowance, &checks, &host, &settings, budget, |_, _| {})
    }

    #[test]
    fn a_run_over_budget_names_every_check_that_it_cut_or_left_out() {
        let whole = pass(u32::MAX, Spent::Stopped);
        assert_eq!((whole.over_budget, whole.stopped), (0, false));
        // Few questions cut the very first check; more of them one in the middle.
        for questions in [0, 1, 3, 12] {
            let cut = pass(questions, Spent::Budget("budget.cpu".to_owned()));
            let gap = |o: &&Observed| o.observation.gap.is_some();
            let gaps: Vec<_> = cut.observed.iter().filter(gap).collect();
            assert!(cut.over_budget > 0 && gaps.len() >= cut.over_budget);
            assert!(!cut.stopped);
            let thresholds = crate::catalogue::Catalogue::embedded()
                .current()
                .thresholds_at(2.try_into().unwrap());
            for observed in cut.observed.iter().rev().take(cut.over_budget) {
                let gap = observed.observation.gap.as_ref().unwrap();
                assert_eq!(gap.reason, GapReason::OverBudget);
                assert_eq!(gap.detail, "budget.cpu");
                assert_eq!(observed.observation.facts, []);
                let made = registry::find(&observed.observation.check).unwrap();
                let judged = check::judge(made, &observed.observation, observed.at, &thresholds);
                assert_eq!(judged.verdict, Verdict::Unknown);
            }
            let named = |p: &Pass| -> std::collections::BTreeSet<String> {
                p.observed
                    .iter()
                    .map(|o| o.observation.check.clone())
                    .collect()
            };
            assert_eq!(named(&cut), named(&whole), "no check falls silent");
        }
    }

    #[test]
    fn a_run_that_was_stopped_says_so() {
        let cut = pass(3, Spent::Stopped);
        assert!(cut.stopped);
        assert_eq!(cut.over_budget, 0);
    }
}
