//! The agent's reading of `sshd_config` against OpenSSH's own: `sshd -T`.
#![expect(clippy::disallowed_methods, reason = "starts the real sshd")]

use std::{fs, path::Path, process::Command};

use capdo_tests::program;
use serde_json::Value;

/// What the agent says of the files below `root`.
fn scan(root: &Path, check: &str) -> Value {
    let output = Command::new(program("capdo-agent"))
        .args(["--lang", "en", "scan", "--json", "--only", check, "--root"])
        .arg(root)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["findings"][0].clone()
}

/// What OpenSSH says of the same file.
fn truth(root: &Path, keyword: &str) -> String {
    let key = root.join("host_key");
    if !key.exists() {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key)
            .status();
        assert!(made.unwrap().success());
    }
    fs::create_dir_all("/run/sshd").ok(); // sshd wants it even to print its configuration
    // Includes are absolute; the copy points them below the root.
    let config = fs::read_to_string(root.join("etc/ssh/sshd_config")).unwrap();
    let there = root.join("etc/ssh/sshd_config.d");
    let moved = config.replace("/etc/ssh/sshd_config.d", there.to_str().unwrap());
    fs::write(root.join("moved"), moved).unwrap();
    let output = Command::new("/usr/sbin/sshd")
        .arg("-T")
        .arg("-f")
        .arg(root.join("moved"))
        .arg("-h")
        .arg(&key)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|l| l.strip_prefix(&format!("{keyword} ")));
    line.unwrap_or_else(|| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)))
        .to_owned()
}

#[test]
fn root_login_is_read_as_openssh_reads_it() {
    let stories: [(&str, &[(&str, &str)]); 7] = [
        ("PermitRootLogin no\n", &[]),
        ("PermitRootLogin yes\nPermitRootLogin no\n", &[]),
        ("permitrootlogin=\"no\"\n", &[]),
        (
            "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n",
            &[("10-a.conf", "PermitRootLogin yes\n")],
        ),
        (
            "Include /etc/ssh/sshd_config.d/*.conf\n",
            &[
                ("20-b.conf", "PermitRootLogin no\n"),
                ("10-a.conf", "PermitRootLogin yes\n"),
            ],
        ),
        ("#PermitRootLogin no\n", &[]),
        ("PermitRootLogin  forced-commands-only # why\n", &[]),
    ];
    for (config, drop_ins) in stories {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("etc/ssh/sshd_config.d")).unwrap();
        fs::create_dir_all(root.join("usr/sbin")).unwrap();
        fs::write(root.join("usr/sbin/sshd"), "").unwrap();
        fs::write(root.join("etc/passwd"), "root:x:0:0::/root:/bin/sh\n").unwrap();
        fs::write(root.join("etc/ssh/sshd_config"), config).unwrap();
        for (name, text) in drop_ins {
            fs::write(root.join("etc/ssh/sshd_config.d").join(name), text).unwrap();
        }
        let openssh = truth(root, "permitrootlogin");
        let finding = scan(root, "ssh.root-login");
        let expected = match openssh.as_str() {
            "no" => "pass",
            "yes" => "fail",
            _ => "partial",
        };
        assert_eq!(
            finding["verdict"], expected,
            "{config:?} is {openssh}: {finding:#}"
        );
    }
}
