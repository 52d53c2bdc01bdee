use super::ways;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::login_services::web::WebLogins,
    observation::{Gap, Seen},
    verdict::Judgement,
};

/// Applications that people log in to in a browser ask for two factors: Nextcloud by its
/// configuration, any other by a test login with an account that must be stopped at the second step.
/// A page that nobody declared is not assessed, and never passes. It cannot see other doors of the
/// same application, such as an interface for programs.
pub(super) struct WebLogin;

const META: Meta = Meta {
    id: "mfa.web-login",
    version: 5,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Root, Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &str = "config.php below the folders of web servers, /etc/gitlab, /opt/zimbra, declared endpoints, listening pages";

impl Check for WebLogin {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        Ok(ways::seen(&cx.get::<WebLogins>()?.0, PLACES))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        ways::judge(case)
    }
}
