use super::outcome;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        accounts::{Password, Shadows},
        pam, sudo_skip,
    },
    observation::{Facts, Gap, Seen, Subject, SubjectKind},
    verdict::Judgement,
};

/// Becoming root asks for a second factor: the PAM stacks of sudo, of pkexec, and of su where root's
/// password can be used, are followed to their weakest way, and no sudo rule lets a person by without
/// asking; one subject for each PAM service. It does not see what polkit's own rules grant without
/// asking, nor what a directory server asks for.
pub(super) struct Sudo;

const META: Meta = Meta {
    id: "mfa.sudo",
    version: 2,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const PLACES: &str = "/usr/bin/sudo, /usr/bin/pkexec, /etc/pam.d, /etc/shadow";

impl Check for Sudo {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let sudo = host.stat_if_any("/usr/bin/sudo")?.is_some() || pam::has_service(host, "sudo")?;
        let root = cx.get::<Shadows>()?.0.get("root").map(|s| s.password);
        let usable = !matches!(root, Some(Password::Locked));
        let mut services = Vec::new();
        let mut skips = Vec::new();
        if sudo {
            skips = sudo_skip::rules(cx, &cx.settings().automation_accounts)?;
            services.push("sudo");
            services.extend(pam::has_service(host, "sudo-i")?.then_some("sudo-i"));
        }
        if usable {
            services.extend(pam::has_service(host, "su")?.then_some("su"));
            services.extend(pam::has_service(host, "su-l")?.then_some("su-l"));
        }
        let polkit = host.stat_if_any("/usr/bin/pkexec")?.is_some();
        services.extend((polkit && pam::has_service(host, "polkit-1")?).then_some("polkit-1"));
        if services.is_empty() {
            let none = Facts::new().configured("present", false, PLACES);
            return Ok(none
                .configured("root_password_usable", usable, "/etc/shadow")
                .into());
        }
        let mut seen = Vec::new();
        for name in services {
            let facts = outcome::of_service(cx, name).unwrap_or_else(Facts::unseen);
            let own = if name.starts_with("sudo") {
                skips.clone()
            } else {
                Vec::new()
            };
            let facts = facts
                .configured("present", true, PLACES)
                .configured("root_password_usable", usable, "/etc/shadow")
                .configured("skips", own, "/etc/sudoers and what it includes");
            seen.push((Subject::new(SubjectKind::Service, name), facts));
        }
        Ok(Seen::each(seen))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let skips = case.list("skips")?;
        if !skips.is_empty() {
            return Ok(Judgement::fail("fail-nopasswd").with("rules", skips.to_vec()));
        }
        outcome::judge_service(case)
    }
}
