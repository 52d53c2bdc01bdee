use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apkdb::ApkDb,
        apt::policy::Preferences,
        dpkg::{Packages, STATUS},
        glob,
        os_release::{OsRelease, PackageSystem},
        security_fixes::SecurityFixes,
        yum::{LOCKS, frozen},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No package is frozen at its version. A hold keeps security fixes away without a word, and so can a
/// preference of apt, a lock of dnf, dnf5 or zypper; one that keeps away a fix that is offered today is a failure, any other hold is
/// half of one.
pub(super) struct HeldPackages;

const META: Meta = Meta {
    id: "patch.held-packages",
    version: 3,
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
            PackageSystem::Rpm => frozen(cx.host())?,
            PackageSystem::Apk => cx.get::<ApkDb>()?.pinned.clone(),
            PackageSystem::Other => Vec::new(),
        };
        let fixes = cx.get::<SecurityFixes>();
        let mut blocked = Vec::new();
        let mut pins_seen = system != PackageSystem::Dpkg;
        match (system, fixes) {
            (PackageSystem::Apk | PackageSystem::Other, _) => {}
            // Nothing is frozen, so nothing needs to be known of the fixes; preferences still do.
            (PackageSystem::Rpm, Err(_)) if held.is_empty() => {}
            (PackageSystem::Dpkg, Err(_)) if held.is_empty() && no_preferences(cx)? => {
                pins_seen = true;
            }
            (_, Err(gap)) => return Err(gap),
            (_, Ok(fixes)) => {
                let stops = |name: &&String| held.iter().any(|h| freezes(h, name));
                blocked.extend(fixes.names.iter().filter(stops).cloned());
                let choices = fixes.choices.as_ref();
                blocked.extend(choices.iter().flat_map(|c| c.pinned.clone()));
                pins_seen |= choices.is_some() || fixes.names.is_empty() || no_preferences(cx)?;
            }
        }
        blocked.sort();
        blocked.dedup();
        let from = match system {
            PackageSystem::Rpm => LOCKS,
            PackageSystem::Apk => "/etc/apk/world",
            _ => STATUS,
        };
        Ok(Facts::new()
            .observed("system", system.name(), os.path)
            .configured("blocked", blocked, from)
            .configured("preferences_seen", pins_seen, "/etc/apt/preferences.d")
            .configured("held_count", held.len(), from)
            .configured("held", held, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm" | "apk") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        let blocked = case.list("blocked")?;
        Ok(if !blocked.is_empty() {
            Judgement::fail("fail").with("packages", blocked.to_vec())
        } else if !case.flag("preferences_seen")? {
            Judgement::unknown("unknown-preferences")
        } else if case.int("held_count")? > 0 {
            Judgement::partial("partial").with("packages", case.list("held")?.to_vec())
        } else {
            Judgement::pass("pass")
        })
    }
}

fn no_preferences(cx: &Cx<'_>) -> Result<bool, Gap> {
    Ok(cx.get::<Preferences>().is_ok_and(|p| p.0.is_empty()))
}

/// Whether an entry (`bash`, `bash-0:5.1.8-6.el9.*`, `kernel*`, with or without the place where it
/// stands) freezes the package.
fn freezes(entry: &str, name: &str) -> bool {
    let entry = entry
        .split(' ')
        .next()
        .unwrap_or(entry)
        .trim_start_matches('!');
    let parts: Vec<&str> = entry.rsplitn(3, '-').collect();
    let own = match parts.as_slice() {
        [_, version, own] if version.contains(':') => own,
        _ => entry,
    };
    glob::matches(own, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_freeze_what_they_name() {
        assert!(freezes("bash", "bash") && freezes("bash-0:5.1.8-6.el9_1.*", "bash"));
        assert!(freezes("kernel* (/etc/dnf/dnf.conf:3)", "kernel-core"));
        assert!(freezes("python3-dnf-0:4-1.*", "python3-dnf"));
        assert!(!freezes("bash", "bash-doc") && !freezes("bash-0:5-1.*", "bash-doc"));
    }
}
