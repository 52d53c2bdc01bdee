use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Jobs,
            stores::{Form, Stores, day_of},
        },
        systemd_units::show,
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The newest copy is not older than the level allows. A tool's own record of success (pgBackRest's
/// backup.info, rsnapshot's log, the exit status of a service that runs the tool directly) gives a
/// pass. Times of files give half of one: they are easily set, and housekeeping touches them too.
///
/// A copy that only another machine holds leaves nothing to see here, and stays unknown.
pub(super) struct Age;

const META: Meta = Meta {
    id: "backup.age",
    version: 1,
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &["backup.max-age-days"],
    always_applies: true,
};

impl Check for Age {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let stores = cx.get::<Stores>()?;
        let mut record = stores.all.iter().filter_map(|s| s.newest_record).max();
        let mut record_from = "backup.info, rsnapshot.log".to_owned();
        let services: Vec<String> = jobs.started().filter_map(|j| j.service.clone()).collect();
        if !services.is_empty() {
            let shown = show(cx.host(), &services)?.unwrap_or_default();
            let good = shown
                .iter()
                .filter(|s| s.result == "success" && s.exit_status == "0");
            let ended = good.filter_map(|s| s.ended).filter_map(day_of).max();
            if ended > record {
                record = ended;
                record_from = format!("systemctl show {}", services.join(" "));
            }
        }
        let file = stores.all.iter().filter_map(|s| s.newest_file).max();
        let paths: Vec<&str> = stores.all.iter().map(|s| s.path.as_str()).collect();
        let empty = stores.all.iter().filter(|s| s.form == Form::Empty).count();
        let gap = jobs.gap.as_ref().or(stores.gap.as_ref());
        Ok(Facts::new()
            .maybe("recorded", Vantage::Observed, record, &record_from)
            .maybe("newest_file", Vantage::Observed, file, paths.join(" "))
            .configured(
                "job_count",
                jobs.all.len(),
                "crontab -l; systemctl list-timers",
            )
            .observed("stores", paths, "ls -l")
            .observed("empty_stores", empty, "ls -l")
            .observed("all_seen", gap.is_none(), "ls -l")
            .maybe(
                "not_seen",
                Vantage::Observed,
                gap.map(ToString::to_string),
                "ls -l",
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let limit = case.threshold("backup.max-age-days");
        let recorded = case.age_days("recorded").ok();
        let file = case.age_days("newest_file").ok();
        if recorded.into_iter().chain(file).any(|age| age < -1) {
            return Ok(Judgement::unknown("unknown-future"));
        }
        if recorded.is_some_and(|age| age <= limit) {
            return Ok(Judgement::pass("pass").with("date", case.text("recorded")?));
        }
        if file.is_some_and(|age| age <= limit) {
            return Ok(Judgement::partial("partial").with("date", case.text("newest_file")?));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        let newest = [case.time("recorded").ok(), case.time("newest_file").ok()];
        if let Some(newest) = newest.into_iter().flatten().max() {
            return Ok(Judgement::fail("fail")
                .with("date", newest)
                .with("limit", limit));
        }
        let stores = case.list("stores")?.len();
        Ok(
            if stores > 0 && case.int("empty_stores")? == i64::try_from(stores).unwrap_or(0) {
                Judgement::fail("fail-empty").with("stores", case.list("stores")?.to_vec())
            } else if stores == 0 && case.int("job_count")? == 0 {
                Judgement::fail("fail-none")
            } else {
                Judgement::unknown("unknown-no-evidence")
            },
        )
    }
}
