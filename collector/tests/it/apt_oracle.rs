//! Matching against apt itself, on this very machine: the list of security fixes that apt fetched, as
//! a file of Debian's tracker, must leave open what apt would upgrade from it.

#![expect(
    clippy::disallowed_methods,
    reason = "compares with what apt itself says"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use capdo_checks::{
    advisories::{Fix, Group, find_open, find_open_in},
    context::Cx,
    facts::{
        inventory::Inventory,
        versions::{Scheme, dpkg},
    },
    host::Image,
    settings::Settings,
};
use jiff::Timestamp;

/// What a program of the machine says.
fn says(program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.env("LC_ALL", "C").args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The stanzas of the security lists that apt holds.
fn security() -> Vec<BTreeMap<String, String>> {
    let lists = std::fs::read_dir("/var/lib/apt/lists").unwrap();
    let paths = lists.map(|l| l.unwrap().path().to_string_lossy().into_owned());
    let paths: Vec<String> = paths
        .filter(|p| p.contains("security") && p.contains("_Packages"))
        .collect();
    assert!(
        !paths.is_empty(),
        "no security list: run apt-get update first"
    );
    let mut args = vec!["cat-file"];
    args.extend(paths.iter().map(String::as_str));
    let text = says("/usr/lib/apt/apt-helper", &args);
    let field = |line: &str| {
        let (key, value) = line.split_once(": ")?;
        Some((key.to_owned(), value.to_owned()))
    };
    let stanzas = text.split("\n\n").filter(|s| !s.trim().is_empty());
    stanzas
        .map(|s| s.lines().filter_map(field).collect())
        .collect()
}

/// `name (version)` of a Source field; the binary's own where it has none.
fn source(stanza: &BTreeMap<String, String>) -> (String, String) {
    let own = (stanza["Package"].clone(), stanza["Version"].clone());
    match stanza.get("Source").map(|s| s.split_once(" (").ok_or(s)) {
        None => own,
        Some(Err(name)) => (name.clone(), own.1),
        Some(Ok((name, version))) => (name.to_owned(), version.trim_end_matches(')').to_owned()),
    }
}

/// Kernels are left out: apt counts what is installed, advisories what runs.
#[expect(
    clippy::too_many_lines,
    reason = "one story, told from beginning to end"
)]
#[test]
fn what_is_open_is_what_apt_would_upgrade_from_security() {
    let image = Image::open(std::path::Path::new("/"), Timestamp::UNIX_EPOCH).unwrap();
    let settings = Settings::default();
    let inventory = Cx::new(&image, &settings).get::<Inventory>().unwrap();
    assert_eq!(inventory.os, "debian", "this test is written for Debian");
    let stanzas = security();
    let mut newest: BTreeMap<String, String> = BTreeMap::new();
    for stanza in &stanzas {
        let (name, version) = source(stanza);
        let known = newest.entry(name).or_insert_with(|| version.clone());
        if dpkg::compare(&version, known).is_gt() {
            *known = version;
        }
    }
    let fixes: Vec<Fix> = newest
        .iter()
        .map(|(package, fixed)| Fix {
            advisory: format!("DSA-{package}"),
            package: package.clone(),
            by_source: true,
            fixed: fixed.clone(),
            ..Fix::default()
        })
        .collect();
    let found = find_open(&inventory, &fixes);
    let one = |fix: &Fix| Group::all(Scheme::Dpkg, vec![fix.clone()]);
    let groups: Vec<Group> = fixes.iter().flat_map(one).collect();
    assert_eq!(find_open_in(&inventory, &groups), found);
    let ours: BTreeSet<&str> = found.open.iter().map(|o| o.package.as_str()).collect();

    // apt names binaries, and the archive of its candidate alone.
    let upgradable = says("apt", &["list", "--upgradable"]);
    let mut theirs = BTreeSet::new();
    for line in upgradable
        .lines()
        .filter(|l| l.contains("[upgradable from"))
    {
        let (name, rest) = line.split_once('/').unwrap();
        let archives = rest.split(' ').next().unwrap();
        if archives.contains("-security") {
            let of = inventory.packages.iter().find(|p| p.name == name).unwrap();
            theirs.insert(of.source.as_str());
        }
    }
    let is_kernel = |source: &&&str| source.starts_with("linux");
    theirs.retain(|s| !is_kernel(&s));
    let ours: BTreeSet<&str> = ours.iter().filter(|s| !is_kernel(s)).copied().collect();
    println!("open {}, apt {}: {ours:?}", ours.len(), theirs.len());
    let missed: Vec<_> = theirs.difference(&ours).collect();
    assert!(
        missed.is_empty(),
        "apt would upgrade and we call closed: {missed:?}"
    );
    // A fix that hides behind a newer version from elsewhere is open for us and not "security" for apt;
    // but apt must have an upgrade for it.
    for package in ours.difference(&theirs) {
        let binaries = inventory.packages.iter().filter(|p| p.source == *package);
        let waits = |name: &str| {
            upgradable
                .lines()
                .any(|l| l.starts_with(&format!("{name}/")))
        };
        let hidden = binaries.clone().any(|p| waits(&p.name));
        assert!(hidden, "{package} is open and apt has nothing newer for it");
        println!("only we call it open: {package}, which waits behind a newer version");
    }
}
