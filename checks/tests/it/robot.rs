//! Servers that give away whether an RSA block was padded rightly (ROBOT), in one way or another, and a
//! twin that does not; and servers that are too slow, or too choosy, to be asked to the end.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    io::{Read, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use capdo_checks::probes::tls::{
    Limits, Tcp, survey,
    survey::{Answered, Ask, Survey},
};
use num_bigint::BigUint;

use super::{
    hostile_tls::{flight, look, offers, record, server},
    weak_tls::{REFUSED, hex, whole_record},
};

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

const STORIES: &[(&str, Oracle, Answered)] = &[
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

/// A server with RSA key exchange alone.
fn decrypting(oracle: Oracle) -> SocketAddr {
    let talks = Arc::new(AtomicUsize::new(0));
    server(move |_, mut stream| {
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
        let n = talks.fetch_add(1, Ordering::SeqCst);
        let block = opened(&exchange[11..]);
        stream
            .set_read_timeout(Some(Duration::from_millis(150)))
            .ok();
        let whole = !whole_record(&mut stream).is_empty();
        stream.set_read_timeout(None).ok();
        if let Some(answer) = oracle(block, whole, n) {
            stream.write_all(answer).ok();
        } else {
            stream.read_to_end(&mut Vec::new()).ok();
        }
    })
}

#[test]
fn robot_is_seen_whatever_gives_it_away() {
    for (story, oracle, want) in STORIES {
        let target = decrypting(*oracle);
        let limits = Limits {
            time: Duration::from_secs(60),
            ..Limits::default()
        };
        let ask = Ask {
            target,
            name: None,
            starttls: None,
            intrusive: true,
        };
        let found = survey(&Tcp(target), &ask, &limits, &mut |_| {});
        assert_eq!(found.unwrap().weaknesses.robot, *want, "{story}");
    }
}

/// Everything that a survey may call safe without having been told.
fn called_safe(survey: &Survey) -> Vec<&'static str> {
    let w = &survey.weaknesses;
    let all = [
        ("heartbleed", w.heartbleed),
        ("ccs", w.ccs_injection),
        ("robot", w.robot),
        ("ticketbleed", w.ticketbleed),
        ("injection", w.starttls_injection),
    ];
    let mut safe: Vec<&str> = all
        .into_iter()
        .filter(|(_, answer)| *answer == Answered::No)
        .map(|(name, _)| name)
        .collect();
    let versions = survey.versions.iter();
    safe.extend(
        versions
            .filter(|(_, a)| **a == Answered::No)
            .map(|(v, _)| v.name()),
    );
    safe
}

/// It lets in a number of talks and shuts out all that come after: what was not answered until then is
/// not known.
#[test]
fn a_server_that_limits_connections_is_not_called_safe() {
    for most in [2, 4, 8] {
        let target = server(move |n, mut stream| {
            if n >= most {
                return;
            }
            let hello = record(&mut stream);
            if offers(&hello, 0x002f) {
                stream.write_all(&rsa_flight()).ok();
                stream.read_to_end(&mut Vec::new()).ok();
            } else {
                stream.write_all(&REFUSED).ok();
            }
        });
        let survey = look(target, None, true).0;
        let Ok(survey) = survey else { continue };
        // Of the first talks one or another refused in so many words.
        let safe = called_safe(&survey);
        assert!(safe.len() <= most, "{most}: {safe:?}");
        assert!(
            !safe.contains(&"robot") && !safe.contains(&"ccs"),
            "{most}: {safe:?}"
        );
    }
}

/// Each handshake takes a second: the survey ends within its time, names what is missing, and calls
/// nothing safe that it did not hear of.
#[test]
fn a_slow_server_ends_in_time_and_is_not_called_safe() {
    let target = server(|_, mut stream| {
        let hello = record(&mut stream);
        std::thread::sleep(Duration::from_secs(1));
        if offers(&hello, 0x002f) {
            stream.write_all(&rsa_flight()).ok();
            stream.read_to_end(&mut Vec::new()).ok();
        } else {
            stream.write_all(&REFUSED).ok();
        }
    });
    let ask = Ask {
        target,
        name: None,
        starttls: None,
        intrusive: true,
    };
    let limits = Limits {
        time: Duration::from_secs(8),
        ..Limits::default()
    };
    let start = Instant::now();
    let survey = survey(&Tcp(target), &ask, &limits, &mut |_| {}).unwrap();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(!survey.cut.is_empty());
    let safe = called_safe(&survey);
    for hole in ["heartbleed", "ccs", "robot", "ticketbleed"] {
        assert!(!safe.contains(&hole), "{safe:?} {:?}", survey.cut);
    }
}
