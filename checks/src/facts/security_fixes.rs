//! Security fixes that wait to be installed, from whichever package system the host has.

use jiff::Timestamp;

use super::{
    apt::{self, Apt},
    dpkg::Packages,
    os_release::{OsRelease, PackageSystem},
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
        missing: apt.security().flat_map(|f| f.missing.clone()).collect(),
        date: apt.security_date(),
        pending: pending.iter().map(line).collect(),
        names: pending.into_keys().collect(),
        ..empty(PackageSystem::Dpkg, apt::LISTS)
    })
}

/// dnf answers from its cache only. A repository whose cached metadata has no `updateinfo` says
/// nothing about security, so it is no source of fixes.
fn from_dnf(host: &dyn Host) -> Result<SecurityFixes, Gap> {
    let mut fixes = empty(PackageSystem::Rpm, "dnf -q -C updateinfo list --security");
    for repo in host.list_if_any(DNF_CACHE, 1_000)? {
        let folder = format!("{DNF_CACHE}/{}/repodata", repo.name);
        let files = host.list_if_any(&folder, 1_000).unwrap_or_default();
        if files.iter().any(|f| f.name.contains("updateinfo")) {
            fixes.sources.push(repo.name.clone());
            let index = host.text(&format!("{folder}/repomd.xml"))?;
            let date = revision(&index);
            fixes.date = match (fixes.date, date) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }
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

/// When a repository's index was made: seconds since 1970 in `<revision>`.
fn revision(xml: &str) -> Option<Timestamp> {
    let (_, rest) = xml.split_once("<revision>")?;
    let (number, _) = rest.split_once("</revision>")?;
    Timestamp::from_second(number.trim().parse().ok()?).ok()
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
        assert_eq!(
            revision("<revision>0</revision>"),
            Some(Timestamp::UNIX_EPOCH)
        );
        assert_eq!(revision("<revision>x"), None);
    }
}
