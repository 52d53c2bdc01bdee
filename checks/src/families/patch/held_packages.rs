use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        dpkg::{Packages, STATUS},
        os_release::{OsRelease, PackageSystem},
        security_fixes::SecurityFixes,
        yum::{excluded, locks},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No package is frozen at its version. A hold keeps security fixes away without a word; one that
/// keeps away a fix that is offered today is a failure, any other is half of one.
pub(super) struct HeldPackages;

const META: Meta = Meta {
    id: "patch.held-packages",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for HeldPackages {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let os = cx.get::<OsRelease>()?;
        let system = os.package_system();
        let held: Vec<String> = match system {
            PackageSystem::Dpkg => {
                let packages = cx.get::<Packages>()?;
                let held = packages.iter().filter(|(_, _, p)| p.held);
                held.map(|(name, _, _)| name.to_owned()).collect()
            }
            PackageSystem::Rpm => {
                let mut held = locks(&cx.host().text_if_any(LOCKS)?.unwrap_or_default());
                held.extend(excluded(cx.host())?);
                held
            }
            _ => Vec::new(),
        };
        let blocked: Vec<&String> = if held.is_empty() {
            Vec::new()
        } else {
            let fixes = cx.get::<SecurityFixes>()?;
            held.iter().filter(|h| fixes.names.contains(h)).collect()
        };
        let from = if system == PackageSystem::Rpm {
            LOCKS
        } else {
            STATUS
        };
        Ok(Facts::new()
            .observed("system", system.name(), os.path)
            .configured(
                "blocked",
                blocked.into_iter().map(String::as_str).collect::<Vec<_>>(),
                from,
            )
            .configured("held_count", held.len(), from)
            .configured("held", held, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        let blocked = case.list("blocked")?;
        Ok(if !blocked.is_empty() {
            Judgement::fail("fail").with("packages", blocked.to_vec())
        } else if case.int("held_count")? > 0 {
            Judgement::partial("partial").with("packages", case.list("held")?.to_vec())
        } else {
            Judgement::pass("pass")
        })
    }
}

const LOCKS: &str = "/etc/dnf/plugins/versionlock.list";
