//! Second handshakes inside the first, and tickets, asked of `openssl s_server` in every way of agreeing on
//! keys and of protecting records that is spoken here.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; its servers are programs"
)]

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use capdo_checks::probes::tls::{
    Limits, Tcp, survey,
    survey::{Answered, Ask, Survey},
};

use super::middleboxes::behind;

/// How a server is started: the key of its certificate, and its options.
const FORMS: &[(&str, &str)] = &[
    ("rsa", "-tls1_2"),
    ("rsa", "-tls1_2 -cipher AES128-GCM-SHA256"),
    ("rsa", "-tls1_2 -cipher AES256-GCM-SHA384"),
    ("rsa", "-tls1_2 -cipher AES128-SHA"),
    ("rsa", "-tls1_2 -cipher AES256-SHA"),
    ("rsa", "-tls1_2 -cipher AES256-SHA256"),
    ("rsa", "-tls1_2 -cipher ECDHE-RSA-AES128-SHA"),
    ("rsa", "-tls1_2 -cipher ECDHE-RSA-AES256-SHA384"),
    ("rsa", "-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305"),
    ("rsa", "-tls1_2 -cipher DHE-RSA-AES128-SHA"),
    ("rsa", "-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384"),
    ("rsa", "-tls1_2 -cipher ADH-AES128-SHA:@SECLEVEL=0"),
    ("rsa", "-tls1_2 -groups P-521 -verify 1"),
    ("rsa", "-tls1_1 -cipher ALL:@SECLEVEL=0"),
    ("rsa", "-tls1 -cipher ALL:@SECLEVEL=0"),
    ("rsa", "-tls1 -cipher AES128-SHA:@SECLEVEL=0"),
    ("rsa", "-tls1 -cipher DHE-RSA-AES256-SHA:@SECLEVEL=0"),
    ("old", "-tls1 -cipher AES256-SHA:@SECLEVEL=0"),
    ("ec", "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA"),
    ("ec", "-tls1 -cipher ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
];

pub(super) struct Server {
    pub(super) target: SocketAddr,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(super) fn certificates(dir: &Path) {
    for (name, kind) in [
        ("rsa", "rsa:2048"),
        ("old", "rsa:1024"),
        ("ec", "ec -pkeyopt ec_paramgen_curve:P-256"),
    ] {
        let line = format!(
            "req -x509 -nodes -days 30 -subj /CN=may.example -keyout {name}.key -out {name}.pem -newkey {kind}"
        );
        let made = Command::new("openssl")
            .args(line.split(' '))
            .current_dir(dir)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }
}

pub(super) fn start(dir: &Path, key: &str, options: &str) -> Server {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = free.local_addr().unwrap();
    drop(free);
    let line = format!("s_server -quiet -accept {target} -cert {key}.pem -key {key}.key {options}");
    let child = Command::new("openssl")
        .args(line.split(' '))
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(target).is_err() {
        assert!(Instant::now() < until, "{options}: does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    Server { target, child }
}

pub(super) fn surveyed(target: SocketAddr, intrusive: bool) -> Survey {
    let ask = Ask {
        target,
        name: Some("may.example".to_owned()),
        starttls: None,
        intrusive,
    };
    let limits = Limits {
        time: Duration::from_secs(120),
        ..Limits::default()
    };
    survey(&Tcp(target), &ask, &limits, &mut |_| {}).unwrap()
}

#[test]
fn openssl_in_every_form_renegotiates_for_clients_where_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let wishes = [
        ("-client_renegotiation", Answered::Yes),
        ("", Answered::No),
        ("-no_renegotiation", Answered::No),
    ];
    let mut all = Vec::new();
    for (key, options) in FORMS {
        all.extend(wishes.map(|(more, want)| (*key, format!("{options} {more}"), want)));
    }
    let one = |(key, options, want): &(&str, String, Answered)| {
        let server = start(dir.path(), key, options.trim_end());
        let found = surveyed(server.target, true);
        let got = (
            found.traits.client_renegotiation,
            found.weaknesses.ticketbleed,
        );
        (got != (*want, Answered::No)).then(|| format!("{key} {options}: {got:?}"))
    };
    let mut wrong = Vec::new();
    for some in all.chunks(8) {
        thread::scope(|scope| {
            let running: Vec<_> = some.iter().map(|form| scope.spawn(|| one(form))).collect();
            wrong.extend(running.into_iter().filter_map(|r| r.join().unwrap()));
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What comes behind the server's ChangeCipherSpec is spoilt: first its Finished, then what answers the
/// second hello. Neither a session nor an answer may be seen in that.
#[test]
fn what_is_not_sealed_with_the_keys_of_the_session_is_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    for cipher in ["AES128-SHA", "AES128-GCM-SHA256"] {
        let options = format!("-tls1_2 -cipher {cipher} -client_renegotiation");
        let server = start(dir.path(), "rsa", &options);
        for (spoilt, bleeds) in [(1, Answered::Unclear), (2, Answered::No)] {
            let target = behind(
                server.target,
                |_| false,
                move |changed, mut record| {
                    if changed == spoilt {
                        *record.last_mut().unwrap() ^= 1;
                    }
                    record
                },
            );
            let found = surveyed(target, true);
            let got = (
                found.traits.client_renegotiation,
                found.weaknesses.ticketbleed,
            );
            assert_eq!(got, (Answered::Unclear, bleeds), "{cipher} {spoilt}");
        }
    }
}
