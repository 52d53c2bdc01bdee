//! A real agent's package list: it travels once, then only what changed, and a feed that another process
//! imports judges the host anew.

use std::fs;

use capdo_tests::{Stage, eventually};
use serde_json::{Value, json};

/// This machine's distribution, as os-release names it.
fn os() -> (String, String) {
    let text = fs::read_to_string("/etc/os-release").unwrap();
    let value = |key: &str| {
        let line = text
            .lines()
            .find_map(|l| l.strip_prefix(key))
            .unwrap_or_default();
        line.trim_matches('"').to_owned()
    };
    (value("ID="), value("VERSION_ID="))
}

fn advised(stage: &Stage, host: &str) -> Option<String> {
    let findings = stage.ok(&["host", "findings", host]);
    let of = |f: &&Value| f["check_id"] == "patch.advisories";
    let found = findings.as_array()?.iter().find(of)?["verdict"]
        .as_str()?
        .to_owned();
    Some(found)
}

#[test]
fn a_feed_judges_a_real_host_anew() {
    let (id, version) = os();
    assert_eq!(id, "debian", "this test is written for Debian");
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let _service = agent.serve();
    let found = eventually("the list of packages", || {
        let found = stage.ok(&["package", "search", "dpkg"]);
        found.as_array().filter(|all| !all.is_empty()).cloned()
    });
    let query = std::process::Command::new("dpkg-query")
        .args(["-W", "-f=${Version}", "dpkg"])
        .output()
        .unwrap();
    let installed = String::from_utf8(query.stdout).unwrap();
    assert_eq!(found[0]["version"], installed.as_str());
    assert_eq!(found[0]["release"], format!("{id} {version}").as_str());
    let below = format!("dpkg<{installed}");
    assert_eq!(stage.ok(&["package", "search", &below]), json!([]));
    let host = found[0]["host_id"].as_str().unwrap().to_owned();
    assert_eq!(advised(&stage, &host), None, "no feed: not measured");

    // A feed in which dpkg has an old hole whose fix is not installed.
    let release = version.split('.').next().unwrap();
    let record = |id: &str, fixed: &str| {
        json!({
            "id": id, "published": "2024-01-01T00:00:00Z",
            "affected": [{
                "package": { "ecosystem": format!("Debian:{release}"), "name": "dpkg" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": fixed }] }],
            }],
        })
    };
    let folder = stage.path().join("osv");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("DSA-1-1.json"),
        record("DSA-1-1", &installed).to_string(),
    )
    .unwrap();
    stage.ok(&["feed", "import", "osv", folder.to_str().unwrap()]);
    eventually("nothing is missing", || {
        advised(&stage, &host).filter(|verdict| verdict == "pass")
    });
    fs::write(
        folder.join("DSA-2-1.json"),
        record("DSA-2-1", "99:1").to_string(),
    )
    .unwrap();
    let start = std::time::Instant::now();
    stage.ok(&["feed", "import", "osv", folder.to_str().unwrap()]);
    eventually("a fix is missing", || {
        advised(&stage, &host).filter(|verdict| verdict == "fail")
    });
    println!(
        "judged anew {:?} after the import began, no agent asked",
        start.elapsed()
    );
    let taken = stage.log().matches("package list taken").count();
    assert_eq!(taken, 1, "the list travelled once");
}
