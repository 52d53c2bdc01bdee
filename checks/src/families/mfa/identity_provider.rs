use super::ways;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::login_services::identity::IdentityProviders,
    observation::{Gap, Seen},
    verdict::Judgement,
};

/// The identity provider asks for two factors: for Keycloak each flow of the realm is followed. What
/// OpenID Connect or SAML advertises proves nothing. Whether each user has enrolled is not seen.
pub(super) struct IdentityProvider;

const META: Meta = Meta {
    id: "mfa.identity-provider",
    version: 5,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &str = "declared endpoints (oidc, keycloak, saml), /opt/keycloak";

impl Check for IdentityProvider {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        Ok(ways::seen(&cx.get::<IdentityProviders>()?.0, PLACES))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        ways::judge(case)
    }
}
