use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        container::Container,
        kernels::RPM_KERNELS,
        os_release::{OsRelease, PackageSystem},
        rpmdb::{RpmDb, RpmPackage},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No package asked for a reboot that has not happened. Debian and Ubuntu leave the note
/// `/run/reboot-required`, but only where a hook writes it: without that hook, no note is no proof. On the RHEL family
/// and SUSE, no package that takes effect at boot only was installed since this boot; where no kernel of theirs is
/// installed, that is no proof either.
pub(super) struct RebootNeeded;

const META: Meta = Meta {
    id: "patch.reboot-needed",
    version: 3,
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
        if cx.get::<OsRelease>()?.package_system() == PackageSystem::Rpm && !container.inside {
            let newer = newer_than_boot(cx)?;
            let db = cx.get::<RpmDb>()?;
            let known = db.packages.iter().any(|p| is_kernel(&p.name));
            let from = "needs-restarting -r";
            return Ok(Facts::new()
                .observed("note", !newer.is_empty(), from)
                .observed("packages", newer, from)
                .configured("hook", known, from)
                .effective("container", container.inside, container.source)
                .into());
        }
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

/// Packages whose upgrade takes effect at the next boot only, as `needs-restarting -r` has them, beside the
/// kernels; with SUSE's names for the same.
const CORE: [&str; 10] = [
    "dbus",
    "dbus-1",
    "dbus-broker",
    "dbus-daemon",
    "glibc",
    "linux-firmware",
    "microcode_ctl",
    "systemd",
    "ucode-amd",
    "ucode-intel",
];

fn is_kernel(name: &str) -> bool {
    RPM_KERNELS.iter().any(|(package, _)| *package == name)
}

/// Those of them that were installed after this boot.
fn newer_than_boot(cx: &Cx<'_>) -> Result<Vec<String>, Gap> {
    let stat = cx.host().text("/proc/stat")?;
    let boot = stat.lines().find_map(|l| l.strip_prefix("btime "));
    let boot: i64 = boot
        .and_then(|b| b.trim().parse().ok())
        .ok_or_else(|| Gap::parse("/proc/stat: btime"))?;
    let db = cx.get::<RpmDb>()?;
    let at_boot = |name: &str| CORE.contains(&name) || is_kernel(name);
    let newer = |p: &&RpmPackage| at_boot(&p.name) && p.installed > boot;
    let mut names: Vec<String> = db
        .packages
        .iter()
        .filter(newer)
        .map(|p| p.name.clone())
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

const NOTE: &str = "/run/reboot-required";

/// What writes the note after a kernel is installed.
const HOOKS: [&str; 2] = [
    "/etc/kernel/postinst.d/unattended-upgrades",
    "/etc/kernel/postinst.d/update-notifier",
];
