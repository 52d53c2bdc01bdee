//! `probe` against real servers, and what it keeps from sending.
#![expect(clippy::disallowed_methods, reason = "starts real servers")]

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use capdo_tests::{eventually, free_port, program};
use serde_json::Value;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn sshd(dir: &Path, port: u16, options: &[&str]) -> Server {
    let key = dir.join("host_key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    fs::create_dir_all("/run/sshd").ok();
    let mut command = Command::new("/usr/sbin/sshd");
    command
        .args([
            "-D",
            "-e",
            "-f",
            "/dev/null",
            "-o",
            "ListenAddress=127.0.0.1",
        ])
        .args(["-o", "PidFile=none", "-p", &port.to_string(), "-h"])
        .arg(&key);
    for option in options {
        command.args(["-o", option]);
    }
    let quiet = command.stdin(Stdio::null()).stderr(Stdio::null());
    let server = Server(quiet.spawn().unwrap());
    eventually("sshd listens", || {
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    server
}

fn probe(args: &[&str]) -> Value {
    let output = Command::new(program("capdo-agent"))
        .arg("probe")
        .args(args)
        .arg("--json")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The lists and the methods are those that the server was told to offer.
#[test]
fn an_ssh_server_is_seen_as_it_was_configured() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let options = [
        "Ciphers=aes256-ctr,3des-cbc",
        "MACs=hmac-sha2-256,hmac-md5",
        "KexAlgorithms=curve25519-sha256,diffie-hellman-group14-sha1",
        "PasswordAuthentication=no",
        "KbdInteractiveAuthentication=no",
    ];
    let _sshd = sshd(dir.path(), port, &options);
    let target = format!("127.0.0.1:{port}");
    let json = probe(&["ssh", &target, "--user", "root"]);
    let found = &json["results"][0]["found"];
    let algorithms = &found["greeting"]["algorithms"];
    let list = |key: &str| -> Vec<&str> {
        let all = algorithms[key].as_array().unwrap().iter();
        all.map(|v| v.as_str().unwrap()).collect()
    };
    assert_eq!(list("ciphers"), ["aes256-ctr", "3des-cbc"]);
    assert_eq!(list("macs"), ["hmac-sha2-256", "hmac-md5"]);
    assert_eq!(
        list("kex"),
        ["curve25519-sha256", "diffie-hellman-group14-sha1"]
    );
    assert_eq!(list("broken"), ["3des-cbc", "hmac-md5"]);
    assert_eq!(algorithms["strict_kex"], true);
    assert_eq!(found["methods"]["offered"][0], "publickey");
    assert_eq!(found["methods"]["offered"].as_array().unwrap().len(), 1);
    assert_eq!(found["methods"]["open"], false);
}

/// With passwords and two steps, the first step is what is named.
#[test]
fn the_methods_of_step_one_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let options = ["AuthenticationMethods=publickey,password publickey,keyboard-interactive"];
    let _sshd = sshd(dir.path(), port, &options);
    let target = format!("127.0.0.1:{port}");
    let json = probe(&["ssh", &target, "--user", "root"]);
    let offered = &json["results"][0]["found"]["methods"]["offered"];
    assert_eq!(offered, &serde_json::json!(["publickey"]));
}

/// Runs a script in a network of its own, where 192.0.2.1 belongs to nobody and packets are counted.
fn alone(script: &str) -> Output {
    let network = "ip link set lo up && ip link add d0 type veth peer name d1 && \
                   ip link set d0 addrgenmode none && ip link set d1 addrgenmode none && \
                   ip addr add 192.0.2.2/24 dev d0 && ip link set d0 up && ip link set d1 up && ";
    Command::new("unshare")
        .args(["--net", "--map-root-user", "sh", "-c"])
        .arg(format!("{network}{script}"))
        .output()
        .unwrap()
}

#[test]
fn a_probe_of_others_is_on_record_before_it_begins_or_sends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let agent = program("capdo-agent").display().to_string();
    let good = dir.path().join("good.toml");
    let state = dir.path().join("state");
    fs::write(&good, format!("state_dir = {state:?}\n")).unwrap();
    let blocked = dir.path().join("blocked.toml");
    fs::write(&blocked, format!("state_dir = {good:?}\n")).unwrap();
    let counted = "ip -j -s link show d0";
    let run = |config: &Path, more: &str| {
        let config = config.display();
        let script = format!(
            "{agent} --config {config} --lang en probe ssh 192.0.2.1 --timeout 1 {more}; \
             echo code=$?; {counted}"
        );
        let output = alone(&script);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let packets = |text: &str| {
        let json = text.lines().rfind(|l| l.starts_with('[')).unwrap();
        let links: Value = serde_json::from_str(json).unwrap();
        links[0]["stats64"]["tx"]["packets"].as_u64().unwrap()
    };

    let refused = run(&good, "");
    assert!(refused.contains("code=64"), "{refused}");
    assert_eq!(packets(&refused), 0, "{refused}");
    assert!(!state.join("probes.log").exists());

    let unrecorded = run(&blocked, "--authorisation 'QD 12/2026'");
    assert!(unrecorded.contains("code=1"), "{unrecorded}");
    assert_eq!(packets(&unrecorded), 0, "{unrecorded}");

    let permitted = run(&good, "--authorisation 'QD 12/2026'");
    assert!(permitted.contains("code=1"), "{permitted}"); // nobody answers there
    assert!(packets(&permitted) > 0, "{permitted}");
    let log = fs::read_to_string(state.join("probes.log")).unwrap();
    let line: Value = serde_json::from_str(log.trim()).unwrap();
    assert_eq!(line["authorisation"], "QD 12/2026");
    assert_eq!(line["addresses"][0], "192.0.2.1:22");
    assert_eq!(line["probe"], "ssh");
}
