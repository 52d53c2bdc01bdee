use super::outcome;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{console_open, pam},
    observation::{Facts, Gap, Seen, Subject, SubjectKind},
    verdict::Judgement,
};

/// Logging in at the machine itself (text console, graphical login, remote desktop) asks for a second
/// factor, and nothing logs anybody in by itself; one subject for each PAM service. It
/// cannot see who may reach the console: that is a matter of the machine room and the hypervisor.
pub(super) struct Console;

const META: Meta = Meta {
    id: "mfa.console",
    version: 4,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: false,
};

/// PAM services of consoles.
const SERVICES: [&str; 8] = [
    "login",
    "gdm-password",
    "greetd",
    "lightdm",
    "lxdm",
    "sddm",
    "xdm",
    "xrdp-sesman",
];

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
        if services.is_empty() {
            let none = Facts::new().configured("present", false, "/etc/pam.d, /bin/login");
            return Ok(none.into());
        }
        let mut seen = Vec::new();
        for name in services {
            let opens = console_open::opens(host, name);
            let facts = opens.and_then(|opens| {
                let facts = outcome::of_service(cx, name)?;
                Ok(facts.configured("opens", opens, "units of getty, inittab, display managers"))
            });
            let facts = facts.unwrap_or_else(Facts::unseen);
            let facts = facts.configured("present", true, "/etc/pam.d, /bin/login");
            seen.push((Subject::new(SubjectKind::Service, name), facts));
        }
        Ok(Seen::each(seen))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let opens = case.list("opens")?;
        if !opens.is_empty() {
            return Ok(Judgement::fail("fail-automatic").with("places", opens.to_vec()));
        }
        outcome::judge_service(case)
    }
}
