//! What apt would choose, against apt itself: random roots with sources, lists, preferences, holds
//! and default releases.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; its oracles are programs"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
};

use capdo_checks::{
    context::Cx,
    facts::{
        apt::{
            Apt,
            candidates::{Candidate, candidates},
            policy::Preferences,
        },
        dpkg::Packages,
    },
    host::Image,
    settings::Settings,
};
use jiff::Timestamp;

const ROOTS: u64 = 260;
const NAMES: [&str; 7] = [
    "alpha",
    "beta",
    "libgamma",
    "libdelta",
    "dpkg",
    "epsilon-doc",
    "zeta",
];
const VERSIONS: [&str; 7] = [
    "1.0-1",
    "1.0-1+deb12u1",
    "1.0-1~bpo1",
    "1:0.5-1",
    "1.2~rc1-1",
    "1.2-1",
    "0.9-3",
];

/// A small generator, so that a failing root can be built again from its number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Package, version, architecture and source as both kinds of file have them. A version has one
/// architecture and source wherever it stands.
fn stanza(name: &str, version: &str) -> String {
    let arch = if name.ends_with("-doc") {
        "all"
    } else {
        "amd64"
    };
    let source = if name.starts_with("lib") {
        format!("Source: gamma (2:{version})\n")
    } else {
        String::new()
    };
    format!(
        "Package: {name}\nVersion: {version}\nArchitecture: {arch}\n{source}Maintainer: x\nDescription: d\n"
    )
}

fn status(dice: &mut Dice) -> String {
    let mut text = String::new();
    for name in NAMES {
        if name != "dpkg" && dice.one_in(4) {
            continue;
        }
        let wish = if dice.one_in(6) { "hold" } else { "install" };
        let version = dice.pick(&VERSIONS);
        write!(
            text,
            "{}Status: {wish} ok installed\n\n",
            stanza(name, version)
        )
        .unwrap();
    }
    text
}

/// One repository: its suite and how it is marked.
const REPOSITORIES: [(&str, &str, &str, &str, &str); 6] = [
    ("a.example", "stable", "bookworm", "Debian", ""),
    (
        "a.example",
        "stable-security",
        "bookworm-security",
        "Debian",
        "",
    ),
    (
        "b.example",
        "stable-backports",
        "bookworm-backports",
        "Debian Backports",
        "NotAutomatic: yes\nButAutomaticUpgrades: yes\n",
    ),
    (
        "b.example",
        "experimental",
        "rc-buggy",
        "Debian",
        "NotAutomatic: yes\n",
    ),
    ("c.example", "testing", "trixie", "Debian", ""),
    ("d.example", "nodistro", "nodistro", ". nodistro", ""),
];

fn sources(root: &Path, dice: &mut Dice) {
    let mut list = String::new();
    for (site, suite, codename, origin, marks) in REPOSITORIES {
        if dice.one_in(3) {
            continue;
        }
        if dice.one_in(2) {
            writeln!(list, "deb http://{site}/debian {codename} main").unwrap();
        } else {
            let text = format!(
                "Types: deb deb-src\nURIs: http://{site}/debian\n# a word\nSuites: {codename}\nComponents: main\n\n\
                 Types: deb\nEnabled: no\nURIs: http://off.example/debian\nSuites: x\nComponents: main\n"
            );
            write(
                root,
                &format!("etc/apt/sources.list.d/{codename}.sources"),
                &text,
            );
        }
        let base = format!("var/lib/apt/lists/{site}_debian_dists_{codename}");
        let label = if suite.ends_with("security") {
            "Debian-Security"
        } else {
            origin
        };
        write(
            root,
            &format!("{base}_InRelease"),
            &format!(
                "Origin: {origin}\nLabel: {label}\nSuite: {suite}\nVersion: 12.8\nCodename: {codename}\n{marks}\
                 Date: Sat, 21 Nov 2026 20:11:31 UTC\nArchitectures: amd64\nComponents: main\n"
            ),
        );
        let mut packages = String::new();
        for name in NAMES {
            for version in VERSIONS {
                if dice.one_in(4) {
                    let file = format!("Filename: pool/x\nSize: 1\nSHA256: {}\n", "ab".repeat(32));
                    writeln!(packages, "{}{file}", stanza(name, version)).unwrap();
                }
            }
        }
        write(
            root,
            &format!("{base}_main_binary-amd64_Packages"),
            &packages,
        );
    }
    write(root, "etc/apt/sources.list", &list);
}

const PACKAGES: [&str; 10] = [
    "*",
    "*",
    "alpha",
    "lib*",
    "src:gamma",
    "alpha beta",
    "?eta",
    "libgamma:amd64",
    "libdelta:any",
    "zeta:i386",
];
const RELEASES: [&str; 16] = [
    "release a=stable",
    "release n=bookworm-security",
    "release o=Debian",
    "release l=Debian-Security",
    "release n=trixie",
    "release a=testing, o=Debian",
    "release bookworm",
    "release 12.8",
    "release v=12*",
    "release c=main",
    "origin a.example",
    "origin \"d.example\"",
    "origin \"\"",
    "release a=now",
    "release n=*-backports",
    "release *",
];
const VERSION_PINS: [&str; 4] = ["version 1.0-1", "version 1.2*", "version 1:*", "version *"];

fn preferences(root: &Path, dice: &mut Dice) {
    let mut text = String::from("# preferences\n\n");
    for _ in 0..dice.roll(5) {
        let package = dice.pick(&PACKAGES);
        let release = dice.pick(&RELEASES);
        let version = dice.pick(&VERSION_PINS);
        let pin = if package == "*" || dice.one_in(2) {
            release
        } else {
            version
        };
        let priority = dice.pick(&[
            "-1", "1", "50", "100", "101", "500", "990", "995", "1000", "1001",
        ]);
        let priority = if package == "*" && dice.one_in(8) {
            "never"
        } else {
            priority
        };
        write!(
            text,
            "Explanation: x\nPackage: {package}\nPin: {pin}\nPin-Priority: {priority}\n\n"
        )
        .unwrap();
    }
    let path = dice.pick(&[
        "etc/apt/preferences",
        "etc/apt/preferences.d/a",
        "etc/apt/preferences.d/z.pref",
    ]);
    write(root, path, &text);
    write(
        root,
        "etc/apt/preferences.d/off.disabled",
        "Package: *\nPin: release *\nPin-Priority: 1001\n",
    );
    if root
        .join("var/lib/apt/lists/c.example_debian_dists_trixie_InRelease")
        .exists()
        && dice.one_in(2)
    {
        let release = dice.pick(&["trixie", "testing", "n=trixie"]);
        write(
            root,
            "etc/apt/apt.conf.d/10default",
            &format!("APT::Default-Release \"{release}\";\n"),
        );
    }
}

fn root(number: u64, root: &Path) {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 77);
    write(
        root,
        "etc/os-release",
        "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n",
    );
    write(root, "var/lib/dpkg/status", &status(&mut dice));
    for folder in [
        "etc/apt/apt.conf.d",
        "etc/apt/preferences.d",
        "etc/apt/sources.list.d",
        "etc/apt/trusted.gpg.d",
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    sources(root, &mut dice);
    preferences(root, &mut dice);
    let at = root.display();
    write(
        root,
        "apt.conf",
        &format!(
            "Dir \"{at}\";\nDir::State::status \"{at}/var/lib/dpkg/status\";\nAPT::Architecture \"amd64\";\n\
             APT::Architectures {{ \"amd64\"; }};\nAcquire::Languages \"none\";\nDebug::NoLocking \"1\";\n"
        ),
    );
}

fn apt(root: &Path, program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env("LC_ALL", "C")
        .env("APT_CONFIG", root.join("apt.conf"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Candidate by package, of what is installed.
fn their_candidates(root: &Path) -> BTreeMap<String, String> {
    let mut args = vec!["policy"];
    args.extend(NAMES);
    let mut all = BTreeMap::new();
    let mut name = String::new();
    let mut installed = String::new();
    for line in apt(root, "apt-cache", &args).lines() {
        if !line.starts_with(' ') {
            line.trim_end_matches(':').clone_into(&mut name);
        } else if let Some(version) = line.strip_prefix("  Installed: ") {
            version.clone_into(&mut installed);
        } else if let Some(version) = line.strip_prefix("  Candidate: ")
            && installed != "(none)"
        {
            // Where preferences shut everything out, what is installed stays.
            let version = if version == "(none)" {
                &installed
            } else {
                version
            };
            all.insert(name.clone(), version.to_owned());
        }
    }
    all
}

/// Packages that an upgrade of everything would touch.
fn their_upgrades(root: &Path) -> BTreeSet<String> {
    let text = apt(root, "apt-get", &["-s", "dist-upgrade"]);
    let word = |l: &str| {
        l.strip_prefix("Inst ")
            .and_then(|l| l.split(' ').next().map(str::to_owned))
    };
    text.lines().filter_map(word).collect()
}

#[test]
fn candidates_and_upgrades_are_apts_own() {
    let mut wrong = Vec::new();
    let (mut upgrades, mut kept) = (0, 0);
    for number in 0..ROOTS {
        let dir = tempfile::tempdir().unwrap();
        root(number, dir.path());
        let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let settings = Settings::default();
        let cx = Cx::new(&image, &settings);
        let (sources, packages) = (cx.get::<Apt>().unwrap(), cx.get::<Packages>().unwrap());
        let pins = cx.get::<Preferences>().unwrap();
        let ours = candidates(&image, &sources, &packages, &pins, &|_| true).unwrap();
        let changes = |c: &Candidate| c.version != c.installed && !c.held;
        let our_upgrades: BTreeSet<String> = ours
            .iter()
            .filter(|(_, c)| changes(c))
            .map(|(k, _)| k.0.clone())
            .collect();
        kept += ours
            .values()
            .filter(|c| c.version != c.installed && c.held)
            .count();
        let ours: BTreeMap<String, String> =
            ours.into_iter().map(|(k, c)| (k.0, c.version)).collect();
        let theirs = their_candidates(dir.path());
        let their_upgrades = their_upgrades(dir.path());
        upgrades += our_upgrades.len();
        if ours != theirs || our_upgrades != their_upgrades {
            wrong.push(format!(
                "root {number}:\n {ours:?}\n {theirs:?}\n {our_upgrades:?}\n {their_upgrades:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {ROOTS}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        upgrades > 200 && kept > 30,
        "the roots say little: {upgrades}, {kept}"
    );
}
