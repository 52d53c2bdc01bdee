//! FreeRADIUS with the password alone.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use capdo_tests::eventually;
use serde_json::Value;

use super::{Running, free_udp_port, verdicts, write};

fn radius_config(folder: &Path, port: u16, authorize: &str, authenticate: &str) -> String {
    format!(
        "name = radiusd\nlibdir = /usr/lib/freeradius\nrun_dir = /tmp\nlogdir = /tmp\n\
         security {{\n allow_vulnerable_openssl = yes\n}}\n\
         client test {{\n ipaddr = 127.0.0.1\n secret = hush\n}}\n\
         modules {{\n pap {{\n }}\n totp {{\n }}\n files {{\n  filename = {}/users\n }}\n\
          always reject {{\n  rcode = reject\n }}\n always ok {{\n  rcode = ok\n }}\n}}\n\
         server default {{\n listen {{\n  type = auth\n  ipaddr = 127.0.0.1\n  port = {port}\n }}\n\
         authorize {{\n  update control {{\n   &Cleartext-Password := \"pw\"\n  }}\n{authorize}\n }}\n\
         authenticate {{\n{authenticate}\n }}\n}}\n",
        folder.display()
    )
}

/// Whether the real server accepts somebody who shows the password alone.
fn radius_accepts(folder: &Path, port: u16) -> bool {
    let server = Command::new("freeradius")
        .args(["-f", "-l", "stdout", "-d"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn();
    let mut server = Running(server.expect("freeradius (package freeradius)"));
    eventually("an answer of FreeRADIUS", || {
        let ended = server.0.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "FreeRADIUS does not take its configuration"
        );
        let asked = Command::new("bash")
            .arg("-c")
            .arg(format!(
                "echo 'User-Name=an,User-Password=pw' | radclient -r 1 -t 2 127.0.0.1:{port} auth hush 2>&1"
            ))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&asked.stdout).into_owned();
        assert!(
            !said.contains("not found"),
            "radclient (package freeradius-utils): {said}"
        );
        let rejected = said.contains("Access-Reject");
        let answered = rejected || said.contains("Access-Accept");
        answered.then_some(!rejected)
    })
}

/// Whether a finding holds a way on which the password, or nothing, is all that is shown.
fn password_opens(finding: &str) -> bool {
    let finding: Value = serde_json::from_str(finding).unwrap();
    let facts = finding["facts"].as_array().unwrap();
    let ways = facts.iter().find(|f| f["name"] == "ways").unwrap();
    let more = |w: &Value, what: &str| w[what].as_bool().unwrap();
    let mut ways = ways["value"].as_array().unwrap().iter();
    ways.any(|w| !more(w, "token") && !more(w, "unseen") && !more(w, "key"))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn freeradius_accepts_the_password_alone_exactly_where_we_say_so() {
    let force = "update control {\n&Auth-Type := X\n}";
    let x = |body: &str| format!("Auth-Type X {{\n{body}\n}}\nAuth-Type PAP {{\npap\n}}");
    let strict = "pap\ntotp {\nnoop = reject\n}";
    let need = "if (!&control:TOTP-Secret || !&request:TOTP-Password) {\nreject\n}";
    let secret = "update control {\n&TOTP-Secret := \"JBSWY3DPEHPK3PXP\"\n}";
    let rows: Vec<(String, String, &str)> = vec![
        ("pap".into(), x("pap"), ""),
        (force.into(), x("pap"), ""),
        (force.into(), x("pap\ntotp"), ""),
        (force.into(), x("totp\npap"), ""),
        (force.into(), x("totp"), ""),
        (format!("{force}\n{secret}"), x("pap\ntotp"), ""),
        (force.into(), x(strict), ""),
        (format!("{force}\npap"), x(strict), ""),
        (force.into(), x(&format!("{need}\npap\ntotp")), ""),
        (
            force.into(),
            x("pap\nif (ok) {\ntotp {\nnoop = reject\n}\n}"),
            "",
        ),
        (
            force.into(),
            x("pap {\nok = return\n}\ntotp {\nnoop = reject\n}"),
            "",
        ),
        (
            force.into(),
            x("pap\nif (&control:TOTP-Secret) {\ntotp\n}"),
            "",
        ),
        (force.into(), x("pap\nreject"), ""),
        (force.into(), x("group {\npap\ntotp\n}\nreject"), ""),
        (
            format!("pap\nif (!&control:Auth-Type) {{\n{force}\n}}"),
            x(strict),
            "",
        ),
        (
            format!("if (&User-Name == \"other\") {{\n{force}\n}}\npap"),
            x(strict),
            "",
        ),
        (
            format!("{force}\nfiles"),
            x(strict),
            "an Auth-Type := Accept\n",
        ),
        (
            format!("files\n{force}"),
            x(strict),
            "an Auth-Type := Accept\n",
        ),
        ("files".into(), x(strict), "DEFAULT Auth-Type := X\n"),
        (
            "update control {\n&Auth-Type := Reject\n}".into(),
            x(strict),
            "",
        ),
    ];
    let mut wrong = Vec::new();
    for (authorize, authenticate, users) in &rows {
        let dir = tempfile::tempdir().unwrap();
        let port = free_udp_port();
        let folder = dir.path().join("etc/freeradius/3.0");
        write(
            dir.path(),
            "etc/freeradius/3.0/radiusd.conf",
            &radius_config(&folder, port, authorize, authenticate),
        );
        write(dir.path(), "etc/freeradius/3.0/users", users);
        let found = verdicts(dir.path(), "mfa.radius");
        let accepted = radius_accepts(&folder, port);
        assert_eq!(found.len(), 1, "{found:?}");
        // A way by the code alone is one factor too; only the password is sent here.
        let open = found[0].0 == "fail" && password_opens(&found[0].1);
        if accepted != open {
            wrong.push(format!(
                "accepted {accepted}: {authorize} / {authenticate}\n{}",
                found[0].1
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_configuration_of_the_freeradius_package_is_understood() {
    let dir = tempfile::tempdir().unwrap();
    let there = dir.path().join("etc/freeradius");
    fs::create_dir_all(&there).unwrap();
    let copied = Command::new("cp")
        .args(["-rL", "/etc/freeradius/3.0"])
        .arg(&there)
        .status();
    assert!(
        copied.unwrap().success(),
        "/etc/freeradius/3.0 (package freeradius)"
    );
    let found = verdicts(dir.path(), "mfa.radius");
    assert!(
        found
            .iter()
            .all(|(v, text)| v == "fail" && text.contains("fail-none")),
        "{found:?}"
    );
    assert!(!found.is_empty());
}
