//! Whether the host passes packets on between networks.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{sysctl, wireless},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Forwarding is off for IPv4 and IPv6. Container engines and hypervisors need it: where their bridges
/// stand, forwarding makes the verdict partial instead of failed.
pub(super) struct NotARouter;

const META: Meta = Meta {
    id: "net.not-a-router",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for NotARouter {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let mut facts = Facts::new();
        for key in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
            facts = sysctl::add(cx, facts, key)?;
        }
        let v6 = sysctl::effective(host, "net.ipv6.conf.all.forwarding")?.is_some();
        let bridges = wireless::interfaces(host)?
            .into_iter()
            .filter(|i| is_bridge(i));
        facts = facts.effective("v6", v6, "/proc/sys/net/ipv6").observed(
            "bridges",
            bridges.collect::<Vec<_>>(),
            "/sys/class/net",
        );
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let v4 = case.int("net_ipv4_ip_forward")? != 0;
        let v6 = case.flag("v6")? && case.int("net_ipv6_conf_all_forwarding")? != 0;
        let bridges = super::lines(case.list("bridges")?);
        Ok(if !v4 && !v6 {
            Judgement::pass("pass")
        } else if bridges.is_empty() {
            Judgement::fail("fail")
        } else {
            Judgement::partial("partial").with("bridges", bridges)
        })
    }
}

/// Bridges that container engines and libvirt make, by the names that they give them.
fn is_bridge(name: &str) -> bool {
    let usual = [
        "docker", "br-", "cni", "podman", "virbr", "cali", "flannel", "lxdbr", "lxcbr",
    ];
    usual.iter().any(|prefix| name.starts_with(prefix))
}
