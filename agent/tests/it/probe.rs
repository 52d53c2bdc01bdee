//! `probe`: who may be asked, and what is printed.
#![expect(clippy::disallowed_methods, reason = "starts a real TLS server")]

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
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

#[test]
fn no_probe_asks_others_without_an_authorisation() {
    for args in [
        &["probe", "tls", "192.0.2.1"][..],
        &["probe", "http", "192.0.2.1:8080"],
        &["probe", "dns", "a.example", "--server", "192.0.2.1"],
    ] {
        for (lang, word) in [("vi", "Chưa gửi gì"), ("en", "Nothing was sent")] {
            let ran = agent(&[args, &["--lang", lang]].concat());
            assert_eq!(ran.code, 64, "{args:?}: {}", ran.stderr);
            assert!(ran.stderr.contains(word), "{}", ran.stderr);
            assert_eq!(ran.stdout, "");
        }
    }
}

#[test]
fn wrong_targets_of_every_probe_are_usage_errors() {
    for args in [
        &["probe", "tls", "https://a"][..],
        &["probe", "tls", "127.0.0.1", "--starttls", "gopher"],
        &["probe", "tls", "127.0.0.1", "--sni", ""],
        &["probe", "tls", "127.0.0.1", "--sni", "a_b!c"],
        &["probe", "http", "a:0"],
        &["probe", "http", "127.0.0.1", "--exposure"], // needs --authorisation
        &["probe", "dns", "a b"],
        &["probe", "dns", "192.0.2.1", "--server", "127.0.0.1"],
        &["probe", "dns", "a.example", "--server", "a.name"],
        &[
            "probe",
            "dns",
            "a.example",
            "--server",
            "127.0.0.1",
            "--anchor",
            "/dev/null",
        ],
    ] {
        let ran = agent(args);
        assert_eq!(ran.code, 64, "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn closed_ports_are_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    drop(listener);
    for probe in ["tls", "http"] {
        let ran = agent(&["probe", probe, &target, "--json"]);
        assert_eq!(ran.code, 1, "{probe}: {}", ran.stderr);
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(json["results"][0]["gap"]["reason"], "unreachable", "{json}");
    }
    let ran = agent(&[
        "probe",
        "dns",
        "a.example",
        "--server",
        &target,
        "--timeout",
        "1",
        "--json",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["answers"], false);
    assert_eq!(json["found"]["dnssec"], serde_json::Value::Null);
    assert_eq!(json["found"]["spf"]["problems"][0], "unanswered");
}

#[test]
fn a_dead_resolver_is_said_once() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = socket.local_addr().unwrap().to_string();
    drop(socket);
    for (lang, word) in [("vi", "không trả lời"), ("en", "does not answer")] {
        let ran = agent(&[
            "probe",
            "dns",
            "a.example",
            "--server",
            &target,
            "--timeout",
            "1",
            "--lang",
            lang,
        ]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(ran.stdout.matches(word).count(), 1, "{}", ran.stdout);
        assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    }
}

/// Does the same with every connection.
fn serving(act: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            std::thread::spawn(move || act(peer.unwrap()));
        }
    });
    target
}

#[test]
fn an_address_that_gives_nothing_is_told_by_what_it_does() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = gone.local_addr().unwrap().to_string();
    drop(gone);
    let mute = serving(|mut peer| drop(peer.read_to_end(&mut Vec::new())));
    let tls = serving(|mut peer| {
        let mut kind = [0];
        // A client of TLS speaks first, and is refused in TLS.
        if peer.read_exact(&mut kind).is_ok() && kind == [22] {
            drop(peer.write_all(&[21, 3, 3, 0, 2, 2, 40]));
        }
    });
    let mail = serving(|mut peer| {
        drop(peer.write_all(b"220 may.example ESMTP\r\n"));
        drop(peer.read_to_end(&mut Vec::new()));
    });
    let (plain, smtp, imap): (&[&str], &[&str], &[&str]) =
        (&[], &["--starttls", "smtp"], &["--starttls", "imap"]);
    for (target, how, silence, vi, en) in [
        (
            &closed,
            plain,
            "refused",
            "từ chối kết nối",
            "refuses connections",
        ),
        (
            &mute,
            plain,
            "mute",
            "không có câu trả lời",
            "gave no answer in time",
        ),
        (
            &tls,
            smtp,
            "tls_at_once",
            "Hãy bỏ --starttls",
            "Leave --starttls away",
        ),
        (
            &mail,
            imap,
            "greets",
            "--starttls smtp",
            "Try --starttls smtp",
        ),
    ] {
        let line = [&["probe", "tls", target, "--timeout", "1"][..], how].concat();
        for (lang, word) in [("vi", vi), ("en", en)] {
            let ran = agent(&[&line[..], &["--lang", lang]].concat());
            assert_eq!(ran.code, 1, "{}", ran.stderr);
            assert!(ran.stdout.contains(word), "{word}: {}", ran.stdout);
        }
        let ran = agent(&[&line[..], &["--json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let result = &json["results"][0];
        assert_eq!(result["gap"]["reason"], "unreachable", "{json}");
        let told = &result["silence"];
        assert!(*told == silence || told.get(silence).is_some(), "{json}");
    }
}

/// Answers every connection with one text.
fn saying(text: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            let mut peer = peer.unwrap();
            drop(peer.set_read_timeout(Some(std::time::Duration::from_secs(1))));
            let mut asked = [0; 1024];
            drop(peer.read(&mut asked));
            drop(peer.write_all(text.as_bytes()));
        }
    });
    target
}

#[test]
fn a_port_without_tls_is_said_to_have_none() {
    let target = saying("220 may.example ESMTP\r\n");
    for (lang, word) in [("vi", "không dùng TLS"), ("en", "does not speak TLS")] {
        let ran = agent(&["probe", "tls", &target, "--lang", lang]);
        assert!(ran.stdout.contains(word), "{} {}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("--starttls smtp"), "{}", ran.stdout);
    }
}

#[test]
fn a_web_site_is_shown() {
    let target = saying(
        "HTTP/1.1 200 OK\r\nServer: nginx/1.2.3\r\nX-Frame-Options: DENY\r\nContent-Length: 2\r\n\
         Connection: close\r\n\r\nhi",
    );
    for (lang, status) in [("vi", "Mã trả lời: 200"), ("en", "200")] {
        let ran = agent(&["probe", "http", &target, "--lang", lang]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains(status), "{}", ran.stdout);
        assert!(ran.stdout.contains("nginx/1.2.3"), "{}", ran.stdout);
    }
    let ran = agent(&["probe", "http", &target, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["probe"], "http");
    assert_eq!(json["results"][0]["found"][0]["tls"], false, "{json:#}");
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one report, read in both languages")]
fn a_tls_server_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=may.example \
                -days 30 -keyout key.pem -out cert.pem";
    let openssl = || {
        let mut command = Command::new("openssl");
        command.current_dir(dir.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(openssl().args(made.split(' ')).status().unwrap().success());
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = free.local_addr().unwrap().to_string();
    drop(free);
    let serve = [
        "s_server", "-cert", "cert.pem", "-key", "key.pem", "-quiet", "-accept", &target,
    ];
    let _server = Server(openssl().args(serve).spawn().unwrap());
    for _ in 0..100 {
        if TcpStream::connect(&target).is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    for (lang, words) in [
        (
            "vi",
            [
                "tự ký: không nơi nào khác chứng nhận",
                "(chứng thư của nơi cấp được dùng làm chứng thư máy chủ)",
                "vẫn chuỗi chứng thư ấy",
            ],
        ),
        (
            "en",
            [
                "itself: self-signed",
                "(an authority's certificate is used for a server)",
                "the same chain",
            ],
        ),
    ] {
        let ran = agent(&[
            "probe",
            "tls",
            &target,
            "--sni",
            "may.example",
            "--lang",
            lang,
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        for word in words {
            assert!(
                ran.stdout.contains(word),
                "{word} is not in\n{}",
                ran.stdout
            );
        }
    }
    let ran = agent(&["probe", "tls", &target, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = &json["results"][0]["found"];
    assert_eq!(
        (&json["format"], &json["probe"]),
        (&"capdo-probe/1".into(), &"tls".into())
    );
    assert_eq!(found["survey"]["versions"]["tls13"], "yes");
    assert_eq!(found["chains"][0]["certificates"][0]["self_signed"], true);
    assert_eq!(found["grade"]["letter"], "T");
}

/// A name server that knows no name: nothing is proved, and nothing is wrong.
#[test]
fn a_zone_that_nobody_knows_is_shown() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut asked = [0; 1500];
        while let Ok((_, peer)) = socket.recv_from(&mut asked) {
            let name = asked[12..].iter().position(|b| *b == 0).unwrap();
            let end = 12 + name + 5;
            let mut said = asked[..end].to_vec();
            said[2] |= 0x80; // a response
            said[3] = 0x83; // recursion available, no such name
            said[6..12].fill(0);
            socket.send_to(&said, peer).unwrap();
        }
    });
    let args = ["probe", "dns", "A.Example.", "--server", &target];
    let ran = agent(&[&args[..], &["--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&json["probe"], &json["target"]),
        (&"dns".into(), &"a.example".into())
    );
    assert_eq!(json["found"]["dnssec"], "indeterminate", "{json:#}");
    for (lang, word) in [
        ("vi", "DNSSEC: không xác định được"),
        ("en", "DNSSEC: cannot be told"),
    ] {
        let ran = agent(&[&args[..], &["--lang", lang]].concat());
        assert!(ran.stdout.contains(word), "{}", ran.stdout);
    }
}
