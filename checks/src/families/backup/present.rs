use std::collections::BTreeSet;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::{Job, Jobs, Starter, stores::Stores},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A backup job exists: cron, a timer or a service starts a known tool, or a declared target holds
/// copies. That a job exists proves no copy; age and integrity are asked by other checks.
///
/// The agent of a backup server that merely runs is half of a job: nothing here shows that the server
/// ever asked it for a copy. Snapshots on the disk of the data are no backup: they are lost with the disk.
///
/// A tool that is not known here, a copy pulled from another machine and a snapshot taken by the
/// hypervisor are not seen unless their target is declared.
pub(super) struct Present;

const META: Meta = Meta {
    id: "backup.present",
    version: 6,
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for Present {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let name = |j: &Job| format!("{} ({})", j.tool, j.at);
        // A script may run a tool several times.
        let started: BTreeSet<String> = jobs.scheduled().map(name).collect();
        let started: Vec<String> = started.into_iter().collect();
        let served = jobs.started().filter(|j| j.starter == Starter::Service);
        let served: Vec<String> = served.map(name).collect();
        let idle = jobs.all.iter().filter(|j| j.starter == Starter::Nothing);
        let idle: BTreeSet<String> = idle.map(name).collect();
        let idle: Vec<String> = idle.into_iter().collect();
        let filled = stores.all.iter().filter(|s| s.has_copies());
        let filled: Vec<&str> = filled.map(|s| s.path.as_str()).collect();
        let from = "crontab -l; systemctl cat '*.timer'";
        let gap = jobs.gap.as_ref().or(stores.gap.as_ref());
        Ok(Facts::new()
            .configured("started", started, from)
            .configured("served", served, from)
            .configured("idle", idle, from)
            .configured("snapshots", jobs.snapshots.clone(), from)
            .observed("filled_stores", filled, from)
            .all_seen(gap, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let started = case.list("started")?;
        let filled = case.list("filled_stores")?;
        if !started.is_empty() {
            return Ok(Judgement::pass("pass").with("jobs", started.to_vec()));
        }
        if !filled.is_empty() {
            return Ok(Judgement::partial("partial-store").with("stores", filled.to_vec()));
        }
        let served = case.list("served")?;
        if !served.is_empty() {
            return Ok(Judgement::partial("partial-agent").with("jobs", served.to_vec()));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        let idle = case.list("idle")?;
        let snapshots = case.list("snapshots")?;
        Ok(if !snapshots.is_empty() {
            Judgement::fail("fail-snapshots").with("jobs", snapshots.to_vec())
        } else if idle.is_empty() {
            Judgement::fail("fail")
        } else {
            Judgement::fail("fail-idle").with("jobs", idle.to_vec())
        })
    }
}
