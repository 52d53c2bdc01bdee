use std::collections::BTreeSet;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::{Job, Jobs, Starter},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Backups start by themselves: cron or an enabled timer. A service that takes its orders from a backup
/// server counts half, for whether orders come does not show here. A disabled timer and a configuration that nothing starts do not count.
pub(super) struct Automatic;

const META: Meta = Meta {
    id: "backup.automatic",
    version: 5,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: true,
};

impl Check for Automatic {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let from = "crontab -l; systemctl list-timers --all";
        let name = |j: &Job| format!("{} ({})", j.tool, j.at);
        // A script may run a tool several times.
        let started: BTreeSet<String> = jobs.scheduled().map(name).collect();
        let started: Vec<String> = started.into_iter().collect();
        let served = jobs.started().filter(|j| j.starter == Starter::Service);
        let served: Vec<String> = served.map(name).collect();
        Ok(Facts::new()
            .configured("started", started, from)
            .configured("served", served, from)
            .configured("job_count", jobs.all.len(), from)
            .all_seen(jobs.gap.as_ref(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let started = case.list("started")?;
        if !started.is_empty() {
            return Ok(Judgement::pass("pass").with("jobs", started.to_vec()));
        }
        let served = case.list("served")?;
        if !served.is_empty() {
            return Ok(Judgement::partial("partial").with("jobs", served.to_vec()));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        Ok(if case.int("job_count")? == 0 {
            Judgement::fail("fail-none")
        } else {
            Judgement::fail("fail")
        })
    }
}
