use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::timesync::Servers,
    observation::{Gap, Seen},
    verdict::Judgement,
};

use super::first;

/// Every time server that the running program may ask is one that the owner approved, servers
/// handed out by DHCP to chrony included. Names and addresses are compared as written. Servers
/// added at run time (`chronyc add server`) are not seen.
pub(super) struct SourceApproved;

const META: Meta = Meta {
    id: "time.source-approved",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for SourceApproved {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (facts, keepers, inside) = first(cx)?;
        if inside {
            return Ok(facts.into());
        }
        let servers = cx.get::<Servers>()?;
        let asked = keepers.0.iter().flat_map(|&k| servers.of(k));
        let mut names: Vec<String> = asked
            .clone()
            .map(|s| s.name.trim_end_matches('.').to_ascii_lowercase())
            .collect();
        names.sort();
        names.dedup();
        let source = asked.map(|s| s.source.as_str()).next();
        let approved: Vec<String> = cx
            .settings()
            .approved_ntp
            .iter()
            .map(|n| n.trim_end_matches('.').to_ascii_lowercase())
            .collect();
        Ok(facts
            .configured("servers", names, source.unwrap_or("/etc"))
            .configured("approved", approved, "approved_ntp")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("container")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if case.list("services")?.is_empty() {
            return Ok(Judgement::fail("fail-no-service"));
        }
        let (servers, approved) = (case.list("servers")?, case.list("approved")?);
        let foreign: Vec<_> = servers
            .iter()
            .filter(|s| !approved.contains(s))
            .cloned()
            .collect();
        Ok(if servers.is_empty() {
            // The program then asks whatever its distributor built in.
            Judgement::fail("fail-default")
        } else if approved.is_empty() {
            // A source is chosen; nobody has said that it is the right one.
            Judgement::partial("partial-undeclared").with("servers", servers.to_vec())
        } else if foreign.is_empty() {
            Judgement::pass("pass").with("servers", servers.to_vec())
        } else {
            Judgement::fail("fail").with("servers", foreign)
        })
    }
}
