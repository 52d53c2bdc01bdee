//! A TLS server that says whatever it likes: records, hellos, certificates, dialogues before TLS.

use std::{
    io::{self, Cursor, Read, Write},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use capdo_checks::probes::tls::{
    Dial, Limits, Talk, survey as ask_everything,
    survey::{Ask, StartTls},
};

use crate::{
    bytes,
    seeds::{Seeds, joined},
    targets::x509,
    window::somewhere,
};

const TURNS: [Option<StartTls>; 9] = [
    None,
    Some(StartTls::Smtp),
    Some(StartTls::Imap),
    Some(StartTls::Pop3),
    Some(StartTls::Ldap),
    Some(StartTls::Postgres),
    Some(StartTls::Mysql),
    Some(StartTls::Ftp),
    Some(StartTls::Xmpp),
];

struct Server {
    says: Vec<Vec<u8>>,
    stalls: bool,
    met: AtomicUsize,
}

struct Line {
    said: Cursor<Vec<u8>>,
    stalls: bool,
}

impl Dial for Server {
    fn connect(&self, _until: Instant) -> io::Result<Box<dyn Talk>> {
        let met = self.met.fetch_add(1, Ordering::Relaxed);
        let said = self
            .says
            .get(met % self.says.len())
            .cloned()
            .unwrap_or_default();
        Ok(Box::new(Line {
            said: Cursor::new(said),
            stalls: self.stalls,
        }))
    }
}

impl Talk for Line {
    fn set_deadline(&mut self, _until: Instant) {}
}

impl Read for Line {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.said.read(into)? {
            0 if self.stalls => Err(io::ErrorKind::TimedOut.into()),
            n => Ok(n),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Tries one input: a byte chooses the protocol before TLS; the pieces are what connections say.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = bytes::first(data) else {
        return;
    };
    let server = Server {
        says: bytes::pieces(rest)
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect(),
        stalls: mode & 0x40 != 0,
        met: AtomicUsize::new(0),
    };
    let ask = Ask {
        target: somewhere(),
        name: Some("a.vn".to_owned()),
        starttls: TURNS[usize::from(mode & 0x1f) % TURNS.len()],
        intrusive: mode & 0x20 != 0,
    };
    // Few get far enough that it matters how many more there are.
    let connections = if mode & 0x80 == 0 { 6 } else { 40 };
    let limits = Limits {
        time: Duration::from_secs(3),
        connection: Duration::from_secs(1),
        connections,
        parallel: 1,
    };
    if let Ok(survey) = ask_everything(&server, &ask, &limits, &mut |_| {}) {
        let again = serde_json::to_vec(&survey)
            .ok()
            .map(|json| serde_json::from_slice(&json).ok());
        assert_eq!(
            again,
            Some(Some(survey)),
            "a survey is not what was kept of it"
        );
    }
    assert!(
        server.met.load(Ordering::Relaxed) <= connections as usize + 1,
        "more connections than are allowed"
    );
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[kind, 3, 3], &length[..], body].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

fn flight(suite: u16, extensions: &[u8]) -> Vec<u8> {
    let length = u16::try_from(extensions.len())
        .unwrap_or_default()
        .to_be_bytes();
    let hello = [
        &[3, 3][..],
        &[7; 32],
        &[0],
        &suite.to_be_bytes(),
        &[0],
        &length,
        extensions,
    ]
    .concat();
    let mut chain = Vec::new();
    for cert in x509::certificates().into_iter().take(2) {
        chain.extend_from_slice(&u32::try_from(cert.len()).unwrap_or_default().to_be_bytes()[1..]);
        chain.extend_from_slice(&cert);
    }
    let chain = [
        &u32::try_from(chain.len()).unwrap_or_default().to_be_bytes()[1..],
        &chain,
    ]
    .concat();
    let exchange = [&[3, 0, 29, 32][..], &[9; 32], &[4, 3, 0, 2, 0, 0]].concat();
    let all = [
        message(2, &hello),
        message(11, &chain),
        message(12, &exchange),
        message(14, b""),
    ]
    .concat();
    record(22, &all)
}

/// Flights of several versions, and dialogues that lead to them.
pub fn seeds(seeds: &mut Seeds) {
    let tls12 = flight(0xc02f, b"\xff\x01\0\x01\0\0\x17\0\0");
    let tls13 = record(
        22,
        &message(
            2,
            &[
                &[3, 3][..],
                &[7; 32],
                &[0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4],
            ]
            .concat(),
        ),
    );
    let alert = record(21, &[2, 40]);
    let ssl2 = [&[0x80, 14, 4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0, 0x80][..]].concat();
    for mode in [0, 0x20, 0x40, 0x80, 0xa0] {
        seeds.choosing(mode, &joined(&[&tls12, &tls12, &alert]));
        seeds.choosing(mode, &joined(&[&tls12, &tls13, &alert, &tls12]));
        seeds.choosing(mode, &joined(&[alert.as_slice(), &tls12, &ssl2, b""]));
    }
    let talks: [&[u8]; 8] = [
        b"220 a ESMTP\r\n250-a\r\n250-STARTTLS\r\n250 OK\r\n220 go\r\n",
        b"* OK IMAP4\r\na OK go\r\n",
        b"+OK POP3\r\n+OK go\r\n",
        b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
        b"S",
        b"\x4a\0\0\0\x0a8.0.30\0\x01\0\0\0aaaaaaaa\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0aaaaaaaaaaaa\0mysql_native_password\0",
        b"220 FTP\r\n234 go\r\n",
        b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features><proceed/>",
    ];
    for (n, talk) in talks.iter().enumerate() {
        let said = [talk, tls12.as_slice()].concat();
        seeds.choosing(n + 1, &joined(&[&said, &said, &talk.to_vec()]));
    }
}
