//! Matching against debsecan, on this very machine: one made-up history of holes in what is installed
//! here, as a file of Debian's tracker for us and as debsecan's own list for debsecan.

#![expect(
    clippy::disallowed_methods,
    reason = "compares with what debsecan itself says"
)]

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    io::Write as _,
    path::Path,
    process::Command,
};

use capdo_checks::{
    advisories::{find_open, names, of_inventory},
    context::Cx,
    facts::{inventory::Inventory, versions::dpkg},
    host::Image,
    settings::Settings,
};
use capdo_collector::{
    feeds::Kind,
    store::{Store, advisory},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::feeds::import;

/// A hole and the source package that has it.
type Hole = (String, String);

/// What is said of one hole.
struct Told {
    source: String,
    cve: String,
    /// The version that closes it; `0` where the release never had it, none where nothing closes it.
    fixed: Option<String>,
}

/// Holes in every installed source but the kernel's: debsecan counts its headers, we what runs.
fn history(inventory: &Inventory) -> Vec<Told> {
    let mut installed: BTreeMap<&str, &str> = BTreeMap::new();
    for package in &inventory.packages {
        if !package.source.starts_with("linux") {
            installed.insert(&package.source, &package.source_version);
        }
    }
    let mut told = Vec::new();
    for (n, (source, version)) in installed.into_iter().enumerate() {
        let plain = version.split_once(':').map_or(version, |(_, v)| v);
        let versions = [
            Some(version.to_owned()),
            Some(format!("{version}+deb12u9")),
            Some(format!("{version}~")),
            Some(format!("{version}~deb12u1")),
            Some(format!("{version}+b1")),
            Some(format!("9:{plain}")),
            Some(plain.to_owned()),
            Some("0".to_owned()),
            Some("0~1".to_owned()),
            None,
        ];
        // Not every source has every sort, and some have none.
        for (m, fixed) in versions.into_iter().enumerate() {
            if (n + m) % 3 != 0 && n % 7 != 0 {
                let cve = format!("CVE-2026-{}", 10_000 + n * 10 + m);
                let source = source.to_owned();
                told.push(Told { source, cve, fixed });
            }
        }
    }
    told
}

/// As the tracker's JSON has it.
fn tracker(told: &[Told]) -> Value {
    let mut all = Map::new();
    for t in told {
        let release = match &t.fixed {
            Some(fixed) => json!({"status": "resolved", "fixed_version": fixed, "urgency": "low"}),
            None => json!({"status": "open", "urgency": "not yet assigned"}),
        };
        let holes = all.entry(&t.source).or_insert_with(|| json!({}));
        holes[&t.cve] = json!({"description": "d", "releases": {"bookworm": release}});
    }
    Value::Object(all)
}

/// As debsecan's list has it: the names of the holes, then for each the fixed version and whether a fix
/// is to be had. What the release never had does not stand there.
fn list(told: &[Told]) -> String {
    let mut text = String::from("VERSION 1\n");
    for t in told {
        text += &format!("{},,d\n", t.cve);
    }
    text.push('\n');
    for (n, t) in told.iter().enumerate() {
        let is_had = if t.fixed.is_some() { 'F' } else { ' ' };
        let fixed = t.fixed.as_deref().unwrap_or_default();
        if fixed != "0" {
            text += &format!("{},{n},S ?{is_had},{fixed},\n", t.source);
        }
    }
    text + "\n\n"
}

fn theirs(dir: &Path, told: &[Told], inventory: &Inventory) -> BTreeSet<Hole> {
    let file = fs::File::create(dir.join("bookworm")).unwrap();
    let mut packed = flate2::write::ZlibEncoder::new(file, flate2::Compression::fast());
    packed.write_all(list(told).as_bytes()).unwrap();
    packed.finish().unwrap();
    let source = format!("file://{}", dir.display());
    let args = ["--suite", "bookworm", "--source", &source];
    let output = Command::new("debsecan")
        .args(args)
        .args(["--format", "simple", "--only-fixed"])
        .output()
        .unwrap_or_else(|e| panic!("debsecan: {e} (tests/run installs it)"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "debsecan: {errors}");
    let of: BTreeMap<&str, &str> = inventory
        .packages
        .iter()
        .map(|p| (p.name.as_str(), p.source.as_str()))
        .collect();
    let line = |l: &str| {
        let (cve, binary) = l.split_once(' ')?;
        Some((cve.to_owned(), (*of.get(binary)?).to_owned()))
    };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter_map(line).collect()
}

async fn ours(dir: &Path, told: &[Told], inventory: &Inventory) -> BTreeSet<Hole> {
    let path = dir.join("tracker.json");
    fs::write(&path, tracker(told).to_string()).unwrap();
    let folder = dir.join("store");
    fs::create_dir(&folder).unwrap();
    let store = Store::open(&folder).await.unwrap();
    import(&store, Kind::DebianTracker, &path).await.unwrap();
    let mut db = store.read().await.unwrap();
    let of = of_inventory(inventory);
    let (names, attacked) = (names(inventory), HashSet::new());
    let found = advisory::fixes(&mut db, &of, &names, &attacked).await;
    let fixes: Vec<_> = found.unwrap().into_values().flatten().collect();
    let open = find_open(inventory, &fixes).open;
    let holes = open.iter().flat_map(|o| {
        let each = o.cves.iter().chain(&o.advisories);
        each.map(|cve| (cve.clone(), o.package.clone()))
    });
    holes.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_what_debsecan_says() {
    let image = Image::open(Path::new("/"), Timestamp::UNIX_EPOCH).unwrap();
    let settings = Settings::default();
    let inventory = Cx::new(&image, &settings).get::<Inventory>().unwrap();
    assert_eq!(
        inventory.os_version, "12",
        "this test is written for Debian 12"
    );
    let told = history(&inventory);
    let dir = tempfile::tempdir().unwrap();
    let theirs = theirs(dir.path(), &told, &inventory);
    let ours = ours(dir.path(), &told, &inventory).await;
    println!(
        "holes {}, open {}, debsecan {}",
        told.len(),
        ours.len(),
        theirs.len()
    );
    let only_ours: Vec<_> = ours.difference(&theirs).take(9).collect();
    let only_theirs: Vec<_> = theirs.difference(&ours).take(9).collect();
    assert!(
        only_ours.is_empty() && only_theirs.is_empty(),
        "{only_ours:?}\n{only_theirs:?}"
    );
    assert!(ours.len() > 100 && ours.len() < told.len() / 2);
    // The order of versions decides, not which of two rows came last.
    let newest = |t: &Told| {
        t.fixed
            .as_deref()
            .is_some_and(|f| dpkg::compare(f, "9:0").is_ge())
    };
    let newest = told.iter().filter(|t| newest(t));
    assert!(newest.count() > 10);
}
