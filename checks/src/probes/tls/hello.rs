//! ClientHellos of every kind, built by hand.
//!
//! The random bytes are a fixed filler: a talk ends before any key is made from them, or carries nothing, so
//! that nothing rests on them.

use std::net::IpAddr;

use super::{
    groups, schemes, suites,
    survey::Protocol,
    wire::{codes, message, record, short, vector},
};

/// Extensions by their codes.
pub(super) mod extension {
    /// RFC 6066, section 3.
    pub(crate) const NAME: u16 = 0;
    /// RFC 6066, section 8: a stapled OCSP response.
    pub(crate) const STATUS: u16 = 5;
    /// RFC 8422 and RFC 8446.
    pub(crate) const GROUPS: u16 = 10;
    /// RFC 8422, section 5.1.2.
    pub(crate) const POINT_FORMATS: u16 = 11;
    /// RFC 8446, section 4.2.3.
    pub(crate) const SCHEMES: u16 = 13;
    /// RFC 6520.
    pub(crate) const HEARTBEAT: u16 = 15;
    /// RFC 7301.
    pub(crate) const ALPN: u16 = 16;
    /// RFC 7685.
    pub(crate) const PADDING: u16 = 21;
    /// RFC 7366.
    pub(crate) const ENCRYPT_THEN_MAC: u16 = 22;
    /// RFC 7627.
    pub(crate) const MASTER_SECRET: u16 = 23;
    /// RFC 5077.
    pub(crate) const TICKET: u16 = 35;
    /// RFC 8446, section 4.2.1.
    pub(crate) const VERSIONS: u16 = 43;
    /// RFC 8446, section 4.2.8.
    pub(crate) const KEY_SHARE: u16 = 51;
    /// RFC 5746.
    pub(crate) const RENEGOTIATION: u16 = 0xff01;
}

/// RFC 5746: asks for secure renegotiation in the form that SSL 3.0 allows as well.
const RENEGOTIATION_SCSV: u16 = 0x00ff;
/// RFC 7507: says that the client fell back to a lower version.
pub(super) const FALLBACK_SCSV: u16 = 0x5600;
/// A value that RFC 8701 reserves to be ignored.
const GREASE: u16 = 0x3a3a;

/// A question to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hello {
    /// The one version that is offered; not SSL 2.0, which has [`ssl2`].
    pub(super) version: Protocol,
    /// Suites in the client's order.
    pub(super) suites: Vec<u16>,
    /// The server's name. Addresses and names of more than 255 bytes are not sent.
    pub(super) name: Option<String>,
    /// Named groups in the client's order; TLS 1.3 gets them without a key share, so that the
    /// server names its own in a HelloRetryRequest.
    pub(super) groups: Vec<u16>,
    /// Signature schemes; sent from TLS 1.2 on.
    pub(super) schemes: Vec<u16>,
    /// A session to resume; none when empty.
    pub(super) session: Vec<u8>,
    /// Ways of compression; 0 is none.
    pub(super) compression: Vec<u8>,
    /// Other extensions.
    pub(super) extensions: Vec<(u16, Vec<u8>)>,
    /// Asks for secure renegotiation (RFC 5746) by a suite; TLS 1.3 never does.
    pub(super) scsv: bool,
    /// Scatters reserved values among the real ones (RFC 8701).
    pub(super) grease: bool,
}

impl Hello {
    /// A plain hello with everything that we know of.
    pub(super) fn new(version: Protocol, suites: Vec<u16>, name: Option<&str>) -> Self {
        let modern = version == Protocol::Tls13;
        Self {
            version,
            suites,
            name: name.map(str::to_owned),
            groups: if modern {
                groups::all()
            } else {
                groups::curves()
            },
            schemes: schemes::all(),
            session: Vec::new(),
            compression: vec![0],
            extensions: Vec::new(),
            scsv: !modern,
            grease: false,
        }
    }

    /// The same with an empty extension, which asks for something by merely being there.
    #[must_use]
    pub(super) fn asking(self, code: u16) -> Self {
        self.with(code, Vec::new())
    }

    /// The same with an extension.
    #[must_use]
    pub(super) fn with(mut self, code: u16, body: Vec<u8>) -> Self {
        self.extensions.push((code, body));
        self
    }

    /// The same, asking for a stapled OCSP response.
    #[must_use]
    pub(super) fn with_status(self) -> Self {
        self.with(extension::STATUS, vec![1, 0, 0, 0, 0])
    }

    /// The same, offering protocols of the layer above.
    #[must_use]
    pub(super) fn with_alpn(self, protocols: &[&str]) -> Self {
        let list: Vec<u8> = protocols.iter().flat_map(|p| short(p.as_bytes())).collect();
        self.with(extension::ALPN, vector(&list))
    }

    /// The bytes: one record.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let code = code(self.version);
        let legacy = code.min(0x0303);
        let mut body = legacy.to_be_bytes().to_vec();
        body.extend(filler());
        body.extend(short(&self.session));
        let mut list = codes(&self.suites);
        if self.grease {
            list.splice(0..0, GREASE.to_be_bytes());
        }
        if self.scsv {
            list.extend(RENEGOTIATION_SCSV.to_be_bytes());
        }
        body.extend(vector(&list));
        body.extend(short(&self.compression));
        if self.version != Protocol::Ssl3 {
            let mut extensions = self.extensions();
            pad(body.len(), &mut extensions);
            body.extend(vector(&extensions));
        }
        // Servers read the record's version loosely; 0x0301 offends none of them.
        record(22, code.min(0x0301), &message(1, &body))
    }

    fn extensions(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut add = |code: u16, body: &[u8]| {
            out.extend(code.to_be_bytes());
            out.extend(vector(body));
        };
        let grease = |list: &[u16]| -> Vec<u8> {
            let first: &[u16] = if self.grease { &[GREASE] } else { &[] };
            codes(&[first, list].concat())
        };
        if self.grease {
            add(GREASE, &[]);
        }
        if let Some(name) = self.name.as_deref().filter(|name| sendable(name)) {
            add(
                extension::NAME,
                &vector(&[&[0], &vector(name.as_bytes())[..]].concat()),
            );
        }
        if !self.groups.is_empty() {
            add(extension::GROUPS, &vector(&grease(&self.groups)));
            add(extension::POINT_FORMATS, &[1, 0]);
        }
        if self.version >= Protocol::Tls12 {
            add(extension::SCHEMES, &vector(&codes(&self.schemes)));
        }
        for (code, body) in &self.extensions {
            add(*code, body);
        }
        if self.version == Protocol::Tls13 {
            add(extension::VERSIONS, &short(&grease(&[0x0304])));
            // No share: the server names its group and asks again, which needs no key from us.
            add(extension::KEY_SHARE, &[0, 0]);
        }
        out
    }
}

/// Some load balancers hang on hellos of 256 to 511 bytes; RFC 7685 lifts them above.
fn pad(before: usize, extensions: &mut Vec<u8>) {
    let length = 4 + before + 2 + extensions.len();
    if (256..512).contains(&length) {
        let zeros = 512_usize.saturating_sub(length + 4);
        extensions.extend(extension::PADDING.to_be_bytes());
        extensions.extend(vector(&vec![0; zeros]));
    }
}

/// Whether a name may be sent: addresses may not (RFC 6066, section 3).
pub(super) fn sendable(name: &str) -> bool {
    !name.is_empty() && name.len() < 256 && name.parse::<IpAddr>().is_err()
}

fn filler() -> impl Iterator<Item = u8> {
    (0..32_u8).map(|n| n.wrapping_mul(37) ^ 0x5a)
}

/// The code of a version on the wire.
pub(super) const fn code(version: Protocol) -> u16 {
    match version {
        Protocol::Ssl2 => 0x0002,
        Protocol::Ssl3 => 0x0300,
        Protocol::Tls10 => 0x0301,
        Protocol::Tls11 => 0x0302,
        Protocol::Tls12 => 0x0303,
        Protocol::Tls13 => 0x0304,
    }
}

/// The CLIENT-HELLO of SSL 2.0 with every kind of cipher. Source: the SSL 2.0 draft of 1995.
pub(super) fn ssl2() -> Vec<u8> {
    let kinds: Vec<u8> = suites::ssl2()
        .iter()
        .flat_map(|kind| kind.to_be_bytes().into_iter().skip(1))
        .collect();
    let mut body = vec![1, 0, 2];
    body.extend(codes(&[u16::try_from(kinds.len()).unwrap_or(0), 0, 16]));
    body.extend(kinds);
    body.extend(filler().take(16));
    let length = u16::try_from(body.len()).unwrap_or(0) | 0x8000;
    [&length.to_be_bytes()[..], &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::server::Acceptor;

    #[test]
    fn a_foreign_parser_reads_our_hellos() {
        for version in [Protocol::Tls12, Protocol::Tls13] {
            let suites = match version {
                Protocol::Tls13 => suites::modern(),
                _ => suites::classic().remove(0),
            };
            let hello = Hello::new(version, suites, Some("may.example"))
                .with_alpn(&["h2", "http/1.1"])
                .with_status()
                .asking(extension::MASTER_SECRET);
            let mut acceptor = Acceptor::default();
            acceptor.read_tls(&mut &hello.bytes()[..]).unwrap();
            let accepted = acceptor.accept().unwrap().expect("a whole hello");
            let read = accepted.client_hello();
            assert_eq!(read.server_name(), Some("may.example"));
            assert_eq!(
                read.alpn().unwrap().collect::<Vec<_>>(),
                [b"h2".as_slice(), b"http/1.1"]
            );
            assert!(read.cipher_suites().len() >= hello.suites.len());
        }
    }

    #[test]
    fn hellos_avoid_the_lengths_that_hang_load_balancers() {
        for count in 1..120 {
            let suites = suites::classic().remove(0);
            let some = suites.into_iter().take(count).collect();
            let bytes = Hello::new(Protocol::Tls12, some, None).bytes();
            let message = bytes.len() - 5;
            assert!(!(256..512).contains(&message), "{count}: {message}");
        }
    }

    #[test]
    fn an_address_is_not_sent_as_a_name() {
        let with = Hello::new(Protocol::Tls12, vec![0x2f], Some("192.0.2.1")).bytes();
        let without = Hello::new(Protocol::Tls12, vec![0x2f], None).bytes();
        assert_eq!(with, without);
    }

    #[test]
    fn ssl2_lengths_agree() {
        let hello = ssl2();
        let length = usize::from(u16::from_be_bytes([hello[0], hello[1]]) & 0x7fff);
        assert_eq!(length, hello.len() - 2);
    }
}
