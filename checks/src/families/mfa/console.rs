use super::paths;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{login_paths, pam},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Logging in at the machine itself (text console, graphical login) asks for a second factor. It
/// cannot see who may reach the console: that is a matter of the machine room and the hypervisor.
pub(super) struct Console;

const META: Meta = Meta {
    id: "mfa.console",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: false,
};

/// PAM services of consoles.
const SERVICES: [&str; 5] = ["login", "gdm-password", "lightdm", "sddm", "xrdp-sesman"];

impl Check for Console {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let mut services = Vec::new();
        for name in SERVICES {
            services.extend(pam::has_service(host, name)?.then_some(name));
        }
        let program = host.stat_if_any("/bin/login")?.is_some();
        if services.is_empty() && program {
            services.push("login"); // runs by the rules of `other`
        }
        let mut ways = Vec::new();
        let mut tokens = Vec::new();
        for name in &services {
            let service = login_paths::service(cx, name)?;
            ways.extend(login_paths::weakest(&service, name));
            tokens.extend(service.tokens);
        }
        Ok(Facts::new()
            .configured("services", services, "/etc/pam.d, /bin/login")
            .configured("paths", ways, "/etc/pam.d")
            .configured("tokens", tokens, "/etc/pam.d")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.list("services")?.is_empty() {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        paths::judge(case)
    }
}
