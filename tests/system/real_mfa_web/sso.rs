//! Test logins at a certified OpenID Connect provider (oidc-provider), at a SAML provider with an
//! application behind it (pysaml2), and at an interface that takes JSON.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use capdo_tests::{eventually, free_port, repository};
use serde_json::Value;

use super::{Running, pages::scan, write};

/// Runs what fetches an ordinary package once, below `target`.
fn once(folder: &str, needs: &str, script: &str) -> PathBuf {
    let folder = repository().join("target").join(folder);
    if !folder.join("ready").exists() {
        let text = format!(
            "mkdir -p {0} && cd {0} && {script} && touch ready",
            folder.display()
        );
        let made = Command::new("bash").arg("-ec").arg(text).output().unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{needs}: {said}");
    }
    folder
}

/// A certification authority, and a certificate of it for the names of the test.
pub(super) fn certificates(dir: &Path) {
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca \
        -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj /CN=sso.test -keyout key.pem -out csr.pem
        printf 'subjectAltName=DNS:sso.test,DNS:idp.test,DNS:app.test' > ext
        openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert.pem";
    let made = Command::new("bash")
        .args(["-ec", script])
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    for (name, text) in [
        ("right", "hush\n"),
        ("wrong", "nonsense\n"),
        ("secret", "hush-client\n"),
    ] {
        write(dir, name, text);
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

pub(super) fn started(mut command: Command, dir: &Path) -> Running {
    let log = fs::File::create(dir.join("log")).unwrap();
    fs::remove_file(dir.join("posts")).ok();
    let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let running = Running(child);
    eventually("the server", || {
        fs::read_to_string(dir.join("posts"))
            .ok()
            .filter(|t| t.contains("ready"))
    });
    running
}

fn provider(dir: &Path, mode: &str) -> (Running, u16) {
    let folder = once(
        "oidc-provider",
        "node, npm and registry.npmjs.org",
        "npm install --silent --no-audit --no-fund oidc-provider@8.8.1",
    );
    let script = folder.join("oidc.mjs");
    let own = repository().join("tests/system/real_mfa_web/servers/oidc.mjs");
    fs::copy(own, &script).unwrap();
    let port = free_port();
    let mut node = Command::new("node");
    node.arg(script).arg(port.to_string()).arg(dir).arg(mode);
    (started(node, dir), port)
}

/// What the check says of one declared endpoint.
fn verdict(dir: &Path, check: &str, trusted: bool, endpoint: &str) -> String {
    let roots = if trusted {
        format!("trusted_cas = [\"{}\"]\n", dir.join("ca.pem").display())
    } else {
        String::new()
    };
    let config = dir.join("agent.toml");
    let dir = dir.display().to_string();
    let text = format!(
        "[declared]\n{roots}[[declared.endpoints]]\nhost = \"127.0.0.1\"\nauthorisation = \"a test\"\n{}",
        endpoint.replace("DIR", &dir)
    );
    fs::write(&config, text).unwrap();
    let found = scan(&["--config", config.to_str().unwrap()], check);
    // Servers of tests beside this one listen too.
    let port = endpoint.lines().find_map(|l| l.strip_prefix("port = "));
    let ours: Vec<String> = found
        .iter()
        .map(Value::to_string)
        .filter(|f| f.contains(&format!(".test:{}", port.unwrap())))
        .collect();
    assert_eq!(ours.len(), 1, "{found:?}");
    for secret in ["hush", "nonsense", "SAMLResponse", "code="] {
        assert!(!ours[0].contains(secret), "a secret is shown: {}", ours[0]);
    }
    ours[0].clone()
}

fn expect(got: &str, want: &str, what: &str) {
    assert!(
        got.contains(&format!("\"{want}\"")),
        "{what}: wanted {want}: {got}"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_test_login_tells_openid_providers_with_a_second_step_from_those_without() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    certificates(dir);
    let ask = |port: u16, trusted, account: &str, file: &str, client: &str| {
        let endpoint = format!(
            "port = {port}\nkind = \"oidc\"\nname = \"sso.test\"\nclient = {{ id = {client}, redirect_uri = \"https://capdo.invalid/cb\" }}\n\
             test_account = {{ name = \"{account}\", password_file = \"DIR/{file}\" }}\n"
        );
        verdict(dir, "mfa.identity-provider", trusted, &endpoint)
    };
    let kept = "\"kept\", secret_file = \"DIR/secret\"";
    let posts = || fs::read_to_string(dir.join("posts")).unwrap();
    let (server, port) = provider(dir, "plain");
    expect(
        &ask(port, false, "one", "right", "\"public\""),
        "common-gap",
        "not trusted",
    );
    assert_eq!(
        posts(),
        "ready\n",
        "a password went over TLS that nobody vouches for"
    );
    for (account, file, client, want) in [
        ("one", "right", "\"public\"", "fail-none"),
        ("one", "right", kept, "fail-none"),
        ("two", "right", "\"public\"", "pass"),
        ("half", "right", "\"public\"", "fail-bypass"),
        ("two", "wrong", "\"public\"", "unknown-refused"),
        ("enrol", "right", "\"public\"", "unknown-unclear"),
        ("one", "right", "\"nobody\"", "unknown-unclear"),
    ] {
        let got = ask(port, true, account, file, client);
        expect(&got, want, &format!("{account} {file} {client}"));
        if want == "fail-none" {
            assert!(
                got.contains("amr: [\\\"pwd\\\"]") && got.contains("one-factor"),
                "{got}"
            );
        }
    }
    drop(server);
    let (server, port) = provider(dir, "elsewhere");
    expect(
        &ask(port, true, "one", "right", "\"public\""),
        "unknown-unclear",
        "elsewhere",
    );
    assert_eq!(
        posts(),
        "ready\n",
        "a password went to a host that was not declared"
    );
    drop(server);
    let (_server, port) = provider(dir, "grant");
    expect(
        &ask(port, true, "two", "right", "\"public\""),
        "fail-bypass",
        "a password grant",
    );
    expect(
        &ask(port, true, "two", "wrong", "\"public\""),
        "unknown-refused",
        "a password grant",
    );
}

#[test]
fn a_test_login_at_an_interface_tells_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    certificates(dir);
    let (_server, port) = provider(dir, "plain");
    for (account, file, path, want) in [
        ("one", "right", "/api/me", "fail-none"),
        ("two", "right", "/api/me", "pass"),
        ("half", "right", "/api/me", "fail-bypass"),
        ("half", "right", "/api/boss", "unknown-unclear"),
        ("two", "wrong", "/api/me", "unknown-refused"),
        ("any", "right", "/api/me", "unknown-unclear"),
        ("one", "right", "/api/open", "unknown-unclear"),
    ] {
        let endpoint = format!(
            "port = {port}\nkind = \"web_login\"\nname = \"sso.test\"\npath = \"{path}\"\n\
             login_api = {{ path = \"/api/login\", name_field = \"user\", password_field = \"pass\", token = \"/data/token\", second_step = \"/mfa/required\" }}\n\
             test_account = {{ name = \"{account}\", password_file = \"DIR/{file}\" }}\n"
        );
        let got = verdict(dir, "mfa.web-login", true, &endpoint);
        expect(&got, want, &format!("{account} {file} {path}"));
    }
}

#[test]
fn a_test_login_tells_saml_providers_with_a_second_step_from_those_without() {
    let folder = once(
        "pysaml2",
        "python3 with venv (package python3-venv) and PyPI",
        "python3 -m venv . && bin/pip install -q pysaml2==7.5.4",
    );
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    certificates(dir);
    let (idp, app) = (free_port(), free_port());
    let mut python = Command::new(folder.join("bin/python"));
    let script = repository().join("tests/system/real_mfa_web/servers/saml.py");
    python
        .arg(script)
        .args([idp.to_string(), app.to_string()])
        .arg(dir);
    let _server = started(python, dir);
    let own = format!("{{ origin = \"https://app.test:{app}\" }}");
    for (account, file, origins, want) in [
        ("one", "right", own.as_str(), "fail-none"),
        ("two", "right", &own, "pass"),
        ("half", "right", &own, "fail-bypass"),
        ("two", "wrong", &own, "unknown-refused"),
        ("err", "right", &own, "unknown-unclear"),
        ("one", "right", "", "common-gap"),
    ] {
        let endpoint = format!(
            "port = {idp}\nkind = \"saml\"\nname = \"idp.test\"\nstart = \"https://app.test:{app}/\"\norigins = [{origins}]\n\
             test_account = {{ name = \"{account}\", password_file = \"DIR/{file}\" }}\n"
        );
        let got = verdict(dir, "mfa.identity-provider", true, &endpoint);
        expect(&got, want, &format!("{account} {file} {origins}"));
        if want == "fail-none" {
            assert!(got.contains("ac:classes:Password"), "{got}");
        }
    }
    let posts = fs::read_to_string(dir.join("posts")).unwrap();
    assert!(!posts.contains("acs"), "the assertion was handed on");
}
