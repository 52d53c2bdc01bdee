//! Servers that have the published holes of TLS, each beside a twin without it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac,
};
use capdo_checks::probes::tls::survey::{Answered, StartTls, Survey};
use rustls::{
    ServerConfig, ServerConnection,
    crypto::aws_lc_rs::{Ticketer, default_provider},
    pki_types::PrivateKeyDer,
    version::TLS12,
};

use super::hostile_tls::{flight, look, offers, record, server};

pub(super) const REFUSED: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

pub(super) fn hex(text: &str) -> Vec<u8> {
    let even = format!("{}{text}", if text.len() % 2 == 1 { "0" } else { "" });
    let at = (0..even.len()).step_by(2);
    at.map(|at| u8::from_str_radix(&even[at..at + 2], 16).unwrap())
        .collect()
}

/// A record with its head; empty when the client is gone.
pub(super) fn whole_record(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_err() {
        return Vec::new();
    }
    let mut all = head.to_vec();
    all.resize(5 + usize::from(u16::from_be_bytes([head[3], head[4]])), 0);
    if stream.read_exact(&mut all[5..]).is_err() {
        return Vec::new();
    }
    all
}

fn probed(target: SocketAddr, starttls: Option<StartTls>) -> Survey {
    look(target, starttls, true).0.unwrap()
}

pub(super) fn recorded(name: &str) -> Vec<u8> {
    let text = include_str!("../vectors/tls_flights.txt");
    let found = text.lines().find_map(|line| line.strip_prefix(name));
    hex(found.unwrap().trim())
}

/// Node.js 0.10.1, which dies of any handshake that fails: it must be asked without failing one.
#[test]
fn heartbleed_is_seen_in_what_openssl_1_0_1e_answered() {
    let target = server(|_, mut stream| {
        let hello = record(&mut stream);
        if !offers(&hello, 0x002f) {
            return;
        }
        stream
            .write_all(&recorded("openssl-1.0.1e heartbeat-flight"))
            .ok();
        let next = whole_record(&mut stream);
        // One byte more is claimed than sent, and not many are given away.
        if next.len() == 5 + 3 + 4096 && next[..8] == [24, 3, 3, 16, 3, 1, 16, 1] {
            stream
                .write_all(&recorded("openssl-1.0.1e heartbeat-answer"))
                .ok();
            stream.read_to_end(&mut Vec::new()).ok();
        }
    });
    let found = probed(target, None).weaknesses;
    assert_eq!(found.heartbleed, Answered::Yes);
    // What else would be tried could stop such a server.
    assert_eq!(found.ccs_injection, Answered::NotAsked);
}

/// RFC 5246, section 5, from an empty secret.
fn empty_secret(randoms: &[u8], length: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[]);
    let seed = [&b"key expansion"[..], randoms].concat();
    let mut a = hmac::sign(&key, &seed);
    let mut out = Vec::new();
    while out.len() < length {
        out.extend_from_slice(hmac::sign(&key, &[a.as_ref(), &seed].concat()).as_ref());
        a = hmac::sign(&key, a.as_ref());
    }
    out.truncate(length);
    out
}

/// Whether a record opens with keys from an empty secret.
fn opens(client_random: &[u8], sealed: &[u8]) -> Option<bool> {
    let block = empty_secret(&[&[7; 32], client_random].concat(), 40);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &block[..16]).unwrap());
    let nonce = [&block[32..36], sealed.get(5..13)?].concat();
    let length = u16::try_from(sealed.len().checked_sub(5 + 8 + 16)?).ok()?;
    let mut aad = vec![0; 8];
    aad.extend(&sealed[..3]);
    aad.extend(length.to_be_bytes());
    let mut body = sealed[13..].to_vec();
    let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
    Some(key.open_in_place(nonce, Aad::from(aad), &mut body).is_ok())
}

/// As OpenSSL 1.0.1g in Node.js: the first ChangeCipherSpec is taken, and what cannot be read ends the
/// talk without an alert. The twin takes it too, and makes no keys.
#[test]
fn early_change_cipher_spec_is_proved_by_the_keys_of_an_empty_secret() {
    for (keys, want) in [(true, Answered::Yes), (false, Answered::Unclear)] {
        let target = server(move |_, mut stream| {
            let hello = record(&mut stream);
            if !offers(&hello, 0x009c) {
                stream.write_all(&REFUSED).ok();
                return;
            }
            stream.write_all(&flight(0x009c, &[])).ok();
            if whole_record(&mut stream).first() != Some(&20) {
                return;
            }
            let next = whole_record(&mut stream);
            if keys && next.first() == Some(&22) && opens(&hello[6..38], &next) == Some(true) {
                stream.read_to_end(&mut Vec::new()).ok();
            }
        });
        assert_eq!(probed(target, None).weaknesses.ccs_injection, want);
    }
}

fn config(tickets: bool) -> Arc<ServerConfig> {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["may.example".to_owned()];
    let cert = rcgen::CertificateParams::new(names).unwrap();
    let cert = cert.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .unwrap();
    if tickets {
        config.ticketer = Ticketer::new().unwrap();
    }
    Arc::new(config)
}

/// F5's fault: the session id of a resumed session always came back with 32 bytes.
#[test]
fn ticketbleed_is_told_from_an_honest_echo() {
    for (bleeds, want) in [(true, Answered::Yes), (false, Answered::No)] {
        let config = config(true);
        let target = server(move |_, mut stream| {
            let hello = whole_record(&mut stream);
            if bleeds && hello.get(43) == Some(&16) {
                let mut sick = vec![22, 3, 3, 0, 74, 2, 0, 0, 70, 3, 3];
                sick.extend([7; 32]);
                sick.push(32);
                sick.extend(&hello[44..60]);
                sick.extend([0xee; 16]);
                sick.extend([0xc0, 0x2b, 0]);
                stream.write_all(&sick).ok();
                return;
            }
            let mut tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut both = Behind(hello, stream);
            while tls.complete_io(&mut both).is_ok_and(|(read, _)| read > 0) {}
        });
        assert_eq!(probed(target, None).weaknesses.ticketbleed, want);
    }
}

/// A connection of which some was read already.
struct Behind(Vec<u8>, TcpStream);

impl Read for Behind {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.0.is_empty() {
            return self.1.read(into);
        }
        let n = into.len().min(self.0.len());
        into[..n].copy_from_slice(&self.0[..n]);
        self.0.drain(..n);
        Ok(n)
    }
}

impl Write for Behind {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.1.flush()
    }
}

/// A line from what was read, or from the connection.
fn line(kept: &mut Vec<u8>, from: &mut impl Read) -> Option<String> {
    loop {
        if let Some(end) = kept.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = kept.drain(..=end).collect();
            return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        let mut chunk = [0; 512];
        match from.read(&mut chunk) {
            Ok(n) if n > 0 => kept.extend(&chunk[..n]),
            _ => return None,
        }
    }
}

/// What a mail server says to a line, and whether it turns to TLS after that, or closes.
fn mail(how: StartTls, line: &str) -> (String, bool, bool) {
    let word = |n: usize| line.split(' ').nth(n).unwrap_or_default().to_owned();
    let (tag, command) = match how {
        StartTls::Imap => (word(0), word(1)),
        _ => (String::new(), word(0)),
    };
    let turns = matches!(command.as_str(), "STARTTLS" | "STLS");
    let ends = matches!(command.as_str(), "QUIT" | "LOGOUT");
    let said = match (how, command.as_str()) {
        (StartTls::Imap, _) => format!("{tag} OK\r\n"),
        (StartTls::Pop3, "CAPA") => "+OK\r\nUIDL\r\n.\r\n".to_owned(),
        (StartTls::Pop3, _) => "+OK\r\n".to_owned(),
        (_, "EHLO") => "250-may\r\n250 STARTTLS\r\n".to_owned(),
        (_, "STARTTLS") => "220 go\r\n".to_owned(),
        (_, "QUIT") => "221 bye\r\n".to_owned(),
        _ => "250 ok\r\n".to_owned(),
    };
    (said, turns, ends)
}

/// CVE-2011-0411: one keeps what was read behind the command, its twin forgets it.
#[test]
fn commands_behind_starttls_are_seen_when_they_are_carried_out() {
    for how in [StartTls::Smtp, StartTls::Imap, StartTls::Pop3] {
        for (keeps, want) in [(true, Answered::Yes), (false, Answered::No)] {
            let config = config(false);
            let target = server(move |_, mut stream| {
                let hello: &[u8] = match how {
                    StartTls::Imap => b"* OK\r\n",
                    StartTls::Pop3 => b"+OK\r\n",
                    _ => b"220 may\r\n",
                };
                stream.write_all(hello).ok();
                let mut kept = Vec::new();
                loop {
                    let Some(line) = line(&mut kept, &mut stream) else {
                        return;
                    };
                    let (said, turns, ends) = mail(how, &line);
                    stream.write_all(said.as_bytes()).ok();
                    if ends {
                        return;
                    }
                    if turns {
                        break;
                    }
                }
                if !keeps {
                    kept.clear();
                }
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut tls = rustls::StreamOwned::new(tls, stream);
                while let Some(line) = line(&mut kept, &mut tls) {
                    let (said, _, ends) = mail(how, &line);
                    tls.write_all(said.as_bytes()).ok();
                    if ends {
                        tls.conn.send_close_notify();
                        tls.flush().ok();
                        return;
                    }
                }
            });
            let found = probed(target, Some(how)).weaknesses;
            assert_eq!(found.starttls_injection, want, "{how:?} {keeps}");
        }
    }
}

/// A ServerHello that takes up compression, and one without a word about renegotiation.
#[test]
fn compression_and_insecure_renegotiation_are_seen() {
    let target = server(|_, mut stream| {
        let hello = record(&mut stream);
        let mut answer = flight(0xc02f, &[]);
        // Where nothing is offered but "none", nothing else may be taken up.
        answer[46] = u8::from(hello.windows(3).any(|w| w == [2, 1, 0]));
        let answer = if offers(&hello, 0xc02f) {
            answer
        } else {
            REFUSED.to_vec()
        };
        stream.write_all(&answer).ok();
    });
    let traits = look(target, None, false).0.unwrap().traits;
    assert_eq!(traits.compression, Answered::Yes);
    assert_eq!(traits.secure_renegotiation, Answered::No);
    assert_eq!(traits.extended_master_secret, Answered::No);
}
