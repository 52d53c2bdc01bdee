//! The TLS checks against real OpenSSL servers.
#![expect(clippy::disallowed_methods, reason = "starts real servers")]

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use capdo_tests::{eventually, free_port, program};
use serde_json::Value;

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A self-signed certificate that ends with the given year.
fn certificate(dir: &Path, ends: i32) {
    let mut params = rcgen::CertificateParams::new(vec!["may-chu.test".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(ends, 12, 31);
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(
        dir.join("cert.pem"),
        params.self_signed(&key).unwrap().pem(),
    )
    .unwrap();
    fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
}

fn serve(dir: &Path, port: u16, options: &[&str]) -> Server {
    let child = Command::new("openssl")
        .args(["s_server", "-quiet", "-naccept", "200", "-accept"])
        .arg(format!("127.0.0.1:{port}"))
        .arg("-cert")
        .arg(dir.join("cert.pem"))
        .arg("-key")
        .arg(dir.join("key.pem"))
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child);
    eventually("the TLS server listens", || {
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    server
}

/// Check id → verdict for the declared endpoint.
fn scan(dir: &Path, port: u16) -> Vec<(String, String)> {
    let config = dir.join("agent.toml");
    let text = format!(
        "[[declared.endpoints]]\nhost = \"127.0.0.1\"\nport = {port}\nkind = \"tls\"\nname = \"may-chu.test\"\n"
    );
    fs::write(&config, text).unwrap();
    let output = Command::new(program("capdo-agent"))
        .args(["--lang", "en", "--config"])
        .arg(&config)
        .args(["scan", "--json", "--only", "tls"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let ours = format!(":{port}");
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    findings
        .filter(|f| text(&f["subject"]["name"]).ends_with(&ours))
        .map(|f| (text(&f["check"]), text(&f["verdict"])))
        .collect()
}

fn verdict<'a>(found: &'a [(String, String)], check: &str) -> &'a str {
    let hit = found.iter().find(|(id, _)| id == check);
    hit.map_or_else(|| panic!("no {check} in {found:?}"), |(_, verdict)| verdict)
}

#[test]
fn a_modern_server_passes_and_its_own_certificate_is_not_trusted() {
    let dir = tempfile::tempdir().unwrap();
    certificate(dir.path(), 2090);
    let port = free_port();
    let _server = serve(dir.path(), port, &["-no_tls1", "-no_tls1_1"]);
    let found = scan(dir.path(), port);
    assert_eq!(verdict(&found, "tls.versions"), "pass", "{found:?}");
    assert_eq!(
        verdict(&found, "tls.certificate-validity"),
        "pass",
        "{found:?}"
    );
    assert_eq!(verdict(&found, "tls.key-strength"), "pass", "{found:?}");
    assert_eq!(
        verdict(&found, "tls.certificate-trust"),
        "fail",
        "{found:?}"
    );
}

#[test]
fn an_old_protocol_a_null_suite_and_an_expired_certificate_are_seen() {
    let dir = tempfile::tempdir().unwrap();
    certificate(dir.path(), 2021);
    let port = free_port();
    let options = ["-cipher", "ALL:eNULL:aNULL:@SECLEVEL=0"];
    let _server = serve(dir.path(), port, &options);
    let found = scan(dir.path(), port);
    assert_eq!(verdict(&found, "tls.versions"), "fail", "{found:?}");
    assert_eq!(verdict(&found, "tls.weak-suites"), "fail", "{found:?}");
    assert_ne!(
        verdict(&found, "tls.certificate-validity"),
        "pass",
        "{found:?}"
    );
}
