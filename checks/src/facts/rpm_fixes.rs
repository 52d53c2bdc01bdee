//! Security fixes that wait, from what dnf, dnf5 and zypper fetched of their repositories.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    backup::stores::day_of,
    os_release::PackageSystem,
    repomd::{Repomd, repomd},
    rpmdb::RpmDb,
    security_fixes::{SecurityFixes, Speaks, empty},
    updateinfo::{self, Advised, RpmFix},
    yum, zypp,
};
use crate::{context::Cx, host::Host, observation::Gap};

/// Caches of dnf and of dnf5.
const DNF_CACHES: [&str; 2] = ["/var/cache/dnf", "/var/cache/libdnf5"];

/// A repository in use, as the cache shows it.
#[derive(Default)]
struct Cached {
    /// The newest fetch of it.
    fetched: Option<Timestamp>,
    /// When what was fetched then was made.
    made: Option<Timestamp>,
    /// The advisories that it brought then; empty where it has none.
    advisories: String,
}

/// Advisories in what was fetched. A repository without any says nothing about security, so it is
/// no source of fixes; and advisories that speak of extra packages alone do not tell of the
/// system's own fixes, nor those of the base alone of what AppStream brings.
pub(super) fn see(cx: &Cx<'_>) -> Result<SecurityFixes, Gap> {
    let host = cx.host();
    let mut fixes = empty(
        PackageSystem::Rpm,
        "/var/cache/dnf/*/repodata/*-updateinfo.xml.*",
    );
    let all = yum::repositories(host)?;
    if all.source.starts_with("/etc/zypp") {
        fixes.source = "/var/cache/zypp/raw/*/repodata/*updateinfo.xml.*";
    }
    let streams = all.of_part("appstream");
    let cached = cached(host, &all.ids)?;
    let never = all
        .ids
        .iter()
        .filter(|id| !cached.contains_key(id.as_str()));
    fixes.missing = never.cloned().collect();
    let mut advised = Advised::default();
    let mut dates = Vec::new();
    let mut base_made = None;
    let mut streams_advised = streams.is_empty();
    for (id, cached) in &cached {
        fixes.fetched.insert((*id).to_owned(), Speaks::OfNothing);
        if cached.advisories.is_empty() {
            continue;
        }
        fixes.sources.push((*id).to_owned());
        if host.stat_if_any(&cached.advisories)?.is_none() {
            fixes.missing.push(format!("{id} updateinfo"));
            continue;
        }
        let db = cx.get::<RpmDb>()?;
        let before = std::mem::take(&mut advised.covers_base);
        (*id).clone_into(&mut advised.repository);
        updateinfo::add(host, &cached.advisories, &db, &mut advised)?;
        let speaks = if advised.covers_base {
            Speaks::OfBase
        } else {
            Speaks::OfOthers
        };
        fixes.fetched.insert((*id).to_owned(), speaks);
        if advised.covers_base {
            base_made = base_made.max(cached.made);
        }
        advised.covers_base |= before;
        if streams.contains(id) {
            streams_advised = true;
            fixes.streams_made = fixes.streams_made.max(cached.made);
        }
        dates.extend(cached.fetched);
    }
    fixes.date = dates.into_iter().min().and_then(day_of);
    fixes.base_made = base_made;
    fixes.streams_in_use = !streams.is_empty();
    fixes.untold = advised.untold.iter().cloned().collect();
    let is_told = advised.covers_base && streams_advised;
    if !is_told && advised.pending.is_empty() && fixes.missing.is_empty() {
        fixes.sources.clear();
    }
    fixes.pending = advised.pending.iter().map(line).collect();
    let since = advised.pending.values().filter_map(|f| f.since).min();
    fixes.since = since
        .and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|z| z.timestamp());
    fixes.names = advised.pending.into_keys().collect();
    Ok(fixes)
}

/// Name, versions, the first advisory, how bad it is, and the repository that offers the fix.
fn line((name, fix): (&String, &RpmFix)) -> String {
    let RpmFix {
        installed, offered, ..
    } = fix;
    let first = fix.advisories.first().map_or("", String::as_str);
    let why = [first, fix.severity.as_str(), fix.repository.as_str()];
    let why: Vec<&str> = why.into_iter().filter(|w| !w.is_empty()).collect();
    format!("{name} {installed} → {offered} ({})", why.join(", "))
}

/// Caches of the repositories in use. Those of repositories that are no longer in use lie around;
/// they say nothing.
fn cached<'a>(host: &dyn Host, ids: &'a [String]) -> Result<BTreeMap<&'a str, Cached>, Gap> {
    let mut folders: Vec<(&str, String)> = Vec::new();
    for cache in DNF_CACHES {
        for entry in host.list_if_any(cache, 1_000)? {
            let id = entry.name.rsplit_once('-').map_or("", |(id, _)| id);
            if let Some(id) = ids.iter().find(|i| *i == id) {
                folders.push((id, format!("{cache}/{}/repodata", entry.name)));
            }
        }
    }
    for repository in zypp::repositories(host)? {
        if let Some(id) = ids.iter().find(|i| **i == repository.alias) {
            folders.push((id, repository.folder));
        }
    }
    let mut all: BTreeMap<&str, Cached> = BTreeMap::new();
    for (id, folder) in folders {
        let path = format!("{folder}/repomd.xml");
        // dnf and zypper themselves take the time of this file for that of the last fetch.
        let Some(stat) = host.stat_if_any(&path)? else {
            continue;
        };
        let known = all.entry(id).or_default();
        if known.fetched.is_none_or(|f| stat.mtime > f) {
            let table = repomd(&path, &host.text(&path)?)?;
            known.fetched = Some(stat.mtime);
            known.made = table.made;
            known.advisories = advisories(host, &folder, &table)?;
        }
    }
    Ok(all)
}

/// The file with the advisories: the ordinary one, or the one packed with zchunk, whichever was fetched.
fn advisories(host: &dyn Host, folder: &str, table: &Repomd) -> Result<String, Gap> {
    let at = |name: &Option<String>| name.as_ref().map(|n| format!("{folder}/{n}"));
    let (plain, zck) = (at(&table.updateinfo), at(&table.zck));
    if let (Some(path), Some(zck)) = (&plain, &zck)
        && host.stat_if_any(path)?.is_none()
        && host.stat_if_any(zck)?.is_some()
    {
        return Ok(zck.clone());
    }
    Ok(plain.or(zck).unwrap_or_default())
}
