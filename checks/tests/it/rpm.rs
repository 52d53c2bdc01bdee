//! Waiting security fixes from what dnf fetched, against dnf itself.
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
    context::Cx, facts::security_fixes::SecurityFixes, host::Image, settings::Settings,
};
use jiff::Timestamp;

pub(super) fn run(program: &str, args: &[&str]) -> String {
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
        let age = Timestamp::now().as_second() - fixes.base_made.unwrap().as_second();
        assert!(
            (0..86_400).contains(&age),
            "createrepo_c made it {age} s ago"
        );
    }
}
