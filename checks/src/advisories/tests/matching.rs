//! Expected results as tables: what is installed, what the distribution says, what is open.

use std::collections::BTreeSet;

use super::{
    super::{ANY_STREAM, Distribution, Fix, find_open},
    alma, at, deb, debian, fix, host, open, rpm,
};
use crate::{
    check::Severity,
    facts::{inventory::Installed, versions::Scheme},
};

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn debian_names_source_packages() {
    let installed = [
        "libssl3 3.0.11-1~deb12u1 amd64 openssl 3.0.11-1~deb12u1",
        "openssl 3.0.11-1~deb12u1 amd64 openssl 3.0.11-1~deb12u1",
        "libc6 2.36-9+b1 amd64 glibc 2.36-9",
        "sed 4.9-1 amd64 sed 4.9-1",
    ];
    let cases = [
        (
            "a source, once for all its binaries",
            fix("openssl", "3.0.11-1~deb12u2", true),
            1,
        ),
        (
            "the fixed version itself",
            fix("openssl", "3.0.11-1~deb12u1", true),
            0,
        ),
        (
            "a newer one than the fix",
            fix("openssl", "1.1.1n-0", true),
            0,
        ),
        (
            "a binary's name is not a source",
            fix("libssl3", "9", true),
            0,
        ),
        (
            "a rebuild of the binary alone is no newer source",
            fix("glibc", "2.36-9+deb12u1", true),
            1,
        ),
        (
            "a rebuild of the binary alone is no older source",
            fix("glibc", "2.36-9", true),
            0,
        ),
        ("a package that is not there", fix("nginx", "9", true), 0),
        (
            "a hole that came with a later version",
            Fix {
                introduced: "3.0.12".into(),
                ..fix("openssl", "3.0.13", true)
            },
            0,
        ),
        (
            "a fix that only longer support has",
            Fix {
                channel: "esm".into(),
                ..fix("openssl", "3.0.99", true)
            },
            0,
        ),
    ];
    let inventory = debian("", &installed);
    for (what, fix, expected) in cases {
        assert_eq!(find_open(&inventory, [&fix]).open.len(), expected, "{what}");
    }
    let mut with_esm = inventory;
    with_esm.channels = vec!["esm".into()];
    let esm = Fix {
        channel: "esm".into(),
        ..fix("openssl", "3.0.99", true)
    };
    assert_eq!(find_open(&with_esm, [&esm]).open.len(), 1);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn only_the_kernel_that_runs_is_open() {
    let old = "linux-image-6.1.0-28-amd64 6.1.119-1 amd64 linux-signed-amd64 6.1.119+1";
    let new = "linux-image-6.1.0-31-amd64 6.1.128-1 amd64 linux-signed-amd64 6.1.128+1";
    let meta = "linux-image-amd64 6.1.119-1 amd64 linux-signed-amd64 6.1.119+1";
    let headers = "linux-headers-6.1.0-28-amd64 6.1.119-1 amd64 linux 6.1.119-1";
    let libc = "linux-libc-dev 6.1.119-1 amd64 linux 6.1.119-1";
    let fix = [fix("linux", "6.1.128-1", true)];
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a str, &'a [&'a str]);
    let cases: [Case<'_>; 7] = [
        (
            "old one runs, alone",
            "6.1.0-28-amd64",
            &[old, meta],
            "",
            &["linux 6.1.119-1 NotInstalled"],
        ),
        (
            "old one runs, new one waits",
            "6.1.0-28-amd64",
            &[old, new],
            "",
            &["linux 6.1.119-1 NotRunning"],
        ),
        (
            "new one runs, old one lies there",
            "6.1.0-31-amd64",
            &[old, new, meta],
            "",
            &[],
        ),
        (
            "headers and libc-dev are no kernel",
            "6.1.0-31-amd64",
            &[new, headers, libc],
            "",
            &[],
        ),
        (
            "a container has no kernel of its own",
            "6.8.0-51-generic",
            &[libc],
            "",
            &[],
        ),
        (
            "not known what runs: the newest",
            "",
            &[old],
            "",
            &["linux 6.1.119-1 NotInstalled"],
        ),
        (
            "same release name, older build runs",
            "6.1.0-31-amd64",
            &[new],
            "6.1.124-1",
            &["linux 6.1.124-1 NotRunning"],
        ),
    ];
    for (what, kernel, packages, build, expected) in cases {
        let mut inventory = debian(kernel, packages);
        inventory.kernel_build = build.into();
        assert_eq!(open(&inventory, &fix), expected, "{what}");
    }
}

#[test]
fn kernels_of_other_distributions_are_told_apart() {
    let hwe = "linux-image-6.8.0-51-generic 6.8.0-51.52~22.04.1 amd64 linux-signed-hwe-6.8 6.8.0-51.52~22.04.1";
    let ubuntu = host(
        Scheme::Dpkg,
        "ubuntu",
        "22.04",
        "6.8.0-51-generic",
        vec![deb(hwe)],
    );
    let hwe_fix = fix("linux-hwe-6.8", "6.8.0-52.53~22.04.1", true);
    assert_eq!(
        open(&ubuntu, &[hwe_fix]),
        ["linux-hwe-6.8 6.8.0-51.52~22.04.1 NotInstalled"]
    );
    // The kernel of the release itself is another source, with other numbers.
    assert!(open(&ubuntu, &[fix("linux", "99", true)]).is_empty());

    let el9 = "kernel-core 5.14.0-427.13.1.el9_4 x86_64 kernel AlmaLinux -";
    let newer = "kernel-core 5.14.0-427.20.1.el9_4 x86_64 kernel AlmaLinux -";
    let tools = "kernel-tools 5.14.0-427.13.1.el9_4 x86_64 kernel AlmaLinux -";
    let fixes = ["kernel-core", "kernel-tools", "bpftool", "kernel-headers"]
        .map(|name| fix(name, "5.14.0-427.20.1.el9_4", false));
    let running = "5.14.0-427.13.1.el9_4.x86_64";
    assert_eq!(
        open(&alma(running, &[el9, tools]), &fixes),
        ["kernel 5.14.0-427.13.1.el9_4 NotInstalled"]
    );
    assert_eq!(
        open(&alma(running, &[el9, newer]), &fixes),
        ["kernel 5.14.0-427.13.1.el9_4 NotRunning"]
    );
    assert!(open(&alma("5.14.0-427.20.1.el9_4.x86_64", &[el9, newer]), &fixes).is_empty());

    let mut lts = deb("linux-lts 6.6.58-r0 x86_64 linux-lts 6.6.58-r0");
    let alpine = |kernel: &str, image: &Installed| {
        host(Scheme::Apk, "alpine", "3.20.3", kernel, vec![image.clone()])
    };
    let alpine_fix = [fix("linux-lts", "6.6.60-r0", true)];
    assert_eq!(
        open(&alpine("6.6.58-0-lts", &lts), &alpine_fix),
        ["linux-lts 6.6.58-r0 NotInstalled"]
    );
    lts.version = "6.6.60-r0".into();
    assert!(open(&alpine("6.6.60-0-lts", &lts), &alpine_fix).is_empty());
}

#[test]
fn headers_and_tools_with_their_kernels_own_name_are_no_kernel() {
    let image = "linux-image-6.8.0-52-generic 6.8.0-52.53~22.04.1 amd64 linux-signed-hwe-6.8 6.8.0-52.53~22.04.1";
    let aws = "linux-aws-headers-6.8.0-1009 6.8.0-1009.9 all linux-aws 6.8.0-1009.9";
    let parts = [
        "linux-hwe-6.8-headers-6.8.0-40 6.8.0-40.40~22.04.3 all linux-hwe-6.8 6.8.0-40.40~22.04.3",
        "linux-hwe-6.8-tools-6.8.0-40 6.8.0-40.40~22.04.3 amd64 linux-hwe-6.8 6.8.0-40.40~22.04.3",
        "linux-hwe-6.8-bpf-dev 6.8.0-40.40~22.04.3 amd64 linux-hwe-6.8 6.8.0-40.40~22.04.3",
        aws,
        image,
    ];
    let packages = parts.map(deb).to_vec();
    let ubuntu = host(
        Scheme::Dpkg,
        "ubuntu",
        "22.04",
        "6.8.0-52-generic",
        packages,
    );
    let fixes = ["linux-hwe-6.8", "linux-aws"].map(|s| fix(s, "6.8.0-52.53~22.04.1", true));
    assert!(open(&ubuntu, &fixes).is_empty());

    let kbuild = "linux-kbuild-6.1 6.1.119-1~deb11u1 amd64 linux-6.1 6.1.119-1~deb11u1";
    let later = [fix("linux-6.1", "6.1.128-1~deb11u1", true)];
    assert!(open(&debian("", &[kbuild]), &later).is_empty());
}

#[test]
fn debians_second_signed_kernel_is_named_as_advisories_name_it() {
    let image = "linux-image-6.1.0-0.deb11.28-amd64 6.1.119-1~deb11u1 amd64 linux-signed-6.1-amd64 6.1.119+1~deb11u1";
    let host = debian("6.1.0-0.deb11.28-amd64", &[image]);
    assert_eq!(
        open(&host, &[fix("linux-6.1", "6.1.128-1~deb11u1", true)]),
        ["linux-6.1 6.1.119-1~deb11u1 NotInstalled"]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_kernel_that_runs_and_is_not_installed_any_more_is_open() {
    let debian_new = "linux-image-6.1.0-31-amd64 6.1.128-1 amd64 linux-signed-amd64 6.1.128+1";
    let cloud = "linux-image-6.1.0-31-cloud-amd64 6.1.128-1 amd64 linux-signed-amd64 6.1.128+1";
    let lts = "linux-lts 6.6.60-r0 x86_64 linux-lts 6.6.60-r0";
    let ga = "linux-image-5.15.0-130-generic 5.15.0-130.140 amd64 linux-signed 5.15.0-130.140";
    let hwe = "linux-image-6.8.0-52-generic 6.8.0-52.53~22.04.1 amd64 linux-signed-hwe-6.8 6.8.0-52.53~22.04.1";
    let el9 = "kernel-core 5.14.0-427.20.1.el9_4 x86_64 kernel 5.14.0-427.20.1.el9_4";
    let (apk, dpkg, rpm) = (Scheme::Apk, Scheme::Dpkg, Scheme::Rpm);
    let linux = ("linux", "6.1.128-1");
    let of_hwe = ("linux-hwe-6.8", "6.8.0-52.53~22.04.1");
    let of_ga = ("linux", "5.15.0-130.140");
    type Case<'a> = (
        Scheme,
        &'a str,
        &'a str,
        &'a str,
        &'a [&'a str],
        (&'a str, &'a str),
        &'a str,
    );
    let cases: [Case<'_>; 14] = [
        (
            apk,
            "alpine",
            "6.6.58-0-lts",
            "",
            &[lts],
            ("linux-lts", "6.6.60-r0"),
            "linux-lts 6.6.58-r0 NotRunning",
        ),
        (
            apk,
            "alpine",
            "6.6.58-0-lts",
            "",
            &[lts],
            ("linux-lts", "6.6.58-r0"),
            "",
        ),
        (
            apk,
            "alpine",
            "6.6.58-0-virt",
            "",
            &[lts],
            ("linux-lts", "6.6.60-r0"),
            "",
        ),
        (
            dpkg,
            "debian",
            "6.1.0-28-amd64",
            "6.1.119-1",
            &[debian_new],
            linux,
            "linux 6.1.119-1 NotRunning",
        ),
        (
            dpkg,
            "debian",
            "6.1.0-28-amd64",
            "6.1.119-1",
            &[debian_new],
            ("linux", "6.1.119-1"),
            "",
        ),
        // Another flavour may well be a container's; none is one.
        (
            dpkg,
            "debian",
            "6.1.0-28-amd64",
            "6.1.119-1",
            &[cloud],
            linux,
            "",
        ),
        (
            dpkg,
            "debian",
            "6.1.0-28-amd64",
            "6.1.119-1",
            &[],
            linux,
            "",
        ),
        (dpkg, "debian", "6.1.50-mine", "", &[debian_new], linux, ""),
        (
            dpkg,
            "ubuntu",
            "6.8.0-51-generic",
            "",
            &[ga, hwe],
            of_hwe,
            "linux-hwe-6.8 6.8.0-51 NotRunning",
        ),
        (
            dpkg,
            "ubuntu",
            "6.8.0-51-generic",
            "",
            &[ga, hwe],
            ("linux-hwe-6.8", "6.8.0-51.52~22.04.1"),
            "",
        ),
        // The old one of one series says nothing about another series.
        (
            dpkg,
            "ubuntu",
            "5.15.0-100-generic",
            "",
            &[ga, hwe],
            of_hwe,
            "",
        ),
        (
            dpkg,
            "ubuntu",
            "5.15.0-100-generic",
            "",
            &[ga, hwe],
            of_ga,
            "linux 5.15.0-100 NotRunning",
        ),
        (
            rpm,
            "rocky",
            "5.14.0-427.13.1.el9_4.x86_64",
            "",
            &[el9],
            ("kernel", "5.14.0-427.20.1.el9_4"),
            "kernel 5.14.0-427.13.1.el9_4 NotRunning",
        ),
        (
            rpm,
            "rocky",
            "5.10.1",
            "",
            &[el9],
            ("kernel", "5.14.0-427.20.1.el9_4"),
            "",
        ),
    ];
    for (scheme, os, kernel, build, packages, (source, fixed), expected) in cases {
        let packages = packages.iter().map(|l| deb(l)).collect();
        let mut inventory = host(scheme, os, "1", kernel, packages);
        inventory.kernel_build = build.into();
        let got = open(&inventory, &[fix(source, fixed, true)]).join(", ");
        assert_eq!(got, expected, "{kernel} {source} {fixed}");
    }
}

#[test]
fn a_source_rpm_is_compared_without_epochs() {
    let of_source = |line: &str, source_version: &str| Installed {
        source_version: source_version.into(),
        ..rpm(line)
    };
    let host = |evr: &str| {
        let errno = format!("perl-Errno 1.30-{evr} x86_64 perl - -");
        let own = format!("perl-interpreter 4:5.32.1-{evr} x86_64 perl - -");
        let source = format!("5.32.1-{evr}");
        let packages = vec![of_source(&errno, &source), of_source(&own, &source)];
        host(Scheme::Rpm, "rocky", "9.6", "", packages)
    };
    let fixes = [fix("perl", "4:5.32.1-481.1.el9_6", true)];
    assert!(open(&host("481.1.el9_6"), &fixes).is_empty());
    assert_eq!(
        open(&host("480.el9"), &fixes),
        ["perl 5.32.1-480.el9 NotInstalled"]
    );
    // Where a fix names binaries, their epochs count.
    let binary = [fix("perl-interpreter", "5:1-1.el9", false)];
    assert_eq!(open(&host("481.1.el9_6"), &binary).len(), 1);
}

#[test]
fn a_fix_of_some_stream_leaves_open_whether_it_is_for_the_installed_one() {
    let untold = |version: &str, module: &str| {
        let inventory = alma(
            "",
            &[&format!("ruby {version} x86_64 ruby AlmaLinux {module}")],
        );
        let some = Fix {
            module: ANY_STREAM.into(),
            ..fix("ruby", "3.0.4-141.module_el8.6.0+3074", false)
        };
        let found = find_open(&inventory, [&some]);
        assert!(found.open.is_empty() && found.foreign.is_empty());
        found.untold.len()
    };
    assert_eq!(untold("3.0.2-140.module_el8.5.0+1", "ruby:3.0"), 1);
    assert_eq!(untold("2.5.9-110.module_el8.5.0+1", "ruby:2.5"), 1);
    assert_eq!(untold("3.1.2-141.module_el8.7.0+1", "ruby:3.1"), 0);
    assert_eq!(untold("2.5.9-110.el8", "-"), 0, "an ordinary package");
}

#[test]
fn rpm_names_binaries_modules_and_vendors() {
    let installed = [
        "openssl-libs 1:3.0.7-24.el9 x86_64 openssl AlmaLinux -",
        "openssl 1:3.0.7-24.el9 x86_64 openssl AlmaLinux -",
        "nodejs 1:18.19.0-1.module_el9.3.0+100 x86_64 nodejs AlmaLinux nodejs:18",
        "php-cli 8.1.0-1.el9.remi x86_64 php Remi's_RPM_repository -",
    ];
    let cases = [
        (
            "two binaries of one source are one thing to do",
            "openssl",
            "",
            "1:3.0.7-25.el9",
            1,
        ),
        ("an epoch counts", "openssl-libs", "", "3.0.99-1.el9", 0),
        (
            "its own stream",
            "nodejs",
            "nodejs:18",
            "1:18.20.0-1.module_el9.4.0+1",
            1,
        ),
        (
            "another stream of the module",
            "nodejs",
            "nodejs:20",
            "1:20.1.0-1.module_el9.4.0+1",
            0,
        ),
        (
            "an ordinary package of that name",
            "nodejs",
            "",
            "1:99.0-1.el9",
            0,
        ),
        ("somebody else's build", "php-cli", "", "8.1.99-1.el9", 0),
    ];
    let inventory = alma("", &installed);
    for (what, package, module, fixed, expected) in cases {
        let mut all = vec![Fix {
            module: module.into(),
            ..fix(package, fixed, false)
        }];
        if package == "openssl" {
            all.push(fix("openssl-libs", fixed, false));
        }
        assert_eq!(find_open(&inventory, &all).open.len(), expected, "{what}");
    }
    let foreign = find_open(&inventory, &[fix("php-cli", "8.1.99-1.el9", false)]).foreign;
    assert_eq!(foreign, BTreeSet::from(["php-cli".to_owned()]));
    let other = Fix {
        arch: "aarch64".into(),
        ..fix("openssl", "9", false)
    };
    assert!(
        find_open(&inventory, &[other]).open.is_empty(),
        "another architecture"
    );
}

#[test]
fn what_one_version_closes_is_one_thing_and_the_worst_comes_first() {
    let inventory = debian("", &["a 1 amd64 a 1", "b 1 amd64 b 1"]);
    let b = Fix {
        exploited: true,
        published: Some(at("2026-02-01")),
        ..fix("b", "2", true)
    };
    let first = Fix {
        severity: Some(Severity::High),
        known_since: Some(at("2026-03-01")),
        ..fix("a", "2", true)
    };
    let second = Fix {
        advisory: "A-2".into(),
        cves: vec!["CVE-2024-2".into()],
        published: Some(at("2026-01-01")),
        epss_bp: Some(9_000),
        ..fix("a", "2", true)
    };
    let found = find_open(&inventory, [&first, &second, &b]).open;
    assert_eq!(
        found.iter().map(|o| o.package.as_str()).collect::<Vec<_>>(),
        ["b", "a"]
    );
    let a = &found[1];
    assert_eq!(
        (a.advisories.len(), a.cves.len(), a.epss_bp),
        (2, 2, Some(9_000))
    );
    assert_eq!(
        (a.severity, a.since),
        (Some(Severity::High), Some(at("2026-01-01")))
    );
}

#[test]
fn releases_are_told_apart_as_advisories_do() {
    let cases = [
        ("debian", "12", "12"),
        ("ubuntu", "22.04", "22.04"),
        ("almalinux", "9.4", "9"),
        ("rhel", "8.10", "8"),
        ("alpine", "3.20.3", "3.20"),
    ];
    for (os, version, release) in cases {
        assert_eq!(Distribution::new(os, version).release, release, "{os}");
    }
    assert_eq!(
        Distribution::debian("bookworm"),
        Some(Distribution::new("debian", "12"))
    );
    assert_eq!(Distribution::debian("sid"), None);
}
