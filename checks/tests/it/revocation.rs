//! Authorities that are asked what they revoked: openssl's own responder, lists that openssl signed,
//! and servers that mean harm.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; openssl is the responder"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use capdo_checks::{
    facts::tls::{
        chain::trust,
        revocation::{Authorities, Told, Word, path},
    },
    host::{AuthorityAsk, Host as _, HostError, Live},
};

use super::pki::{LEAF, Pki, Wish, parsed};

/// What a server of lists does.
#[derive(Clone)]
enum Does {
    Send(Vec<u8>),
    /// Sends more than anybody should read, fast.
    Flood,
    /// Promises a gigabyte and sends a byte at a time.
    Drip,
    Lead(String),
}

/// A server on loopback: its port, and how many questions it got.
fn serve(does: impl Fn(&str) -> Does + Send + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for peer in listener.incoming() {
            let mut peer = peer.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 4096];
            let n = peer.read(&mut head).unwrap();
            let line = String::from_utf8_lossy(&head[..n]).into_owned();
            let what = does(line.split(' ').nth(1).unwrap_or_default());
            thread::spawn(move || answer(peer, what));
        }
    });
    (port, asked)
}

fn answer(mut peer: TcpStream, does: Does) {
    let ok = |n: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {n}\r\n\r\n");
    let ended = match does {
        Does::Send(bytes) => peer
            .write_all(ok(bytes.len()).as_bytes())
            .and_then(|()| peer.write_all(&bytes)),
        Does::Lead(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            peer.write_all(head.as_bytes())
        }
        Does::Flood | Does::Drip => {
            let (size, pause) = match does {
                Does::Flood => (1 << 16, Duration::ZERO),
                _ => (1, Duration::from_millis(200)),
            };
            let mut ended = peer.write_all(ok(1 << 30).as_bytes());
            while ended.is_ok() {
                ended = peer.write_all(&vec![0x30; size]);
                thread::sleep(pause);
            }
            ended
        }
    };
    drop(ended);
}

/// openssl's responder, ended with its owner.
struct Responder(Child);

impl Drop for Responder {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Pki {
    fn serial(&self, name: &str) -> String {
        let (_, text) = self.openssl(&["x509", "-in", &format!("{name}.pem"), "-noout", "-serial"]);
        text.trim().trim_start_matches("serial=").to_owned()
    }

    /// The index of an authority that revoked some of these.
    fn index(&self, file: &str, certs: &[(&str, bool)]) {
        let line = |(name, revoked): &(&str, bool)| {
            let serial = self.serial(name);
            if *revoked {
                format!("R\t351231000000Z\t251231000000Z\t{serial}\tunknown\t/CN=x\n")
            } else {
                format!("V\t351231000000Z\t\t{serial}\tunknown\t/CN=x\n")
            }
        };
        fs::write(self.file(file), certs.iter().map(line).collect::<String>()).unwrap();
    }

    /// A list of `issuer`, from the index; `dates` are its two dates, days from now.
    fn list(&self, issuer: &str, dates: (i64, i64)) -> Vec<u8> {
        self.list_with(issuer, dates, &["-crlexts", "x"])
    }

    fn list_with(&self, issuer: &str, dates: (i64, i64), options: &[&str]) -> Vec<u8> {
        // With a number a list is of version 2.
        let number = if options.is_empty() {
            ""
        } else {
            "crlnumber=num\n"
        };
        let conf = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index\n{number}default_md=sha256\n\
             [x]\nauthorityKeyIdentifier=keyid\n"
        );
        fs::write(self.file("ca.conf"), conf).unwrap();
        fs::write(self.file("num"), "01\n").unwrap();
        let date = |days| super::pki::days(days).strftime("%Y%m%d%H%M%SZ").to_string();
        let (pem, key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let (from, until) = (date(dates.0), date(dates.1));
        let args = [
            "ca", "-config", "ca.conf", "-gencrl", "-cert", &pem, "-keyfile", &key,
        ];
        let dates = ["-crl_lastupdate", &from, "-crl_nextupdate", &until];
        self.must(&[&args[..], &dates, &["-out", "crl.pem"], options].concat());
        self.must(&[
            "crl", "-in", "crl.pem", "-outform", "DER", "-out", "crl.der",
        ]);
        fs::read(self.file("crl.der")).unwrap()
    }

    /// What `openssl verify` makes of the list that was made last.
    fn verify_with_list(&self, leaf: &str) -> bool {
        let leaf = format!("{leaf}.pem");
        self.openssl(&[
            "verify",
            "-no-CApath",
            "-no-CAstore",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "int.pem",
            "-crl_check",
            "-CRLfile",
            "crl.pem",
            &leaf,
        ])
        .0
    }

    fn responder(&self, port: u16) -> Responder {
        let mut child = Command::new("openssl")
            .args([
                "ocsp",
                "-port",
                &port.to_string(),
                "-index",
                "index",
                "-CA",
                "int.pem",
            ])
            .args(["-rsigner", "int.pem", "-rkey", "int.key", "-ndays", "7"])
            .current_dir(self.file("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It says where it listens; an empty connection would keep it waiting for ever.
        let mut line = String::new();
        let out = child.stdout.as_mut().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
        assert!(line.starts_with("ACCEPT"), "{line}");
        Responder(child)
    }

    /// What is heard about a leaf of `int`; the agency's own authorities stand on loopback.
    fn hear(&self, leaf: &str, inside: bool) -> Word {
        let anchors = self.anchors(&["root"]);
        let certs = parsed(&self.chain(&[leaf, "int"]));
        let live = Live::new();
        Authorities::new(&live, &anchors).about(&certs[0], &certs, inside)
    }
}

fn pointing(pki: &Pki, name: &str, extension: &str) {
    let extensions = [LEAF.extensions[0], extension];
    pki.make(
        name,
        Wish {
            extensions: &extensions,
            ..LEAF
        },
    );
}

#[test]
fn openssls_responder_is_asked_and_believed() {
    let pki = Pki::new();
    let port = free_port();
    let at = format!("authorityInfoAccess=OCSP;URI:http://127.0.0.1:{port}/");
    for name in ["good", "revoked", "stranger"] {
        pointing(&pki, name, &at);
    }
    pki.index("index", &[("good", false), ("revoked", true)]);
    let _responder = pki.responder(port);
    for (leaf, told) in [
        ("good", Told::Good),
        ("revoked", Told::Revoked),
        ("stranger", Told::NotKnown),
    ] {
        let word = pki.hear(leaf, true);
        assert_eq!(word.told, told, "{leaf}: {word:?}");
        let since = word.revoked_at.map(|at| at.to_string());
        let wanted = (told == Told::Revoked).then_some("2025-12-31T00:00:00Z".to_owned());
        assert_eq!(since, wanted, "{leaf}");
    }
    assert_eq!(pki.hear("good", false).told, Told::NotAllowed);
}

#[test]
fn lists_are_read_as_openssl_reads_them() {
    let pki = Pki::new();
    let (port, _) = serve({
        let folder = pki.file("crl.der");
        move |_| Does::Send(fs::read(&folder).unwrap())
    });
    let at = format!("crlDistributionPoints=URI:http://127.0.0.1:{port}/int.crl");
    pointing(&pki, "leaf", &at);
    // Same name as the real one, another key.
    let impostor = Wish {
        subject: "/CN=Test Intermediate",
        issuer: Some("root"),
        extensions: super::pki::CA,
        ..LEAF
    };
    pki.make("impostor", impostor);
    for (what, revoked, signer, dates, told) in [
        ("good", false, "int", (-1, 7), Told::Good),
        ("revoked", true, "int", (-1, 7), Told::Revoked),
        ("expired", false, "int", (-9, -2), Told::Old),
        ("from the future", false, "int", (2, 7), Told::Old),
        ("wrong signer", false, "impostor", (-1, 7), Told::Unsigned),
        (
            "wrong signer, revoked",
            true,
            "impostor",
            (-1, 7),
            Told::Unsigned,
        ),
        ("expired, revoked", true, "int", (-9, -2), Told::Revoked),
    ] {
        pki.index("index", &[("leaf", revoked), ("int", true)]);
        pki.list(signer, dates);
        let word = pki.hear("leaf", true);
        assert_eq!(word.told, told, "{what}: {word:?}");
        let fine = pki.verify_with_list("leaf");
        assert_eq!(fine, told == Told::Good, "{what}: openssl");
    }
    // A serial number whose first bit is set has a zero before it in DER.
    let ext = format!("{}\n{at}\n", LEAF.extensions[0]);
    fs::write(pki.file("leaf.ext"), ext).unwrap();
    let csr = [
        "req",
        "-new",
        "-config",
        "conf",
        "-key",
        "leaf.key",
        "-subj",
        "/CN=may.example",
    ];
    pki.must(&[&csr[..], &["-out", "high.csr"]].concat());
    let sign = [
        "x509", "-req", "-in", "high.csr", "-CA", "int.pem", "-CAkey", "int.key",
    ];
    let more = [
        "-set_serial",
        "0xff00000000000001",
        "-extfile",
        "leaf.ext",
        "-out",
        "high.pem",
    ];
    pki.must(&[&sign[..], &more].concat());
    for revoked in [false, true] {
        pki.index("index", &[("high", revoked)]);
        pki.list("int", (-1, 7));
        let told = if revoked { Told::Revoked } else { Told::Good };
        assert_eq!(pki.hear("high", true).told, told);
        assert_eq!(pki.verify_with_list("high"), !revoked);
    }
    // openssl makes lists of version 1 unless told otherwise, and some serve them in PEM.
    for revoked in [false, true] {
        pki.index("index", &[("int", true), ("leaf", revoked), ("root", true)]);
        let told = if revoked { Told::Revoked } else { Told::Good };
        for options in [&[][..], &["-crlexts", "x"]] {
            pki.list_with("int", (-1, 7), options);
            let (_, text) = pki.openssl(&["crl", "-in", "crl.pem", "-noout", "-text"]);
            assert_eq!(
                text.contains("Version 1 (0x0)"),
                options.is_empty(),
                "{text}"
            );
            assert_eq!(pki.hear("leaf", true).told, told, "{options:?}");
            assert_eq!(pki.verify_with_list("leaf"), !revoked);
            fs::copy(pki.file("crl.pem"), pki.file("crl.der")).unwrap();
            assert_eq!(pki.hear("leaf", true).told, told, "PEM {options:?}");
        }
    }
    pki.index("index", &[]);
    pki.list_with("int", (-1, 7), &[]);
    assert_eq!(pki.hear("leaf", true).told, Told::Good, "an empty list");
    let list = pki.list("int", (-1, 7));
    for garbage in [
        b"".to_vec(),
        b"<html>".to_vec(),
        list[..list.len() - 9].to_vec(),
    ] {
        fs::write(pki.file("crl.der"), garbage).unwrap();
        let told = pki.hear("leaf", true).told;
        assert!(matches!(told, Told::Unusable(_)), "{told:?}");
    }
}

#[test]
fn servers_that_mean_harm_are_left() {
    let (port, _) = serve(|path| match path {
        "/flood" => Does::Flood,
        "/drip" => Does::Drip,
        "/cloud" => Does::Lead("http://169.254.169.254/latest/meta-data/".to_owned()),
        "/file" => Does::Lead("file:///etc/shadow".to_owned()),
        "/twice" => Does::Lead("/once".to_owned()),
        "/once" => Does::Lead("/here".to_owned()),
        "/thrice" => Does::Lead("/twice".to_owned()),
        "/here" => Does::Send(b"list".to_vec()),
        _ => Does::Lead("/loop".to_owned()),
    });
    let ask = |path: &str, inside| {
        Live::new().ask_authority(&AuthorityAsk {
            url: format!("http://127.0.0.1:{port}{path}"),
            request: None,
            cap: 8 << 20,
            inside,
        })
    };
    assert_eq!(ask("/twice", true).unwrap(), b"list");
    for path in ["/thrice", "/loop"] {
        let got = ask(path, true);
        assert!(
            matches!(got, Err(HostError::Unreachable(_))),
            "{path}: {got:?}"
        );
    }
    for path in ["/cloud", "/file"] {
        let got = ask(path, true);
        assert!(
            matches!(got, Err(HostError::NotAuthorised(_))),
            "{path}: {got:?}"
        );
    }
    let start = Instant::now();
    assert!(matches!(
        ask("/flood", true),
        Err(HostError::TooLarge { .. })
    ));
    assert!(matches!(ask("/drip", true), Err(HostError::Timeout(_))));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn nobody_near_is_asked_for_a_strangers_certificate() {
    let pki = Pki::new();
    let (port, asked) = serve(|_| Does::Send(Vec::new()));
    for (name, host) in [
        ("a", "127.0.0.1"),
        ("b", "localhost"),
        ("c", "[::ffff:7f00:1]"),
    ] {
        let at = format!("crlDistributionPoints=URI:http://{host}:{port}/x");
        pointing(&pki, name, &at);
        assert_eq!(pki.hear(name, false).told, Told::NotAllowed, "{host}");
    }
    pointing(
        &pki,
        "d",
        "crlDistributionPoints=URI:ldap://127.0.0.1/cn=CA",
    );
    assert_eq!(pki.hear("d", true).told, Told::NoSource);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn each_question_is_asked_once() {
    let pki = Pki::new();
    pki.index("index", &[]);
    let list = pki.list("int", (-1, 7));
    let (port, asked) = serve(move |_| Does::Send(list.clone()));
    let at = format!("crlDistributionPoints=URI:http://127.0.0.1:{port}/int.crl");
    pointing(&pki, "one", &at);
    pointing(&pki, "two", &at);
    let anchors = pki.anchors(&["root"]);
    let live = Live::new();
    let authorities = Authorities::new(&live, &anchors);
    for name in ["one", "two", "one"] {
        let certs = parsed(&pki.chain(&[name, "int"]));
        assert_eq!(authorities.about(&certs[0], &certs, true).told, Told::Good);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn the_path_is_the_verified_one() {
    let pki = Pki::new();
    pki.make("leaf", LEAF);
    let other = Wish {
        subject: "/CN=Other Root",
        issuer: None,
        extensions: super::pki::CA,
        ..LEAF
    };
    pki.make("other", other);
    // The name and key of the intermediate, signed by somebody else: a leaf verifies under it.
    fs::write(pki.file("ca.ext"), super::pki::CA.join("\n")).unwrap();
    pki.must(&[
        "req",
        "-new",
        "-config",
        "conf",
        "-key",
        "int.key",
        "-subj",
        "/CN=Test Intermediate",
        "-out",
        "decoy.csr",
    ]);
    pki.must(&[
        "x509",
        "-req",
        "-in",
        "decoy.csr",
        "-CA",
        "other.pem",
        "-CAkey",
        "other.key",
        "-extfile",
        "ca.ext",
        "-days",
        "90",
        "-out",
        "decoy.pem",
    ]);
    let prints = |names: &[&str], roots: &[&str]| -> Vec<String> {
        let chain = pki.chain(names);
        let trust = trust(&chain, &pki.anchors(roots), None, super::pki::days(0));
        let path = path(&parsed(&chain), &trust);
        path.into_iter().map(|c| c.sha256).collect()
    };
    let of = |names: &[&str]| -> Vec<String> {
        let certs = parsed(&pki.chain(names));
        certs.into_iter().map(|c| c.sha256).collect()
    };
    let both = of(&["leaf", "int"]);
    assert_eq!(prints(&["leaf", "int", "root"], &["root"]), both);
    assert_eq!(prints(&["leaf", "other", "int"], &["root"]), both);
    assert_eq!(prints(&["leaf", "decoy", "int"], &["root"]), both);
    assert_eq!(prints(&["leaf", "int"], &["int"]), both[..1]);
}
