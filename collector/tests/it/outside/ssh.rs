//! A real OpenSSH server, and the ways to log in that it names.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use capdo_checks::{Facts, Subject, observation::SubjectKind};
use capdo_collector::store::endpoint::EndpointKind;
use tempfile::TempDir;

use super::{
    NOW, Place,
    claims::{say, uncounted, with_host},
};

struct Sshd(
    Child,
    SocketAddr,
    #[expect(dead_code, reason = "removed at the end")] TempDir,
);

impl Sshd {
    fn serve(passwords: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key)
            .status();
        assert!(made.unwrap().success());
        fs::create_dir_all("/run/sshd").ok(); // where sshd locks itself in
        let at = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let config = format!(
            "ListenAddress {at}\nHostKey {}\nPidFile none\nUsePAM no\n\
             KbdInteractiveAuthentication no\nPasswordAuthentication {passwords}\n",
            key.display()
        );
        let file = dir.path().join("sshd_config");
        fs::write(&file, config).unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-f"])
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .expect("sshd is installed");
        let up = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect(at).is_ok()
        });
        assert!(up, "sshd does not answer");
        Self(child, at, dir)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_passwords_fails_and_one_that_takes_keys_passes() {
    for (passwords, wanted) in [("yes", "fail"), ("no", "pass")] {
        let server = Sshd::serve(passwords);
        let port = server.1.port();
        let place = Place::new(&[], None).await;
        let id = place.endpoint(EndpointKind::Ssh, "127.0.0.1", port).await;
        place.permit(&format!("127.0.0.1:{port}")).await;
        place.outside.look(&id).await.unwrap();
        let ssh = ("outside.ssh".to_owned(), wanted.to_owned());
        let verdicts = place.verdicts().await;
        assert!(verdicts.contains(&ssh), "{passwords}: {verdicts:?}");
    }
}

/// A server that takes passwords, and a host that says it has none, or that only keys let somebody in.
#[tokio::test(flavor = "multi_thread")]
async fn who_denies_the_server_or_its_passwords_is_contradicted() {
    const CHECK: &str = "mfa.ssh";
    let server = Sshd::serve("yes");
    let port = server.1.port();
    let none = Facts::new()
        .configured("sshd_present", false, "/usr/sbin/sshd")
        .configured("others", Vec::<String>::new(), "/proc");
    let name = format!("ssh:{port} accounts from anywhere");
    let keys = Facts::new()
        .configured("sshd_present", true, "/usr/sbin/sshd")
        .configured("open", true, "/usr/sbin/sshd")
        .configured("who", "accounts", "/etc/passwd")
        .configured("not_enrolled", Vec::<String>::new(), "home folders")
        .configured("unresolved", Vec::<String>::new(), "/etc/ssh/sshd_config")
        .configured("others", Vec::<String>::new(), "/proc")
        .effective("outcome", "enforced", "sshd -T")
        .effective("path", "publickey,keyboard-interactive", "sshd -T")
        .effective("same_kind", false, "sshd -T")
        .effective("conditional", false, "sshd -T")
        .effective("key_alone", false, "sshd -T")
        .effective("offers", vec!["publickey"], "sshd -T");
    let keys = (Subject::new(SubjectKind::Endpoint, name), keys);
    for (said, verdict, caught) in [
        ((Subject::host(), none), "not_applicable", true),
        (keys.clone(), "pass", true),
        (admitted(keys), "pass", false),
    ] {
        let place = Place::new(&[], None).await;
        let host = with_host(&place).await;
        let id = place
            .endpoint_on(EndpointKind::Ssh, "127.0.0.1", port, Some(&host))
            .await;
        place.permit(&format!("127.0.0.1:{port}")).await;
        say(&place, &host, (CHECK, verdict), said, NOW).await;
        place.clock.advance(1000);
        place.outside.look(&id).await.unwrap();
        let wanted: &[&str] = if caught { &[CHECK] } else { &[] };
        assert_eq!(uncounted(&place, NOW + 1000).await, wanted, "{verdict}");
    }
}

fn admitted((subject, facts): (Subject, Facts)) -> (Subject, Facts) {
    let shown = vec!["password", "publickey"];
    (
        subject,
        facts.observed("first_methods", shown, "127.0.0.1:1"),
    )
}
