//! TLS without cryptography: hand-built ClientHellos, and the first flight of the server.
//!
//! The random bytes of a hello are a fixed filler: the conversation ends before any key is made,
//! so that nothing rests on them.

mod engine;
mod enumerate;
pub mod groups;
mod hello;
mod prober;
mod read;
pub mod schemes;
mod shake;
mod shown;
mod starttls;
pub mod suites;
pub mod survey;
mod talk;
mod traits;
mod wire;

pub use self::{
    engine::{Step, survey},
    shown::WRONG_NAME,
    talk::{Dial, Limits, ProbeError, Talk, Tcp},
};

/// Versions of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Self; 5] = [
        Self::Ssl3,
        Self::Tls10,
        Self::Tls11,
        Self::Tls12,
        Self::Tls13,
    ];

    /// The code on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    /// The name in facts and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "ssl3",
            Self::Tls10 => "tls10",
            Self::Tls11 => "tls11",
            Self::Tls12 => "tls12",
            Self::Tls13 => "tls13",
        }
    }

    /// The figure that thresholds use: 12 is TLS 1.2.
    pub const fn figure(self) -> i64 {
        match self {
            Self::Ssl3 => 3,
            Self::Tls10 => 10,
            Self::Tls11 => 11,
            Self::Tls12 => 12,
            Self::Tls13 => 13,
        }
    }
}

/// Suites of TLS 1.3.
const MODERN: [u16; 5] = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305];
/// What servers of all ages speak, good and bad, so that a version is found by any of them.
const ANY: [u16; 62] = [
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xccaa, 0xc009, 0xc013, 0xc00a, 0xc014, 0xc023,
    0xc027, 0xc024, 0xc028, 0x009e, 0x009f, 0x0033, 0x0039, 0x0067, 0x006b, 0x0032, 0x0038, 0x0040,
    0x006a, 0x00a2, 0x00a3, 0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d, 0x0041, 0x0084, 0x0045,
    0x0088, 0xc008, 0xc012, 0x0016, 0x0013, 0x000a, 0x0009, 0xc007, 0xc011, 0x0005, 0x0004, 0x0003,
    0x0006, 0x0008, 0xc006, 0xc010, 0x0001, 0x0002, 0x003b, 0x0018, 0x001b, 0x0034, 0x003a, 0xc018,
    0xc019, 0x00a6,
];

/// A class of weak suites of TLS 1.2 and before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// No encryption.
    Null,
    /// Nobody proves who he is.
    Anonymous,
    /// Keys of 40 and 56 bits.
    Export,
    /// RC4.
    Rc4,
    /// DES and triple DES.
    Des,
    /// Key exchange by RSA: no forward secrecy.
    RsaExchange,
}

impl Class {
    /// All of them, worst first.
    pub const ALL: [Self; 6] = [
        Self::Null,
        Self::Anonymous,
        Self::Export,
        Self::Rc4,
        Self::Des,
        Self::RsaExchange,
    ];

    /// The name in facts and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Anonymous => "anon",
            Self::Export => "export",
            Self::Rc4 => "rc4",
            Self::Des => "3des",
            Self::RsaExchange => "rsa-kex",
        }
    }

    /// Its suites.
    pub const fn suites(self) -> &'static [u16] {
        match self {
            Self::Null => &[
                0x0001, 0x0002, 0x003b, 0x002c, 0x002d, 0x002e, 0xc006, 0xc010, 0xc001, 0xc00b,
                0xc015,
            ],
            Self::Anonymous => &[
                0x0018, 0x001a, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x0046, 0x0089, 0x00a6,
                0x00a7, 0x009b, 0xc015, 0xc016, 0xc017, 0xc018, 0xc019,
            ],
            Self::Export => &[
                0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019, 0x0062,
                0x0063, 0x0064, 0x0065,
            ],
            Self::Rc4 => &[
                0x0004, 0x0005, 0x0018, 0x0066, 0xc002, 0xc007, 0xc00c, 0xc011, 0xc016,
            ],
            Self::Des => &[
                0x0009, 0x000a, 0x000c, 0x000d, 0x000f, 0x0010, 0x0012, 0x0013, 0x0015, 0x0016,
                0x001a, 0x001b, 0xc003, 0xc008, 0xc00d, 0xc012, 0xc017,
            ],
            Self::RsaExchange => &[
                0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d, 0x0041, 0x0084, 0xc09c, 0xc09d,
                0xc0a0, 0xc0a1,
            ],
        }
    }
}

/// The suites with which a version is asked for.
pub const fn suites_for(version: Version) -> &'static [u16] {
    match version {
        Version::Tls13 => &MODERN,
        _ => &ANY,
    }
}

/// A ClientHello for exactly one version, in one record.
pub fn client_hello(version: Version, suites: &[u16], name: Option<&str>) -> Vec<u8> {
    let legacy = version.code().min(Version::Tls12.code());
    let mut body = legacy.to_be_bytes().to_vec();
    body.extend((0..32_u8).map(|n| n.wrapping_mul(37) ^ 0x5a)); // the filler
    body.push(0); // no session to resume
    let mut list = Vec::new();
    for suite in suites {
        list.extend(suite.to_be_bytes());
    }
    if version != Version::Tls13 {
        list.extend(0x00ff_u16.to_be_bytes()); // secure renegotiation, in the form SSL 3.0 allows
    }
    body.extend(with_length(&list));
    body.extend([1, 0]); // no compression
    if version != Version::Ssl3 {
        body.extend(with_length(&extensions(version, name)));
    }
    let mut message = vec![1, 0];
    message.extend(with_length(&body));
    // Servers read the record's version loosely; 0x0301 offends none of them.
    let record = Version::Tls10.code().min(version.code());
    let mut out = vec![22];
    out.extend(record.to_be_bytes());
    out.extend(with_length(&message));
    out
}

fn extensions(version: Version, name: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut add = |kind: u16, body: &[u8]| {
        out.extend(kind.to_be_bytes());
        out.extend(with_length(body));
    };
    if let Some(name) = name.filter(|n| n.len() < 256) {
        let mut entry = vec![0];
        entry.extend(with_length(name.as_bytes()));
        add(0, &with_length(&entry));
    }
    // X25519, P-256, P-384, P-521, X448, ffdhe2048, ffdhe3072
    let groups = [0, 0x1d, 0, 0x17, 0, 0x18, 0, 0x19, 0, 0x1e, 1, 0, 1, 1];
    add(10, &with_length(&groups));
    add(11, &[1, 0]);
    if version >= Version::Tls12 {
        // ECDSA, RSA-PSS, Ed25519, Ed448, RSA PKCS#1 with SHA-2, and SHA-1 for the old
        let algorithms = [
            4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 8, 7, 8, 8, 8, 9, 4, 1, 5, 1, 6, 1, 4, 2, 2, 3, 2,
            1, 2, 2,
        ];
        add(13, &with_length(&algorithms));
    }
    if version == Version::Tls13 {
        add(43, &[2, 3, 4]);
        // No share: the server names its group and asks again, which needs no key from us.
        add(51, &[0, 0]);
    }
    out
}

/// `bytes` behind their length in two bytes. All that is built here is far shorter than 64 KiB.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A ServerHello, or a request to say hello again, which chooses just as well.
    Hello {
        /// The version that the server chose.
        version: u16,
        /// The suite.
        suite: u16,
        /// Certificates that followed in the clear, leaf first.
        chain: Vec<Vec<u8>>,
    },
    /// A refusal, by its code.
    Alert(u8),
    /// Nothing, or too little to tell: a reset, a close, a time-out.
    Silence,
    /// Something that is not TLS.
    Other,
}

/// Most certificates that are kept.
const MAX_CHAIN: usize = 10;

/// Reads the first flight of a server.
pub fn parse(bytes: &[u8]) -> Answer {
    let Some((&kind, _)) = bytes.split_first() else {
        return Answer::Silence;
    };
    let looks_like_tls = matches!(kind, 21 | 22) && bytes.get(1).is_none_or(|&major| major == 3);
    if !looks_like_tls {
        return Answer::Other;
    }
    let mut handshake = Vec::new();
    let mut alert = None;
    let mut input = Input(bytes);
    while let Some((kind, body)) = record(&mut input) {
        match kind {
            22 => handshake.extend_from_slice(body),
            21 if alert.is_none() && body.len() == 2 => alert = body.get(1).copied(),
            _ => break, // from here on it is encrypted
        }
    }
    match (hello(&handshake), alert) {
        (Some(answer), _) => answer,
        (None, Some(code)) => Answer::Alert(code),
        (None, None) => Answer::Silence,
    }
}

/// A cut record gives what there is of it.
fn record<'a>(input: &mut Input<'a>) -> Option<(u8, &'a [u8])> {
    let kind = input.u8()?;
    let _version = input.u16()?;
    let length = usize::from(input.u16()?);
    let body = input.up_to(length);
    (!body.is_empty()).then_some((kind, body))
}

fn hello(handshake: &[u8]) -> Option<Answer> {
    let mut input = Input(handshake);
    let mut found = None;
    let mut chain = Vec::new();
    while let Some((kind, body)) = message(&mut input) {
        match kind {
            2 if found.is_none() => found = server_hello(body),
            11 => chain = certificates(body),
            _ => {}
        }
    }
    let (version, suite) = found?;
    Some(Answer::Hello {
        version,
        suite,
        chain,
    })
}

fn message<'a>(input: &mut Input<'a>) -> Option<(u8, &'a [u8])> {
    let kind = input.u8()?;
    let length = input.u24()?;
    Some((kind, input.take(length)?))
}

fn server_hello(body: &[u8]) -> Option<(u16, u16)> {
    let mut input = Input(body);
    let mut version = input.u16()?;
    input.take(32)?;
    let session = usize::from(input.u8()?);
    input.take(session)?;
    let suite = input.u16()?;
    let _compression = input.u8()?;
    if let Some(length) = input.u16() {
        let mut extensions = Input(input.take(usize::from(length))?);
        while let (Some(kind), Some(length)) = (extensions.u16(), extensions.u16()) {
            let body = extensions.take(usize::from(length))?;
            if kind == 43 {
                version = Input(body).u16()?;
            }
        }
    }
    Some((version, suite))
}

fn certificates(body: &[u8]) -> Vec<Vec<u8>> {
    let mut input = Input(body);
    let mut chain = Vec::new();
    let _total = input.u24();
    while let Some(cert) = input.u24().and_then(|n| input.take(n)) {
        if chain.len() < MAX_CHAIN {
            chain.push(cert.to_vec());
        }
    }
    chain
}

/// Bytes that are eaten from the front.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    fn up_to(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        head
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn u24(&mut self) -> Option<usize> {
        let bytes = self.take(3)?;
        let [a, b, c] = [bytes[0], bytes[1], bytes[2]].map(usize::from);
        Some(a << 16 | b << 8 | c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_of_a_hello_agree() {
        for version in Version::ALL {
            let hello = client_hello(version, suites_for(version), Some("may.example"));
            assert_eq!(
                usize::from(hello[3]) << 8 | usize::from(hello[4]),
                hello.len() - 5
            );
            assert_eq!(
                usize::from(hello[7]) << 8 | usize::from(hello[8]),
                hello.len() - 9
            );
            assert!(hello.len() < 512, "{version:?}: some stacks break on more");
        }
    }

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(parse(&[]), Answer::Silence);
        assert_eq!(parse(b"HTTP/1.1 400 Bad Request"), Answer::Other);
        assert_eq!(parse(&[21, 3, 1, 0, 2, 2, 70]), Answer::Alert(70));
        assert_eq!(parse(&[22, 3, 3, 0, 9, 2, 0, 0]), Answer::Silence);
    }

    #[test]
    fn the_extension_says_which_version() {
        let mut body = vec![3, 3];
        body.extend([0; 32]);
        body.extend([0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4]);
        assert_eq!(server_hello(&body), Some((0x0304, 0x1301)));
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _plain = parse(&bytes);
            let _record = parse(&[&[22, 3, 3, 1, 0], bytes.as_slice()].concat());
            let _hello = parse(&[&[22, 3, 3, 1, 0, 2, 0, 0, 90], bytes.as_slice()].concat());
            let _chain = certificates(&bytes);
        }
    }
}
