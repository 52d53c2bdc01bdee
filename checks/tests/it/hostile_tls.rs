//! The TLS probe beside servers that stall, reset, babble and drip: it must end in time, stay small,
//! and say that it does not know. And servers that are merely odd: what they refuse by silence.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use capdo_checks::probes::tls::{
    Limits, ProbeError, Tcp, survey,
    survey::{Answered, Ask, Protocol, StartTls, Survey},
};

/// A server that does the same with every connection, told its number.
pub(super) fn server(act: impl Fn(usize, TcpStream) + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let act = act.clone();
            thread::spawn(move || act(n, stream.unwrap()));
        }
    });
    target
}

/// Asks within half a second a connection and three seconds in all.
pub(super) fn look(
    target: SocketAddr,
    starttls: Option<StartTls>,
    intrusive: bool,
) -> (Result<Survey, ProbeError>, Duration) {
    let limits = Limits {
        time: Duration::from_secs(3),
        connection: Duration::from_millis(500),
        ..Limits::default()
    };
    let ask = Ask {
        target,
        name: Some("may.example".to_owned()),
        starttls,
        intrusive,
    };
    let start = Instant::now();
    let found = survey(&Tcp(target), &ask, &limits, &mut |_| {});
    (found, start.elapsed())
}

/// Reads one record of a client; empty when the client is gone.
pub(super) fn record(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_err() {
        return Vec::new();
    }
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).ok();
    body
}

/// A ServerHello of TLS 1.2, with extensions, and ServerHelloDone.
pub(super) fn flight(suite: u16, extensions: &[u8]) -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(suite.to_be_bytes());
    hello.push(0);
    hello.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    hello.extend(extensions);
    let mut all = vec![2, 0, 0, u8::try_from(hello.len()).unwrap()];
    all.extend(hello);
    all.extend([14, 0, 0, 0]);
    let mut out = vec![22, 3, 3, 0, u8::try_from(all.len()).unwrap()];
    out.extend(all);
    out
}

/// Whether a hello is one of exactly TLS 1.2 and offers that suite.
pub(super) fn offers(hello: &[u8], suite: u16) -> bool {
    let modern = hello.windows(7).any(|w| w == [0, 43, 0, 3, 2, 3, 4]);
    let list = hello.get(39..).unwrap_or_default();
    let length = list
        .first_chunk::<2>()
        .map_or(0, |n| u16::from_be_bytes(*n));
    let list = list.get(2..2 + usize::from(length)).unwrap_or_default();
    hello.get(4..6) == Some(&[3, 3])
        && !modern
        && list.chunks(2).any(|pair| pair == suite.to_be_bytes())
}

#[test]
fn servers_that_say_nothing_are_not_judged() {
    let drip = |_, mut stream: TcpStream| {
        for byte in flight(0xc02f, &[]) {
            thread::sleep(Duration::from_millis(200));
            if stream.write_all(&[byte]).is_err() {
                break;
            }
        }
    };
    let stall = |_, mut stream: TcpStream| {
        stream.read_to_end(&mut Vec::new()).ok();
    };
    let reset = |_, stream: TcpStream| drop(stream);
    let half = |_, mut stream: TcpStream| {
        record(&mut stream);
        stream.write_all(&flight(0xc02f, &[])[..20]).ok();
    };
    for target in [server(drip), server(stall), server(reset), server(half)] {
        let (found, took) = look(target, None, false);
        assert_eq!(found, Err(ProbeError::Silent(target)));
        assert!(took < Duration::from_secs(4), "{took:?}");
    }
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (found, _) = look(gone, None, false);
    assert_eq!(found, Err(ProbeError::Unreachable(gone)));
}

#[test]
fn what_is_not_tls_is_told_as_such() {
    for words in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        &[0xff; 300],
        &[22, 3, 3, 0xff, 0xff, 2, 0, 0],
        &[22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff],
    ] {
        let target = server(move |_, mut stream| {
            record(&mut stream);
            stream.write_all(words).ok();
        });
        let (found, _) = look(target, None, false);
        assert!(!found.unwrap().tls, "{words:?}");
    }
}

#[test]
fn endless_talk_is_cut() {
    for piece in [
        &[22, 3, 3, 0, 0][..],
        &[21, 3, 3, 0, 2, 1, 90],
        &[22, 3, 3, 0, 4, 0, 0, 0, 0],
        b"x",
    ] {
        let target = server(move |_, mut stream| {
            let many = piece.repeat(500);
            while stream.write_all(&many).is_ok() {}
        });
        let (found, took) = look(target, None, false);
        assert!(!found.is_ok_and(|s| s.tls), "{piece:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn a_close_without_an_alert_refuses_beside_a_hello_that_is_answered() {
    let target = server(|_, mut stream| {
        let hello = record(&mut stream);
        if offers(&hello, 0xc02f) {
            stream.write_all(&flight(0xc02f, &[])).ok();
        }
    });
    let survey = look(target, None, false).0.unwrap();
    assert_eq!(survey.versions[&Protocol::Tls12], Answered::Yes);
    assert_eq!(survey.suites[&Protocol::Tls12].codes, [0xc02f]);
    for old in [
        Protocol::Ssl2,
        Protocol::Ssl3,
        Protocol::Tls10,
        Protocol::Tls11,
    ] {
        assert_eq!(survey.versions[&old], Answered::No, "{old:?}");
    }
}

/// As a mail server without parameters for Diffie-Hellman does.
#[test]
fn a_server_that_gives_up_over_one_kind_of_suite_still_offers_the_others() {
    let target = server(|_, mut stream| {
        let hello = record(&mut stream);
        if offers(&hello, 0x0033) {
            return;
        }
        for suite in [0xc013, 0x002f] {
            if offers(&hello, suite) {
                stream.write_all(&flight(suite, &[])).ok();
                return;
            }
        }
        stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).ok();
    });
    let survey = look(target, None, false).0.unwrap();
    assert_eq!(survey.versions[&Protocol::Tls12], Answered::Yes);
    assert_eq!(survey.suites[&Protocol::Tls12].codes, [0xc013, 0x002f]);
}

#[test]
fn a_server_that_falls_silent_is_not_called_clean() {
    let target = server(|n, mut stream| {
        let hello = record(&mut stream);
        if n < 3 && offers(&hello, 0xc02f) {
            stream.write_all(&flight(0xc02f, &[])).ok();
        } else {
            thread::sleep(Duration::from_secs(10));
        }
    });
    let (found, took) = look(target, None, false);
    let survey = found.unwrap();
    assert!(took < Duration::from_secs(6), "{took:?}");
    for old in [
        Protocol::Ssl2,
        Protocol::Ssl3,
        Protocol::Tls10,
        Protocol::Tls11,
    ] {
        assert_eq!(survey.versions[&old], Answered::Unclear, "{old:?}");
    }
    assert!(!survey.cut.is_empty());
}

#[test]
fn an_answer_in_another_version_offers_only_that_one() {
    let target = server(|_, mut stream| {
        record(&mut stream);
        stream.write_all(&flight(0xc02f, &[])).ok();
    });
    let survey = look(target, None, false).0.unwrap();
    assert_eq!(survey.versions[&Protocol::Tls11], Answered::No);
    assert_eq!(survey.versions[&Protocol::Tls13], Answered::No);
    // It chooses 0xc02f whatever is offered, so no list of suites can be believed beyond that.
    assert_eq!(survey.suites[&Protocol::Tls12].codes, [0xc02f]);
}

#[test]
fn a_refusal_of_everything_is_not_taken_for_an_answer() {
    let target = server(|_, mut stream| {
        record(&mut stream);
        stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).ok();
    });
    let survey = look(target, None, false).0.unwrap();
    assert!(survey.tls && survey.suites.is_empty());
    assert!(survey.versions.values().all(|v| *v == Answered::Unclear));
}

/// A server of TLS 1.2 with heartbeats, which answers what follows its flight by `act`.
fn after_flight(act: fn(&mut TcpStream)) -> SocketAddr {
    server(move |_, mut stream| {
        let hello = record(&mut stream);
        if offers(&hello, 0xc02f) {
            stream.write_all(&flight(0xc02f, &[0, 15, 0, 1, 1])).ok();
            act(&mut stream);
        } else {
            stream.write_all(&[21, 3, 3, 0, 2, 2, 70]).ok();
        }
    })
}

#[test]
fn old_faults_are_told_from_their_absence() {
    let sick = after_flight(|stream| {
        let mut next = [0; 5];
        stream.read_exact(&mut next).ok();
        if next[0] == 24 {
            stream.write_all(&[24, 3, 3, 0, 3, 2, 0, 1]).ok();
        } else {
            // The first ChangeCipherSpec is taken in silence.
            stream.read_exact(&mut [0; 7]).ok();
            stream.write_all(&[21, 3, 3, 0, 2, 2, 21]).ok();
        }
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let found = look(sick, None, true).0.unwrap().weaknesses;
    // Whoever has the first is asked for nothing more.
    assert_eq!(found.heartbleed, Answered::Yes);
    assert_eq!(found.ccs_injection, Answered::NotAsked);
    let early = after_flight(|stream| {
        if record_kind(stream) == 20 {
            record(stream);
            stream.write_all(&[21, 3, 3, 0, 2, 2, 21]).ok();
        } else {
            stream.write_all(&[21, 3, 3, 0, 2, 2, 10]).ok();
        }
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let found = look(early, None, true).0.unwrap().weaknesses;
    assert_eq!(found.heartbleed, Answered::No);
    assert_eq!(found.ccs_injection, Answered::Yes);
    let sound = after_flight(|stream| {
        record(stream);
        stream.write_all(&[21, 3, 3, 0, 2, 2, 10]).ok();
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let found = look(sound, None, true).0.unwrap().weaknesses;
    assert_eq!(found.heartbleed, Answered::No);
    assert_eq!(found.ccs_injection, Answered::No);
    // Without permission nothing is asked, and nothing is claimed.
    let found = look(sick, None, false).0.unwrap().weaknesses;
    assert_eq!(found.heartbleed, Answered::NotAsked);
    assert_eq!(found.ccs_injection, Answered::NotAsked);
    assert_eq!(found.robot, Answered::No);
}

/// As OpenSSL 1.0.1g does inside a server that ends a talk without an alert: it takes the first
/// ChangeCipherSpec, which is the fault, and closes over the second.
#[test]
fn a_fault_behind_a_close_without_an_alert_is_not_called_absent() {
    let sick = after_flight(|stream| {
        if record_kind(stream) == 20 {
            record(stream);
        }
    });
    let found = look(sick, None, true).0.unwrap().weaknesses;
    assert_eq!(found.ccs_injection, Answered::Unclear);
    assert_eq!(found.heartbleed, Answered::Unclear);
}

/// Reads a record; its kind, 0 when the client is gone.
fn record_kind(stream: &mut TcpStream) -> u8 {
    let mut kind = [0];
    stream.peek(&mut kind).ok();
    record(stream);
    kind[0]
}

#[test]
fn mute_and_babbling_servers_before_starttls_end_in_time() {
    use StartTls::{Ftp, Imap, Ldap, Mysql, Pop3, Postgres, Smtp, Xmpp};
    for how in [Smtp, Imap, Pop3, Ldap, Postgres, Mysql, Ftp, Xmpp] {
        let mute = server(|_, mut stream| {
            stream.read_to_end(&mut Vec::new()).ok();
        });
        let babble = server(
            |_, mut stream| {
                while stream.write_all(&b"220-\xffx\r\n".repeat(200)).is_ok() {}
            },
        );
        for target in [mute, babble] {
            let (found, took) = look(target, Some(how), false);
            assert!(!found.is_ok_and(|s| s.tls), "{how:?}");
            assert!(took < Duration::from_secs(5), "{how:?} {took:?}");
        }
    }
}

#[test]
fn a_mail_server_without_starttls_has_no_tls() {
    let target = server(|_, mut stream| {
        stream.write_all(b"220 mail ESMTP\r\n").ok();
        let mut line = [0; 512];
        while let Ok(n @ 1..) = stream.read(&mut line) {
            let reply: &[u8] = match &line[..n] {
                l if l.starts_with(b"EHLO") => b"250-mail\r\n250 8BITMIME\r\n",
                l if l.starts_with(b"MAIL") => b"250 2.1.0 Ok\r\n",
                _ => b"500 what\r\n",
            };
            stream.write_all(reply).ok();
        }
    });
    let survey = look(target, Some(StartTls::Smtp), false).0.unwrap();
    assert!(!survey.tls);
    assert_eq!(survey.opportunistic, Answered::Yes);
    assert_eq!(survey.clear_login, Answered::No);
}

/// A mail server without TLS that answers so to `EHLO`, `STARTTLS` and `MAIL`.
fn mail(ehlo: &'static str, starttls: &'static str, mail: &'static str) -> SocketAddr {
    server(move |_, mut stream| {
        stream.write_all(b"220 mail ESMTP\r\n").ok();
        let mut line = [0; 512];
        while let Ok(n @ 1..) = stream.read(&mut line) {
            let reply = match &line[..n] {
                l if l.starts_with(b"EHLO") => ehlo,
                l if l.starts_with(b"STARTTLS") => starttls,
                l if l.starts_with(b"MAIL") => mail,
                _ => "500 what\r\n",
            };
            stream.write_all(reply.as_bytes()).ok();
        }
    })
}

#[test]
fn logins_that_a_mail_server_offers_are_told_from_the_mail_that_it_takes() {
    let (taken, refused) = ("250 2.1.0 Ok\r\n", "530 5.7.0 Must issue STARTTLS\r\n");
    for (ehlo, reply, login, works) in [
        (
            "250-a\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
            taken,
            Answered::Yes,
            Answered::Yes,
        ),
        (
            "250-a\r\n250 auth=login\r\n",
            refused,
            Answered::Yes,
            Answered::No,
        ),
        (
            "250-a\r\n250 AUTH CRAM-MD5\r\n",
            refused,
            Answered::Unclear,
            Answered::No,
        ),
        (
            "250-a\r\n250 AUTHENTIC PLAIN\r\n",
            taken,
            Answered::No,
            Answered::Yes,
        ),
    ] {
        let target = mail(ehlo, "502 no\r\n", reply);
        let survey = look(target, Some(StartTls::Smtp), false).0.unwrap();
        assert!(!survey.tls, "{ehlo}");
        assert_eq!(
            (survey.clear_login, survey.opportunistic),
            (login, works),
            "{ehlo}"
        );
    }
}

#[test]
fn a_mail_server_that_will_not_talk_now_is_not_one_without_tls() {
    let offer = "250-a\r\n250 STARTTLS\r\n";
    for target in [
        mail("550 5.7.1 not you\r\n", "220 go\r\n", "250 Ok\r\n"),
        mail(offer, "454 4.7.0 TLS not available\r\n", "250 Ok\r\n"),
        mail("421 4.3.2 too busy\r\n", "220 go\r\n", "250 Ok\r\n"),
    ] {
        let found = look(target, Some(StartTls::Smtp), false).0;
        assert!(found.is_err(), "{found:?}");
    }
    let never = mail(offer, "502 5.5.1 no\r\n", "250 Ok\r\n");
    assert!(!look(never, Some(StartTls::Smtp), false).0.unwrap().tls);
}
