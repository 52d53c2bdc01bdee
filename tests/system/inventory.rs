//! A real agent's package list: it travels once, then only what changed, and a feed that another process
//! imports judges the host anew.
#![expect(
    clippy::disallowed_methods,
    reason = "compares with what dpkg itself says"
)]

use std::{fs, path::Path, process::Command};

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
    let query = Command::new("dpkg-query")
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

/// What the collector logged of each list that it took: changes, bytes, and whether it was the whole.
fn taken(stage: &Stage) -> Vec<(usize, usize, bool)> {
    let log = stage.log();
    let lines = log.lines().filter(|l| l.contains("package list taken"));
    let read = |line: &str| {
        // The names of fields stand between escapes for colours.
        let plain: String = line.split('\u{1b}').fold(String::new(), |text, part| {
            text + part.split_once('m').map_or(part, |(code, rest)| {
                if code.starts_with('[') { rest } else { part }
            })
        });
        let value = |key: &str| {
            let found = plain.split_whitespace().find_map(|w| w.strip_prefix(key));
            found
                .unwrap_or_else(|| panic!("{key} is not in: {plain}"))
                .to_owned()
        };
        (
            value("changes=").parse().unwrap(),
            value("bytes=").parse().unwrap(),
            value("whole=") == "true",
        )
    };
    lines.map(read).collect()
}

/// dpkg's status with another version of one package.
fn with_version(status: &str, package: &str, version: &str) -> String {
    let head = format!("Package: {package}\n");
    let stanzas = status.split("\n\n").map(|stanza| {
        if !format!("{stanza}\n").starts_with(&head) {
            return stanza.to_owned();
        }
        let lines = stanza.lines().map(|l| match l.strip_prefix("Version: ") {
            Some(_) => format!("Version: {version}"),
            None => l.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    stanzas.collect::<Vec<_>>().join("\n\n")
}

/// An upgrade of one package travels as one small message; a list that the collector lost is asked for
/// and comes whole. The agent sees a file of ours in the place of dpkg's.
#[test]
fn an_upgrade_travels_as_a_small_change_and_what_was_lost_comes_whole() {
    const STATUS: &str = "/var/lib/dpkg/status";
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let own = stage.path().join("status");
    let real = fs::read_to_string(STATUS).unwrap();
    fs::write(&own, &real).unwrap();
    let serve = || agent.serve_with(&own, Path::new(STATUS));
    let version = |expected: &str| {
        eventually(expected, || {
            let found = stage.ok(&["package", "search", "dpkg"]);
            let all = found.as_array()?;
            all.iter()
                .find(|f| f["name"] == "dpkg" && f["version"] == expected)
                .cloned()
        })
    };
    let mut service = serve();
    // Until the agent itself knows that its list arrived, it would send the whole again.
    eventually("the first list", || {
        let sql = "SELECT count(*) FROM inventory WHERE place = 'acked'";
        let spool = agent.state().join("spool.db");
        let asked = Command::new("sqlite3")
            .arg(spool)
            .arg(sql)
            .output()
            .unwrap();
        (asked.stdout == b"1\n").then_some(())
    });
    service.stop();
    fs::write(&own, with_version(&real, "dpkg", "90:1")).unwrap();
    let mut service = serve();
    version("90:1");
    service.stop();
    let first = taken(&stage);
    let [(all, whole_bytes, true), (2, small_bytes, false)] = first[..] else {
        panic!("not one whole list and one change: {first:?}");
    };
    assert!(all > 100 && small_bytes * 20 < whole_bytes, "{first:?}");

    let db = stage.data().join("capdo.db");
    let lose = "PRAGMA busy_timeout = 9000; DELETE FROM package; DELETE FROM inventory;";
    let lost = Command::new("sqlite3").arg(db).arg(lose).status().unwrap();
    assert!(lost.success());
    assert_eq!(stage.ok(&["package", "search", "dpkg"]), json!([]));
    // Nothing changed on the host: it would not send a list by itself.
    let _service = serve();
    version("90:1");
    let lists = taken(&stage);
    let [.., (again, _, true)] = lists[..] else {
        panic!("the whole list did not come: {lists:?}");
    };
    assert_eq!(again, all);
    println!(
        "{all} packages: the whole list {whole_bytes} bytes, one upgrade {small_bytes} bytes; after the \
         collector lost it, {again} again"
    );
}
