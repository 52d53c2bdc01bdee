//! Feeds on the command line.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the program that is under test"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use sha2::{Digest as _, Sha256};

use crate::{feeds::sample, feeds_life::big_tracker};

fn collector(data: &Path, args: &[&str], limit: Option<&str>) -> Output {
    let program = env!("CARGO_BIN_EXE_capdo-collector");
    let mut command = match limit {
        None => Command::new(program),
        Some(bytes) => {
            let mut limited = Command::new("prlimit");
            limited.arg(format!("--as={bytes}")).arg(program);
            limited
        }
    };
    let output = command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("MALLOC_ARENA_MAX", "1")
        .arg("--data")
        .arg(data)
        .args(args)
        .output();
    output.expect("prlimit (package util-linux) and the collector start")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// The file is larger than all the memory that the program may map. Each thread's heap would otherwise
/// reserve 64 MiB that nobody uses.
#[test]
fn a_file_larger_than_memory_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        collector(dir.path(), &["init", "--name", "localhost"], None)
            .status
            .success()
    );
    let path = dir.path().join("tracker.json");
    big_tracker(&path, 256, 1 << 20);
    let limit = 240 << 20;
    let bytes = fs::metadata(&path).unwrap().len();
    assert!(bytes > limit, "{bytes}");
    let start = std::time::Instant::now();
    let args = [
        "feed",
        "import",
        "debian-tracker",
        path.to_str().unwrap(),
        "--lang",
        "en",
    ];
    let output = collector(dir.path(), &args, Some(&limit.to_string()));
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("256 records"), "{}", said(&output));
    println!(
        "{} MiB in {:?} within {} MiB of address space",
        bytes >> 20,
        start.elapsed(),
        limit >> 20
    );
}

#[test]
fn the_command_line_checks_before_it_believes() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        collector(dir.path(), &["init", "--name", "localhost"], None)
            .status
            .success()
    );
    let path = sample("kev.json");
    let path = path.to_str().unwrap();
    let wrong = "00".repeat(32);
    let run = |args: &[&str]| collector(dir.path(), args, None);
    let refused = run(&[
        "feed", "import", "kev", path, "--sha256", &wrong, "--lang", "en",
    ]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("Nothing was imported"),
        "{}",
        said(&refused)
    );
    assert_eq!(
        run(&["feed", "import", "kev", path, "--sha256", "x"])
            .status
            .code(),
        Some(64)
    );
    assert_eq!(
        run(&["feed", "import", "kev", path, "--date", "x"])
            .status
            .code(),
        Some(64)
    );
    assert!(!said(&run(&["feed", "list"])).contains("kev.json"));

    let right = hex::encode(Sha256::digest(fs::read(path).unwrap()));
    let done = run(&[
        "feed", "import", "kev", path, "--sha256", &right, "--lang", "en",
    ]);
    assert!(
        done.status.success() && said(&done).contains(&right),
        "{}",
        said(&done)
    );
    let again = run(&["feed", "import", "kev", path]);
    assert!(
        said(&again).contains("đã nạp trước đây"),
        "{}",
        said(&again)
    );
    assert!(said(&run(&["feed", "list"])).contains("kev.json"));
    assert!(said(&run(&["feed", "show", "1", "--lang", "en"])).contains("Content of: 2025-08-25"));
    assert!(!run(&["feed", "show", "99"]).status.success());
    assert_eq!(
        run(&["package", "search", "a", "<", "b", "<"])
            .status
            .code(),
        Some(64)
    );
}

/// As Canonical packs its records.
#[test]
fn files_packed_as_xz_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(
        collector(&data, &["init", "--name", "localhost"], None)
            .status
            .success()
    );
    let copy = dir.path().join("kev.json");
    fs::copy(sample("kev.json"), &copy).unwrap();
    let packed = Command::new("xz").arg(&copy).status();
    assert!(packed.expect("xz (package xz-utils) starts").success());
    let packed = dir.path().join("kev.json.xz");
    let args = [
        "feed",
        "import",
        "kev",
        packed.to_str().unwrap(),
        "--lang",
        "en",
    ];
    let output = collector(&data, &args, None);
    assert!(said(&output).contains("4 records"), "{}", said(&output));
}

#[test]
fn what_failed_leaves_nothing_behind_and_nothing_found_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| collector(dir.path(), &[args, &["--lang", "en"]].concat(), None);
    assert!(run(&["init", "--name", "localhost"]).status.success());
    let path = dir.path().join("broken-feed.json");
    fs::write(&path, "{\"vulnerabilities\": [").unwrap();
    let path = path.to_str().unwrap();
    for kind in ["kev", "debian-tracker", "osv"] {
        let refused = run(&["feed", "import", kind, path]);
        assert!(!refused.status.success(), "{kind}: {}", said(&refused));
        let all = said(&run(&["feed", "list"]));
        assert!(!all.contains("broken-feed"), "{kind}: {all}");
    }
    let found = run(&["package", "search", "bash"]);
    assert!(found.status.success());
    assert!(
        said(&found).contains("Nothing was found"),
        "{}",
        said(&found)
    );
    let found = run(&["package", "search", "bash", "--json"]);
    assert_eq!(said(&found).trim(), "[]");
}
