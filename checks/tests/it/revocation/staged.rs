//! The authorities that are asked: openssl's responder, lists that openssl signs, and a web server.

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
    time::Duration,
};

use capdo_checks::{
    facts::tls::revocation::{Authorities, Word},
    host::Live,
};

use crate::pki::{self, Pki, parsed};

/// What a server of lists does.
#[derive(Clone)]
pub(super) enum Does {
    Send(Vec<u8>),
    /// Sends more than anybody should read, fast.
    Flood,
    /// Promises a gigabyte and sends a byte at a time.
    Drip,
    Lead(String),
}

/// A server on loopback: its port, and how many questions it got.
pub(super) fn serve(does: impl Fn(&str) -> Does + Send + 'static) -> (u16, Arc<AtomicUsize>) {
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
pub(super) struct Responder(Child);

impl Drop for Responder {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Pki {
    fn serial(&self, name: &str) -> String {
        let (_, text) = self.openssl(&["x509", "-in", &format!("{name}.pem"), "-noout", "-serial"]);
        text.trim().trim_start_matches("serial=").to_owned()
    }

    /// The index of an authority that revoked some of these.
    pub(super) fn index(&self, file: &str, certs: &[(&str, bool)]) {
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
    pub(super) fn list(&self, issuer: &str, dates: (i64, i64)) -> Vec<u8> {
        self.list_with(issuer, dates, &["-crlexts", "x"])
    }

    pub(super) fn list_with(&self, issuer: &str, dates: (i64, i64), options: &[&str]) -> Vec<u8> {
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
        let date = |days| pki::days(days).strftime("%Y%m%d%H%M%SZ").to_string();
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
    pub(super) fn verify_with_list(&self, leaf: &str) -> bool {
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

    pub(super) fn responder(&self, port: u16) -> Responder {
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
    pub(super) fn hear(&self, leaf: &str, inside: bool) -> Word {
        let anchors = self.anchors(&["root"]);
        let certs = parsed(&self.chain(&[leaf, "int"]));
        let live = Live::new();
        Authorities::new(&live, &anchors).about(&certs[0], &certs, inside)
    }
}
