//! rpm's databases as we read them, against rpm itself.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; its oracles are programs"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use capdo_checks::{
    Gap,
    context::Cx,
    facts::{inventory::Inventory, rpmdb::RpmDb, versions::Scheme},
    host::Image,
    settings::Settings,
};
use jiff::Timestamp;

use super::rpm::run;

/// One source that makes many packages: epochs, odd versions, vendors, modules, and heads of very
/// different length, from one page to hundreds.
fn spec(count: usize) -> String {
    let mut text = String::from(
        "Name: big\nVersion: 1.0~rc1\nRelease: 1.el9\nSummary: s\nLicense: x\nVendor: Ngân Hà, Inc.\n\
         ModularityLabel: nodejs:18:8090020231130:rhel9\nBuildArch: noarch\n%description\nd\n%files\n",
    );
    for n in 0..count {
        let epoch = if n % 3 == 0 {
            format!("Epoch: {n}\n")
        } else {
            String::new()
        };
        text.push_str(&format!(
            "%package -n p{n}\nSummary: s\n{epoch}Version: {n}.2^git{n}\nRelease: {n}.el9_3\n%description -n p{n}\n"
        ));
        let length = if n % 50 == 7 {
            400_000
        } else {
            (n * 97) % 9_000
        };
        text.push_str(&"lorem ipsum ".repeat(length / 12 + 1));
        text.push_str(&format!("\n%files -n p{n}\n"));
    }
    text
}

/// A root whose rpm database holds these packages.
fn root(dir: &Path) -> PathBuf {
    let root = dir.join("root");
    let top = format!("_topdir {}", dir.display());
    fs::create_dir_all(root.join("var/lib/rpm")).unwrap();
    fs::write(dir.join("big.spec"), spec(220)).unwrap();
    run(
        "rpmbuild",
        &[
            "-bb",
            "--quiet",
            "--define",
            &top,
            &dir.join("big.spec").to_string_lossy(),
        ],
    );
    let built = fs::read_dir(dir.join("RPMS/noarch")).unwrap();
    let files: Vec<String> = built
        .map(|e| e.unwrap().path().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files.len(), 221);
    let root_arg = root.to_string_lossy().into_owned();
    let mut args = vec!["--root", &root_arg, "--dbpath", "/var/lib/rpm"];
    args.extend(["-i", "--justdb", "--nodeps", "--nosignature"]);
    args.extend(files.iter().map(String::as_str));
    run("rpm", &args);
    // Holes in the file: what was removed leaves free pages behind.
    let gone: Vec<String> = (0..220).step_by(9).map(|n| format!("p{n}")).collect();
    let mut args = vec![
        "--root",
        &root_arg,
        "--dbpath",
        "/var/lib/rpm",
        "-e",
        "--justdb",
        "--nodeps",
    ];
    args.extend(gone.iter().map(String::as_str));
    run("rpm", &args);
    root
}

fn read(root: &Path) -> Result<Vec<String>, Gap> {
    let image = Image::open(root, Timestamp::UNIX_EPOCH).unwrap();
    let settings = Settings::default();
    let cx = Cx::new(&image, &settings);
    let db = cx.get::<RpmDb>()?;
    let or_none = |text: &str| {
        if text.is_empty() {
            "(none)".to_owned()
        } else {
            text.to_owned()
        }
    };
    let mut all: Vec<String> = db
        .packages
        .iter()
        .map(|p| {
            let fields = [
                p.name.clone(),
                p.epoch.to_string(),
                p.version.clone(),
                p.release.clone(),
                p.arch.clone(),
                p.installed.to_string(),
                or_none(&p.vendor),
                or_none(&p.source_rpm),
                or_none(&p.module),
            ];
            fields.join("\t")
        })
        .collect();
    all.sort();
    Ok(all)
}

/// The same as rpm has it.
fn theirs(root: &Path) -> Vec<String> {
    let format = "%{NAME}\t%{EPOCHNUM}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{INSTALLTIME}\t%{VENDOR}\t%{SOURCERPM}\t%{MODULARITYLABEL}\n";
    let root = root.to_string_lossy();
    let args = ["--root", &root, "--dbpath", "/var/lib/rpm", "-qa", "--qf"];
    let text = run("rpm", &[&args[..], &[format]].concat());
    let mut all: Vec<String> = text.lines().map(str::to_owned).collect();
    all.sort();
    all
}

#[test]
fn the_database_reads_as_rpm_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let root = root(dir.path());
    let ours = read(&root).unwrap();
    let theirs = theirs(&root);
    assert_eq!(ours.len(), 196);
    assert_eq!(ours, theirs);

    the_inventory_is_that_of_the_database(&root);
    odd_journals_are_gaps(&root);
    a_waiting_transaction_is_read(dir.path(), &root);
    damage_neither_crashes_nor_hangs(&root);
}

fn the_inventory_is_that_of_the_database(root: &Path) {
    let image = Image::open(root, Timestamp::UNIX_EPOCH).unwrap();
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::write(
        root.join("etc/os-release"),
        "ID=rocky\nID_LIKE=rhel\nVERSION_ID=9.6\n",
    )
    .unwrap();
    let settings = Settings::default();
    let inventory = Cx::new(&image, &settings).get::<Inventory>().unwrap();
    assert_eq!(
        (inventory.scheme, inventory.packages.len()),
        (Scheme::Rpm, 196)
    );
    assert!(inventory.packages.is_sorted());
    let named = |name: &str| inventory.packages.iter().find(|p| p.name == name).unwrap();
    assert_eq!(named("p3").version, "3:3.2^git3-3.el9_3");
    assert_eq!(
        (
            named("p4").source.as_str(),
            named("p4").source_version.as_str()
        ),
        ("big", "1.0~rc1-1.el9")
    );
    assert_eq!(
        (named("big").module.as_str(), named("big").vendor.as_str()),
        ("nodejs:18", "Ngân Hà, Inc.")
    );
}

/// What stands beside the database and is no journal of it, or one of the sort that undoes.
fn odd_journals_are_gaps(root: &Path) {
    for (end, content) in [
        ("-wal", "x"),
        ("-wal", &"x".repeat(5_000)),
        ("-journal", "x"),
    ] {
        let path = root.join(format!("var/lib/rpm/rpmdb.sqlite{end}"));
        fs::write(&path, content).unwrap();
        assert!(read(root).is_err(), "{end}");
        fs::remove_file(&path).unwrap();
    }
    read(root).unwrap();
}

/// A connection that holds the database open, so that the journal stays when rpm has ended.
struct Holder(Child);

impl Holder {
    fn new(root: &Path) -> Self {
        let path = root.join("var/lib/rpm/rpmdb.sqlite");
        let child = Command::new("sqlite3")
            .args(["-batch", &path.to_string_lossy()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        Self(child.unwrap_or_else(|e| panic!("sqlite3: {e} (tests/run installs it)")))
    }

    /// Runs these statements, and waits for their end.
    fn say(&mut self, sql: &str) {
        let stdin = self.0.stdin.as_mut().unwrap();
        writeln!(stdin, "{sql}\nSELECT 'ended';").unwrap();
        let mut lines = BufReader::new(self.0.stdout.as_mut().unwrap()).lines();
        assert!(lines.any(|l| l.unwrap() == "ended"), "{sql}");
    }
}

impl Drop for Holder {
    /// As a power cut would: it leaves its journal behind.
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Copies the database and its journal to a root of their own.
fn copy(from: &Path, to: &Path, journal: Option<&[u8]>) {
    let name = |root: &Path, end| root.join(format!("var/lib/rpm/rpmdb.sqlite{end}"));
    let _absent = fs::remove_dir_all(to);
    fs::create_dir_all(to.join("var/lib/rpm")).unwrap();
    fs::copy(name(from, ""), name(to, "")).unwrap();
    if let Some(bytes) = journal {
        fs::write(name(to, "-wal"), bytes).unwrap();
    }
}

fn a_waiting_transaction_is_read(dir: &Path, root: &Path) {
    let wal = root.join("var/lib/rpm/rpmdb.sqlite-wal");
    let before = read(root).unwrap();
    let mut reader = Holder::new(root);
    reader.say("BEGIN; SELECT count(*) FROM Packages;");
    let at = root.to_string_lossy();
    let head = ["--root", &at, "--dbpath", "/var/lib/rpm"];
    let end = ["-e", "--justdb", "--nodeps", "p1", "p7", "p57", "p100"];
    run("rpm", &[&head[..], &end].concat());
    let again = fs::read_dir(dir.join("RPMS/noarch")).unwrap();
    let file = again.map(|e| e.unwrap().path().to_string_lossy().into_owned());
    let file = file.filter(|f| f.contains("/p9-")).collect::<Vec<_>>();
    let end = ["-i", "--justdb", "--nodeps", "--nosignature", &file[0]];
    run("rpm", &[&head[..], &end].concat());
    assert!(fs::metadata(&wal).unwrap().len() > 4_096);
    let ours = read(root).unwrap();
    assert_eq!(ours, theirs(root));
    assert_eq!(ours.len(), before.len() - 3);
    let alone = dir.join("alone");
    copy(root, &alone, None);
    assert_eq!(read(&alone).unwrap(), before, "the file alone is older");

    // Somebody else's transaction that has not ended counts for nobody.
    let mut writer = Holder::new(root);
    let length = fs::metadata(&wal).unwrap().len();
    writer.say("PRAGMA cache_size=2; BEGIN IMMEDIATE; DELETE FROM Packages WHERE hnum > 50;");
    assert!(fs::metadata(&wal).unwrap().len() > length);
    assert_eq!(read(root).unwrap(), ours);
    assert_eq!(theirs(root), ours);
    let journal = fs::read(&wal).unwrap();
    drop((writer, reader));
    assert_eq!(read(root).unwrap(), ours);
    torn_journals_are_read_as_rpm_reads_them(dir, root, &journal);
    assert_eq!(theirs(root), ours);
}

/// rpm itself says what a journal holds that was cut off or damaged; where it is not followed here,
/// that is said.
fn torn_journals_are_read_as_rpm_reads_them(dir: &Path, root: &Path, journal: &[u8]) {
    let (mine, rpms) = (dir.join("mine"), dir.join("rpms"));
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..40 {
        let mut bytes = journal.to_vec();
        let at = bytes.len() * n / 40;
        if n % 2 == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 0x40;
        }
        copy(root, &mine, Some(&bytes));
        copy(root, &rpms, Some(&bytes));
        let ours = read(&mine).unwrap();
        assert_eq!(ours, theirs(&rpms), "{n}");
        seen.insert(ours.len());
    }
    assert!(seen.len() > 1, "cuts at different places: {seen:?}");
}

/// A file that is cut short is noticed; of flipped bits, only that they do no harm to the reader.
fn damage_neither_crashes_nor_hangs(root: &Path) {
    let file = root.join("var/lib/rpm/rpmdb.sqlite");
    let whole = fs::read(&file).unwrap();
    let mut seed = 1_u64;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(seed >> 33).unwrap() % bytes.len().min(120_000);
            bytes[at] ^= 0xff;
        }
        fs::write(&file, &bytes).unwrap();
        let _either = read(root);
    }
    fs::write(&file, &whole[..whole.len() - whole.len() / 3]).unwrap();
    assert!(read(root).is_err());
}

/// A database that rpm 4.18 wrote with its own backend (ndb), which Debian's rpm lacks: nine packages
/// installed, two removed, one installed again. The list is what that rpm says of it.
const NDB: &[u8] = include_bytes!("../vectors/rpm-ndb.db");
const NDB_LIST: &str = include_str!("../vectors/rpm-ndb.txt");

/// The names that are read where `Packages.db` has this content.
fn read_ndb(dir: &Path, bytes: &[u8]) -> Result<Vec<String>, Gap> {
    let folder = dir.join("usr/lib/sysimage/rpm");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("Packages.db"), bytes).unwrap();
    read(dir)
}

#[test]
fn suses_database_reads_as_rpm_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let theirs: Vec<&str> = NDB_LIST.lines().collect();
    assert_eq!(theirs.len(), 8);
    assert_eq!(read_ndb(dir.path(), NDB).unwrap(), theirs);
}

#[test]
fn a_damaged_database_of_suse_is_a_gap_and_never_a_shorter_list() {
    let dir = tempfile::tempdir().unwrap();
    let whole = read_ndb(dir.path(), NDB).unwrap();
    for end in (0..NDB.len()).step_by(97) {
        assert!(read_ndb(dir.path(), &NDB[..end]).is_err(), "cut at {end}");
    }
    // The head, slots in use and free ones, then bytes of every sort of place.
    for at in (0..256).chain((256..NDB.len()).step_by(61)) {
        let mut bytes = NDB.to_vec();
        for wrong in [0, 0xff, bytes[at] ^ 0x10] {
            bytes[at] = wrong;
            if let Ok(got) = read_ndb(dir.path(), &bytes) {
                assert_eq!(got, whole, "{wrong:#x} at {at}");
            }
        }
    }
}

#[test]
fn slots_of_suses_database_are_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let with = |at: usize, words: &[u32]| {
        let mut bytes = NDB.to_vec();
        for (n, word) in words.iter().enumerate() {
            bytes[at + 4 * n..at + 4 * n + 4].copy_from_slice(&word.to_le_bytes());
        }
        read_ndb(dir.path(), &bytes).map(|all| all.len())
    };
    let word = |at: usize| u32::from_le_bytes(NDB[at..at + 4].try_into().unwrap());
    let (slot, next) = (32, 48);
    assert_eq!(
        (with(0, &[]), word(12), word(slot) == word(next)),
        (Ok(8), 1, true)
    );
    for pages in [0, 2, 4_096, 4_097, 0x00ff_ffff, u32::MAX] {
        assert!(with(12, &[pages]).is_err(), "{pages} pages of slots");
    }
    assert!(with(4, &[1]).is_err(), "another version");
    // A slot that was emptied while its package still lies there: rpm was broken off.
    assert!(with(slot + 4, &[0, 0, 0]).is_err());
    // One package twice, one past the end, one of impossible length, one in the table itself.
    let second = [word(slot + 4), word(slot + 8), word(slot + 12)];
    assert!(with(next + 4, &second).is_err());
    assert!(with(next + 4, &[word(next + 4), u32::MAX - 1, 9]).is_err());
    assert!(with(next + 12, &[u32::MAX]).is_err());
    assert!(with(next + 8, &[1]).is_err());
}
