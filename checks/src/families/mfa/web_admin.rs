use super::ways;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::login_services::consoles::Consoles,
    observation::{Gap, Seen},
    verdict::Judgement,
};

/// Each console that administers this host in a browser or on a remote desktop asks for a second
/// factor: Cockpit and xrdp by their PAM stacks, Webmin and Usermin for each of their users, Guacamole
/// by its extensions. Others are recognised by their folder and not understood, which is never a
/// pass; one in an unusual folder is not seen at all.
pub(super) struct WebAdmin;

const META: Meta = Meta {
    id: "mfa.web-admin",
    version: 3,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &str =
    "cockpit-ws, /etc/webmin, /etc/guacamole, /etc/phpmyadmin and the folders of other consoles";

impl Check for WebAdmin {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        Ok(ways::seen(&cx.get::<Consoles>()?.0, PLACES))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        ways::judge(case)
    }
}
