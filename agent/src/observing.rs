//! One pass over the checks: observe within budgets, then judge at a level.

use capdo_checks::{
    Check, Host, Judgement,
    catalogue::Thresholds,
    check,
    facts::inventory::Inventory,
    host::{Allowance, Budget},
    registry,
    run::{self, Observed},
    settings::Settings,
};

/// One finding: what was seen, and what follows from it.
pub struct Judged {
    /// The check that saw it.
    pub check: &'static dyn Check,
    /// The evidence.
    pub observed: Observed,
    /// The conclusion at the level.
    pub judgement: Judgement,
}

/// Runs `checks` on `host`. `progress` is told before each check: its place and its id.
pub fn observe(
    checks: &[&'static dyn Check],
    host: &dyn Host,
    settings: &Settings,
    thresholds: &Thresholds,
    progress: impl FnMut(usize, &'static str),
) -> Vec<Judged> {
    let pass = run::observe_pass(checks, host, settings, Budget::default(), progress);
    judge_all(pass.observed, thresholds)
}

/// What a pass of the service brought.
pub struct Pass {
    /// The findings.
    pub judged: Vec<Judged>,
    /// The package list that was read.
    pub inventory: Option<Inventory>,
    /// How many checks were left out or cut, for the run had no more to spend.
    pub over_budget: usize,
    /// Whether it was asked to stop before the end.
    pub stopped: bool,
}

/// As [`observe`], within what the run may spend.
pub fn observe_within(
    allowance: &dyn Allowance,
    checks: &[&'static dyn Check],
    host: &dyn Host,
    settings: &Settings,
    thresholds: &Thresholds,
) -> Pass {
    let budget = Budget::default();
    let pass = run::observe_within(allowance, checks, host, settings, budget, |_, _| {});
    Pass {
        judged: judge_all(pass.observed, thresholds),
        inventory: pass.inventory,
        over_budget: pass.over_budget,
        stopped: pass.stopped,
    }
}

fn judge_all(observed: Vec<Observed>, thresholds: &Thresholds) -> Vec<Judged> {
    let judged = observed.into_iter().filter_map(|o| judge(o, thresholds));
    judged.collect()
}

/// Every observation names a check of the registry, so none is ever left out here.
fn judge(observed: Observed, thresholds: &Thresholds) -> Option<Judged> {
    let check = registry::find(&observed.observation.check)?;
    let judgement = check::judge(check, &observed.observation, observed.at, thresholds);
    Some(Judged {
        check,
        observed,
        judgement,
    })
}

/// A name that is no check, or none that is made here, and no family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSuchCheck {
    /// There is none of that name.
    Unknown {
        /// What was asked for.
        asked: String,
        /// The name that is most like it.
        nearest: String,
    },
    /// The collector makes it.
    Collected(String),
}

/// The checks that `only` names, by id or by family; all of them where it is empty.
///
/// # Errors
/// When a name is neither, with the nearest one that is, or the collector makes all that it names.
pub fn select(only: &[String]) -> Result<Vec<&'static dyn Check>, NoSuchCheck> {
    let all = registry::all();
    if only.is_empty() {
        return Ok(all);
    }
    let names = |c: &dyn Check, name: &str| c.meta().id == name || c.meta().family() == name;
    if let Some(asked) = only.iter().find(|o| !all.iter().any(|c| names(*c, o))) {
        let elsewhere = registry::collected().any(|c| names(c, asked));
        return Err(if elsewhere {
            NoSuchCheck::Collected(asked.clone())
        } else {
            unknown(asked)
        });
    }
    let wanted = |c: &&'static dyn Check| only.iter().any(|o| names(*c, o));
    Ok(all.into_iter().filter(wanted).collect())
}

/// The check with that id.
///
/// # Errors
/// When there is none, with the nearest one that there is.
pub fn find(id: &str) -> Result<&'static dyn Check, NoSuchCheck> {
    registry::find(id).ok_or_else(|| unknown(id))
}

fn unknown(asked: &str) -> NoSuchCheck {
    NoSuchCheck::Unknown {
        asked: asked.to_owned(),
        nearest: nearest_check(asked),
    }
}

fn nearest_check(asked: &str) -> String {
    let all = registry::all();
    let ids = all.iter().map(|c| c.meta().id);
    let families = all.iter().map(|c| c.meta().family());
    capdo_checks::text::nearest(asked, ids.chain(families)).unwrap_or_default()
}

impl crate::say::Explain for NoSuchCheck {
    fn sentence(&self) -> (&'static str, crate::say::Args) {
        match self {
            Self::Unknown { asked, nearest } => {
                let asked = ("asked", asked.as_str().into());
                let nearest = ("nearest", nearest.as_str().into());
                ("no-such-check", vec![asked, nearest])
            }
            Self::Collected(asked) => {
                let asked = ("asked", asked.as_str().into());
                ("check-by-collector", vec![asked])
            }
        }
    }
}

crate::say::english_error!(NoSuchCheck);
