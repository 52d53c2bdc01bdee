//! What stands in for hosts and for what distributions say.

mod matching;
mod story;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Fix, Group, find_open, find_open_in};
use crate::facts::{
    inventory::{Installed, Inventory},
    versions::Scheme,
};

fn at(date: &str) -> Timestamp {
    format!("{date}T00:00:00Z").parse().unwrap()
}

/// `name version arch source source_version`.
fn deb(line: &str) -> Installed {
    let mut words = line.split(' ').map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    Installed {
        name: word(),
        version: word(),
        arch: word(),
        source: word(),
        source_version: word(),
        ..Installed::default()
    }
}

/// `name version arch source vendor module`; `-` for none.
fn rpm(line: &str) -> Installed {
    let words: Vec<&str> = line.split(' ').collect();
    let or_none = |at: usize| {
        words
            .get(at)
            .filter(|w| **w != "-")
            .map(|w| w.replace('_', " "))
    };
    Installed {
        name: words[0].to_owned(),
        version: words[1].to_owned(),
        arch: words[2].to_owned(),
        source: words[3].to_owned(),
        source_version: words[1].to_owned(),
        vendor: or_none(4).unwrap_or_default(),
        module: or_none(5).unwrap_or_default(),
    }
}

fn host(
    scheme: Scheme,
    os: &str,
    version: &str,
    kernel: &str,
    packages: Vec<Installed>,
) -> Inventory {
    Inventory {
        scheme,
        os: os.into(),
        os_version: version.into(),
        kernel: kernel.into(),
        kernel_build: String::new(),
        channels: Vec::new(),
        packages,
    }
}

fn debian(kernel: &str, lines: &[&str]) -> Inventory {
    host(
        Scheme::Dpkg,
        "debian",
        "12",
        kernel,
        lines.iter().map(|l| deb(l)).collect(),
    )
}

fn alma(kernel: &str, lines: &[&str]) -> Inventory {
    host(
        Scheme::Rpm,
        "almalinux",
        "9.4",
        kernel,
        lines.iter().map(|l| rpm(l)).collect(),
    )
}

fn fix(package: &str, fixed: &str, by_source: bool) -> Fix {
    Fix {
        advisory: "A-1".into(),
        cves: vec!["CVE-2024-1".into()],
        package: package.into(),
        by_source,
        fixed: fixed.into(),
        ..Fix::default()
    }
}

/// Package, installed or running version, and state of what is open.
fn open(inventory: &Inventory, fixes: &[Fix]) -> Vec<String> {
    let found = find_open(inventory, fixes);
    let mut by_package: BTreeMap<&str, Vec<Fix>> = BTreeMap::new();
    for fix in fixes {
        by_package
            .entry(&fix.package)
            .or_default()
            .push(fix.clone());
    }
    let groups: Vec<Group> = by_package
        .into_values()
        .flat_map(|fixes| Group::all(inventory.scheme, fixes))
        .collect();
    assert_eq!(find_open_in(inventory, &groups), found, "grouped");
    found
        .open
        .iter()
        .map(|o| format!("{} {} {:?}", o.package, o.installed, o.state))
        .collect()
}
