//! A host that never connects: enrolled, reporting and settled by files that are carried.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::Path,
};

use capdo_agent::{
    budget::Taken,
    chance,
    clock::{Clock as _, SystemClock},
    spool::{NewRun, Spool},
};
use capdo_checks::facts::inventory::Installed;
use capdo_proto::{
    carried::Reader,
    v1::{self, carried_record::Record},
};
use capdo_tests::{Agent, Stage, eventually};
use serde_json::Value;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn fine(agent: &Agent, args: &[&str]) -> String {
    let output = agent.run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Enrols the host by files; its id.
fn enrol(stage: &Stage, agent: &Agent) -> String {
    let (request, grant) = (stage.path().join("request"), stage.path().join("grant"));

    fine(agent, &["enroll", "--offline-request", text(&request)]);
    let enrol = ["host", "enroll-offline", "--system", "Cổng thử", "--out"];
    let given = stage.ok(&[&enrol[..], &[text(&grant), text(&request)]].concat());
    let zeros = "0".repeat(64);
    let take = |pin: &str| {
        let args = [
            "enroll",
            "--offline-grant",
            text(&grant),
            "--ca-sha256",
            pin,
        ];
        agent.run(&args)
    };
    assert_eq!(
        take(&zeros).status.code(),
        Some(70),
        "a CA that nobody trusts"
    );
    let taken = take(given["ca_sha256"].as_str().unwrap());
    assert!(
        taken.status.success(),
        "{}",
        String::from_utf8_lossy(&taken.stderr)
    );
    given["host"]["id"].as_str().unwrap().to_owned()
}

/// Puts a run that finds nothing new beside a service that is stopped, and `more` into its package list.
fn another_run(agent: &Agent, more: Option<&str>) {
    let mut spool = Spool::open(&agent.state()).unwrap();
    if let Some(name) = more {
        let mut list = spool.inventories().unwrap().0.unwrap();
        let name = name.to_owned();
        list.packages.push(Installed {
            version: "1".to_owned(),
            source: name.clone(),
            name,
            ..Installed::default()
        });
        list.packages.sort();
        spool.put_inventory(&list).unwrap();
    }
    let at = SystemClock.now_ms();
    let run = NewRun {
        started: v1::RunStarted {
            run_id: chance::uuid_v7(at),
            started_ms: at,
            catalogue_sha256: vec![1; 32],
            checks: vec![v1::CheckRef {
                check_id: "a.one".to_owned(),
                check_version: 1,
            }],
            assignment_revision: spool.assignment().unwrap().unwrap().revision,
            ..v1::RunStarted::default()
        },
        findings: Vec::new(),
        complete: false,
        finished_ms: at,
        taken: Taken::default(),
    };
    spool.put(&run).unwrap();
}

/// The parts of a package list that stand in a file.
fn listed(file: &Path) -> Vec<v1::InventoryDelta> {
    let mut reader = Reader::new(fs::File::open(file).unwrap()).unwrap();
    let mut parts = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        if let Record::InventoryDelta(part) = record {
            parts.push(part);
        }
    }
    parts
}

/// After a receipt for a file with the list `first`, a file brings no list, and then only what changed.
fn the_list_follows(stage: &Stage, agent: &Agent, first: &[v1::InventoryDelta]) {
    // A run that brings nothing new: the receipt named the list. Then one package more.
    let second = stage.path().join("second.runs");
    another_run(agent, None);
    fine(agent, &["export", "--out", text(&second)]);
    assert_eq!(listed(&second), []);
    another_run(agent, Some("goi-thu"));
    let third = stage.path().join("third.runs");
    fine(agent, &["export", "--out", text(&third)]);
    let change = listed(&third);
    assert_eq!((change.len(), change[0].upserts.len()), (1, 1));
    assert_eq!(change[0].base_sha256, first[0].sha256);
    let imported = stage.ok(&["import", text(&third)]);
    assert_eq!(imported[0]["imported"]["taken"], 2);
    let found = stage.ok(&["package", "search", "goi-thu"]);
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn a_one_way_site_is_scored_by_carried_files() {
    let stage = Stage::new(); // its collector never serves: nothing here needs a network
    let agent = Agent::new(&stage, "agent");
    let at = |name: &str| stage.path().join(name);
    let runs = at("1.runs");
    let host = enrol(&stage, &agent);
    let mut service = agent.serve();
    eventually("the first run", || {
        let status: Value = serde_json::from_str(&fine(&agent, &["status", "--json"])).ok()?;
        assert_ne!(status["service"]["connection"], "connected");
        (status["spool_depth"].as_u64()? > 0).then_some(())
    });
    // Beside the running service.
    fine(&agent, &["export", "--out", text(&runs)]);
    service.stop();
    let imported = stage.ok(&["import", text(&runs)]);
    assert_eq!(imported[0]["imported"]["already"], false);
    let findings = stage.ok(&["host", "findings", &host]);
    assert!(findings.as_array().unwrap().len() > 50, "{findings}");
    assert!(stage.score()["coverage_bp"].as_i64().unwrap() > 0);
    let first = listed(&runs);
    assert!(!first.is_empty() && first[0].base_sha256.is_empty());
    let found = stage.ok(&["package", "search", "dpkg"]);
    let found = found.as_array().unwrap();
    assert!(found.iter().any(|p| p["name"] == "dpkg"), "{found:?}");
    let again = stage.ok(&["import", text(&runs)]);
    assert_eq!(again[0]["imported"]["already"], true);

    let receipt = imported[0]["receipt"].as_str().unwrap();
    let forged = at("forged.json");
    let changed = fs::read_to_string(receipt)
        .unwrap()
        .replace("\"last_counter\": ", "\"last_counter\": 9");
    fs::write(&forged, changed).unwrap();
    fs::copy(format!("{receipt}.sig"), at("forged.json.sig")).unwrap();
    assert_eq!(
        agent.run(&["receipt", text(&forged)]).status.code(),
        Some(70)
    );
    fine(&agent, &["receipt", receipt]);
    let nothing = at("2.runs");
    let down = agent.run(&["export", "--out", text(&nothing)]);
    let words = String::from_utf8_lossy(&down.stderr).into_owned();
    assert_eq!(down.status.code(), Some(70), "{words}");
    assert!(words.contains("service does not run"), "{words}");
    assert!(!nothing.exists(), "everything was settled");
    the_list_follows(&stage, &agent, &first);
    // A collector that lost everything since can have the whole state.
    let whole = at("whole.runs");
    fine(&agent, &["export", "--whole", "--out", text(&whole)]);
    let known = stage.ok(&["import", text(&whole)]);
    assert_eq!(known[0]["imported"]["file"], Value::Null, "flattened");
    assert_eq!(known[0]["imported"]["known"], 1);
    let all: usize = listed(&whole).iter().map(|p| p.upserts.len()).sum();
    let before: usize = first.iter().map(|p| p.upserts.len()).sum();
    assert_eq!(all, before + 1);
}

#[test]
fn what_root_enrolled_by_files_the_service_can_use() {
    const NOBODY: u32 = 65_534;
    let stage = Stage::new();
    let agent = Agent::new(&stage, "agent");
    // As tmpfiles.d makes it.
    chown(agent.state(), Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(agent.state(), fs::Permissions::from_mode(0o700)).unwrap();
    for open in [stage.path(), agent.state().parent().unwrap()] {
        fs::set_permissions(open, fs::Permissions::from_mode(0o755)).unwrap();
    }
    enrol(&stage, &agent); // as root
    for file in fs::read_dir(agent.state()).unwrap() {
        let file = file.unwrap();
        let (made, path) = (file.metadata().unwrap(), file.path());
        let told = (made.uid(), made.gid(), made.mode() & 0o7777);
        assert_eq!(told, (NOBODY, NOBODY, 0o600), "{}", path.display());
    }
    let mut service = agent.serve_as_nobody();
    eventually("the first run", || {
        let status: Value = serde_json::from_str(&fine(&agent, &["status", "--json"])).ok()?;
        let error = &status["service"]["spool_error"];
        assert_eq!(*error, Value::Null, "{}", agent.log());
        (status["spool_depth"].as_u64()? > 0).then_some(())
    });
    // As root, beside the service and after it.
    let (beside, after) = (stage.path().join("1.runs"), stage.path().join("2.runs"));
    fine(&agent, &["export", "--out", text(&beside)]);
    assert_eq!(service.stop(), Some(0));
    fine(&agent, &["export", "--out", text(&after)]);
    let imported = stage.ok(&["import", text(&beside)]);
    assert_eq!(imported[0]["imported"]["taken"], 1, "{imported}");
    // Where it cannot keep runs, nothing waits; then that is told.
    fine(
        &agent,
        &["receipt", imported[0]["receipt"].as_str().unwrap()],
    );
    let said = agent.state().join("status.json");
    let mut status: Value = serde_json::from_str(&fs::read_to_string(&said).unwrap()).unwrap();
    status["spool_error"] = "attempt to write a readonly database".into();
    fs::write(&said, status.to_string()).unwrap();
    let refused = agent.run(&["export", "--out", text(&after)]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(70), "{words}");
    assert!(words.contains("readonly database"), "{words}");
}
