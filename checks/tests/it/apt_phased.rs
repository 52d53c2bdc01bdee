//! Updates that Ubuntu hands out step by step, against apt itself: none of them is a security fix that
//! waits, and apt lets none of them hold a security fix back.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; its oracles are programs"
)]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use capdo_checks::{
    context::Cx, facts::security_fixes::SecurityFixes, host::Image, settings::Settings,
};
use jiff::Timestamp;

const RELEASE: &str = "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\nVERSION_CODENAME=noble\n";
/// Packages: installed version, what `noble-security` offers, what `noble-updates` does, and to how
/// many of a hundred machines.
const PACKAGES: [(&str, &str, &str, &str, u32); 5] = [
    ("dpkg", "1.0", "1.0", "1.0", 100),
    ("plain", "1.0", "", "1.1", 100),
    ("phased", "1.0", "", "1.1", 50),
    ("fixed", "1.0", "1.1", "1.1", 100),
    ("over", "1.0", "1.1", "1.2", 0),
];

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn stanza(name: &str, version: &str, phase: u32) -> String {
    let phase = match phase {
        100 => String::new(),
        some => format!("Phased-Update-Percentage: {some}\n"),
    };
    format!(
        "Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: x\nDescription: d\n{phase}"
    )
}

/// A root with this machine id.
fn root(root: &Path, machine: &str) {
    write(root, "etc/os-release", RELEASE);
    write(root, "etc/machine-id", machine);
    let [mut status, mut security, mut updates] = [const { String::new() }; 3];
    let offered = format!("Filename: pool/x\nSize: 1\nSHA256: {}\n\n", "ab".repeat(32));
    for (name, installed, fix, update, phase) in PACKAGES {
        status += &(stanza(name, installed, 100) + "Status: install ok installed\n\n");
        if !fix.is_empty() {
            security += &(stanza(name, fix, 100) + &offered);
        }
        updates += &(stanza(name, update, phase) + &offered);
    }
    write(root, "var/lib/dpkg/status", &status);
    let mut sources = String::new();
    for (suite, packages) in [("noble-security", security), ("noble-updates", updates)] {
        sources += &format!("deb http://u.example/ubuntu {suite} main\n");
        let base = format!("var/lib/apt/lists/u.example_ubuntu_dists_{suite}");
        let head = format!(
            "Origin: Ubuntu\nLabel: Ubuntu\nSuite: {suite}\nVersion: 24.04\nCodename: {suite}\n\
             Date: Sat, 21 Nov 2026 20:11:31 UTC\nArchitectures: amd64\nComponents: main\n"
        );
        write(root, &format!("{base}_InRelease"), &head);
        write(
            root,
            &format!("{base}_main_binary-amd64_Packages"),
            &packages,
        );
    }
    write(root, "etc/apt/sources.list", &sources);
    for folder in [
        "etc/apt/apt.conf.d",
        "etc/apt/preferences.d",
        "etc/apt/sources.list.d",
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for folder in [
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let at = root.display();
    let conf = format!(
        "Dir \"{at}\";\nDir::State::status \"{at}/var/lib/dpkg/status\";\nAPT::Architecture \"amd64\";\n\
         APT::Architectures {{ \"amd64\"; }};\nAcquire::Languages \"none\";\nDebug::NoLocking \"1\";\n\
         Dir::Bin::ischroot \"/bin/false\";\nAPT::Machine-ID \"{machine}\";\n"
    );
    write(root, "apt.conf", &conf);
}

/// What apt would upgrade.
fn theirs(root: &Path, option: &str) -> BTreeSet<String> {
    let output = Command::new("apt-get")
        .args(["-s", "-o", option, "dist-upgrade"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env("LC_ALL", "C")
        .env("APT_CONFIG", root.join("apt.conf"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let name = |l: &str| Some(l.strip_prefix("Inst ")?.split(' ').next()?.to_owned());
    text.lines().filter_map(name).collect()
}

#[test]
fn what_is_handed_out_step_by_step_is_no_fix_that_waits_and_holds_none_back() {
    let names = |all: &[&str]| all.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<_>>();
    let mut chosen = 0;
    for n in 0..24_u32 {
        let dir = tempfile::tempdir().unwrap();
        root(dir.path(), &format!("{:032x}", n.wrapping_mul(0x9e37_79b9)));
        let image = Image::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let settings = Settings::default();
        let fixes = Cx::new(&image, &settings).get::<SecurityFixes>().unwrap();
        // The same on every machine, whatever apt has thrown for it.
        let ours: BTreeSet<String> = fixes.names.iter().cloned().collect();
        assert_eq!(ours, names(&["fixed", "over"]));
        assert_eq!(fixes.choices.as_ref().unwrap().hidden, ["over"]);
        let theirs = theirs(dir.path(), "x=y");
        assert!(
            ours.is_subset(&theirs),
            "{theirs:?}: a fix is never held back"
        );
        assert!(theirs.contains("plain"));
        chosen += u32::from(theirs.contains("phased"));
    }
    assert!(
        (4..=20).contains(&chosen),
        "apt chose {chosen} of 24 machines"
    );
    let dir = tempfile::tempdir().unwrap();
    root(dir.path(), "0123456789abcdef0123456789abcdef");
    let never = theirs(dir.path(), "APT::Get::Never-Include-Phased-Updates=true");
    assert_eq!(never, names(&["plain", "fixed", "over"]));
}
