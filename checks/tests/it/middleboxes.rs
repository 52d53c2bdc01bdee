//! Middleboxes before a real server that end a talk over a hello that they do not like, as old load
//! balancers and firewalls do: what the server offers behind them must still be seen whole.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    io::Write,
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use capdo_checks::probes::tls::survey::{Answered, Protocol, Survey};
use rustix::net::sockopt::set_socket_linger;

use super::{
    hostile_tls::server,
    renegotiation::{certificates, start, surveyed},
    weak_tls::whole_record,
};

/// Something before a server: it resets where it does not like the client's first record, and may change
/// the server's records, told how many of them came since its ChangeCipherSpec.
pub(super) fn behind(
    upstream: SocketAddr,
    dislikes: fn(&Hello) -> bool,
    change: impl Fn(usize, Vec<u8>) -> Vec<u8> + Copy + Send + Sync + 'static,
) -> SocketAddr {
    server(move |_, mut client| {
        let first = whole_record(&mut client);
        if Hello::read(&first).is_some_and(|hello| dislikes(&hello)) {
            set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
            return;
        }
        let mut server = TcpStream::connect(upstream).unwrap();
        server.write_all(&first).ok();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || {
            std::io::copy(&mut from, &mut to).ok();
            to.shutdown(Shutdown::Write).ok();
        });
        let mut changed = 0;
        loop {
            let record = whole_record(&mut server);
            let Some(kind) = record.first().copied() else {
                client.shutdown(Shutdown::Both).ok();
                return;
            };
            if client.write_all(&change(changed, record)).is_err() {
                server.shutdown(Shutdown::Both).ok();
                return;
            }
            changed += usize::from(kind == 20 || changed > 0);
        }
    })
}

/// What such a box looks at in a ClientHello.
pub(super) struct Hello {
    suites: usize,
    extensions: Vec<u16>,
}

impl Hello {
    fn read(record: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let pair = record.get(at..at + 2)?.first_chunk::<2>()?;
            Some(usize::from(u16::from_be_bytes(*pair)))
        };
        if record.first() != Some(&22) || record.get(5) != Some(&1) {
            return None;
        }
        let mut at = 43;
        at += 1 + usize::from(*record.get(at)?);
        let suites = number(at)? / 2;
        at += 2 + suites * 2;
        at += 1 + usize::from(*record.get(at)?) + 2;
        let mut extensions = Vec::new();
        while let (Some(code), Some(length)) = (number(at), number(at + 2)) {
            extensions.push(u16::try_from(code).unwrap());
            at += 4 + length;
        }
        Some(Self { suites, extensions })
    }
}

/// What must be the same with a box and without one.
fn offered(survey: &Survey) -> (Vec<Protocol>, Vec<(Protocol, Vec<u32>)>) {
    let suites = survey.suites.iter();
    let mut suites: Vec<_> = suites.map(|(v, s)| (*v, s.codes.clone())).collect();
    suites
        .iter_mut()
        .for_each(|(_, codes)| codes.sort_unstable());
    let unclear = survey
        .versions
        .iter()
        .filter(|(_, a)| **a == Answered::Unclear);
    (unclear.map(|(version, _)| *version).collect(), suites)
}

#[test]
fn boxes_that_reset_over_a_hello_hide_nothing_of_the_server_behind_them() {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    let server = start(
        dir.path(),
        "rsa",
        "-cipher ALL:@SECLEVEL=0 -min_protocol TLSv1",
    );
    let open = surveyed(server.target, false);
    assert_eq!(open.traits.tolerant, Answered::Yes);
    assert!(open.suites[&Protocol::Tls12].codes.len() > 30);

    // Some stacks break at 128 suites; nothing is asked with as many.
    let many = behind(
        server.target,
        |hello| hello.suites >= 128,
        |_, record| record,
    );
    let found = surveyed(many, false);
    assert_eq!(offered(&found), offered(&open));
    assert_eq!((found.traits.tolerant, found.cut), (Answered::Yes, vec![]));

    let unknown = behind(
        server.target,
        |hello| hello.extensions.iter().any(|code| code & 0x0f0f == 0x0a0a),
        |_, record| record,
    );
    let found = surveyed(unknown, false);
    assert_eq!(offered(&found), offered(&open));
    assert_eq!((found.traits.tolerant, found.cut), (Answered::No, vec![]));

    let new = behind(
        server.target,
        |hello| hello.extensions.contains(&43),
        |_, record| record,
    );
    let found = surveyed(new, false);
    let mut without = offered(&open);
    without.1.retain(|(version, _)| *version != Protocol::Tls13);
    assert_eq!(offered(&found), without);
    assert_eq!(found.versions[&Protocol::Tls13], Answered::No);
    assert_eq!((found.traits.tolerant, found.cut), (Answered::Yes, vec![]));
}
