//! Whether names are resolved by servers that the agency trusts.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::resolver,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Every resolver in use is on the owner's list. The stub of systemd-resolved hides the real ones, so
/// its own list is read; another resolver on the loopback hides them for good.
pub(super) struct DnsServers;

const META: Meta = Meta {
    id: "net.dns-servers",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for DnsServers {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let found = resolver::servers(cx.host())?;
        let approved = cx.settings().approved_dns.clone();
        let facts = Facts::new()
            .configured("servers", found.servers, found.source)
            .configured("approved", approved, "settings approved_dns");
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (servers, approved) = (case.list("servers")?, super::lines(case.list("approved")?));
        let servers = super::lines(servers);
        if servers.is_empty() {
            return Ok(Judgement::unknown("unknown-none"));
        }
        if servers.iter().any(|s| is_loopback(s)) {
            return Ok(Judgement::unknown("unknown-local").with("servers", servers));
        }
        if approved.is_empty() {
            return Ok(Judgement::unknown("unknown-undeclared").with("servers", servers));
        }
        let foreign: Vec<String> = servers
            .into_iter()
            .filter(|s| !approved.contains(s))
            .collect();
        Ok(if foreign.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::fail("fail").with("servers", foreign)
        })
    }
}

fn is_loopback(server: &str) -> bool {
    server
        .parse()
        .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
