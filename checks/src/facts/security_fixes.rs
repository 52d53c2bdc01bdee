//! Security fixes that wait to be installed, from whichever package system the host has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    apt::{self, Apt},
    backup::stores::day_of,
    dpkg::Packages,
    os_release::{OsRelease, PackageSystem},
    yum,
};
use crate::{
    context::{Cx, Gather},
    host::{Command, Host, HostError},
    observation::Gap,
};

const DNF_CACHE: &str = "/var/cache/dnf";

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
    /// Where all this was seen.
    pub source: &'static str,
}

impl Gather for SecurityFixes {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let system = cx.get::<OsRelease>()?.package_system();
        match system {
            PackageSystem::Dpkg => from_apt(cx),
            PackageSystem::Rpm => from_dnf(cx.host()),
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
        source,
    }
}

fn from_apt(cx: &Cx<'_>) -> Result<SecurityFixes, Gap> {
    let apt = cx.get::<Apt>()?;
    let packages = cx.get::<Packages>()?;
    let pending = apt::pending(cx.host(), &apt, &packages)?;
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
        ..empty(PackageSystem::Dpkg, apt::LISTS)
    })
}

/// dnf answers from its cache only. A repository whose cached metadata has no `updateinfo` says
/// nothing about security, so it is no source of fixes.
fn from_dnf(host: &dyn Host) -> Result<SecurityFixes, Gap> {
    let mut fixes = empty(
        PackageSystem::Rpm,
        "dnf -q -C --setopt=disable_excludes=all updateinfo list --security",
    );
    let ids = yum::repositories(host)?.ids;
    let mut dates: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut cached: BTreeSet<&str> = BTreeSet::new();
    for entry in host.list_if_any(DNF_CACHE, 1_000)? {
        // Caches of repositories that are no longer in use lie around; they say nothing.
        let id = entry.name.rsplit_once('-').map_or("", |(id, _)| id);
        let Some(id) = ids.iter().find(|i| *i == id) else {
            continue;
        };
        cached.insert(id);
        let folder = format!("{DNF_CACHE}/{}/repodata", entry.name);
        let files = host.list_if_any(&folder, 1_000)?;
        if files.iter().any(|f| f.name.contains("updateinfo")) {
            // dnf itself takes the time of this file for that of the last fetch.
            let fetched = host.stat(&format!("{folder}/repomd.xml"))?.mtime;
            let date = dates.entry(id).or_insert(fetched);
            *date = (*date).max(fetched);
        }
    }
    let never = ids.iter().filter(|id| !cached.contains(id.as_str()));
    fixes.missing = never.cloned().collect();
    fixes.sources = dates.keys().map(|id| (*id).to_owned()).collect();
    fixes.date = dates.into_values().min().and_then(day_of);
    let output = match host.run(&Command::DnfSecurity) {
        Ok(output) => output,
        Err(HostError::NotFound(_)) => {
            fixes.missing.push("dnf".to_owned());
            return Ok(fixes);
        }
        Err(e) => return Err(e.into()),
    };
    if !output.ok() {
        fixes.missing.push(fixes.source.to_owned());
    }
    fixes.names = parse_updateinfo(&output.text());
    fixes.pending.clone_from(&fixes.names);
    Ok(fixes)
}

/// `RLSA-2026:1234 Important/Sec. openssl-libs-1:3.0.7-1.el9.x86_64` → the package.
fn parse_updateinfo(text: &str) -> Vec<String> {
    let package = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, kind, name] = words.as_slice() else {
            return None;
        };
        kind.contains("Sec").then(|| (*name).to_owned())
    };
    let mut names: Vec<String> = text.lines().filter_map(package).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_security_lines_name_packages() {
        let text = "A-1 Important/Sec. b-1.x86_64\nA-2 bugfix c-1.x86_64\nA-1 Important/Sec. b-1.x86_64\nx\n";
        assert_eq!(parse_updateinfo(text), ["b-1.x86_64"]);
    }
}
