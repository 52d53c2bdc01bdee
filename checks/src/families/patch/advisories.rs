use crate::{
    advisories,
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    observation::{Gap, GapReason, Seen, Value},
    verdict::Judgement,
};

/// No installed package is older than a fix that its distribution published longer ago than the level
/// allows, and none has a hole that is known to be attacked. The collector makes the observation, from
/// the package list that the agent signed and the advisories that it was given; an agent never does.
///
/// It does not see software from outside the package system, nor holes that have no fix yet.
pub(super) struct Advisories;

const META: Meta = Meta {
    id: advisories::CHECK,
    version: advisories::VERSION,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &["patch.max-age-days"],
    always_applies: true,
};

impl Check for Advisories {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, _cx: &Cx<'_>) -> Result<Seen, Gap> {
        Err(Gap::new(GapReason::ToolMissing, "made by the collector"))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("inventory")? {
            return Ok(Judgement::unknown("unknown-inventory"));
        }
        if !case.flag("distribution_sure")? {
            let others = case.list("other_distributions")?;
            let judgement = if others.is_empty() {
                Judgement::unknown("unknown-release")
            } else {
                Judgement::unknown("unknown-distribution").with("others", first(others))
            };
            return Ok(judgement.with("release", case.text("distribution")?));
        }
        let limit = case.threshold("patch.max-age-days");
        let (open, attacked) = (case.int("open_count")?, case.int("exploited_count")?);
        let not_running = case.int("not_running_count")?;
        if attacked > 0 {
            return Ok(Judgement::fail("fail-exploited")
                .with("count", attacked)
                .with("packages", first(case.list("exploited")?)));
        }
        if open > 0 && case.age_days("open_oldest").is_ok_and(|age| age > limit) {
            return Ok(Judgement::fail("fail")
                .with("count", open)
                .with("date", case.text("open_oldest")?)
                .with("limit", limit)
                .with("packages", packages(case.list("worst")?)));
        }
        if !case.flag("lists_itself")? {
            return Ok(Judgement::unknown("unknown-list").with("count", case.int("packages")?));
        }
        // A feed may well be younger than the evidence; a date far ahead is none.
        let recent = |name: &str| Ok((-limit..=limit).contains(&case.age_days(name)?));
        if !recent("advisories_date")? {
            return Ok(Judgement::unknown("unknown-feed")
                .with("date", case.text("advisories_date")?)
                .with("limit", limit));
        }
        let untold = case.list("untold_packages")?;
        if !untold.is_empty() {
            return Ok(Judgement::unknown("unknown-stream").with("packages", first(untold)));
        }
        if open == 0 && not_running == 0 {
            return Ok(Judgement::pass("pass").with("date", case.text("advisories_date")?));
        }
        // Something is open: whether it is attacked decides, so that must be known.
        if case.fact("exploited_date").is_none() || !recent("exploited_date")? {
            return Ok(Judgement::unknown("unknown-exploited").with("limit", limit));
        }
        if open > 0 && (case.int("open_undated")? > 0 || case.age_days("open_oldest")? < -limit) {
            return Ok(Judgement::unknown("unknown-undated"));
        }
        Ok(if not_running > 0 {
            Judgement::partial("partial-not-running").with("running", case.text("kernel_running")?)
        } else {
            Judgement::pass("pass-within")
                .with("count", open)
                .with("date", case.text("open_oldest")?)
                .with("limit", limit)
        })
    }
}

/// Enough to show what is meant; the facts hold more.
fn first(all: &[Value]) -> Vec<Value> {
    all.iter().take(8).cloned().collect()
}

fn packages(worst: &[Value]) -> Vec<Value> {
    let names = worst.iter().filter_map(|w| w.get("package").cloned());
    names.take(8).collect()
}
