//! Security fixes that wait to be installed, from whichever package system the host has.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    apkdb::{self, Offered},
    apt::{self, Apt, candidates::candidates, policy::Preferences},
    backup::stores::day_of,
    dpkg::Packages,
    os_release::{OsRelease, PackageSystem},
    rpmdb::RpmDb,
    updateinfo::{self, Advised, RpmFix},
    versions::dpkg::compare,
    yum,
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::Gap,
};

/// Caches of dnf and of dnf5.
const DNF_CACHES: [&str; 2] = ["/var/cache/dnf", "/var/cache/libdnf5"];

/// What is known of waiting security fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityFixes {
    /// The package system.
    pub system: PackageSystem,
    /// Sources that bring security fixes, by name.
    pub sources: Vec<String>,
    /// Lists that should be there and are not.
    pub missing: Vec<String>,
    /// Date of the oldest security list.
    pub date: Option<Timestamp>,
    /// One line per package: name, installed version, offered version.
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
            PackageSystem::Rpm => from_dnf(cx),
            PackageSystem::Apk => from_apk(cx),
            other => Ok(empty(other, "/etc/os-release")),
        }
    }
}

const fn empty(system: PackageSystem, source: &'static str) -> SecurityFixes {
    SecurityFixes {
        system,
        sources: Vec::new(),
        missing: Vec::new(),
        date: None,
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
    let line =
        |(name, p): (&String, &apt::Pending)| format!("{name} {} → {}", p.installed, p.offered);
    Ok(SecurityFixes {
        sources: apt.security().map(|f| f.source.name()).collect(),
        missing: apt
            .security()
            .flat_map(|f| f.missing.clone())
            .chain(apt.uncovered())
            .collect(),
        date: apt.security_date(),
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

/// A repository in use, as dnf's cache shows it.
#[derive(Default)]
struct Cached {
    /// The newest fetch of it.
    fetched: Option<Timestamp>,
    /// The advisories that it brought then; empty where it has none.
    advisories: String,
}

/// Advisories in what dnf fetched. A repository without any says nothing about security, so it is
/// no source of fixes; and advisories that speak of extra packages alone do not tell of the
/// system's own fixes.
fn from_dnf(cx: &Cx<'_>) -> Result<SecurityFixes, Gap> {
    let host = cx.host();
    let mut fixes = empty(
        PackageSystem::Rpm,
        "/var/cache/dnf/*/repodata/*-updateinfo.xml.*",
    );
    let ids = yum::repositories(host)?.ids;
    let cached = cached(host, &ids)?;
    let never = ids.iter().filter(|id| !cached.contains_key(id.as_str()));
    fixes.missing = never.cloned().collect();
    let mut advised = Advised::default();
    let mut dates = Vec::new();
    for (id, cached) in &cached {
        if cached.advisories.is_empty() {
            continue;
        }
        fixes.sources.push((*id).to_owned());
        if host.stat_if_any(&cached.advisories)?.is_none() {
            fixes.missing.push(format!("{id} updateinfo"));
            continue;
        }
        let db = cx.get::<RpmDb>()?;
        updateinfo::add(host, &cached.advisories, &db, &mut advised)?;
        dates.extend(cached.fetched);
    }
    fixes.date = dates.into_iter().min().and_then(day_of);
    if !advised.covers_base && advised.pending.is_empty() && fixes.missing.is_empty() {
        fixes.sources.clear();
    }
    let line = |(name, fix): (&String, &RpmFix)| {
        let RpmFix {
            installed, offered, ..
        } = fix;
        let why = [
            fix.advisories.first().map(String::as_str),
            Some(fix.severity.as_str()),
        ];
        let why: Vec<&str> = why
            .into_iter()
            .flatten()
            .filter(|w| !w.is_empty())
            .collect();
        format!("{name} {installed} → {offered} ({})", why.join(", "))
    };
    fixes.pending = advised.pending.iter().map(line).collect();
    let since = advised.pending.values().filter_map(|f| f.since).min();
    fixes.since = since
        .and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|z| z.timestamp());
    fixes.names = advised.pending.into_keys().collect();
    Ok(fixes)
}

/// Caches of the repositories in use. Those of repositories that are no longer in use lie around;
/// they say nothing.
fn cached<'a>(host: &dyn Host, ids: &'a [String]) -> Result<BTreeMap<&'a str, Cached>, Gap> {
    let mut all: BTreeMap<&str, Cached> = BTreeMap::new();
    for cache in DNF_CACHES {
        for entry in host.list_if_any(cache, 1_000)? {
            let id = entry.name.rsplit_once('-').map_or("", |(id, _)| id);
            let Some(id) = ids.iter().find(|i| *i == id) else {
                continue;
            };
            let folder = format!("{cache}/{}/repodata", entry.name);
            let path = format!("{folder}/repomd.xml");
            // dnf itself takes the time of this file for that of the last fetch.
            let Some(stat) = host.stat_if_any(&path)? else {
                continue;
            };
            let known = all.entry(id).or_default();
            if known.fetched.is_none_or(|f| stat.mtime > f) {
                let table = updateinfo::repomd(&path, &host.text(&path)?)?;
                known.fetched = Some(stat.mtime);
                known.advisories = table
                    .updateinfo
                    .map_or_else(String::new, |n| format!("{folder}/{n}"));
            }
        }
    }
    Ok(all)
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
