//! Feeds from their files: each kind, plain and packed, and files that mean harm.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use capdo_checks::advisories::{Distribution, Fix};
use capdo_collector::{
    clock::{Clock, SystemClock},
    feeds::{FeedError, Import, Kind, Outcome, Request, count},
    store::{Scope, Store, advisory, audit, feed},
};
use tempfile::TempDir;

pub(crate) fn now() -> i64 {
    SystemClock.now_ms()
}

pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/feeds")
        .join(name)
}

pub(crate) async fn import(store: &Store, kind: Kind, path: &Path) -> Result<Outcome, FeedError> {
    import_as(store, kind, path, false).await
}

pub(crate) async fn import_as(
    store: &Store,
    kind: Kind,
    path: &Path,
    may_shrink: bool,
) -> Result<Outcome, FeedError> {
    let request = Request {
        kind,
        path,
        sha256: None,
        dated_at: None,
        may_shrink,
        actor: "test",
    };
    Import::new(store.clone(), now())
        .run(&request, |_| {})
        .await
}

pub(crate) async fn open() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    (dir, store)
}

/// What counts for a package, as `advisory fixed module channel`.
pub(crate) async fn fixes(store: &Store, distro: (&str, &str), package: &str) -> Vec<String> {
    let mut db = store.read().await.unwrap();
    let of = Distribution::new(distro.0, distro.1);
    let names = BTreeSet::from([package.to_owned()]);
    let found = advisory::fixes(&mut db, &of, &names, &HashSet::new())
        .await
        .unwrap();
    let shown = |f: &Fix| {
        let parts = [&f.advisory, &f.fixed, &f.module, &f.channel].map(String::as_str);
        parts.join(" ").trim_end().to_owned()
    };
    let mut all: Vec<String> = found.values().flatten().map(shown).collect();
    all.sort();
    all
}

pub(crate) fn gzip(name: &str, bytes: &[u8], dir: &Path) -> PathBuf {
    let path = dir.join(name);
    let file = fs::File::create(&path).unwrap();
    let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap();
    path
}

fn bzip(name: &str, bytes: &[u8], dir: &Path) -> PathBuf {
    let path = dir.join(name);
    let file = fs::File::create(&path).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(file, bzip2::Compression::default());
    bz.write_all(bytes).unwrap();
    bz.finish().unwrap();
    path
}

pub(crate) fn zip_of(path: &Path, files: &[(&str, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// A store into which a sample of every kind was imported.
async fn every_kind() -> (TempDir, Store) {
    let (dir, store) = open().await;
    for (kind, path) in [
        (Kind::Osv, sample("osv")),
        (Kind::DebianTracker, sample("debian-tracker.json")),
        (Kind::DebianList, sample("dsa-list")),
        (Kind::Csaf, sample("csaf.json")),
        (
            Kind::Oval,
            bzip(
                "rhel-9.oval.xml.bz2",
                &fs::read(sample("oval.xml")).unwrap(),
                dir.path(),
            ),
        ),
        (Kind::Kev, sample("kev.json")),
        (
            Kind::Epss,
            gzip(
                "epss.csv.gz",
                &fs::read(sample("epss.csv")).unwrap(),
                dir.path(),
            ),
        ),
    ] {
        let done = import(&store, kind, &path).await.unwrap();
        let Outcome::Imported(feed) = done else {
            panic!("{kind:?}")
        };
        assert!(feed.records > 0 && feed.dated_at.is_some(), "{feed:?}");
    }
    (dir, store)
}

#[tokio::test(flavor = "multi_thread")]
async fn debians_data_is_read() {
    let (_dir, store) = every_kind().await;
    let debian = ("debian", "12");
    assert_eq!(
        fixes(&store, debian, "openssh").await,
        [
            "CVE-2023-48795 1:9.2p1-2+deb12u2",
            "CVE-2024-6387 1:9.2p1-2+deb12u3",
            "DSA-5724-1 1:9.2p1-2+deb12u3",
        ],
        "open, postponed and unimportant ones are no fixes"
    );
    assert_eq!(
        fixes(&store, ("debian", "11"), "openssh").await,
        ["CVE-2023-48795 1:8.4p1-5+deb11u3"]
    );
    assert!(
        fixes(&store, ("debian", "11"), "openssl").await.is_empty(),
        "not affected"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_the_rhel_family_is_read() {
    let (_dir, store) = every_kind().await;
    assert_eq!(
        fixes(&store, ("almalinux", "9.4"), "openssl").await[0],
        "ALSA-2022:6224 1:3.0.1-41.el9_0"
    );
    let nodejs = fixes(&store, ("almalinux", "9"), "nodejs").await;
    assert!(
        nodejs
            .iter()
            .all(|f| f.contains(".module_el9") && f.ends_with(" nodejs:18")),
        "{nodejs:?}"
    );
    assert_eq!(
        fixes(&store, ("rhel", "9"), "openssl-libs").await,
        [
            "CVE-2023-5363 1:3.0.7-18.el9_2.1  eus",
            "RHSA-2024:0310 1:3.0.7-25.el9_3", // as the VEX document names it
            "RHSA-2024:0310 1:3.0.7-25.el9_3",
        ]
    );
    assert_eq!(
        fixes(&store, ("rhel", "9"), "nodejs").await,
        ["RHSA-2024:1444 1:16.20.2-4.module+el9.3.0+21388+aaa nodejs:16"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_are_read_and_imports_are_written_down() {
    let (_dir, store) = every_kind().await;
    let mut db = store.read().await.unwrap();
    assert!(
        advisory::exploited(&mut db)
            .await
            .unwrap()
            .contains("CVE-2023-4911")
    );
    let cves = BTreeSet::from(["CVE-2023-4911".to_owned()]);
    assert_eq!(
        advisory::probability(&mut db, &cves).await.unwrap()["CVE-2023-4911"],
        6_100
    );
    let kev = 1_756_141_459_979; // 2025-08-25T17:04:19.979Z, as the catalogue says
    assert_eq!(feed::dated(&mut db, "kev").await.unwrap(), Some(kev));
    let log = audit::list(&mut db, &Scope::All, None, 10).await.unwrap();
    assert_eq!(log.iter().filter(|e| e.action == "feed.import").count(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_give_what_their_folder_gives() {
    let (dir, store) = open().await;
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(sample("osv"))
        .unwrap()
        .map(|e| e.unwrap())
        .map(|e| {
            (
                e.file_name().into_string().unwrap(),
                fs::read(e.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    let zip = dir.path().join("all.zip");
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
    zip_of(&zip, &named);
    let Outcome::Imported(of_zip) = import(&store, Kind::Osv, &zip).await.unwrap() else {
        panic!()
    };
    let Outcome::Imported(of_dir) = import(&store, Kind::Osv, &sample("osv")).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        (of_zip.records, of_zip.dated_at),
        (of_dir.records, of_dir.dated_at)
    );

    let mut tar = tar::Builder::new(Vec::new());
    let csaf = fs::read(sample("csaf.json")).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(csaf.len() as u64);
    header.set_cksum();
    tar.append_data(&mut header, "2023/cve-2023-5363.json", csaf.as_slice())
        .unwrap();
    let path = gzip("csaf.tar.gz", &tar.into_inner().unwrap(), dir.path());
    let Outcome::Imported(feed) = import(&store, Kind::Csaf, &path).await.unwrap() else {
        panic!()
    };
    assert!(feed.whole && feed.records == 1);
}

/// GNU's and POSIX's way to give an entry a name of more than 100 bytes.
#[test]
fn long_names_of_a_tar_are_read() {
    let dir = TempDir::new().unwrap();
    let csaf = fs::read(sample("csaf.json")).unwrap();
    let name = format!("{}/a.json", "d".repeat(120));
    for posix in [false, true] {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(csaf.len() as u64);
        header.set_cksum();
        if posix {
            let told = [("path", name.as_bytes())];
            tar.append_pax_extensions(told).unwrap();
            tar.append_data(&mut header, "short", csaf.as_slice())
                .unwrap();
        } else {
            let mut header = tar::Header::new_gnu();
            header.set_size(csaf.len() as u64);
            header.set_cksum();
            tar.append_data(&mut header, &name, csaf.as_slice())
                .unwrap();
        }
        let path = gzip("long.tar.gz", &tar.into_inner().unwrap(), dir.path());
        assert_eq!(count(Kind::Csaf, &path).unwrap(), 1, "posix: {posix}");
    }
}

/// An archive whose entry for a long name holds that much.
fn tar_of_name(size: usize) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(size as u64);
    header.set_cksum();
    tar.append(&header, vec![b'a'; size].as_slice()).unwrap();
    tar.into_inner().unwrap()
}

/// The beginning of a file of Ubuntu's.
const UBUNTU_OVAL: &[u8] = b"<oval_definitions><definitions>\
    <definition id=\"oval:com.ubuntu.noble:def:77861000000\" version=\"1\" class=\"patch\"/>\
    </definitions></oval_definitions>";

/// Files that mean harm or are broken, and what is said of them.
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn hostile(dir: &Path) -> Vec<(Kind, PathBuf, &'static str)> {
    let at = |name: &str| dir.join(name);
    let put = |name: &str, bytes: &[u8]| {
        fs::write(at(name), bytes).unwrap();
        at(name)
    };
    let bomb = at("bomb.zip");
    zip_of(&bomb, &[("a.json", vec![b' '; 400 << 20])]);
    let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(5 << 20));
    vec![
        (Kind::Osv, bomb, "unpacks"),
        (Kind::Osv, put("deep.json", deep.as_bytes()), "nested"),
        (Kind::Osv, put("long.json", long.as_bytes()), "4 MiB"),
        (Kind::Osv, put("none.json", b""), "EOF"),
        (Kind::Osv, put("not.zip", b"PK\x03\x04garbage"), "imported"),
        (Kind::DebianTracker, put("list.json", b"[1,2]"), "tracker"),
        (
            Kind::DebianTracker,
            put("half.json", b"{\"a\":{\"CVE-1\":{}"),
            "EOF",
        ),
        (
            Kind::DebianTracker,
            put("deep-tracker.json", deep.as_bytes()),
            "imported",
        ),
        (Kind::Kev, put("kev.json", b"{\"a\":1}"), "vulnerabilities"),
        (
            Kind::Epss,
            put("epss.csv", b"cve,epss\nCVE-1,0.1\n"),
            "score_date",
        ),
        (
            Kind::Oval,
            put("x.xml", b"<html></html>"),
            "oval_definitions",
        ),
        (
            Kind::Oval,
            put("com.ubuntu.noble.usn.oval.xml", UBUNTU_OVAL),
            "import their OSV records",
        ),
        (
            Kind::Oval,
            put("bad.xml.bz2", b"BZh9broken-broken"),
            "imported",
        ),
        (
            Kind::Epss,
            gzip("bomb.gz", &vec![b'\n'; 300 << 20], dir),
            "score_date",
        ),
        (
            Kind::Csaf,
            put("csaf.json", b"{\"document\":{}}"),
            "tracking",
        ),
        (
            Kind::Csaf,
            gzip("name.tar.gz", &tar_of_name(100 << 10), dir),
            "64 KiB",
        ),
        (Kind::Osv, at("absent.json"), "No such file"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_are_refused_with_a_sentence() {
    let (dir, store) = open().await;
    let cases = hostile(dir.path());
    for (kind, path, says) in cases {
        let error = import(&store, kind, &path).await.unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains(says) && said.len() < 600,
            "{}: {said}",
            path.display()
        );
    }
    let list = dir.path().join("list");
    fs::write(&list, "hello\n").unwrap();
    let nothing = import(&store, Kind::DebianList, &list).await.unwrap_err();
    assert!(matches!(nothing, FeedError::Empty(_)), "{nothing}");
    let mut db = store.read().await.unwrap();
    assert_eq!(
        feed::revision(&mut db).await.unwrap(),
        (0, 0),
        "nothing counts"
    );
}
