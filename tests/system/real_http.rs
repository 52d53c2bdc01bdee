//! The web checks against a real nginx on loopback.
#![expect(clippy::disallowed_methods, reason = "starts a real server")]

use std::{
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use capdo_tests::{eventually, free_port, program};
use serde_json::Value;

/// A server that ends with the test.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master ends its workers itself when it is asked to.
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        self.0.wait().ok();
    }
}

fn nginx(dir: &Path, servers: &str, ports: &[u16]) -> Nginx {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["may-chu.test".to_owned()]).unwrap();
    let cert = params.self_signed(&key).unwrap();
    fs::write(dir.join("cert.pem"), cert.pem()).unwrap();
    fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
    let user = if rustix::process::geteuid().is_root() {
        "user root;" // so that the worker may read the test's folder
    } else {
        ""
    };
    let config = format!(
        "{user} daemon off; worker_processes 1; pid nginx.pid; error_log error.log; events {{}}\n\
         http {{ access_log off; default_type text/plain; types {{ text/html html; }}\n\
         client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u;\n\
         scgi_temp_path s; ssl_certificate cert.pem; ssl_certificate_key key.pem;\n{servers} }}\n"
    );
    fs::write(dir.join("nginx.conf"), config).unwrap();
    let child = Command::new("/usr/sbin/nginx")
        .arg("-p")
        .arg(dir)
        .args(["-e", "error.log", "-c"])
        .arg(dir.join("nginx.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Nginx(child);
    for &port in ports {
        eventually("nginx listens", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
    }
    server
}

/// Verdict and reason of each web check about a declared endpoint.
fn scan(dir: &Path, port: u16, kind: &str) -> impl Fn(&str) -> (String, String) + use<> {
    let config = dir.join("agent.toml");
    let text = format!(
        "[[declared.endpoints]]\nhost = \"127.0.0.1\"\nport = {port}\nkind = \"{kind}\"\n\
         name = \"may-chu.test\"\nauthorisation = \"own laboratory\"\n"
    );
    fs::write(&config, text).unwrap();
    let output = Command::new(program("capdo-agent"))
        .args(["--lang", "en", "--config"])
        .arg(&config)
        .args(["scan", "--json", "--only", "web"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let ours = format!("may-chu.test:{port}");
    move |check: &str| {
        let findings = report["findings"].as_array().unwrap();
        let one = findings
            .iter()
            .find(|f| f["check"] == check && f["subject"]["name"] == ours.as_str())
            .unwrap_or_else(|| panic!("no {check}"));
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        (text("verdict"), text("reason_key"))
    }
}

fn pair(verdict: &str, reason: &str) -> (String, String) {
    (verdict.to_owned(), reason.to_owned())
}

fn folder(dir: &Path) -> String {
    let www = dir.join("www");
    fs::create_dir_all(www.join(".git")).unwrap();
    fs::create_dir_all(www.join(".well-known")).unwrap();
    fs::write(www.join("index.html"), "<!doctype html><title>Xã</title>").unwrap();
    www.display().to_string()
}

#[test]
fn a_careful_site_passes() {
    let dir = tempfile::tempdir().unwrap();
    let www = folder(dir.path());
    fs::remove_dir(dir.path().join("www/.git")).unwrap();
    let contact = "Contact: mailto:attt@may-chu.test\nExpires: 2090-01-01T00:00:00Z\n";
    fs::write(dir.path().join("www/.well-known/security.txt"), contact).unwrap();
    let port = free_port();
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl; root {www}; server_tokens off; charset utf-8;\n\
         charset_types text/html text/plain;\n\
         add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;\n\
         add_header Content-Security-Policy \"default-src 'self'; frame-ancestors 'self'\" always;\n\
         add_header X-Content-Type-Options nosniff always;\n\
         add_header Set-Cookie \"__Host-sid=1; Path=/; Secure; HttpOnly; SameSite=Lax\"; }}"
    );
    let _nginx = nginx(dir.path(), &server, &[port]);
    let of = scan(dir.path(), port, "https");
    for check in [
        "web.cookies",
        "web.exposure",
        "web.headers",
        "web.hsts",
        "web.security-txt",
        "web.version-disclosure",
    ] {
        assert_eq!(of(check).0, "pass", "{check}: {:?}", of(check));
    }
    let redirect = pair("not_applicable", "not-applicable-tls");
    assert_eq!(of("web.https-redirect"), redirect);
}

#[test]
fn a_careless_site_is_seen_through() {
    let dir = tempfile::tempdir().unwrap();
    let www = folder(dir.path());
    fs::write(dir.path().join("www/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let port = free_port();
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl; root {www};\n\
         add_header Strict-Transport-Security \"max-age=0\";\n\
         add_header Content-Security-Policy-Report-Only \"default-src 'none'\";\n\
         add_header Set-Cookie \"JSESSIONID=hush-hush; Path=/\"; }}"
    );
    let _nginx = nginx(dir.path(), &server, &[port]);
    let of = scan(dir.path(), port, "https");
    assert_eq!(of("web.cookies"), pair("fail", "fail"));
    assert_eq!(of("web.exposure"), pair("fail", "fail"));
    assert_eq!(of("web.headers"), pair("fail", "fail"));
    assert_eq!(of("web.hsts"), pair("fail", "fail-off"));
    assert_eq!(of("web.security-txt"), pair("fail", "fail-missing"));
    assert_eq!(of("web.version-disclosure"), pair("fail", "fail"));
}

#[test]
fn a_page_that_stands_for_everything_exposes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let www = folder(dir.path());
    let port = free_port();
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl; root {www};\n\
         location / {{ try_files /index.html =404; }} }}"
    );
    let _nginx = nginx(dir.path(), &server, &[port]);
    let of = scan(dir.path(), port, "https");
    assert_eq!(of("web.exposure"), pair("pass", "pass"));
    assert_eq!(of("web.security-txt"), pair("fail", "fail-missing"));
}

#[test]
fn redirects_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let www = folder(dir.path());
    let ports = [free_port(), free_port(), free_port(), free_port()];
    let [whole, first, temporary, clear] = ports;
    let servers = format!(
        "server {{ listen 127.0.0.1:{whole}; return 301 https://$host$request_uri; }}\n\
         server {{ listen 127.0.0.1:{first}; root {www};\n\
           location = / {{ return 301 https://$host/; }} }}\n\
         server {{ listen 127.0.0.1:{temporary}; return 302 https://$host$request_uri; }}\n\
         server {{ listen 127.0.0.1:{clear}; root {www}; }}"
    );
    let _nginx = nginx(dir.path(), &servers, &ports);
    for (port, verdict, reason) in [
        (whole, "pass", "pass"),
        (first, "partial", "partial-first-page"),
        (temporary, "partial", "partial-temporary"),
        (clear, "fail", "fail"),
    ] {
        let got = scan(dir.path(), port, "http")("web.https-redirect");
        assert_eq!(got, pair(verdict, reason));
    }
}

#[test]
fn cookie_values_never_leave_the_host() {
    let dir = tempfile::tempdir().unwrap();
    let www = folder(dir.path());
    let port = free_port();
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl; root {www};\n\
         add_header Set-Cookie \"PHPSESSID=hush-hush; Path=/\"; }}"
    );
    let _nginx = nginx(dir.path(), &server, &[port]);
    let output = Command::new(program("capdo-agent"))
        .args(["probe", "http", "--json"])
        .arg(format!("127.0.0.1:{port}"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("PHPSESSID") && !text.contains("hush-hush"),
        "{text}"
    );
}
