//! Whether SELinux or AppArmor enforces.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{container::Container, mac},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// SELinux enforces now and after a restart, or AppArmor enforces its profiles and none only complains.
/// Whether the profiles cover the services that matter is not judged. A container has no say in it.
pub(super) struct MacEnforcing;

const META: Meta = Meta {
    id: "kernel.mac-enforcing",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for MacEnforcing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let container = cx.get::<Container>()?;
        if container.inside {
            return Ok(Facts::new()
                .effective("container", true, container.source)
                .into());
        }
        let selinux = mac::selinux(host)?;
        let mut facts = Facts::new().effective("selinux", selinux.is_some(), "/sys/fs/selinux");
        if let Some(enforcing) = selinux {
            let mode = if enforcing { "enforcing" } else { "permissive" };
            facts = facts
                .effective("mode", mode, "/sys/fs/selinux/enforce (getenforce)")
                .maybe(
                    "mode",
                    Vantage::Configured,
                    mac::selinux_at_boot(host)?,
                    "/etc/selinux/config",
                );
            return Ok(facts.into());
        }
        let profiles = mac::apparmor(host)?;
        facts = facts.effective(
            "apparmor",
            profiles.is_some(),
            "/sys/module/apparmor/parameters/enabled",
        );
        if let Some(profiles) = profiles {
            let source = "/sys/kernel/security/apparmor/profiles (aa-status)";
            facts = facts
                .effective("enforced", profiles.enforced, source)
                .effective("complaining", profiles.complaining, source);
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("container") == Ok(true) {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if case.flag("selinux")? {
            let boot = case.observation.at("mode", Vantage::Configured);
            let boot = boot.and_then(|f| f.value.as_text());
            return Ok(match (case.text("mode")?, boot) {
                ("enforcing", None | Some("enforcing")) => Judgement::pass("pass-selinux"),
                ("enforcing", Some(_)) => Judgement::partial("partial-boot"),
                _ => Judgement::fail("fail-permissive"),
            });
        }
        if !case.flag("apparmor")? {
            return Ok(Judgement::fail("fail-none"));
        }
        let (enforced, complaining) = (case.int("enforced")?, case.list("complaining")?);
        let names: Vec<String> = complaining.iter().map(|c| c.to_line()).collect();
        Ok(match (enforced, names.is_empty()) {
            (0, _) => Judgement::fail("fail-no-profile"),
            (_, true) => Judgement::pass("pass-apparmor").with("enforced", enforced),
            (_, false) => Judgement::partial("partial-complain").with("profiles", names),
        })
    }
}
