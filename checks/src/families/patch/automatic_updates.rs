use super::lists;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        auto_updates::{self, AutoUpdates, own_jobs::OwnJobs},
        os_release::OsRelease,
    },
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::Judgement,
};

/// Security fixes are installed without anybody having to remember: unattended-upgrades (Debian,
/// Ubuntu), dnf-automatic (RHEL family; of dnf or dnf5), transactional-update or os-update (SUSE) is installed,
/// switched on, started by a timer, and has left a trace of a recent run that met no error. A perfect configuration
/// under a masked timer does nothing. YaST's online update, and a job of the owner's own that runs the package
/// manager, are half of that: how they went does not show.
///
/// Central patching from another server is an equal measure that cannot be seen here; it is declared
/// and accepted elsewhere.
pub(super) struct AutomaticUpdates;

const META: Meta = Meta {
    id: "patch.automatic-updates",
    version: 7,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for AutomaticUpdates {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let system = cx.get::<OsRelease>()?.package_system();
        let auto = AutoUpdates::see(cx, system)?;
        let own = cx.get::<OwnJobs>()?;
        Ok(lists::add_end(cx, Facts::new())?
            .observed("system", system.name(), "/etc/os-release")
            .configured("installed", auto.installed, auto.source)
            .configured("switched_on", auto.switched_on, &auto.setting)
            .configured("origins", auto.origins, auto.source)
            .configured("longer_origins", auto.longer_origins, auto.source)
            .configured(
                "left_out",
                auto.left_out,
                "Unattended-Upgrade::Package-Blacklist",
            )
            .configured("only", auto.only, "Unattended-Upgrade::Package-Whitelist")
            .configured(
                "lists_fetched",
                auto.lists_fetched,
                "APT::Periodic::Update-Package-Lists, apt-daily.timer",
            )
            .configured("timer", auto.timer_state, auto.timer)
            .maybe(
                "timer_active",
                Vantage::Effective,
                auto.timer_active,
                format!("systemctl status {}", auto.timer),
            )
            .maybe(
                "last_run",
                Vantage::Observed,
                auto.last_run,
                &auto.last_source,
            )
            .maybe("failed", Vantage::Observed, auto.failed, &auto.last_source)
            .observed("run_seen", auto.last_run.is_some(), &auto.last_source)
            .configured("own_jobs", own.at.clone(), JOBS)
            .observed("jobs_seen", own.gap.is_none(), JOBS)
            .maybe(
                "jobs_not_seen",
                Vantage::Observed,
                own.gap.as_ref().map(ToString::to_string),
                JOBS,
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        if let Some(idle) = idle(case)? {
            let own = case.list("own_jobs")?;
            return Ok(if !own.is_empty() {
                Judgement::partial("partial-own").with("jobs", own.to_vec())
            } else if !case.flag("jobs_seen")? {
                let detail = case.text("jobs_not_seen")?;
                Judgement::unknown("unknown-jobs").with("detail", detail)
            } else {
                idle
            });
        }
        let (left_out, only) = (case.list("left_out")?, case.list("only")?);
        if !case.flag("run_seen")? {
            return Ok(Judgement::partial("partial-never"));
        }
        let date = case.text("last_run")?;
        let judgement = match case.age_days("last_run")? {
            age if age < -1 => Judgement::unknown("unknown-future"),
            age if age > STALLED_DAYS => Judgement::fail("fail-stalled"),
            _ if case.flag("failed") == Ok(true) => Judgement::fail("fail-errors"),
            _ if !case.flag("lists_fetched")? => Judgement::partial("partial-lists"),
            _ if !left_out.is_empty() => {
                Judgement::partial("partial-left-out").with("packages", left_out.to_vec())
            }
            _ if !only.is_empty() && !only.iter().any(is_every) => {
                Judgement::partial("partial-only").with("packages", only.to_vec())
            }
            _ => Judgement::pass("pass"),
        };
        Ok(judgement.with("date", date))
    }
}

/// Where jobs of the owner's own are looked for.
const JOBS: &str = "crontab -l; systemctl list-timers";

fn is_every(pattern: &Value) -> bool {
    pattern.as_text().is_some_and(auto_updates::fits_all)
}

/// Why the distribution's own program installs nothing, if so.
fn idle(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    if !case.flag("installed")? {
        return Ok(Some(Judgement::fail("fail-absent")));
    }
    if !case.flag("switched_on")? {
        return Ok(Some(Judgement::fail("fail-off")));
    }
    // Of a release that the table does not know, patch.os-support tells.
    let is_over = case.flag("release_known")? && lists::is_over(case)?;
    let origins = if is_over { "longer_origins" } else { "origins" };
    if case.int(origins)? == 0 {
        return Ok(Some(Judgement::fail("fail-origins")));
    }
    if case.list("left_out")?.iter().any(is_every) {
        return Ok(Some(Judgement::fail("fail-left-out")));
    }
    let timer = case.text("timer")?;
    let stopped = timer != "enabled" || case.flag("timer_active") == Ok(false);
    Ok(stopped.then(|| Judgement::fail("fail-timer").with("state", timer)))
}

/// A daily job that has not run for so long has stopped; a server that is switched off over a
/// weekend and a holiday has not.
const STALLED_DAYS: i64 = 7;
