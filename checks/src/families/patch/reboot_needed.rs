use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::container::Container,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No package asked for a reboot that has not happened. Debian and Ubuntu leave the note
/// `/run/reboot-required`, but only where a hook writes it: without that hook, no note is no proof.
pub(super) struct RebootNeeded;

const META: Meta = Meta {
    id: "patch.reboot-needed",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for RebootNeeded {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let note = host.stat_if_any(NOTE)?.is_some();
        let packages = host
            .text_if_any("/run/reboot-required.pkgs")?
            .unwrap_or_default();
        let mut names: Vec<&str> = packages.lines().map(str::trim).collect();
        names.sort_unstable();
        names.dedup();
        let mut hook = None;
        for path in HOOKS {
            if hook.is_none() && host.stat_if_any(path)?.is_some() {
                hook = Some(path);
            }
        }
        let container = cx.get::<Container>()?;
        Ok(Facts::new()
            .observed("note", note, NOTE)
            .observed("packages", names, "/run/reboot-required.pkgs")
            .configured("hook", hook.is_some(), hook.unwrap_or(HOOKS[0]))
            .effective("container", container.inside, container.source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("note")? {
            return Ok(Judgement::fail("fail").with("packages", case.list("packages")?.to_vec()));
        }
        if case.flag("container")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        Ok(if case.flag("hook")? {
            Judgement::pass("pass")
        } else {
            Judgement::unknown("unknown-no-hook")
        })
    }
}

const NOTE: &str = "/run/reboot-required";

/// What writes the note after a kernel is installed.
const HOOKS: [&str; 2] = [
    "/etc/kernel/postinst.d/unattended-upgrades",
    "/etc/kernel/postinst.d/update-notifier",
];
