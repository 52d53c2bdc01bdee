//! Killing either side at any moment loses nothing that was acked and doubles nothing.

use std::{collections::BTreeSet, thread, time::Duration};

use capdo_tests::{Stage, eventually};
use serde_json::Value;

/// Every finding that the collector holds for its one host: check and subject.
fn held(stage: &Stage) -> Vec<String> {
    let hosts = stage.ok(&["host", "list"]);
    let Some(id) = hosts[0]["id"].as_str() else {
        return Vec::new();
    };
    let findings = stage.ok(&["host", "findings", id]);
    let name = |f: &Value| {
        let text = |key: &str| f[key].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {}",
            text("check_id"),
            f["subject_kind"],
            text("subject_name")
        )
    };
    findings
        .as_array()
        .map(|all| all.iter().map(name).collect())
        .unwrap_or_default()
}

#[test]
fn killing_both_sides_loses_and_doubles_nothing() {
    let stage = Stage::new();
    let mut collector = stage.serve();
    let agent = stage.enrol("agent");
    let mut before: BTreeSet<String> = BTreeSet::new();
    for round in 0_u64..12 {
        let mut service = agent.serve();
        thread::sleep(Duration::from_millis(150 + 370 * (round % 5)));
        if round % 3 == 1 {
            collector.kill();
            collector = stage.serve();
        }
        service.kill();
        let now = held(&stage);
        let set: BTreeSet<String> = now.iter().cloned().collect();
        assert_eq!(
            now.len(),
            set.len(),
            "round {round}: a finding stands twice"
        );
        assert!(
            set.is_superset(&before),
            "round {round}: a finding was lost"
        );
        before = set;
    }
    let _service = agent.serve();
    let checks = agent.run(&["checks", "list", "--json"]);
    let checks: Value = serde_json::from_slice(&checks.stdout).unwrap();
    let all = checks
        .as_array()
        .or_else(|| checks["checks"].as_array())
        .unwrap()
        .len();
    eventually("every check has a finding", || {
        let seen: BTreeSet<String> = held(&stage)
            .iter()
            .filter_map(|f| f.split(' ').next().map(str::to_owned))
            .collect();
        (seen.len() == all).then_some(())
    });
}
