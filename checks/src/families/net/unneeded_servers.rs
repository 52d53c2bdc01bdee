//! Whether servers run that hardly any host needs.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{services, sockets::Sockets},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No discovery, printing, RPC, file-sharing, directory, DHCP, DNS or proxy server is reachable unless
/// the owner declared its port. Packages that are installed and do not listen are left alone.
pub(super) struct UnneededServers;

const META: Meta = Meta {
    id: "net.unneeded-servers",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for UnneededServers {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sockets = cx.get::<Sockets>()?;
        let found = sockets
            .reachable()
            .filter(|l| services::is_rarely_needed(l));
        let facts = Facts::new()
            .observed("servers", super::ports(found), super::TABLES)
            .configured("expected", super::expected(cx), super::SETTING);
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let extra = super::undeclared(case.list("servers")?, case.list("expected")?);
        Ok(if extra.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::fail("fail").with("servers", extra)
        })
    }
}
