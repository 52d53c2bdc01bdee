use super::ways;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::login_services::radius::RadiusServers,
    observation::{Gap, Seen},
    verdict::Judgement,
};

/// A RADIUS server accepts nobody with one factor: every kind of authentication that a request can be
/// given is followed to its end. What a database, a script or another server answers is not seen.
pub(super) struct Radius;

const META: Meta = Meta {
    id: "mfa.radius",
    version: 2,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &str = "/etc/freeradius, /etc/raddb";

impl Check for Radius {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        Ok(ways::seen(&cx.get::<RadiusServers>()?.0, PLACES))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        ways::judge(case)
    }
}
