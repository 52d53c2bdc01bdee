//! `enroll` and `status` as people call them.

use serde_json::Value;

use crate::program::{agent, agent_with, text};

fn config(dir: &std::path::Path) -> String {
    let file = dir.join("agent.toml");
    std::fs::write(&file, format!("state_dir = \"{}\"\n", text(dir))).unwrap();
    text(&file).to_owned()
}

#[test]
fn an_unreachable_collector_is_named_with_the_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let pin = "00".repeat(32);
    let args = [
        "enroll",
        "--collector",
        "127.0.0.1:1",
        "--token",
        "-",
        "--ca-sha256",
        &pin,
        "--config",
        &config,
        "--lang",
        "en",
    ];
    let ran = agent_with(&args, &[], "TOKEN\n");
    assert_eq!(ran.code, 70);
    assert!(
        ran.stderr.contains("127.0.0.1:1 does not answer"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("TOKEN"));
}

#[test]
fn nobody_is_trusted_blindly() {
    let args = ["enroll", "--collector", "127.0.0.1:1", "--token", "x"];
    let ran = agent(&args);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("--ca-sha256"), "{}", ran.stderr);
    let ran = agent(&[&args[..], &["--ca-sha256", "12"]].concat());
    assert_eq!(ran.code, 64);
}

#[test]
fn status_without_an_identity_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let ran = agent(&["status", "--config", &config, "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("not enrolled"));
    std::fs::write(
        &config,
        format!("lang = \"en\"\nstate_dir = \"{}\"\n", text(dir.path())),
    )
    .unwrap();
    let ran = agent(&["status", "--config", &config]);
    assert!(
        ran.stdout.contains("not enrolled"),
        "the file's language counts"
    );
    let ran = agent(&["status", "--json", "--config", &config]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["enrolled"], false);
    assert_eq!(json["service"]["connection"], "down");
    let ran = agent(&["run", "--config", &config, "--lang", "en"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("capdo-agent enroll"), "{}", ran.stderr);
}
