//! What the agent says about second factors, against what real services do: FreeRADIUS, OpenVPN,
//! Cockpit's own PAM stack, and pages of django-two-factor-auth.
#![expect(clippy::disallowed_methods, reason = "starts the real services")]

mod openvpn;
mod pages;
mod radius;
mod secrets;
mod sso;

use std::{
    fs,
    net::UdpSocket,
    path::Path,
    process::{Child, Command},
    thread,
    time::Duration,
};

use capdo_tests::program;
use serde_json::Value;

/// Ends a process that a test started.
struct Running(Child);

impl Drop for Running {
    /// Asked first: what is killed leaves the helpers that it started behind.
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        for _ in 0..50 {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let file = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// The verdicts of a check about the files below `root`.
fn verdicts(root: &Path, check: &str) -> Vec<(String, String)> {
    let output = Command::new(program("capdo-agent"))
        .args(["--lang", "en", "scan", "--json", "--only", check, "--root"])
        .arg(root)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let all = report["findings"].as_array().unwrap().iter();
    all.map(|f| (text(&f["verdict"]), f.to_string())).collect()
}

fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

#[test]
fn the_pam_stack_of_the_cockpit_package_is_one_factor() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::create_dir_all(root.join("etc")).unwrap();
    let copied = Command::new("cp")
        .args(["-rL", "/etc/pam.d"])
        .arg(root.join("etc"))
        .status();
    assert!(copied.unwrap().success());
    // Whether an account has no password at all counts too.
    for (name, text) in [
        ("passwd", "root:x:0:0:root:/root:/bin/bash\n"),
        ("shadow", "root:$6$salt$hash:20000:0:99999:7:::\n"),
        ("group", "root:x:0:\n"),
        (
            "nsswitch.conf",
            "passwd: files\ngroup: files\nshadow: files\n",
        ),
    ] {
        fs::write(root.join("etc").join(name), text).unwrap();
    }
    let file = root.join("etc/pam.d/cockpit");
    let stack = fs::read_to_string(&file).expect("/etc/pam.d/cockpit (package cockpit-ws)");
    let cockpit = |root: &Path| {
        let all = verdicts(root, "mfa.web-admin");
        let of = all.into_iter().find(|(_, text)| text.contains("cockpit"));
        of.unwrap().0
    };
    assert_eq!(cockpit(root), "fail");
    fs::write(
        &file,
        format!("auth required pam_google_authenticator.so\n{stack}"),
    )
    .unwrap();
    assert_eq!(cockpit(root), "pass");
    fs::write(
        &file,
        format!("auth required pam_google_authenticator.so nullok\n{stack}"),
    )
    .unwrap();
    assert_eq!(cockpit(root), "fail");
}
