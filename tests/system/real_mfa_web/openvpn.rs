//! OpenVPN with a certificate, a password, or both.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use capdo_tests::eventually;
use serde_json::Value;

use super::{Running, free_udp_port, verdicts, write};

/// Removes a file that a test had to put beside the system's own.
struct Placed(PathBuf);

impl Drop for Placed {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

/// A client of OpenVPN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Certificate,
    Password,
    Both,
}

fn openvpn_keys(dir: &Path) {
    let script = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 3
for n in server client; do
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $n.key -out $n.csr -subj /CN=$n
openssl x509 -req -in $n.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $n.crt -days 3
done
printf 'an\\nnonsense\\n' > account; chmod 600 account";
    let made = Command::new("bash")
        .arg("-ec")
        .arg(script)
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

/// Whether a real server lets the client in.
fn openvpn_lets_in(dir: &Path, server: &str, client: Client) -> bool {
    let port = free_udp_port();
    let certificate = "cert client.crt\nkey client.key\n";
    let account = "auth-user-pass account\n";
    let shows = match client {
        Client::Certificate => certificate.to_owned(),
        Client::Password => account.to_owned(),
        Client::Both => format!("{certificate}{account}"),
    };
    fs::write(
        dir.join("server.conf"),
        format!("{server}\nlocal 127.0.0.1\nport {port}\n"),
    )
    .unwrap();
    let text = format!(
        "client\ndev null\ndev-type tun\nremote 127.0.0.1 {port} udp\nnobind\nca ca.crt\n{shows}"
    );
    fs::write(dir.join("client.conf"), text).unwrap();
    let start = |name: &str| {
        let log = fs::File::create(dir.join(format!("{name}.log"))).unwrap();
        let child = Command::new("/usr/sbin/openvpn")
            .args(["--config", &format!("{name}.conf"), "--verb", "3"])
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(log)
            .spawn();
        Running(child.expect("openvpn (package openvpn)"))
    };
    let log = |name: &str| fs::read_to_string(dir.join(format!("{name}.log"))).unwrap_or_default();
    let _server = start("server");
    eventually("the OpenVPN server", || {
        let said = log("server");
        assert!(!said.contains("Options error"), "{said}");
        said.contains("Initialization Sequence Completed")
            .then_some(())
    });
    let _client = start("client");
    let begun = Instant::now();
    loop {
        let said = log("server");
        if said.contains("SENT CONTROL") && said.contains("PUSH_REPLY") {
            return true;
        }
        let refused = [
            "AUTH_FAILED",
            "was not provided by peer",
            "did not return a certificate",
        ];
        if refused.iter().any(|w| said.contains(w)) {
            return false;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{said}\n{}",
            log("client")
        );
        thread::sleep(Duration::from_millis(100));
    }
}

/// The server's files as the agent reads them, and the verdict about them.
fn openvpn_reason(server: &str, pam: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "etc/openvpn/server/s.conf", server);
    write(dir.path(), "etc/pam.d/other", "auth required pam_deny.so\n");
    write(
        dir.path(),
        &format!("etc/pam.d/{pam}"),
        "auth required pam_permit.so\n",
    );
    let found = verdicts(dir.path(), "mfa.vpn");
    let json: Value = serde_json::from_str(&found[0].1).unwrap();
    json["reason_key"].as_str().unwrap().to_owned()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn openvpn_asks_for_what_we_say_it_asks_for() {
    use Client::{Both, Certificate, Password};
    let dir = tempfile::tempdir().unwrap();
    openvpn_keys(dir.path());
    let service = format!("capdo-test-{}", std::process::id());
    let placed = Placed(PathBuf::from(format!("/etc/pam.d/{service}")));
    fs::write(
        &placed.0,
        "auth required pam_permit.so\naccount required pam_permit.so\n",
    )
    .expect("writing a PAM service for the plugin takes root");
    let found = Command::new("find")
        .args([
            "/usr/lib",
            "/usr/lib64",
            "-name",
            "openvpn-plugin-auth-pam.so",
        ])
        .output()
        .unwrap();
    let plugin = String::from_utf8_lossy(&found.stdout)
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let plugin = format!("plugin {plugin} {service}");
    let script = "script-security 2\nauth-user-pass-verify /bin/true via-file";
    // What the server says, who gets in, and what we conclude.
    type Row = (String, Vec<(Client, bool)>, &'static str);
    let rows: Vec<Row> = vec![
        (String::new(), vec![(Certificate, true)], "fail-none"),
        (
            "static-challenge Code? 1".into(),
            vec![(Certificate, true)],
            "fail-none",
        ),
        (
            plugin.clone(),
            vec![(Certificate, false), (Password, false), (Both, true)],
            "fail-none",
        ),
        // The plugin refuses an empty name even where PAM would permit it.
        (
            format!("{plugin}\nauth-user-pass-optional"),
            vec![(Certificate, false), (Both, true)],
            "fail-none",
        ),
        (
            format!("{plugin}\nverify-client-cert none"),
            vec![(Password, true)],
            "fail-none",
        ),
        (
            format!("{plugin}\nverify-client-cert optional"),
            vec![(Password, true)],
            "fail-none",
        ),
        // A script that agrees to everything: that a password is asked for shows nothing.
        (
            script.into(),
            vec![(Certificate, false), (Both, true)],
            "unknown-unseen",
        ),
        (
            format!("{script}\nauth-user-pass-optional"),
            vec![(Certificate, true)],
            "unknown-unseen",
        ),
    ];
    for (extra, clients, reason) in rows {
        let server = format!(
            "mode server\ntls-server\ndev null\ndev-type tun\ntopology subnet\nproto udp\nca ca.crt\ncert server.crt\nkey server.key\ndh none\n{extra}\n"
        );
        assert_eq!(openvpn_reason(&server, &service), reason, "{extra}");
        for (client, want) in clients {
            assert_eq!(
                openvpn_lets_in(dir.path(), &server, client),
                want,
                "{extra}: {client:?}"
            );
        }
    }
}
