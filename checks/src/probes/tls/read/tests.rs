use super::*;
use proptest::prelude::*;

fn hello_body(version: u16, suite: u16, extensions: &[u8]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    body.extend(super::super::wire::vector(extensions));
    body
}

fn flight(messages: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let all: Vec<u8> = messages
        .iter()
        .flat_map(|(kind, body)| super::super::wire::message(*kind, body))
        .collect();
    super::super::wire::record(22, 0x0303, &all)
}

fn read(goal: Goal, bytes: &[u8]) -> Reply {
    let mut reader = Reader::new(goal);
    reader.push(bytes);
    reader.end(End::Closed)
}

#[test]
fn answers_are_told_apart() {
    assert_eq!(read(Goal::Hello, &[]), Reply::Closed);
    assert_eq!(Reader::new(Goal::Hello).end(End::Silent), Reply::Silent);
    assert_eq!(read(Goal::Hello, b"HTTP/1.1 400 Bad Request"), Reply::Other);
    assert_eq!(
        read(Goal::Hello, &[21, 3, 1, 0, 2, 2, 70]),
        Reply::Refused(70)
    );
    // Half a hello says nothing.
    assert_eq!(read(Goal::Hello, &[22, 3, 3, 0, 9, 2, 0, 0]), Reply::Broken);
}

#[test]
fn a_warning_before_the_hello_does_not_refuse() {
    let hello = flight(&[(2, hello_body(0x0303, 0xc02f, &[]))]);
    let bytes = [&[21, 3, 3, 0, 2, 1, 112][..], &hello].concat();
    assert!(matches!(read(Goal::Hello, &bytes), Reply::Flight(f) if f.suite == 0xc02f));
}

#[test]
fn the_extension_says_which_version() {
    let hello = flight(&[(2, hello_body(0x0303, 0x1301, &[0, 43, 0, 2, 3, 4]))]);
    assert!(matches!(read(Goal::Done, &hello), Reply::Flight(f) if f.version == 0x0304));
}

#[test]
fn a_whole_flight_is_read_in_pieces_of_any_size() {
    let mut exchange = vec![3, 0, 0x1d, 32];
    exchange.extend([1; 32]);
    exchange.extend([8, 4, 0, 1, 9]);
    let bytes = flight(&[
        (2, hello_body(0x0303, 0xc02f, &[])),
        (11, vec![0, 0, 5, 0, 0, 2, 0x30, 0x00]),
        (22, vec![1, 0, 0, 2, 0x30, 0x03]),
        (12, exchange),
        (14, vec![]),
    ]);
    let whole = read(Goal::Done, &bytes);
    let Reply::Flight(found) = &whole else {
        panic!("{whole:?}");
    };
    assert!(found.done && found.chain == [[0x30, 0x00]] && found.staple == Some(vec![0x30, 0x03]));
    let agreed = found.ecdhe().unwrap();
    assert_eq!(
        (agreed.params, agreed.scheme),
        (Params::Curve(0x1d), Some(0x0804))
    );
    for size in 1..bytes.len() {
        let mut reader = Reader::new(Goal::Done);
        let mut last = None;
        for piece in bytes.chunks(size) {
            last = reader.push(piece);
        }
        assert_eq!(last.as_ref(), Some(&whole), "{size}");
    }
}

/// OpenSSL sends an empty hint: read as a field, its length would be a prime of no bits.
#[test]
fn the_hint_at_a_shared_key_is_no_parameter() {
    for hint in [&b""[..], b"chi nhanh"] {
        let hint = super::super::wire::vector(hint);
        let curve = [&hint[..], &[3, 0, 0x1d, 2, 1, 1]].concat();
        let field = [&hint[..], &[0, 2, 0xff, 0xfd, 0, 1, 2, 0, 1, 9]].concat();
        let of = |suite: u16, body: &[u8]| {
            let hello = hello_body(0x0303, suite, &[]);
            let bytes = flight(&[(2, hello), (12, body.to_vec()), (14, vec![])]);
            let Reply::Flight(found) = read(Goal::Done, &bytes) else {
                panic!("a flight");
            };
            found
        };
        // TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA and TLS_DHE_PSK_WITH_AES_128_CBC_SHA.
        let curved = of(0xc035, &curve);
        let agreed = curved.ecdhe().unwrap();
        assert_eq!((agreed.params, agreed.scheme), (Params::Curve(0x1d), None));
        let fielded = of(0x0090, &field);
        let agreed = fielded.dhe().unwrap();
        assert_eq!(agreed.params, Params::Prime(&[0xff, 0xfd]));
        assert_eq!(agreed.scheme, None);
        // OpenSSL, where no curve is common.
        let hello = flight(&[(2, hello_body(0x0303, 0xc035, &[]))]);
        let broken = [&hello[..], &[21, 3, 3, 0, 2, 2, 40]].concat();
        assert!(matches!(read(Goal::Done, &broken), Reply::Flight(f) if f.alert == Some(40)));
        // The same bytes behind a suite without a shared key are no curve.
        assert_eq!(of(0xc013, &curve).ecdhe(), None);
    }
}

#[test]
fn huge_lengths_and_endless_records_end() {
    assert_eq!(read(Goal::Done, &[22, 3, 3, 0xff, 0xff, 2]), Reply::Other);
    let huge = [22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff];
    assert_eq!(read(Goal::Done, &huge), Reply::Other);
    let mut reader = Reader::new(Goal::Done);
    let empty = [22, 3, 3, 0, 0].repeat(1000);
    let ended = (0..100).any(|_| reader.push(&empty).is_some());
    assert!(ended);
}

#[test]
fn ssl2_is_read() {
    let mut body = vec![4, 0, 1, 0, 2, 0, 2, 0, 3, 0, 1, 0x30, 0x00, 1, 0, 0x80, 9];
    let mut bytes = vec![0x80, u8::try_from(body.len()).unwrap()];
    bytes.append(&mut body);
    let found = ssl2(&bytes).unwrap().unwrap();
    assert_eq!(found.kinds, [0x01_0080]);
    assert_eq!(found.certificate, [0x30, 0x00]);
    assert_eq!(ssl2(&bytes[..9]), None);
    assert_eq!(ssl2(&[21, 3, 1, 0, 2, 2, 40]), Some(None));
}

proptest! {
    #[test]
    fn no_input_panics_or_grows(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        head in 0..5_usize,
        size in 1..50_usize,
    ) {
        let heads: [&[u8]; 5] = [
            &[],
            &[22, 3, 3, 1, 0],
            &[22, 3, 3, 1, 0, 2, 0, 0, 90],
            &[22, 3, 3, 0, 40, 2, 0, 0, 38, 3, 3],
            &[0x80, 0x40, 4, 0, 1, 0, 2],
        ];
        let bytes = [heads[head], bytes.as_slice()].concat();
        for goal in [Goal::Hello, Goal::Done] {
            let mut reader = Reader::new(goal);
            for piece in bytes.chunks(size) {
                reader.push(piece);
                prop_assert!(reader.raw.len() + reader.handshake.len() <= bytes.len());
            }
            if let Reply::Flight(flight) = reader.end(End::Closed) {
                let _curve = flight.ecdhe();
                let _prime = flight.dhe();
                let _alpn = flight.alpn();
                let _group = flight.retry_group();
            }
        }
        let _old = ssl2(&bytes);
        let with = Flight { exchange: Some(bytes.clone()), version: 0x0303, ..Flight::default() };
        let _both = (with.ecdhe(), with.dhe());
        let _chain = certificates(&bytes);
        let _staple = staple(&bytes);
    }
}

/// What real servers answered, by the library and what was asked.
fn recorded() -> Vec<(&'static str, Vec<u8>)> {
    let text = include_str!("../../../../tests/vectors/tls_flights.txt");
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    lines
        .map(|line| {
            let (name, hex) = line.rsplit_once(' ').unwrap();
            let pairs = (0..hex.len()).step_by(2);
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            (name, pairs.map(byte).collect())
        })
        .collect()
}

#[test]
fn recorded_flights_are_read_right() {
    let mut seen = 0;
    for (name, bytes) in recorded() {
        let (library, what) = name.split_once(' ').unwrap();
        let (version, suite) = match what {
            "ssl2" => {
                let hello = ssl2(&bytes).unwrap().unwrap();
                assert!(
                    hello.kinds.contains(&0x01_0080) && hello.kinds.len() == 7,
                    "{hello:?}"
                );
                assert_eq!(hello.certificate.first(), Some(&0x30));
                continue;
            }
            "alert-version" => {
                assert_eq!(read(Goal::Hello, &bytes), Reply::Refused(70), "{name}");
                continue;
            }
            "alert-suite" => {
                assert_eq!(read(Goal::Hello, &bytes), Reply::Refused(40), "{name}");
                continue;
            }
            "heartbeat-answer" => continue,
            "ssl3" => (0x0300, 0x002f),
            "tls10" => (0x0301, 0x002f),
            "tls11" => (0x0302, 0x002f),
            "gcm-flight" => (0x0303, 0x009c),
            "tls13" | "tls13-retry" => (0x0304, 0x1301),
            _ => (0x0303, 0x002f),
        };
        let Reply::Flight(flight) = read(Goal::Done, &bytes) else {
            panic!("{name}");
        };
        assert_eq!((flight.version, flight.suite), (version, suite), "{name}");
        assert_eq!(flight.retry, what == "tls13-retry", "{name}");
        assert_eq!(flight.retry_group(), (what == "tls13-retry").then_some(29));
        assert_eq!(flight.done, version < 0x0304, "{name}");
        assert_eq!(flight.chain.len(), usize::from(version < 0x0304), "{name}");
        let heartbeat = library == "openssl-1.0.1e";
        assert_eq!(flight.extension(15).is_some(), heartbeat, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}

/// A flight that was cut off never reads as a refusal, and never as a whole one.
#[test]
fn recorded_flights_that_break_off_refuse_nothing() {
    for (name, bytes) in recorded() {
        for at in 1..bytes.len() {
            let cut = &bytes[..at];
            if name.ends_with("ssl2") {
                assert_eq!(ssl2(cut), None, "{name} at {at}");
                continue;
            }
            match read(Goal::Done, cut) {
                Reply::Broken => {}
                Reply::Flight(flight) => assert!(!flight.done, "{name} at {at}"),
                other => assert_eq!(other, Reply::Other, "{name} at {at}"),
            }
        }
    }
}

/// One bit is turned over, each in turn: nothing crashes, and a hello never becomes a refusal.
#[test]
fn recorded_flights_with_a_bit_turned_over_refuse_nothing() {
    for (name, bytes) in recorded() {
        let alert = bytes.first() == Some(&21);
        for bit in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let _ = ssl2(&bent);
            if let Reply::Refused(_) = read(Goal::Done, &bent) {
                assert!(alert, "{name} at bit {bit}");
            }
        }
    }
}
