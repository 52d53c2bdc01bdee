//! Bad input gets one clear sentence and changes nothing.
#![expect(clippy::disallowed_methods, reason = "starts the programs under test")]

use std::{fs, os::unix::ffi::OsStrExt as _, process::Command};

use capdo_tests::{Agent, Stage, program};

#[test]
fn a_misspelt_key_is_named_with_its_line_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("agent.toml");
    fs::write(&file, "lang = \"vi\"\n\n[schedule]\nintervall = \"24h\"\n").unwrap();
    for lang in ["vi", "en"] {
        let output = Command::new(program("capdo-agent"))
            .args(["--lang", lang, "config", "check"])
            .arg(&file)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(
            words.contains("intervall") && words.contains('4'),
            "{lang}: {words}"
        );
    }
}

#[test]
fn a_hostile_image_is_scanned_to_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::create_dir_all(root.join("etc/ssh/sshd_config.d")).unwrap();
    fs::create_dir_all(root.join("var/log")).unwrap();
    fs::write(
        root.join("etc/passwd"),
        "root:x:0:0::/root:/bin/sh\n\u{1b}[31m:x:0:0::/:/bin/sh\n",
    )
    .unwrap();
    fs::write(
        root.join("etc/ssh/sshd_config"),
        "Include /etc/ssh/sshd_config.d/*.conf\n",
    )
    .unwrap();
    // Names that are no text, that look like options, and that would end a terminal's line.
    for name in [
        &b"\xff\xfe.conf"[..],
        b"-rf.conf",
        b"a\nb.conf",
        b"\x1b[2J.conf",
    ] {
        let path = root
            .join("etc/ssh/sshd_config.d")
            .join(std::ffi::OsStr::from_bytes(name));
        fs::write(path, "PermitRootLogin yes\n").unwrap();
    }
    std::os::unix::fs::symlink(
        "/etc/ssh/sshd_config",
        root.join("etc/ssh/sshd_config.d/loop.conf"),
    )
    .unwrap();
    // A log of 2 GB, and one of 1 MB without a line end.
    fs::File::create(root.join("var/log/auth.log"))
        .unwrap()
        .set_len(2 << 30)
        .unwrap();
    fs::write(root.join("var/log/syslog"), vec![b'x'; 1 << 20]).unwrap();
    let output = Command::new(program("capdo-agent"))
        .args(["--lang", "en", "scan", "--root"])
        .arg(root)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        shown.contains("account.uid-zero"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        !shown.contains('\u{1b}'),
        "an escape sequence reached the terminal"
    );
}

#[test]
fn a_stranger_s_certificate_opens_nothing() {
    let (home, away) = (Stage::new(), Stage::new());
    let _home = home.serve();
    let _away = away.serve();
    let agent = home.enrol("agent");
    // The same identity, pointed at another collector: each trusts only its own CA.
    let config = fs::read_to_string(agent.state().parent().unwrap().join("agent.toml")).unwrap();
    let moved = config.replace(&home.agents.to_string(), &away.agents.to_string());
    fs::write(agent.state().parent().unwrap().join("agent.toml"), moved).unwrap();
    let mut service = agent.serve();
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(service.runs(), "it goes on trying: {}", agent.log());
    assert_eq!(away.ok(&["host", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn garbage_on_the_agents_port_does_no_harm() {
    use std::io::{Read as _, Write as _};
    let stage = Stage::new();
    let mut collector = stage.serve();
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xff; 70_000],
        b"\x16\x03\x01\xff\xff",
    ] {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", stage.agents)).unwrap();
        stream.write_all(garbage).ok();
        stream.shutdown(std::net::Shutdown::Write).ok();
        stream
            .set_read_timeout(Some(std::time::Duration::from_secs(5)))
            .unwrap();
        stream.take(1 << 16).read_to_end(&mut Vec::new()).ok();
    }
    assert!(collector.runs());
    let agent = Agent::new(&stage, "agent");
    let (token, pin) = stage.token();
    assert!(agent.enrol(&token, &pin).status.success());
}
