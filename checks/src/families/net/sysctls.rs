//! Whether the network settings of the kernel are hardened.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{container::Container, net_sysctl::Weak},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Redirects and source-routed packets are refused, return paths are checked and SYN cookies stand
/// ready, on every interface. What holds is worked out per interface, as the kernel combines its own
/// value with that of `all`. Router advertisements are left alone: many networks configure hosts by them.
pub(super) struct Sysctls;

const META: Meta = Meta {
    id: "net.sysctls",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for Sysctls {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let weak = Weak::gather(cx.host())?;
        let source = "/proc/sys/net/ipv4/conf, /proc/sys/net/ipv6/conf";
        let mut facts = Facts::new()
            .effective(
                "container",
                cx.get::<Container>()?.inside,
                "/proc/self/ns/pid",
            )
            .effective("interfaces", weak.interfaces, source);
        for (name, interfaces) in weak.found {
            facts = facts.effective(name, interfaces, source);
        }
        for key in ["net.ipv4.tcp_syncookies", "net.ipv4.conf.all.rp_filter"] {
            facts = crate::facts::sysctl::add(cx, facts, key)?;
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let mut weak = Vec::new();
        for name in [
            "accept_redirects",
            "accept_source_route",
            "rp_filter_off",
            "v6_accept_redirects",
        ] {
            if !case.list(name)?.is_empty() {
                weak.push(name.to_owned());
            }
        }
        if case.int("net_ipv4_tcp_syncookies")? == 0 {
            weak.push("tcp_syncookies".to_owned());
        }
        let mut soft = Vec::new();
        for name in ["send_redirects", "martians_unlogged"] {
            if !case.list(name)?.is_empty() {
                soft.push(name.to_owned());
            }
        }
        Ok(if !weak.is_empty() {
            weak.extend(soft);
            Judgement::fail("fail").with("settings", weak)
        } else if !soft.is_empty() {
            Judgement::partial("partial").with("settings", soft)
        } else {
            Judgement::pass("pass")
        })
    }
}
