//! `probe`: who may be asked, and what is printed.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

use crate::program::{agent, agent_with};

#[test]
fn others_are_not_asked_without_an_authorisation() {
    for (target, lang, word) in [
        ("192.0.2.1", "en", "--authorisation"),
        ("[2001:db8::1]:22", "en", "Nothing was sent"),
        ("192.0.2.1:2222", "vi", "Chưa gửi gì"),
    ] {
        let ran = agent(&["probe", "ssh", target, "--lang", lang]);
        assert_eq!(ran.code, 64, "{}", ran.stderr);
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let empty = agent(&["probe", "ssh", "192.0.2.1", "--authorisation", " "]);
    assert_eq!(empty.code, 64, "{}", empty.stderr);
}

#[test]
fn what_cannot_be_recorded_is_not_asked() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("a-file");
    std::fs::write(&blocked, "").unwrap();
    let config = dir.path().join("agent.toml");
    std::fs::write(&config, format!("state_dir = {blocked:?}\n")).unwrap();
    let state = blocked.to_str().unwrap();
    let args = [
        "--config",
        config.to_str().unwrap(),
        "--lang",
        "en",
        "probe",
        "ssh",
        "192.0.2.1",
        "--authorisation",
        "QD 1",
    ];
    let ran = agent_with(&args, &[("XDG_STATE_HOME", state)], "");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing was sent"), "{}", ran.stderr);
}

#[test]
fn targets_that_are_none_are_usage_errors() {
    for args in [
        &["probe", "ssh", "http://a"][..],
        &["probe", "ssh", "a:0"],
        &["probe", "ssh"],
        &["probe", "ssh", "127.0.0.1", "--timeout", "0"],
        &["probe", "ssh", "127.0.0.1", "-4", "-6"],
        &["probe"],
    ] {
        assert_eq!(agent(args).code, 64, "{args:?}");
    }
}

#[test]
fn own_addresses_need_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for peer in listener.incoming().take(2) {
            let mut peer = peer.unwrap();
            peer.write_all(b"SSH-2.0-Dropbear_\x1b[31m\xe2\x80\xae1\r\n")
                .unwrap();
            let mut hello = [0; 64];
            drop(peer.read(&mut hello));
        }
    });
    let target = format!("localhost:{port}");
    let ran = agent(&["probe", "ssh", "-4", &target, "--lang", "en"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("Software: Dropbear_"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\x1b') && !ran.stdout.contains('\u{202e}'));
}

#[test]
fn what_does_not_answer_is_said_and_fails() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let target = format!("127.0.0.1:{port}");
    let ran = agent(&["probe", "ssh", &target, "--json"]);
    assert_eq!(ran.code, 1);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["format"], "capdo-probe/1");
    assert_eq!(json["results"][0]["gap"]["reason"], "unreachable");
}
