//! A real OpenSSH server, and the ways to log in that it names.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use capdo_collector::store::endpoint::EndpointKind;
use tempfile::TempDir;

use super::Place;

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
