use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        audit::Status,
        units::{self, Daemon},
    },
    observation::{Gap, Seen},
    verdict::Judgement,
};

use super::audited;

/// The kernel's audit is on, auditd takes its records, and both are so from boot. Without
/// `audit=1` on the kernel's command line, programs started before auditd are never recorded.
pub(super) struct AuditRunning;

const META: Meta = Meta {
    id: "log.audit-running",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

const AUDITD: Daemon = Daemon {
    unit: "auditd.service",
    process: "auditd",
};

impl Check for AuditRunning {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (facts, goes_on) = audited::facts(cx)?;
        if !goes_on {
            return Ok(facts.into());
        }
        let standings = units::standings(cx, &[AUDITD])?;
        let standing = standings.all.first();
        let status = cx.get::<Status>()?;
        let line = cx.host().text("/proc/cmdline")?;
        let from_boot = line.split_whitespace().any(|w| w == "audit=1");
        Ok(facts
            .effective(
                "running",
                standing.is_some_and(|s| s.running),
                &standings.source,
            )
            .configured(
                "at_boot",
                standing.is_some_and(|s| s.enabled),
                &standings.source,
            )
            .effective("enabled", status.enabled, "auditctl -s")
            .effective("records_taken", status.daemon, "auditctl -s")
            .effective("kernel_from_boot", from_boot, "/proc/cmdline")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(early) = audited::judge(case)? {
            return Ok(early);
        }
        if case.int("enabled")? == 0 {
            return Ok(Judgement::fail("fail-off"));
        }
        if !case.flag("running")? || !case.flag("records_taken")? {
            return Ok(Judgement::fail("fail-stopped"));
        }
        Ok(if !case.flag("at_boot")? {
            Judgement::partial("partial-boot")
        } else if !case.flag("kernel_from_boot")? {
            Judgement::partial("partial-kernel")
        } else {
            Judgement::pass("pass")
        })
    }
}
