//! Servers that have the published holes of TLS, each beside a twin without it; and recorded answers of
//! real servers, played back whole and cut off.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac,
};
use capdo_checks::probes::tls::survey::{Answered, Protocol, StartTls, Survey};
use num_bigint::BigUint;
use rustls::{
    ServerConfig, ServerConnection,
    crypto::aws_lc_rs::{Ticketer, default_provider},
    pki_types::PrivateKeyDer,
    version::TLS12,
};

use super::hostile_tls::{flight, look, offers, record, server};

const REFUSED: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

fn hex(text: &str) -> Vec<u8> {
    let even = format!("{}{text}", if text.len() % 2 == 1 { "0" } else { "" });
    let at = (0..even.len()).step_by(2);
    at.map(|at| u8::from_str_radix(&even[at..at + 2], 16).unwrap())
        .collect()
}

/// A record with its head; empty when the client is gone.
fn whole_record(stream: &mut TcpStream) -> Vec<u8> {
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

fn recorded(name: &str) -> Vec<u8> {
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

/// What a server makes of an RSA block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// It begins with 0 and 2.
    start: bool,
    /// A zero stands where the secret has 48 bytes.
    length: bool,
    /// The secret begins with the version.
    version: bool,
}

fn opened(block: &[u8]) -> Block {
    let text = include_str!("../vectors/rsa_1024.txt");
    let mut lines = text.lines().skip(2);
    let number = || BigUint::from_bytes_be(&hex(lines.next().unwrap()));
    let [n, d] = std::array::from_fn({
        let mut number = number;
        move |_| number()
    });
    let plain = BigUint::from_bytes_be(block).modpow(&d, &n).to_bytes_be();
    let mut all = vec![0; 128 - plain.len()];
    all.extend(plain);
    let zero = all.iter().skip(2).position(|b| *b == 0).map(|at| at + 2);
    Block {
        start: all[..2] == [0, 2],
        length: zero == Some(79),
        version: all[80..82] == [3, 3],
    }
}

/// ServerHello, Certificate and ServerHelloDone for RSA key exchange.
fn rsa_flight() -> Vec<u8> {
    let text = include_str!("../vectors/rsa_1024.txt");
    let cert = hex(text.lines().nth(1).unwrap());
    let long = |n: usize| u32::try_from(n).unwrap().to_be_bytes()[1..].to_vec();
    let plain = flight(0x002f, &[]);
    let (hello, done) = plain[5..].split_at(plain.len() - 9);
    let list = [long(cert.len()), cert].concat();
    let list = [long(list.len()), list].concat();
    let all = [hello, &[11], &long(list.len()), &list, done].concat();
    let length = u16::try_from(all.len()).unwrap().to_be_bytes();
    [&[22, 3, 3][..], &length, &all].concat()
}

/// What is answered to a block, told whether the rest of the flight came, and the number of the talk;
/// `None` waits, an empty answer closes.
type Oracle = fn(Block, bool, usize) -> Option<&'static [u8]>;

const BAD_MAC: &[u8] = &[21, 3, 3, 0, 2, 2, 20];
const BAD_BLOCK: &[u8] = &[21, 3, 3, 0, 2, 2, 51];

#[test]
fn robot_is_seen_whatever_gives_it_away() {
    let good = |b: Block| b.start && b.length && b.version;
    let _ = good;
    let stories: &[(&str, Oracle, Answered)] = &[
        (
            "sound",
            |_, whole, _| whole.then_some(BAD_MAC),
            Answered::No,
        ),
        (
            "an alert of its own for every bad block",
            |b, whole, _| {
                let good = b.start && b.length && b.version;
                if good {
                    whole.then_some(BAD_MAC)
                } else {
                    Some(BAD_BLOCK)
                }
            },
            Answered::Yes,
        ),
        (
            "it closes without an alert over a bad start",
            |b, whole, _| match (b.start, whole) {
                (false, _) => Some(&[]),
                (true, whole) => whole.then_some(BAD_MAC),
            },
            Answered::Yes,
        ),
        (
            "weak: only a wrong length shows",
            |b, whole, _| match (b.start && !b.length, whole) {
                (true, _) => Some(BAD_BLOCK),
                (false, whole) => whole.then_some(BAD_MAC),
            },
            Answered::Yes,
        ),
        (
            "weak: only a wrong version shows",
            |b, whole, _| match (b.start && b.length && !b.version, whole) {
                (true, _) => Some(BAD_BLOCK),
                (false, whole) => whole.then_some(BAD_MAC),
            },
            Answered::Yes,
        ),
        (
            "only a cut flight gives it away",
            |b, whole, _| (whole || !(b.start && b.length)).then_some(BAD_MAC),
            Answered::Yes,
        ),
        (
            "a silence gives it away",
            |b, _, _| (!b.start).then_some(BAD_MAC),
            Answered::Yes,
        ),
        (
            "it answers now so, now so, whatever comes",
            |_, _, n| Some(if n % 2 == 0 { BAD_MAC } else { BAD_BLOCK }),
            Answered::Unclear,
        ),
    ];
    for (story, oracle, want) in stories {
        let oracle = *oracle;
        let talks = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let target = server(move |_, mut stream| {
            let hello = record(&mut stream);
            if !offers(&hello, 0x002f) {
                stream.write_all(&REFUSED).ok();
                return;
            }
            stream.write_all(&rsa_flight()).ok();
            let exchange = whole_record(&mut stream);
            if exchange.first() != Some(&22) || exchange.get(5) != Some(&16) {
                // The other probes are not what this server is for.
                stream.write_all(&[21, 3, 3, 0, 2, 2, 10]).ok();
                return;
            }
            let n = talks.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let block = opened(&exchange[11..]);
            stream
                .set_read_timeout(Some(Duration::from_millis(40)))
                .ok();
            let whole = !whole_record(&mut stream).is_empty();
            stream.set_read_timeout(None).ok();
            if let Some(answer) = oracle(block, whole, n) {
                stream.write_all(answer).ok();
            } else {
                stream.read_to_end(&mut Vec::new()).ok();
            }
        });
        let limits = capdo_checks::probes::tls::Limits {
            time: Duration::from_secs(60),
            ..Default::default()
        };
        let ask = capdo_checks::probes::tls::survey::Ask {
            target,
            name: None,
            starttls: None,
            intrusive: true,
        };
        let tcp = capdo_checks::probes::tls::Tcp(target);
        let found = capdo_checks::probes::tls::survey(&tcp, &ask, &limits, &mut |_| {});
        assert_eq!(found.unwrap().weaknesses.robot, *want, "{story}");
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

/// Plays recorded answers back to hellos of their version; what is broken off there ends the talk.
fn replay(cut: Option<(&'static str, usize)>) -> SocketAddr {
    server(move |_, mut stream| {
        let mut head = [0; 2];
        if stream.read_exact(&mut head).is_err() {
            return;
        }
        let name = if head[0] & 0x80 != 0 {
            stream.read_exact(&mut vec![0; usize::from(head[1])]).ok();
            "openssl-1.0.1q ssl2"
        } else {
            let mut rest = [0; 3];
            stream.read_exact(&mut rest).ok();
            let mut hello = vec![0; usize::from(u16::from_be_bytes([rest[1], rest[2]]))];
            stream.read_exact(&mut hello).ok();
            let list = usize::from(u16::from_be_bytes([hello[39], hello[40]]));
            let wants = |code: [u8; 2]| hello[41..41 + list].chunks(2).any(|pair| pair == code);
            let modern = hello.windows(7).any(|w| w == [0, 43, 0, 3, 2, 3, 4]);
            match (modern, hello[5], wants([0, 0x2f])) {
                (true, ..) if wants([0x13, 1]) => "openssl-3.0.19 tls13-retry",
                (false, 0, true) => "openssl-1.0.1q ssl3",
                (false, 1, true) => "openssl-1.0.1q tls10",
                (false, 2, true) => "openssl-1.0.1q tls11",
                (false, 3, true) => "openssl-1.0.1q tls12",
                _ => "openssl-3.0.19 alert-suite",
            }
        };
        let whole = recorded(&format!("{name} "));
        let end = cut.filter(|c| c.0 == name).map_or(whole.len(), |c| c.1);
        stream.write_all(&whole[..end]).ok();
    })
}

#[test]
fn recorded_answers_of_every_version_are_seen() {
    let survey = look(replay(None), None, false).0.unwrap();
    for (version, answered) in &survey.versions {
        assert_eq!(*answered, Answered::Yes, "{version:?}");
        let codes = &survey.suites[version].codes;
        let want = if *version == Protocol::Ssl2 { 7 } else { 1 };
        assert_eq!(codes.len(), want, "{version:?}: {codes:?}");
    }
}

/// A server whose answer breaks off each time speaks that version, or something is in between: that it
/// does not offer it is never shown by this.
#[test]
fn a_recorded_answer_that_breaks_off_never_denies_its_version() {
    for (name, version) in [
        ("openssl-1.0.1q ssl2", Protocol::Ssl2),
        ("openssl-1.0.1q ssl3", Protocol::Ssl3),
        ("openssl-1.0.1q tls10", Protocol::Tls10),
        ("openssl-1.0.1q tls12", Protocol::Tls12),
    ] {
        for at in [1, 4, 5, 6, 20, 60] {
            let survey = look(replay(Some((name, at))), None, false).0.unwrap();
            assert_ne!(
                survey.versions[&version],
                Answered::No,
                "{name} cut at {at}"
            );
            assert_eq!(
                survey.versions[&Protocol::Tls11],
                Answered::Yes,
                "{name} cut at {at}"
            );
        }
    }
}
