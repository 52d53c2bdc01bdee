//! Recorded answers of real servers, played back whole and cut off.

use std::{
    io::{Read, Write},
    net::SocketAddr,
};

use capdo_checks::probes::tls::survey::{Answered, Protocol};

use super::{
    hostile_tls::{look, server},
    weak_tls::recorded,
};

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
            let rest = &hello[39 + usize::from(hello[38])..];
            let list = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            let wants = |code: [u8; 2]| rest[2..2 + list].chunks(2).any(|pair| pair == code);
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
