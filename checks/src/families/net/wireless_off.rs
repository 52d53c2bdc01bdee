//! Whether a wireless interface is on.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::wireless,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A server has no wireless interface, or has it switched off. The kernel's list of interfaces is the
/// evidence; an adapter without a driver is not seen.
pub(super) struct WirelessOff;

const META: Meta = Meta {
    id: "net.wireless-off",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for WirelessOff {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (up, down) = wireless::wireless(cx.host())?;
        let facts = Facts::new()
            .observed("up", up, "/sys/class/net/*/flags")
            .observed("down", down, "/sys/class/net/*/wireless");
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (up, down) = (case.list("up")?, case.list("down")?);
        Ok(if !up.is_empty() {
            Judgement::fail("fail").with("interfaces", super::lines(up))
        } else if !down.is_empty() {
            Judgement::partial("partial").with("interfaces", super::lines(down))
        } else {
            Judgement::pass("pass")
        })
    }
}
