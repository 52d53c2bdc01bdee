//! To whom a password is told: at an address that is not loopback only to who shows a certificate that is
//! trusted. Everything happens in a network of its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use capdo_tests::{program, repository};
use serde_json::Value;

use super::{
    Running,
    sso::{certificates, started},
};

const KINDS: [(&str, &str, &str); 2] = [
    ("web_login", "/private", "mfa.web-login"),
    ("keycloak", "/realms/xa", "mfa.identity-provider"),
];

/// Where it is declared, under which name, whether the agency trusts the authority, and what is said:
/// `None` where the password is handed over.
const STORIES: [(&str, u16, &str, bool, Option<&str>); 7] = [
    ("192.0.2.7", 8443, "sso.test", true, None),
    ("192.0.2.7", 8443, "sso.test", false, Some("trusted_cas")),
    ("192.0.2.7", 8443, "khac.test", true, Some("trusted_cas")),
    ("192.0.2.7", 8444, "sso.test", true, Some("trusted_cas")),
    ("192.0.2.7", 8080, "sso.test", true, Some("speaks no TLS")),
    // Asked where others reach it.
    ("127.0.0.1", 8444, "sso.test", false, Some("trusted_cas")),
    ("127.0.0.1", 8080, "sso.test", false, Some("speaks no TLS")),
];

/// At an address of this host. What others send there the kernel may hand to another machine: who that is, only a
/// certificate tells.
fn doors(dir: &Path) -> Running {
    let script = repository().join("tests/system/real_mfa_web/servers/doors.py");
    let line = "ip link set lo up; ip addr add 192.0.2.7/32 dev lo
        nft 'table ip t { chain c { type nat hook prerouting priority dstnat;
             ip daddr 192.0.2.7 tcp dport { 8080, 8443, 8444 } dnat to 192.0.2.9; }; }'
        exec python3 \"$0\" \"$1\"";
    let mut unshare = Command::new("unshare");
    unshare.args(["--net", "sh", "-ec", line]);
    unshare.arg(script).arg(dir).stdin(Stdio::null());
    started(unshare, dir)
}

/// The findings about one declared endpoint, from inside the network of the server.
fn scan(dir: &Path, server: &Running, endpoint: &str, check: &str) -> String {
    let config = dir.join("agent.toml");
    fs::write(&config, endpoint).unwrap();
    let output = Command::new("nsenter")
        .args(["-t", &server.0.id().to_string(), "-n"])
        .arg(program("capdo-agent"))
        .args(["--lang", "en", "--config", config.to_str().unwrap()])
        .args(["scan", "--json", "--only", check])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let all = report["findings"].as_array().unwrap().iter();
    let ours = all
        .map(Value::to_string)
        .filter(|f| f.contains(".test:8"))
        .collect::<Vec<_>>();
    assert_eq!(ours.len(), 1, "{report}");
    assert!(!ours[0].contains("hush"), "a secret is shown: {}", ours[0]);
    ours[0].clone()
}

#[test]
fn a_password_is_told_to_nobody_who_shows_no_trusted_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    certificates(dir);
    let own = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=sso.test \
        -addext subjectAltName=DNS:sso.test -keyout own.key -out own.pem";
    let words: Vec<&str> = own.split_whitespace().collect();
    let mut own = Command::new(words[0]);
    own.args(&words[1..]).current_dir(dir).stderr(Stdio::null());
    assert!(own.status().unwrap().success());
    let server = doors(dir);
    let home = dir.display();
    let posts = || fs::read_to_string(dir.join("posts")).unwrap();
    for (kind, path, check) in KINDS {
        for (host, port, name, trusted, said) in STORIES {
            let before = posts();
            let roots = if trusted {
                format!("trusted_cas = [\"{home}/ca.pem\"]\n")
            } else {
                String::new()
            };
            let endpoint = format!(
                "[declared]\n{roots}[[declared.endpoints]]\nhost = \"{host}\"\nport = {port}\nname = \"{name}\"\n\
                 kind = \"{kind}\"\npath = \"{path}\"\nauthorisation = \"a test\"\n\
                 test_account = {{ name = \"thu\", password_file = \"{home}/right\" }}\n"
            );
            let finding = scan(dir, &server, &endpoint, check);
            let told = posts()[before.len()..].contains("hush");
            let story = format!("{kind} {host}:{port} as {name}: {finding}");
            assert_eq!(told, said.is_none(), "{story}");
            match said {
                Some(words) => assert!(finding.contains(words), "{story}"),
                None if kind == "web_login" => assert!(finding.contains("fail-none"), "{story}"),
                None => assert!(finding.contains("Keycloak refuses"), "{story}"),
            }
        }
    }
}
