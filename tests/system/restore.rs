//! A collector goes back to a backup; its agents bring what changed since by themselves.

use std::{collections::BTreeSet, fs, time::Instant};

use capdo_checks::registry;
use capdo_tests::{Stage, eventually};
use serde_json::Value;

/// What the collector holds for its host, as far as an agent says it.
fn held(stage: &Stage, host: &str) -> BTreeSet<String> {
    let findings = stage.ok(&["host", "findings", host]);
    let all = findings.as_array().unwrap().iter();
    // What the collector makes itself comes by itself.
    let made_here = |f: &&Value| f["check_id"].as_str().is_some_and(registry::is_collected);
    let all = all.filter(|f| !made_here(f));
    let said = |f: &Value| {
        format!(
            "{} {} {}",
            f["check_id"], f["subject_kind"], f["subject_name"]
        )
    };
    all.map(said).collect()
}

#[test]
fn agents_bring_what_a_restored_collector_lacks() {
    let stage = Stage::new();
    let mut collector = stage.serve();
    let agent = stage.enrol("agent");
    let hosts = stage.ok(&["host", "list"]);
    let host = hosts[0]["id"].as_str().unwrap();
    // Beside the serving collector, when it knows the host and nothing that it saw.
    let backup = stage.path().join("backup.tar");
    let file = backup.to_str().unwrap();
    stage.ok(&["backup", "create", file]);
    assert_eq!(held(&stage, host), BTreeSet::new());
    let _service = agent.serve();
    let before = eventually("the first run", || {
        Some(held(&stage, host)).filter(|held| held.len() > 50)
    });

    collector.kill();
    fs::rename(stage.data(), stage.path().join("lost")).unwrap();
    let into = stage.data();
    stage.ok(&["backup", "restore", file, "--into", into.to_str().unwrap()]);
    assert_eq!(held(&stage, host), BTreeSet::new());
    let begun = Instant::now();
    let _restored = stage.serve();
    let after = eventually("the agent brings its state", || {
        Some(held(&stage, host)).filter(|held| held.len() > 50)
    });
    assert_eq!(after, before);
    let shown = stage.ok(&["host", "show", host]);
    assert_eq!(shown["integrity"], Value::Array(Vec::new()));
    assert_eq!(shown["host"]["last_counter"], 2);
    println!(
        "a backup without any finding restored: all {} held again {:.1?} after the start",
        after.len(),
        begun.elapsed()
    );
}
