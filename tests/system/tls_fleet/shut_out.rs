//! MariaDB counts talks that break off, by the address from which they come, and shuts that address out:
//! here in a network of its own, where the host has an outer address.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output},
};

use capdo_tests::{eventually, program};
use serde_json::Value;

use super::{
    servers::{spawn, tool},
    starttls::prepare,
};

/// The server; it ends with the test.
struct Database(Child);

impl Drop for Database {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Where others reach the server.
const OUTER: &str = "192.0.2.7";
/// As many as add up to more than `max_connect_errors`, 100, at 60 broken talks each.
const SCANS: usize = 3;

fn start(dir: &Path) -> Database {
    prepare(dir);
    let home = dir.display().to_string();
    let data = format!("--datadir={home}/mariadb");
    let install = ["mariadb-install-db", "--no-defaults", "--user=root", &data];
    tool(dir, &[&install[..], &["--skip-test-db"]].concat());
    let user = |at: &str| format!("create user app@'{at}' identified by 'x';\n");
    let users = user(OUTER) + &user("127.0.0.1") + &user("localhost");
    fs::write(dir.join("users.sql"), users).unwrap();
    // It counts for those alone whose address has a name, or surely none.
    let names = format!("127.0.0.1 localhost\n{OUTER} db.test\n");
    fs::write(dir.join("hosts"), names).unwrap();
    let line = format!(
        "mount --bind {home}/hosts /etc/hosts && ip link set lo up && \
         ip addr add {OUTER}/32 dev lo && exec mariadbd --no-defaults --user=root \
         --datadir={home}/mariadb --bind-address=0.0.0.0 --port=3306 --socket={home}/sock --init-file={home}/users.sql \
         --ssl-cert={home}/rsa.pem --ssl-key={home}/rsa.key"
    );
    let child = spawn(dir, &["unshare", "--net", "--mount", "sh", "-ec", &line]);
    let server = Database(child);
    eventually("MariaDB", || {
        login(&server, "127.0.0.1").status.success().then_some(())
    });
    server
}

fn inside(server: &Database, line: &[&str]) -> Output {
    Command::new("nsenter")
        .args(["-t", &server.0.id().to_string(), "-n"])
        .args(line)
        .output()
        .unwrap()
}

/// A login of an application on the same host.
fn login(server: &Database, at: &str) -> Output {
    let who = ["--user=app", "--password=x", "--execute=select 1"];
    let line = ["mariadb", "--no-defaults", "--skip-ssl", "--host", at];
    inside(server, &[&line[..], &who].concat())
}

fn agent(server: &Database, config: &Path, line: &[&str]) -> Value {
    let agent = program("capdo-agent").display().to_string();
    let config = config.display().to_string();
    let first = [&agent, "--lang", "en", "--config", &config];
    let output = inside(server, &[&first[..], line].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn scans_do_not_shut_the_host_out_of_its_own_database() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let server = start(dir);
    let config = dir.join("agent.toml");
    fs::write(&config, "").unwrap();
    for scan in 0..SCANS {
        let line = ["scan", "--json", "--only", "tls.versions"];
        let report = agent(&server, &config, &line);
        let findings = report["findings"].as_array().unwrap();
        let ours = findings
            .iter()
            .find(|f| f["subject"]["name"] == "127.0.0.1:3306");
        let ours = ours.unwrap_or_else(|| panic!("{report}"));
        assert_eq!(ours["verdict"], "pass", "scan {scan}: {ours}");
    }
    let done = login(&server, OUTER);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    // So it would be, were it asked where others reach it.
    let target = format!("{OUTER}:3306");
    for _ in 0..SCANS {
        let line = ["probe", "tls", &target, "--starttls", "mysql", "--json"];
        agent(&server, &config, &line);
    }
    let done = login(&server, OUTER);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(said.contains("1129"), "{said}");
}
