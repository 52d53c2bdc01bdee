//! Security fixes that wait to be installed, from whichever package system the host has.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    apkdb::{self, Offered},
    apt::{self, Apt, Extra, candidates::candidates, policy::Preferences},
    backup::stores::day_of,
    dpkg::Packages,
    os_release::{OsRelease, PackageSystem},
    rpm_fixes,
    versions::dpkg::compare,
};
use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// What is known of waiting security fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityFixes {
    /// The package system.
    pub system: PackageSystem,
    /// Sources that bring security fixes, by name.
    pub sources: Vec<String>,
    /// Lists that should be there and are not.
    pub missing: Vec<String>,
    /// Date of the oldest security list; of Ubuntu's, of the ordinary ones.
    pub date: Option<Timestamp>,
    /// Date of the oldest list of Ubuntu's longer support of the system (ESM infra).
    pub infra_date: Option<Timestamp>,
    /// Date of the oldest list of Ubuntu's other sources of fixes (ESM apps).
    pub apps_date: Option<Timestamp>,
    /// Whether fixes of the system come from Ubuntu's longer support alone.
    pub infra_alone: bool,
    /// When the repository that brings fixes of the system itself was made, where the date above is only
    /// that of the fetch (dnf, zypper). Of several such repositories the one that was made last.
    pub base_made: Option<Timestamp>,
    /// Whether an AppStream repository is in use, which brings most of the system's services.
    pub streams_in_use: bool,
    /// When that was made, likewise.
    pub streams_made: Option<Timestamp>,
    /// Of the repositories of dnf or zypper that were fetched, what their advisories speak of.
    pub fetched: BTreeMap<String, Speaks>,
    /// Fixes of which it is not told whether they are for what is installed: package and advisory.
    pub untold: Vec<String>,
    /// One line per package: name, installed version, offered version, and whence it is offered, where the lists
    /// say so: the suite of apt's source, the id of dnf's or zypper's repository.
    pub pending: Vec<String>,
    /// Names of those packages.
    pub names: Vec<String>,
    /// When the vendor issued the first of the fixes that wait, where the lists say so (dnf's do,
    /// apt's and apk's do not).
    pub since: Option<Timestamp>,
    /// What apt would do about them; `None` where nothing waits, its preferences are not followed
    /// here, or another system is at work.
    pub choices: Option<Choices>,
    /// Where all this was seen.
    pub source: &'static str,
}

/// What the advisories of a repository speak of, however old they are; each holds what stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speaks {
    /// There are none.
    OfNothing,
    /// Packages, none of which every system has.
    OfOthers,
    /// The base of the system that is installed.
    OfBase,
}

/// What apt would do about waiting fixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Packages for which apt prefers a newer version that is not from a security source. Programs
    /// that install security fixes alone pass over them.
    pub hidden: Vec<String>,
    /// Packages whose fix a preference keeps away.
    pub pinned: Vec<String>,
}

impl Gather for SecurityFixes {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let system = cx.get::<OsRelease>()?.package_system();
        match system {
            PackageSystem::Dpkg => from_apt(cx),
            PackageSystem::Rpm => rpm_fixes::see(cx),
            PackageSystem::Apk => from_apk(cx),
            other => Ok(empty(other, "/etc/os-release")),
        }
    }
}

pub(super) const fn empty(system: PackageSystem, source: &'static str) -> SecurityFixes {
    SecurityFixes {
        system,
        sources: Vec::new(),
        missing: Vec::new(),
        date: None,
        infra_date: None,
        apps_date: None,
        infra_alone: false,
        base_made: None,
        streams_in_use: false,
        streams_made: None,
        fetched: BTreeMap::new(),
        untold: Vec::new(),
        pending: Vec::new(),
        names: Vec::new(),
        since: None,
        choices: None,
        source,
    }
}

fn from_apt(cx: &Cx<'_>) -> Result<SecurityFixes, Gap> {
    let apt = cx.get::<Apt>()?;
    let packages = cx.get::<Packages>()?;
    let pending = apt::pending(cx.host(), &apt, &packages)?;
    let choices = if pending.is_empty() {
        None
    } else {
        choices(cx, &apt, &packages, &pending)?
    };
    let line = |(name, p): (&String, &apt::Pending)| {
        format!("{name} {} → {} ({})", p.installed, p.offered, p.suite)
    };
    Ok(SecurityFixes {
        sources: apt.security().map(|f| f.source.name()).collect(),
        missing: apt
            .security()
            .flat_map(|f| f.missing.clone())
            .chain(apt.uncovered())
            .collect(),
        date: apt.security_date(&[None]),
        infra_date: apt.security_date(&[Some(Extra::Infra)]),
        apps_date: apt.security_date(&[Some(Extra::Apps), Some(Extra::Other)]),
        infra_alone: apt.is_infra_alone(),
        pending: pending.iter().map(line).collect(),
        names: pending.into_keys().collect(),
        choices,
        ..empty(PackageSystem::Dpkg, apt::LISTS)
    })
}

fn choices(
    cx: &Cx<'_>,
    apt: &Apt,
    packages: &Packages,
    pending: &BTreeMap<String, apt::Pending>,
) -> Result<Option<Choices>, Gap> {
    let Ok(preferences) = cx.get::<Preferences>() else {
        return Ok(None);
    };
    let wanted = |name: &str| pending.contains_key(name);
    let all = candidates(cx.host(), apt, packages, &preferences, &wanted)?;
    let mut choices = Choices::default();
    for ((name, _), candidate) in all {
        let Some(fix) = pending.get(&name) else {
            continue;
        };
        let chosen = compare(&candidate.version, &fix.offered);
        if chosen.is_gt() {
            choices.hidden.push(name);
        } else if chosen.is_lt() {
            choices.pinned.push(name);
        }
    }
    choices.hidden.dedup();
    choices.pinned.dedup();
    Ok(Some(choices))
}

/// apk's lists do not tell security fixes from other updates; what is named here is every update.
fn from_apk(cx: &Cx<'_>) -> Result<SecurityFixes, Gap> {
    let offered = cx.get::<Offered>()?;
    let remote = |r: &apkdb::Repository| r.address.contains("://");
    let all = apkdb::repositories(cx.host())?.into_iter();
    let sources: Vec<String> = all.filter(remote).map(|r| r.address).collect();
    let line = |(name, (old, new)): (&String, &(String, String))| format!("{name} {old} → {new}");
    let never = sources.len().saturating_sub(offered.indexes);
    Ok(SecurityFixes {
        missing: sources
            .iter()
            .take(never)
            .map(|_| "APKINDEX".to_owned())
            .collect(),
        date: offered.fetched.and_then(day_of),
        pending: offered.newer.iter().map(line).collect(),
        names: offered.newer.keys().cloned().collect(),
        sources,
        ..empty(PackageSystem::Apk, offered.source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{host::Fixture, settings::Settings};

    #[test]
    fn whence_a_fix_is_offered_is_told() {
        let pending = |story: &str| {
            let all = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            let path = all.join(format!("fixtures/patch/security-updates/{story}.toml"));
            let (host, settings) = (Fixture::load(&path).unwrap(), Settings::default());
            let cx = Cx::new(&host, &settings);
            cx.get::<SecurityFixes>().unwrap().pending.clone()
        };
        let ends = |story: &str, end: &str| {
            let all = pending(story);
            assert!(
                !all.is_empty() && all.iter().all(|p| p.ends_with(end)),
                "{all:?}"
            );
        };
        ends("fail", " (bookworm-security)");
        ends("fail-elts", " (ELTS buster)");
        ends("fail-rocky", ", baseos)");
    }
}
