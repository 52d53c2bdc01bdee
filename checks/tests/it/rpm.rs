//! rpm's database as we read it, against rpm itself.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; its oracles are programs"
)]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use capdo_checks::{
    Gap,
    context::Cx,
    facts::{inventory::Inventory, rpmdb::RpmDb, security_fixes::SecurityFixes, versions::Scheme},
    host::Image,
    settings::Settings,
};
use jiff::Timestamp;

fn run(program: &str, args: &[&str]) -> String {
    run_at_home(Path::new("/nonexistent"), program, args)
}

/// As [`run`], with `.rpmmacros` from this folder.
fn run_at_home(home: &Path, program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).env("HOME", home).output();
    let output = output.unwrap_or_else(|e| panic!("{program}: {e} (tests/run installs it)"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

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

#[test]
fn the_database_reads_as_rpm_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let root = root(dir.path());
    let ours = read(&root).unwrap();
    let format = "%{NAME}\t%{EPOCHNUM}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{INSTALLTIME}\t%{VENDOR}\t%{SOURCERPM}\t%{MODULARITYLABEL}\n";
    let root_arg = root.to_string_lossy().into_owned();
    let theirs = run(
        "rpm",
        &[
            "--root",
            &root_arg,
            "--dbpath",
            "/var/lib/rpm",
            "-qa",
            "--qf",
            format,
        ],
    );
    let mut theirs: Vec<String> = theirs.lines().map(str::to_owned).collect();
    theirs.sort();
    assert_eq!(ours.len(), 196);
    assert_eq!(ours, theirs);

    the_inventory_is_that_of_the_database(&root);
    a_waiting_journal_is_a_gap(&root);
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

/// It holds packages that the file does not.
fn a_waiting_journal_is_a_gap(root: &Path) {
    fs::write(root.join("var/lib/rpm/rpmdb.sqlite-wal"), "x").unwrap();
    assert!(read(root).is_err());
    fs::remove_file(root.join("var/lib/rpm/rpmdb.sqlite-wal")).unwrap();
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

/// Builds packages a0 … a39 and glibc of one release.
fn build(dir: &Path, release: u32, names: &[String]) -> Vec<String> {
    let mut spec = format!(
        "Name: all{release}\nVersion: 1\nRelease: {release}\nSummary: s\nLicense: x\nBuildArch: noarch\n%description\nd\n"
    );
    for name in names {
        write!(
            spec,
            "%package -n {name}\nSummary: s\n%description -n {name}\nd\n%files -n {name}\n"
        )
        .unwrap();
    }
    let path = dir.join(format!("all{release}.spec"));
    fs::write(&path, spec).unwrap();
    let top = format!("_topdir {}/{release}", dir.display());
    run(
        "rpmbuild",
        &["-bb", "--quiet", "--define", &top, &path.to_string_lossy()],
    );
    let built = fs::read_dir(dir.join(format!("{release}/RPMS/noarch"))).unwrap();
    built
        .map(|e| e.unwrap().path().to_string_lossy().into_owned())
        .collect()
}

fn advisories(names: &[String]) -> String {
    let kinds = [
        "security",
        "bugfix",
        "enhancement",
        "security",
        "newpackage",
    ];
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<updates>\n");
    for (n, name) in names.iter().enumerate() {
        let kind = kinds[n % kinds.len()];
        let release = n % 4; // 0 and 1 are not newer than what is installed
        writeln!(
            xml,
            "<update from=\"x\" status=\"final\" type=\"{kind}\" version=\"1\"><id>A-{n}</id><title>t</title>\
             <issued date=\"2026-10-{:02} 00:00:00\"/><severity>Important</severity><description>&lt;d&gt;</description>\
             <references><reference href=\"https://x\" id=\"CVE-2026-{n}\" type=\"cve\"/></references>\
             <pkglist><collection short=\"x\"><name>x</name><package name=\"{name}\" version=\"1\" release=\"{release}\" epoch=\"0\" arch=\"noarch\" src=\"x\">\
             <filename>{name}-1-{release}.noarch.rpm</filename></package></collection></pkglist></update>",
            n % 27 + 1
        )
        .unwrap();
    }
    xml.push_str("</updates>\n");
    xml
}

/// A root with the first release installed, and a repository with two later ones and advisories.
struct Site {
    dir: tempfile::TempDir,
    root: PathBuf,
    repodata: String,
    list: PathBuf,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut names: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
        names.push("glibc".into());
        let (root, repo) = (dir.path().join("root"), dir.path().join("repo"));
        for folder in ["var/lib/rpm", "etc/yum.repos.d", "etc/dnf", "var/cache/dnf"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::create_dir(&repo).unwrap();
        let root_arg = root.to_string_lossy().into_owned();
        let old = build(dir.path(), 1, &names);
        let head = [
            "--root",
            &root_arg,
            "--dbpath",
            "/var/lib/rpm",
            "-i",
            "--justdb",
            "--nodeps",
        ];
        let files: Vec<&str> = old.iter().map(String::as_str).collect();
        run("rpm", &[&head[..], &files].concat());
        for release in [2, 3] {
            for file in build(dir.path(), release, &names) {
                fs::copy(&file, repo.join(Path::new(&file).file_name().unwrap())).unwrap();
            }
        }
        let repo_arg = repo.to_string_lossy().into_owned();
        run("createrepo_c", &["-q", &repo_arg]);
        let list = dir.path().join("updateinfo.xml");
        fs::write(&list, advisories(&names)).unwrap();
        let release = "ID=rocky\nID_LIKE=\"rhel\"\nVERSION_ID=9.6\n";
        fs::write(root.join("etc/os-release"), release).unwrap();
        let text = format!("[baseos]\nname=b\nbaseurl=file://{repo_arg}\ngpgcheck=0\n");
        fs::write(root.join("etc/yum.repos.d/b.repo"), text).unwrap();
        // Debian's rpm has its database elsewhere.
        fs::write(dir.path().join(".rpmmacros"), "%_dbpath /var/lib/rpm\n").unwrap();
        let repodata = repo.join("repodata").to_string_lossy().into_owned();
        Self {
            dir,
            root,
            repodata,
            list,
        }
    }

    /// Packs the advisories, and has dnf fetch them and name the packages that lack a fix.
    fn listed_by_dnf(&self, packing: &str) -> BTreeSet<String> {
        let list = self.list.to_string_lossy();
        run(
            "modifyrepo_c",
            &["--compress-type", packing, &list, &self.repodata],
        );
        fs::remove_dir_all(self.root.join("var/cache/dnf")).unwrap();
        let root = self.root.display();
        let install_root = format!("--installroot={root}");
        let cache = format!("--setopt=cachedir={root}/var/cache/dnf");
        let repos = format!("--setopt=reposdir={root}/etc/yum.repos.d");
        let head = ["-q", &install_root, &cache, &repos, "--releasever=9"];
        let tail = ["updateinfo", "list", "--security"];
        let listed = run_at_home(self.dir.path(), "dnf", &[&head[..], &tail[..]].concat());
        let name = |l: &str| Some(l.split_whitespace().last()?.split('-').next()?.to_owned());
        let lines = listed.lines().filter(|l| l.starts_with("A-"));
        lines.filter_map(name).collect()
    }
}

#[test]
fn waiting_security_fixes_are_those_that_dnf_lists() {
    let site = Site::new();
    for packing in ["gz", "xz", "bz2"] {
        let theirs = site.listed_by_dnf(packing);
        let image = Image::open(&site.root, Timestamp::UNIX_EPOCH).unwrap();
        let settings = Settings::default();
        let cx = Cx::new(&image, &settings);
        let fixes = cx.get::<SecurityFixes>().unwrap();
        let ours: BTreeSet<String> = fixes.names.iter().cloned().collect();
        assert!(!theirs.is_empty());
        assert_eq!(ours, theirs, "{packing}");
        assert_eq!(fixes.sources, ["baseos"], "{packing}");
        assert!(fixes.missing.is_empty() && fixes.date.is_some() && fixes.since.is_some());
    }
}
