//! `backup attest-restore` and `backup list`.

use std::{fs, path::Path};

use serde_json::Value;

use crate::program::{Ran, agent, text};

/// A folder with a configuration, data, a true copy and a false one.
fn place() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |path: &str, content: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    let state = dir.path().join("state");
    put("agent.toml", &format!("state_dir = {:?}\n", text(&state)));
    put("data/a/b", "one");
    put("same/a/b", "one");
    put("other/a/b", "two");
    dir
}

fn attest(dir: &Path, more: &[&str]) -> Ran {
    let config = dir.join("agent.toml");
    let mut args = vec![
        "--config",
        text(&config),
        "--lang",
        "en",
        "backup",
        "attest-restore",
    ];
    args.extend(["--target", "/srv/backup", "--by", "An"]);
    args.extend(more);
    agent(&args)
}

fn tests_of(dir: &Path) -> Vec<Value> {
    let config = dir.join("agent.toml");
    let ran = agent(&["--config", text(&config), "backup", "list", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let list: Value = serde_json::from_str(&ran.stdout).unwrap();
    list["restore_tests"].as_array().unwrap().clone()
}

#[test]
fn a_comparison_is_made_before_it_is_recorded() {
    let dir = place();
    let at = |name: &str| text(&dir.path().join(name)).to_owned();
    let (data, same, other) = (at("data"), at("same"), at("other"));
    let ran = attest(dir.path(), &["--result", "ok", "--compare", &data, &other]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        tests_of(dir.path()).is_empty(),
        "what differs is no success"
    );
    let ran = attest(dir.path(), &["--result", "ok", "--compare", &data, &data]);
    assert_ne!(ran.code, 0, "the data is no restored copy of itself");
    let ran = attest(
        dir.path(),
        &["--result", "ok", "--compare", &data, "/no/such"],
    );
    assert!(
        ran.code != 0 && ran.stderr.contains("/no/such"),
        "{}",
        ran.stderr
    );
    let ran = attest(dir.path(), &["--result", "ok", "--compare", &data, &same]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = attest(dir.path(), &["--result", "failed", "--date", "2026-01-02"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let tests = tests_of(dir.path());
    assert_eq!(tests.len(), 2);
    assert_eq!(tests[0]["compared"]["files"], 1);
    assert_eq!(tests[1]["result"], "failed");
    assert_eq!(tests[1]["previous"].as_str().unwrap().len(), 64);
}

#[test]
fn what_is_still_to_come_is_not_recorded() {
    let dir = place();
    let ran = attest(dir.path(), &["--result", "ok", "--date", "2999-01-01"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("2999-01-01"), "{}", ran.stderr);
    assert!(tests_of(dir.path()).is_empty());
}

#[test]
fn a_record_that_was_changed_is_refused() {
    let dir = place();
    for _ in 0..2 {
        assert_eq!(attest(dir.path(), &["--result", "ok"]).code, 0);
    }
    let file = dir.path().join("state/restore-tests.jsonl");
    let changed = fs::read_to_string(&file).unwrap().replacen("An", "Ba", 1);
    fs::write(&file, changed).unwrap();
    let ran = attest(dir.path(), &["--result", "ok"]);
    assert!(
        ran.code != 0 && ran.stderr.contains("restore-tests.jsonl"),
        "{}",
        ran.stderr
    );
}
