//! Repositories and locks of zypper (SUSE), in the forms that libzypp reads.

use super::{
    apt::without_login,
    ini,
    yum::{Signing, is_on},
};
use crate::host::{Host, HostError};

const REPOS: &str = "/etc/zypp/repos.d";
/// Where its metadata lies as it was fetched.
const RAW: &str = "/var/cache/zypp/raw";
const LOCKS: &str = "/etc/zypp/locks";

/// A repository in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its name.
    pub alias: String,
    /// Where its table of contents lies once it was fetched.
    pub folder: String,
    addresses: Vec<String>,
    /// The place that waives signatures, where one does.
    unsigned: Option<String>,
}

/// The repositories in use.
///
/// # Errors
/// When a file may not be read.
pub fn repositories(host: &dyn Host) -> Result<Vec<Repository>, HostError> {
    let main = main(host)?;
    let mut all = Vec::new();
    for entry in host.list_if_any(REPOS, 1_000)? {
        if entry.name.ends_with(".repo") {
            let path = format!("{REPOS}/{}", entry.name);
            let text = host.text_if_any(&path)?.unwrap_or_default();
            all.extend(of_file(&path, &text, &main));
        }
    }
    Ok(all)
}

/// Adds them to those of dnf.
pub(super) fn add(host: &dyn Host, seen: &mut Signing) -> Result<(), HostError> {
    for repository in repositories(host)? {
        seen.all += 1;
        if seen.ids.is_empty() {
            seen.source = REPOS;
        }
        let addresses = repository.addresses.into_iter();
        let of_this = addresses.map(|a| (repository.alias.clone(), a));
        seen.addresses.extend(of_this);
        seen.ids.push(repository.alias);
        seen.unsigned.extend(repository.unsigned);
    }
    Ok(())
}

/// Settings that hold where a repository says nothing.
fn main(host: &dyn Host) -> Result<Vec<ini::Setting>, HostError> {
    let mut all = Vec::new();
    for root in ["/usr/etc/zypp/zypp.conf", "/etc/zypp/zypp.conf"] {
        let mut paths = vec![root.to_owned()];
        let parts = format!("{root}.d");
        for entry in host.list_if_any(&parts, 1_000)? {
            if entry.name.ends_with(".conf") {
                paths.push(format!("{parts}/{}", entry.name));
            }
        }
        for path in paths {
            all.extend(ini::parse(&host.text_if_any(&path)?.unwrap_or_default()));
        }
    }
    all.retain(|s| s.section == "main");
    Ok(all)
}

fn of_file(path: &str, text: &str, main: &[ini::Setting]) -> Vec<Repository> {
    let settings = ini::parse(text);
    let mut names: Vec<&str> = settings.iter().map(|s| s.section.as_str()).collect();
    names.dedup();
    let mut all = Vec::new();
    for name in names.into_iter().filter(|n| !n.is_empty()) {
        let find = |key: &str| settings.iter().rfind(|s| s.section == name && s.key == key);
        if find("enabled").is_some_and(|s| !is_on(&s.value)) {
            continue;
        }
        let says = |key: &str| {
            let own = find(key).or_else(|| main.iter().rfind(|s| s.key == key));
            own.map(|s| is_on(&s.value))
        };
        let (head, packages) = (says("repo_gpgcheck"), says("pkg_gpgcheck"));
        // A signature of the table of contents covers the packages as well. `gpgcheck` asks for one of
        // the two; it is on unless somebody says otherwise.
        let asked = says("gpgcheck").unwrap_or(true)
            && (head, packages) != (Some(false), Some(false))
            || head == Some(true)
            || packages == Some(true);
        let line = ["gpgcheck", "pkg_gpgcheck", "repo_gpgcheck"];
        let line = line.into_iter().find_map(find).map_or(0, |s| s.line);
        let within = find("path").map_or("", |s| s.value.trim_matches('/'));
        let slash = if within.is_empty() { "" } else { "/" };
        let places = ["baseurl", "metalink", "mirrorlist"]
            .into_iter()
            .filter_map(find);
        let words = places.flat_map(|s| s.value.split([' ', ',']));
        all.push(Repository {
            alias: name.to_owned(),
            folder: format!("{RAW}/{}{slash}{within}/repodata", name.replace('/', "_")),
            addresses: words.filter(|w| !w.is_empty()).map(without_login).collect(),
            unsigned: (!asked).then(|| format!("{path}:{line} [{name}]")),
        });
    }
    all
}

/// What zypper is told to leave alone: one line of names or patterns per lock.
pub(super) fn locks(host: &dyn Host) -> Result<Vec<String>, HostError> {
    let text = host.text_if_any(LOCKS)?.unwrap_or_default();
    let name = |(n, line): (usize, &str)| {
        let (key, value) = line.split_once(':')?;
        let named = matches!(key.trim(), "solvable_name" | "query_string");
        named.then(|| format!("{} ({LOCKS}:{})", value.trim(), n + 1))
    };
    Ok(text.lines().enumerate().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn main_says(text: &str) -> Vec<ini::Setting> {
        ini::parse(&format!("[main]\n{text}"))
    }

    #[test]
    fn a_repository_lies_under_its_alias() {
        let text = "[SLES/15:update]\nenabled=1\nbaseurl=https://u:p@smt.example/x?auth\npath=/sub/\n\
            [off]\nenabled=0\n[plain]\nname=x\n";
        let got = of_file("/f", text, &[]);
        assert_eq!(got.len(), 2);
        assert_eq!(
            got[0].folder,
            "/var/cache/zypp/raw/SLES_15:update/sub/repodata"
        );
        assert_eq!(got[0].addresses, ["https://smt.example/x?auth"]);
        assert_eq!(got[1].folder, "/var/cache/zypp/raw/plain/repodata");
        assert!(got.iter().all(|r| r.unsigned.is_none()));
    }

    #[test]
    fn signatures_are_waived_where_nothing_is_checked() {
        let unsigned = |own: &str, main: &str| {
            let got = of_file("/f", &format!("[a]\n{own}\n"), &main_says(main));
            got[0].unsigned.clone()
        };
        assert_eq!(unsigned("gpgcheck=0", "").as_deref(), Some("/f:2 [a]"));
        assert!(unsigned("name=x", "gpgcheck = off").is_some());
        assert!(unsigned("repo_gpgcheck=0\npkg_gpgcheck=0", "").is_some());
        assert!(unsigned("gpgcheck=0\nrepo_gpgcheck=1", "").is_none());
        assert!(unsigned("gpgcheck=1", "gpgcheck = off").is_none());
        assert!(unsigned("repo_gpgcheck=0", "").is_none());
    }
}
