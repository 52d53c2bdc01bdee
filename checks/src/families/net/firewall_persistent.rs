//! Whether the packet filter is there again after a restart.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::boot_rules::BootRules,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A firewall unit starts at boot and the rules that it will load deny by default. Rules in files that
/// an nftables script includes are not followed: the verdict is then partial at best.
pub(super) struct FirewallPersistent;

const META: Meta = Meta {
    id: "net.firewall-persistent",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: true,
};

impl Check for FirewallPersistent {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let rules = cx.get::<BootRules>()?;
        let facts = Facts::new()
            .configured("units", rules.units.clone(), "/etc/systemd/system/*.wants")
            .configured("after_boot", rules.stance.word(), &rules.source);
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let units = case.list("units")?;
        if units.is_empty() {
            return Ok(Judgement::fail("fail-no-unit"));
        }
        let verdict = match case.text("after_boot")? {
            "closed" => Judgement::pass("pass"),
            "wide" => Judgement::partial("partial"),
            "open" => Judgement::fail("fail-open"),
            _ => return Err(Missing("after_boot".to_owned())),
        };
        Ok(verdict.with("units", super::lines(units)))
    }
}
