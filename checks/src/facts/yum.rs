//! Repositories of dnf and yum, and what they are locked to.

use super::{ini, text::lines};
use crate::host::{Host, HostError};

const REPOS: &str = "/etc/yum.repos.d";

/// Which repositories are in use, and which of them waive signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signing {
    /// How many repositories are in use.
    pub all: usize,
    /// Their ids, where they are dnf's.
    pub ids: Vec<String>,
    /// Addresses that they are fetched from, or those of the lists of mirrors.
    pub addresses: Vec<String>,
    /// Places (file and line) that waive signatures.
    pub unsigned: Vec<String>,
    /// Where they are configured.
    pub source: &'static str,
}

/// Reads the enabled repositories. Without `gpgcheck` of its own, a repository has that of the main
/// configuration; without that one, dnf asks for none.
///
/// # Errors
/// When a file may not be read.
pub fn repositories(host: &dyn Host) -> Result<Signing, HostError> {
    let mut main = false;
    for path in ["/etc/yum.conf", "/etc/dnf/dnf.conf"] {
        for setting in ini::parse(&host.text_if_any(path)?.unwrap_or_default()) {
            if setting.key == "gpgcheck" && setting.section == "main" {
                main = is_on(&setting.value);
            }
        }
    }
    let mut seen = Signing {
        source: REPOS,
        ..Signing::default()
    };
    for entry in host.list_if_any(REPOS, 1_000)? {
        if entry.name.ends_with(".repo") {
            let path = format!("{REPOS}/{}", entry.name);
            let text = host.text_if_any(&path)?.unwrap_or_default();
            add(&mut seen, &path, &text, main);
        }
    }
    Ok(seen)
}

fn add(seen: &mut Signing, path: &str, text: &str, main: bool) {
    let settings = ini::parse(text);
    let mut names: Vec<&str> = settings.iter().map(|s| s.section.as_str()).collect();
    names.dedup();
    for name in names.into_iter().filter(|n| !n.is_empty()) {
        let find = |key: &str| settings.iter().rfind(|s| s.section == name && s.key == key);
        if find("enabled").is_some_and(|s| !is_on(&s.value)) {
            continue;
        }
        seen.all += 1;
        seen.ids.push(name.to_owned());
        let places = ["baseurl", "metalink", "mirrorlist"]
            .into_iter()
            .filter_map(find);
        let words = places.flat_map(|s| s.value.split([' ', ',']));
        let addresses = words
            .filter(|w| !w.is_empty())
            .map(super::apt::without_login);
        seen.addresses.extend(addresses);
        let check = find("gpgcheck");
        if !check.map_or(main, |s| is_on(&s.value)) {
            let line = check.map_or(0, |s| s.line);
            seen.unsigned.push(format!("{path}:{line} [{name}]"));
        }
    }
}

fn is_on(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "1" | "yes" | "true" | "on")
}

/// Packages that the configuration keeps out of every upgrade, each with where that is said:
/// `exclude` and `excludepkgs` of the main part and of repositories in use.
///
/// # Errors
/// When a file may not be read.
pub fn excluded(host: &dyn Host) -> Result<Vec<String>, HostError> {
    let mut paths = vec!["/etc/yum.conf".to_owned(), "/etc/dnf/dnf.conf".to_owned()];
    for entry in host.list_if_any(REPOS, 1_000)? {
        if entry.name.ends_with(".repo") {
            paths.push(format!("{REPOS}/{}", entry.name));
        }
    }
    let mut found = Vec::new();
    for path in paths {
        let settings = ini::parse(&host.text_if_any(&path)?.unwrap_or_default());
        let off = |section: &str| {
            let own = |s: &&ini::Setting| s.section == section && s.key == "enabled";
            settings.iter().rfind(own).is_some_and(|s| !is_on(&s.value))
        };
        let says = |s: &&ini::Setting| matches!(s.key.as_str(), "exclude" | "excludepkgs");
        for setting in settings.iter().filter(says).filter(|s| !off(&s.section)) {
            let names = setting.value.split([' ', ',']).filter(|n| !n.is_empty());
            found.extend(names.map(|n| format!("{n} ({path}:{})", setting.line)));
        }
    }
    Ok(found)
}

/// Packages that dnf's versionlock freezes.
pub fn locks(text: &str) -> Vec<String> {
    lines(text).map(|(_, l)| l.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_without_its_own_word_has_that_of_the_main_file() {
        let text = "[a]\nname=A\n[b]\ngpgcheck=0\n[c]\nenabled=0\ngpgcheck=0\n[d]\ngpgcheck=1\n";
        let mut seen = Signing::default();
        add(&mut seen, "/f", text, true);
        assert_eq!(
            (seen.all, seen.unsigned.as_slice()),
            (3, ["/f:4 [b]".to_owned()].as_slice())
        );
        let mut seen = Signing::default();
        add(&mut seen, "/f", text, false);
        assert_eq!(seen.unsigned.len(), 2);
    }
}
