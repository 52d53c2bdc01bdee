//! Repositories of dnf and yum, and what they are locked to.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{glob, ini, text::lines, zypp};
use crate::{
    host::{Host, HostError},
    observation::Gap,
};

/// Where repositories are described. `/etc/yum.repos.d` is everybody's; the others are dnf5's.
const REPOS: [&str; 4] = [
    "/etc/yum.repos.d",
    "/etc/yum/repos.d",
    "/etc/distro.repos.d",
    "/usr/share/dnf5/repos.d",
];
/// Where dnf5 changes single settings of repositories; a later file holds against an earlier one.
const OVERRIDES: [&str; 2] = [
    "/usr/share/dnf5/repos.override.d",
    "/etc/dnf/repos.override.d",
];
/// Where dnf5 looks before the main file.
const DROP_INS: [&str; 2] = ["/usr/share/dnf5/libdnf.conf.d", "/etc/dnf/libdnf5.conf.d"];

/// Which repositories are in use, and which of them waive signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signing {
    /// How many repositories are in use.
    pub all: usize,
    /// Their ids, where they are dnf's.
    pub ids: Vec<String>,
    /// Addresses that they are fetched from, or those of the lists of mirrors; each behind the id of its
    /// repository.
    pub addresses: Vec<(String, String)>,
    /// Places (file and line) that waive signatures.
    pub unsigned: Vec<String>,
    /// Where they are configured.
    pub source: &'static str,
}

impl Signing {
    /// Ids of the repositories that name a part of the system (`baseos`, `appstream`), in their id or in an
    /// address.
    pub fn of_part(&self, part: &str) -> BTreeSet<&str> {
        let names = |text: &str| text.to_lowercase().contains(part);
        let ids = self.ids.iter().filter(|id| names(id));
        let by_address = self.addresses.iter().filter(|(_, a)| names(a));
        ids.chain(by_address.map(|(id, _)| id))
            .map(String::as_str)
            .collect()
    }
}

/// A setting and the file that makes it.
type Placed = (String, ini::Setting);

/// Reads the enabled repositories of dnf and of zypper. Without `gpgcheck` of its own, a repository of
/// dnf has that of the main configuration; without that one, dnf asks for none.
///
/// # Errors
/// When a file may not be read.
pub fn repositories(host: &dyn Host) -> Result<Signing, HostError> {
    let main = of_main(host)?
        .iter()
        .rfind(|(_, s)| is_check(&s.key))
        .is_some_and(|(_, s)| is_on(&s.value));
    let mut seen = Signing {
        source: REPOS[0],
        ..Signing::default()
    };
    let overrides = placed(host, &paths(host, &OVERRIDES, ".repo", true)?)?;
    for path in paths(host, &REPOS, ".repo", false)? {
        let text = host.text_if_any(&path)?.unwrap_or_default();
        add(&mut seen, &path, &text, main, &overrides);
    }
    zypp::add(host, &mut seen)?;
    Ok(seen)
}

/// Settings of the main configuration; the last of a key holds.
fn of_main(host: &dyn Host) -> Result<Vec<Placed>, HostError> {
    let mut files = vec!["/etc/yum.conf".to_owned()];
    files.extend(paths(host, &DROP_INS, ".conf", true)?);
    files.push("/etc/dnf/dnf.conf".to_owned());
    let mut all = placed(host, &files)?;
    all.retain(|(_, s)| s.section == "main");
    Ok(all)
}

/// The files of these folders; by their names alone where `by_name`, as dnf5 takes its drop-ins: one of
/// a later folder stands for one of the same name in an earlier.
fn paths(
    host: &dyn Host,
    folders: &[&str],
    end: &str,
    by_name: bool,
) -> Result<Vec<String>, HostError> {
    let mut all: Vec<(String, String)> = Vec::new();
    for folder in folders {
        for entry in host.list_if_any(folder, 1_000)? {
            if entry.name.ends_with(end) {
                all.retain(|(name, _)| !by_name || *name != entry.name);
                all.push((entry.name.clone(), format!("{folder}/{}", entry.name)));
            }
        }
    }
    if by_name {
        all.sort();
    }
    Ok(all.into_iter().map(|(_, path)| path).collect())
}

fn placed(host: &dyn Host, paths: &[String]) -> Result<Vec<Placed>, HostError> {
    let mut all = Vec::new();
    for path in paths {
        let settings = ini::parse(&host.text_if_any(path)?.unwrap_or_default());
        all.extend(settings.into_iter().map(|s| (path.clone(), s)));
    }
    Ok(all)
}

/// `gpgcheck`, which dnf5 calls `pkg_gpgcheck` as well.
fn is_check(key: &str) -> bool {
    matches!(key, "gpgcheck" | "pkg_gpgcheck")
}

fn add(seen: &mut Signing, path: &str, text: &str, main: bool, overrides: &[Placed]) {
    let settings = ini::parse(text);
    let mut names: Vec<&str> = settings.iter().map(|s| s.section.as_str()).collect();
    names.dedup();
    for name in names.into_iter().filter(|n| !n.is_empty()) {
        let find = |fits: &dyn Fn(&str) -> bool| {
            let over = overrides
                .iter()
                .filter(|(_, s)| glob::matches(&s.section, name));
            let own = settings.iter().filter(|s| s.section == name);
            let over = over.rev().map(|(path, s)| (path.as_str(), s));
            over.chain(own.rev().map(|s| (path, s)))
                .find(|(_, s)| fits(&s.key))
        };
        if find(&|key| key == "enabled").is_some_and(|(_, s)| !is_on(&s.value)) {
            continue;
        }
        seen.all += 1;
        seen.ids.push(name.to_owned());
        let places = ["baseurl", "metalink", "mirrorlist"];
        let places = places.into_iter().filter_map(|key| find(&|k| k == key));
        let words = places.flat_map(|(_, s)| s.value.split([' ', ',']));
        let addresses = words
            .filter(|w| !w.is_empty())
            .map(|w| (name.to_owned(), super::apt::without_login(w)));
        seen.addresses.extend(addresses);
        let check = find(&is_check);
        if !check.map_or(main, |(_, s)| is_on(&s.value)) {
            let (path, line) = check.map_or((path, 0), |(path, s)| (path, s.line));
            seen.unsigned.push(format!("{path}:{line} [{name}]"));
        }
    }
}

pub(super) fn is_on(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "1" | "yes" | "true" | "on")
}

/// Packages that the configuration keeps out of every upgrade, each with where that is said:
/// `exclude` and `excludepkgs` of the main part and of repositories in use.
///
/// # Errors
/// When a file may not be read.
pub fn excluded(host: &dyn Host) -> Result<Vec<String>, HostError> {
    let says = |s: &ini::Setting| matches!(s.key.as_str(), "exclude" | "excludepkgs");
    let in_use = repositories(host)?.ids;
    let mut all = of_main(host)?;
    let of_repositories = placed(host, &paths(host, &REPOS, ".repo", false)?)?;
    let overrides = placed(host, &paths(host, &OVERRIDES, ".repo", true)?)?;
    let counts = |(_, s): &Placed| in_use.iter().any(|id| glob::matches(&s.section, id));
    all.extend(of_repositories.into_iter().chain(overrides).filter(counts));
    let mut found = Vec::new();
    for (path, setting) in all.iter().filter(|(_, s)| says(s)) {
        let names = setting.value.split([' ', ',']).filter(|n| !n.is_empty());
        found.extend(names.map(|n| format!("{n} ({path}:{})", setting.line)));
    }
    Ok(found)
}

/// Packages that dnf's versionlock freezes.
fn locks(text: &str) -> Vec<String> {
    lines(text).map(|(_, l)| l.to_owned()).collect()
}

/// Where dnf, dnf5 and zypper keep what they are not to change.
pub const LOCKS: &str = "/etc/dnf/plugins/versionlock.list";
const LOCKS_DNF5: &str = "/etc/dnf/versionlock.toml";

/// All that dnf, dnf5 or zypper freeze, each as the tool writes it.
///
/// # Errors
/// When a file may not be read or is not understood.
pub fn frozen(host: &dyn Host) -> Result<Vec<String>, Gap> {
    let mut all = locks(&host.text_if_any(LOCKS)?.unwrap_or_default());
    if let Some(text) = host.text_if_any(LOCKS_DNF5)? {
        let table: LocksDnf5 = toml::from_str(&text)
            .map_err(|_| Gap::parse(format!("{LOCKS_DNF5}: not what dnf5 writes")))?;
        let named = table.packages.into_iter();
        all.extend(named.map(|p| format!("{} ({LOCKS_DNF5})", p.name)));
    }
    all.extend(zypp::locks(host)?);
    all.extend(excluded(host)?);
    Ok(all)
}

/// dnf5's list. What it says of versions is left aside: any of it keeps a package from some.
#[derive(Deserialize)]
struct LocksDnf5 {
    #[serde(default)]
    packages: Vec<LockDnf5>,
}

#[derive(Deserialize)]
struct LockDnf5 {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_without_its_own_word_has_that_of_the_main_file() {
        let text = "[a]\nname=A\n[b]\ngpgcheck=0\n[c]\nenabled=0\ngpgcheck=0\n[d]\ngpgcheck=1\n";
        let mut seen = Signing::default();
        add(&mut seen, "/f", text, true, &[]);
        assert_eq!(
            (seen.all, seen.unsigned.as_slice()),
            (3, ["/f:4 [b]".to_owned()].as_slice())
        );
        let mut seen = Signing::default();
        add(&mut seen, "/f", text, false, &[]);
        assert_eq!(seen.unsigned.len(), 2);
    }
}
