use super::paths;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Password, Shadows},
        login_paths, pam, sudo_skip,
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Becoming root asks for a second factor: the PAM stacks of sudo, and of su where root's password
/// can be used, are followed to their weakest way, and no sudo rule lets a person by without
/// asking. It does not see polkit, nor what a directory server asks for.
pub(super) struct Sudo;

const META: Meta = Meta {
    id: "mfa.sudo",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for Sudo {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let sudo = host.stat_if_any("/usr/bin/sudo")?.is_some() || pam::has_service(host, "sudo")?;
        let root = cx.get::<Shadows>()?.0.get("root").map(|s| s.password);
        let usable = !matches!(root, Some(Password::Locked));
        let mut facts = Facts::new()
            .configured("sudo_present", sudo, "/usr/bin/sudo, /etc/pam.d/sudo")
            .configured("root_password_usable", usable, "/etc/shadow");
        let mut services = Vec::new();
        if sudo {
            services.push("sudo");
            let skips = sudo_skip::rules(cx, &cx.settings().automation_accounts)?;
            facts = facts.configured("skips", skips, "/etc/sudoers, /etc/sudoers.d");
            services.extend(pam::has_service(host, "sudo-i")?.then_some("sudo-i"));
        }
        if usable {
            services.extend(pam::has_service(host, "su")?.then_some("su"));
            services.extend(pam::has_service(host, "su-l")?.then_some("su-l"));
        }
        let mut ways = Vec::new();
        let mut tokens = Vec::new();
        for name in &services {
            let service = login_paths::service(cx, name)?;
            ways.extend(login_paths::weakest(&service, name));
            tokens.extend(service.tokens);
        }
        Ok(facts
            .configured("services", services, "/etc/pam.d")
            .configured("paths", ways, "/etc/pam.d")
            .configured("tokens", tokens, "/etc/pam.d")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.list("services")?.is_empty() {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if case.flag("sudo_present")? {
            let skips = case.list("skips")?;
            if !skips.is_empty() {
                return Ok(Judgement::fail("fail-nopasswd").with("rules", skips.to_vec()));
            }
        }
        paths::judge(case)
    }
}
