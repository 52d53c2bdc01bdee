//! What else than its own word tells the distribution of a package list: a list that calls itself
//! another one would be compared with the wrong advisories, or with none.

use super::distribution::{Distribution, of_inventory};
use crate::facts::{
    eol,
    inventory::Inventory,
    os_release::{OsRelease, PackageSystem},
    versions::Scheme,
};

/// Packages of rpm systems that say in their version which release of which distribution it is.
const RELEASE_PACKAGES: [(&str, &str); 10] = [
    ("almalinux-release", "almalinux"),
    ("centos-release", "centos"),
    ("centos-linux-release", "centos"),
    ("centos-stream-release", "centos"),
    ("fedora-release-common", "fedora"),
    ("oraclelinux-release", "ol"),
    ("redhat-release", "rhel"),
    ("redhat-release-server", "rhel"),
    ("rocky-release", "rocky"),
    ("alpine-release", "alpine"),
];

/// Version with which `base-files` came out in each long-supported release of Ubuntu; updates add a number
/// behind a dot (`13ubuntu10.2`). Others have the same number and another count of Ubuntu's.
const UBUNTU_BASE: [(&str, &str); 6] = [
    ("7.2ubuntu5", "14.04"),
    ("9.4ubuntu4", "16.04"),
    ("10.1ubuntu2", "18.04"),
    ("11ubuntu5", "20.04"),
    ("12ubuntu4", "22.04"),
    ("13ubuntu10", "24.04"),
];

/// Distributions that something names and the list does not. Oracle ships Red Hat's package beside
/// its own, so what is named by one of several is enough. `reported` are those that other evidence of
/// the host names.
pub fn other_distributions(inventory: &Inventory, reported: &[Distribution]) -> Vec<Distribution> {
    let own = of_inventory(inventory);
    let named = by_packages(inventory);
    let mut others: Vec<Distribution> = if named.iter().any(|d| is_same(&own, d)) {
        Vec::new()
    } else {
        named
    };
    let reported = reported.iter().filter(|d| !d.name.is_empty());
    others.extend(reported.filter(|d| !is_same(&own, d)).cloned());
    others.sort();
    others.dedup();
    others
}

/// Whether the list's release is one that is known here, and its versions are ordered as that
/// distribution orders them.
pub fn is_known_release(inventory: &Inventory) -> bool {
    is_ordered(inventory) && eol::support(&os_release(inventory)).is_some()
}

/// Whether the list's versions are ordered as its distribution orders them. Where the family is not
/// known by the name alone, nothing speaks against it.
pub fn is_ordered(inventory: &Inventory) -> bool {
    match os_release(inventory).package_system() {
        PackageSystem::Dpkg => inventory.scheme == Scheme::Dpkg,
        PackageSystem::Rpm => inventory.scheme == Scheme::Rpm,
        PackageSystem::Apk => inventory.scheme == Scheme::Apk,
        PackageSystem::Other => true,
    }
}

fn os_release(inventory: &Inventory) -> OsRelease {
    OsRelease {
        id: inventory.os.clone(),
        version: inventory.os_version.clone(),
        ..OsRelease::default()
    }
}

/// Whether the list holds the package manager itself. One without it was emptied or made up.
pub fn lists_manager(inventory: &Inventory) -> bool {
    let manager = match inventory.scheme {
        Scheme::Dpkg => "dpkg",
        Scheme::Rpm => "rpm",
        Scheme::Apk => "apk-tools",
    };
    inventory.packages.iter().any(|p| p.name == manager)
}

/// An empty release of either says nothing.
fn is_same(a: &Distribution, b: &Distribution) -> bool {
    let release = a.release == b.release || a.release.is_empty() || b.release.is_empty();
    a.name == b.name && release
}

fn by_packages(inventory: &Inventory) -> Vec<Distribution> {
    let named = |package: &crate::facts::inventory::Installed| match inventory.scheme {
        Scheme::Dpkg if package.name == "base-files" => base_files(&package.version),
        Scheme::Dpkg => None,
        Scheme::Rpm | Scheme::Apk => {
            let mut all = RELEASE_PACKAGES.iter();
            let (_, id) = all.find(|(name, _)| *name == package.name)?;
            let version = package.version.rsplit(':').next().unwrap_or_default();
            let version = version.split('-').next().unwrap_or_default();
            Some(Distribution::new(id, version))
        }
    };
    inventory.packages.iter().filter_map(named).collect()
}

/// `12.4+deb12u5` is of Debian 12; `12ubuntu4.6` of Ubuntu 22.04, `14ubuntu1` of some Ubuntu; derivatives
/// have words of their own.
fn base_files(version: &str) -> Option<Distribution> {
    if version.contains("ubuntu") {
        let of = |(base, _): &&(&str, &str)| {
            let rest = version.strip_prefix(base);
            rest.is_some_and(|r| r.is_empty() || r.starts_with('.'))
        };
        let release = UBUNTU_BASE.iter().find(of).map_or("", |(_, r)| r);
        return Some(Distribution::new("ubuntu", release));
    }
    let (number, rest) = version.split_at(version.find('+').unwrap_or(version.len()));
    let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let debian = rest.is_empty() || rest.starts_with("+deb");
    (plain && debian && !number.is_empty()).then(|| Distribution::new("debian", number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::inventory::Installed;

    fn list(scheme: Scheme, os: &str, version: &str, packages: &[(&str, &str)]) -> Inventory {
        let one = |(name, version): &(&str, &str)| Installed {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
            ..Installed::default()
        };
        Inventory {
            scheme,
            os: os.to_owned(),
            os_version: version.to_owned(),
            kernel: String::new(),
            kernel_build: String::new(),
            channels: Vec::new(),
            packages: packages.iter().map(one).collect(),
        }
    }

    fn others(list: &Inventory, reported: &[Distribution]) -> Vec<String> {
        let all = other_distributions(list, reported);
        all.iter()
            .map(|d| format!("{} {}", d.name, d.release))
            .collect()
    }

    #[test]
    fn the_packages_say_whose_they_are() {
        let cases = [
            ("dpkg debian 12 base-files 12.4+deb12u5", ""),
            ("dpkg debian 11 base-files 12.4+deb12u5", "debian 12"),
            ("dpkg unknown - base-files 13.8", "debian 13"),
            ("dpkg ubuntu 22.04 base-files 12ubuntu4.6", ""),
            ("dpkg debian 12 base-files 12ubuntu4.6", "ubuntu 22.04"),
            ("dpkg debian 12 base-files 99ubuntu1", "ubuntu "),
            // One line of os-release picks no other advisories.
            ("dpkg ubuntu 22.04 base-files 13ubuntu10", "ubuntu 24.04"),
            ("dpkg ubuntu 22.04 base-files 11ubuntu5.8", "ubuntu 20.04"),
            ("dpkg ubuntu 24.04 base-files 13ubuntu10.2", ""),
            // The number of 24.04, and another release.
            ("dpkg ubuntu 23.10 base-files 13ubuntu2.1", ""),
            ("dpkg devuan 5 base-files 12.4devuan3", ""),
            ("rpm almalinux 9.4 almalinux-release 9.5-1.el9", ""),
            ("rpm fedora 40 rocky-release 0:9.4-1.el9", "rocky 9"),
            // Oracle ships Red Hat's package beside its own.
            (
                "rpm ol 8.9 oraclelinux-release 8:8.9-1.el8 redhat-release 3:8.9-1.el8",
                "",
            ),
            ("apk alpine 3.20.3 alpine-release 3.20.3-r0", ""),
        ];
        for (line, expected) in cases {
            let words: Vec<&str> = line.split(' ').collect();
            let scheme: Scheme = serde_json::from_value(words[0].into()).unwrap();
            let packages: Vec<(&str, &str)> = words[3..].chunks(2).map(|p| (p[0], p[1])).collect();
            let list = list(scheme, words[1], words[2].trim_matches('-'), &packages);
            assert_eq!(others(&list, &[]).join(", "), expected, "{line}");
        }
    }

    #[test]
    fn other_evidence_counts_too_and_what_nobody_knows_is_not_known() {
        let debian = list(Scheme::Dpkg, "debian", "12", &[]);
        assert_eq!(
            others(&debian, &[Distribution::new("debian", "12.5")]),
            [""; 0]
        );
        assert_eq!(others(&debian, &[Distribution::new("", "")]), [""; 0]);
        let ubuntu = Distribution::new("ubuntu", "22.04");
        assert_eq!(others(&debian, &[ubuntu.clone(), ubuntu]), ["ubuntu 22.04"]);
        assert!(is_known_release(&debian) && !lists_manager(&debian));
        for (scheme, os, version) in [
            (Scheme::Rpm, "debian", "12"),
            (Scheme::Dpkg, "debian", "99"),
            (Scheme::Dpkg, "unknown", ""),
        ] {
            assert!(!is_known_release(&list(scheme, os, version, &[])), "{os}");
        }
        assert!(lists_manager(&list(
            Scheme::Apk,
            "alpine",
            "3.20",
            &[("apk-tools", "1")]
        )));
    }
}
