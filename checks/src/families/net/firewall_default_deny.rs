//! Whether the packet filter denies what no rule lets in.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::host_firewall::Firewall,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Incoming packets that no narrow rule lets in are denied, for IPv4 and, where the host uses it, for
/// IPv6. A final drop is as good as a policy; a rule that accepts everything undoes both. Filters
/// outside the host (a cloud's groups, a router) and BPF programs are not seen.
pub(super) struct FirewallDefaultDeny;

const META: Meta = Meta {
    id: "net.firewall-default-deny",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for FirewallDefaultDeny {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let fw = cx.get::<Firewall>()?;
        let facts = Facts::new()
            .effective("v4", fw.v4.default.word(), &fw.source)
            .effective("v6", fw.v6.default.word(), &fw.source)
            .effective("v6_in_use", fw.v6_in_use, "/proc/net/if_inet6");
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (v4, v6) = (case.text("v4")?, case.text("v6")?);
        let v6 = if case.flag("v6_in_use")? {
            v6
        } else {
            "closed"
        };
        Ok(match (v4, v6) {
            ("closed", "closed") => Judgement::pass("pass"),
            ("closed" | "wide", "closed" | "wide") => Judgement::partial("partial-wide"),
            ("closed" | "wide", "open") => Judgement::fail("fail-v6"),
            ("open", "closed" | "wide" | "open") => Judgement::fail("fail"),
            _ => return Err(Missing("v4".to_owned())),
        })
    }
}
