//! Whether the packet filter writes a log.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::host_firewall::Firewall,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A rule on the way of incoming packets logs. Where the log goes and how long it is kept is the
/// business of the family log.
pub(super) struct FirewallLogging;

const META: Meta = Meta {
    id: "net.firewall-logging",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for FirewallLogging {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let fw = cx.get::<Firewall>()?;
        let facts = Facts::new()
            .effective("filters", fw.v4.default.word() != "open", &fw.source)
            .effective("logs", fw.v4.logs, &fw.source);
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        Ok(match (case.flag("filters")?, case.flag("logs")?) {
            (false, _) => Judgement::fail("fail-no-filter"),
            (true, true) => Judgement::pass("pass"),
            (true, false) => Judgement::fail("fail"),
        })
    }
}
