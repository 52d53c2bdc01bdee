//! Whether only declared ports are reachable.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::sockets::Sockets,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Every port that listens on more than the loopback was declared by the owner. A packet filter may
/// still block one; that is a second line of defence and not counted here. UDP sockets on ephemeral
/// ports belong to clients and are left out.
pub(super) struct OpenPorts;

const META: Meta = Meta {
    id: "net.open-ports",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for OpenPorts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let reachable = super::ports(cx.get::<Sockets>()?.reachable());
        let facts = Facts::new()
            .observed("count", reachable.len(), super::TABLES)
            .observed("reachable", reachable, super::TABLES)
            .configured("expected", super::expected(cx), super::SETTING);
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (reachable, expected) = (case.list("reachable")?, case.list("expected")?);
        if case.int("count")? != i64::try_from(reachable.len()).unwrap_or(i64::MAX) {
            return Err(Missing("reachable".to_owned())); // cut: some would go unjudged
        }
        let extra = super::undeclared(reachable, expected);
        Ok(if extra.is_empty() {
            Judgement::pass("pass")
        } else if expected.is_empty() && extra.iter().all(|l| l.ends_with(" sshd")) {
            Judgement::partial("partial-undeclared").with("ports", extra)
        } else if expected.is_empty() {
            Judgement::fail("fail-undeclared").with("ports", extra)
        } else {
            Judgement::fail("fail").with("ports", extra)
        })
    }
}
