use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::audit::{Configured, Status},
    observation::{Gap, Seen},
    verdict::Judgement,
};

use super::audited;

/// The audit rules are locked until the next boot (`-e 2`), so that even root cannot switch
/// recording off unseen. Records already written are another matter.
pub(super) struct AuditImmutable;

const META: Meta = Meta {
    id: "log.audit-immutable",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for AuditImmutable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (facts, goes_on) = audited::facts(cx)?;
        if !goes_on {
            return Ok(facts.into());
        }
        let configured = cx.get::<Configured>()?;
        let status = cx.get::<Status>()?;
        Ok(facts
            .configured("locked", configured.0.locked, "/etc/audit/rules.d")
            .effective("locked", status.enabled == 2, "auditctl -s")
            .configured("lock_in_file", configured.0.locked, "/etc/audit/rules.d")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(early) = audited::judge(case)? {
            return Ok(early);
        }
        Ok(match (case.flag("locked")?, case.flag("lock_in_file")?) {
            (true, true) => Judgement::pass("pass"),
            (true, false) => Judgement::partial("partial-file"),
            (false, true) => Judgement::fail("fail-not-loaded"),
            (false, false) => Judgement::fail("fail"),
        })
    }
}
