//! A host whose key is in its TPM, before a real collector.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
    process::Output,
};

use capdo_tests::{Agent, Running, Stage, eventually};
use serde_json::Value;

use crate::swtpm::Swtpm;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn fine(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output, code: i32, words: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(words), "{stderr}");
}

fn agent_at(stage: &Stage, name: &str, tpm: &Swtpm) -> Agent {
    let agent = Agent::new(stage, name);
    agent.use_tpm(&tpm.socket());
    // Short runs: what they find does not matter here.
    agent.configure("[budget]\ncpu = \"1s\"\n");
    agent
}

fn status(agent: &Agent) -> Value {
    let output = agent.run(&["status", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

fn until_settled(agent: &Agent) -> Running {
    let service = agent.serve();
    eventually("a run that the collector took", || {
        let status = status(agent);
        let acked = status["service"]["last_ack_ms"].as_i64().is_some();
        (acked && status["spool_depth"] == 0).then_some(())
    });
    service
}

fn until_connected(agent: &Agent) -> Running {
    let service = agent.serve();
    eventually("a session", || {
        (status(agent)["service"]["connection"] == "connected").then_some(())
    });
    service
}

/// The one host of the stage, as the collector shows it.
fn host(stage: &Stage) -> Value {
    let hosts = stage.ok(&["host", "list"]);
    assert_eq!(hosts.as_array().unwrap().len(), 1);
    hosts[0].clone()
}

#[test]
fn a_host_is_measured_by_a_key_that_never_leaves_its_tpm() {
    let (stage, mut tpm) = (Stage::new(), Swtpm::start());
    let _collector = stage.serve();
    let agent = agent_at(&stage, "agent", &tpm);
    let (token, pin) = stage.token();
    let said = fine(&agent.enrol(&token, &pin));
    assert!(said.contains(text(&tpm.socket())), "{said}");
    let file = agent.state().join("identity");
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains("key_tpm") && !kept.contains("PRIVATE KEY"));
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let mut service = until_settled(&agent);
    assert_eq!(host(&stage)["key_place"], "tpm");
    let id = host(&stage)["id"].as_str().unwrap().to_owned();
    let page = fine(&stage.collector(&["--lang", "vi", "host", "show", &id]));
    assert!(page.contains("trong TPM của máy chủ"), "{page}");
    let said = fine(&agent.run(&["--lang", "vi", "status"]));
    assert!(said.contains("Khóa: trong TPM"), "{said}");
    assert_eq!(tpm.in_memory(), 0);

    // Revoked, it is turned away whatever it is made of.
    stage.ok(&["host", "revoke", &id, "--why", "thử"]);
    eventually("the session ends", || {
        (status(&agent)["service"]["connection"] != "connected").then_some(())
    });
    assert_eq!(service.stop(), Some(0));
    tpm.stop();
}

#[test]
fn a_stolen_folder_neither_connects_nor_signs_elsewhere() {
    let (stage, tpm, other) = (Stage::new(), Swtpm::start(), Swtpm::start());
    let _collector = stage.serve();
    let agent = agent_at(&stage, "agent", &tpm);
    let (token, pin) = stage.token();
    fine(&agent.enrol(&token, &pin));
    until_connected(&agent).stop();

    let thief = agent_at(&stage, "thief", &other);
    for entry in fs::read_dir(agent.state()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, thief.state().join(path.file_name().unwrap())).unwrap();
    }
    refused(&thief.run(&["run"]), 64, "come from another machine");
    // Nor does it get another key by this one.
    refused(&thief.enrol_again("stolen", &pin), 70, "token");
    assert_eq!(other.in_memory(), 0);
    // The rightful one goes on.
    until_connected(&agent).stop();
}

#[test]
fn a_lost_tpm_is_told_with_the_way_out_and_nothing_takes_its_place() {
    let (stage, mut tpm) = (Stage::new(), Swtpm::start());
    let _collector = stage.serve();
    let agent = agent_at(&stage, "agent", &tpm);
    let (token, pin) = stage.token();
    fine(&agent.enrol(&token, &pin));
    let before = fs::read(agent.state().join("identity")).unwrap();
    tpm.stop();
    refused(&agent.run(&["run"]), 64, "enroll --force");
    tpm.start_again();
    until_connected(&agent).stop();
    tpm.tool(&["tpm2_clear"]).unwrap();
    refused(&agent.run(&["run"]), 64, "it was cleared or replaced");
    assert_eq!(fs::read(agent.state().join("identity")).unwrap(), before);
    // To say in the configuration that there is none does not help itself.
    let off = Agent::new(&stage, "off");
    fs::copy(agent.state().join("identity"), off.state().join("identity")).unwrap();
    refused(&off.run(&["run"]), 64, "tpm = \"off\"");

    // An officer's token for that host gives it a new key; it stays the host that it was.
    let id = host(&stage)["id"].as_str().unwrap().to_owned();
    let (again, _) = stage.token();
    refused(&agent.enrol_again(&again, &pin), 70, "");
    let officers = stage.ok(&["token", "add", "--host", &id]);
    fine(&agent.enrol_again(officers["token"].as_str().unwrap(), &pin));
    until_connected(&agent).stop();
    assert_eq!(host(&stage)["id"], id.as_str());
    assert_eq!(host(&stage)["key_place"], "tpm");
}

#[test]
fn root_makes_no_key_that_the_service_may_not_use() {
    const NOBODY: u32 = 65_534;
    let (stage, tpm) = (Stage::new(), Swtpm::start());
    let _collector = stage.serve();
    let agent = agent_at(&stage, "agent", &tpm);
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    chown(agent.state(), Some(NOBODY), Some(NOBODY)).unwrap();
    mode(&agent.state(), 0o700).unwrap();
    let socket = tpm.socket();
    for open in [
        stage.path(),
        agent.state().parent().unwrap(),
        socket.parent().unwrap(),
    ] {
        mode(open, 0o755).unwrap();
    }
    // As /dev/tpmrm0 is to whoever is not in the group tss.
    mode(&socket, 0o600).unwrap();
    let (token, pin) = stage.token();
    refused(&agent.enrol(&token, &pin), 70, "usermod -aG tss");
    let request = stage.path().join("request");
    let asked = agent.run(&["enroll", "--offline-request", text(&request)]);
    refused(&asked, 70, "usermod -aG tss");
    assert!(!request.exists());
    assert_eq!(fs::read_dir(agent.state()).unwrap().count(), 0);
    chown(&socket, Some(NOBODY), None).unwrap();
    fine(&agent.enrol(&token, &pin)); // the token was not spent
    let mut service = agent.serve_as_nobody();
    eventually("a session", || {
        (status(&agent)["service"]["connection"] == "connected").then_some(())
    });
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn carried_files_are_signed_in_the_tpm_beside_a_running_service() {
    let (stage, tpm) = (Stage::new(), Swtpm::start());
    let agent = agent_at(&stage, "agent", &tpm);
    let at = |name: &str| stage.path().join(name);
    let (request, grant, runs) = (at("request"), at("grant"), at("1.runs"));
    fine(&agent.run(&["enroll", "--offline-request", text(&request)]));
    let pending = fs::read_to_string(agent.state().join("identity.pending")).unwrap();
    assert!(!pending.contains("PRIVATE KEY"));
    let give = ["host", "enroll-offline", "--system", "Cổng thử", "--out"];
    let given = stage.ok(&[&give[..], &[text(&grant), text(&request)]].concat());
    let pin = given["ca_sha256"].as_str().unwrap();
    let take = [
        "enroll",
        "--offline-grant",
        text(&grant),
        "--ca-sha256",
        pin,
    ];
    fine(&agent.run(&take));
    let mut service = agent.serve();
    eventually("the first run", || {
        (status(&agent)["spool_depth"].as_u64()? > 0).then_some(())
    });
    fine(&agent.run(&["export", "--out", text(&runs)]));
    service.stop();
    let imported = stage.ok(&["import", text(&runs)]);
    assert_eq!(imported[0]["imported"]["already"], false);
    assert_eq!(host(&stage)["key_place"], "tpm");
    assert_eq!(tpm.in_memory(), 0);
}
