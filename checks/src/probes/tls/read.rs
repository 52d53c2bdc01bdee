//! The first flight of a server, read as it comes in. Nothing is believed beyond its bounds.

use super::{
    hello::extension,
    suites::{self, Auth},
    wire::Input,
};

/// Most bytes of one connection that are looked at.
pub(super) const FLIGHT_CAP: usize = 64 << 10;
/// Most certificates that are kept of a chain.
pub(super) const MAX_CHAIN: usize = 10;
/// Most extensions that are kept of a hello.
const MAX_EXTENSIONS: usize = 64;
/// RFC 5246, section 6.2.3: a ciphertext may not be longer.
const RECORD_CAP: usize = (16 << 10) + 2048;
/// RFC 8446, section 4.1.3: the random value that makes a ServerHello a HelloRetryRequest.
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// How far a flight is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// To the ServerHello.
    Hello,
    /// To the end of the flight (ServerHelloDone), where the version has one in the clear.
    Done,
}

/// What a server said first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flight {
    /// The version that the server chose.
    pub(super) version: u16,
    /// Its random value.
    pub(super) random: [u8; 32],
    /// Its session id.
    pub(super) session: Vec<u8>,
    /// The suite that it chose.
    pub(super) suite: u16,
    /// The compression that it chose; 0 is none.
    pub(super) compression: u8,
    /// Its extensions.
    pub(super) extensions: Vec<(u16, Vec<u8>)>,
    /// It asked for another hello with a key of the group that it named.
    pub(super) retry: bool,
    /// Certificates in DER, leaf first.
    pub(super) chain: Vec<Vec<u8>>,
    /// A stapled OCSP response in DER.
    pub(super) staple: Option<Vec<u8>>,
    /// The body of the ServerKeyExchange.
    pub(super) exchange: Option<Vec<u8>>,
    /// The flight was read to its end.
    pub(super) done: bool,
    /// The alert that broke it off.
    pub(super) alert: Option<u8>,
}

impl Flight {
    /// The body of an extension.
    pub(super) fn extension(&self, code: u16) -> Option<&[u8]> {
        let found = self.extensions.iter().find(|one| one.0 == code);
        found.map(|one| one.1.as_slice())
    }

    /// The group that a HelloRetryRequest named.
    pub(super) fn retry_group(&self) -> Option<u16> {
        let body = self
            .extension(extension::KEY_SHARE)
            .filter(|_| self.retry)?;
        Input(body).u16()
    }

    /// The protocol of the layer above that the server chose.
    pub(super) fn alpn(&self) -> Option<String> {
        let list = Input(self.extension(extension::ALPN)?).vector()?;
        let name = Input(list).short()?;
        Some(crate::observation::clean(&String::from_utf8_lossy(name)))
    }
}

/// A key exchange in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyExchange<'a> {
    /// The named curve, or the prime of a finite field.
    pub(super) params: Params<'a>,
    /// The signature scheme; TLS 1.2 only, and not where nobody signs: anonymous suites and shared keys.
    pub(super) scheme: Option<u16>,
}

/// The parameters of a key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Params<'a> {
    /// A named curve.
    Curve(u16),
    /// A prime, big-endian, without leading zeros.
    Prime(&'a [u8]),
}

impl Flight {
    /// The ServerKeyExchange from its parameters on. Before them, a suite with a shared key has a
    /// hint at which key is meant (RFC 4279, section 3; RFC 5489, section 2), often an empty one.
    fn parameters(&self) -> Option<(Input<'_>, bool)> {
        let mut input = Input(self.exchange.as_deref()?);
        let auth = suites::suite(u32::from(self.suite)).map(|s| s.auth);
        let shared = auth == Some(Auth::Psk);
        if shared {
            input.vector()?;
        }
        Some((input, !shared && auth != Some(Auth::Anonymous)))
    }

    /// Reads the ServerKeyExchange of an ECDHE suite (RFC 8422, section 5.4).
    pub(super) fn ecdhe(&self) -> Option<KeyExchange<'_>> {
        let (mut input, signed) = self.parameters()?;
        let named = input.u8()? == 3;
        let curve = input.u16().filter(|_| named)?;
        input.short()?;
        Some(KeyExchange {
            params: Params::Curve(curve),
            scheme: self.scheme(input, signed),
        })
    }

    /// Reads the ServerKeyExchange of a DHE suite (RFC 5246, section 7.4.3).
    pub(super) fn dhe(&self) -> Option<KeyExchange<'_>> {
        let (mut input, signed) = self.parameters()?;
        let prime = input.vector()?;
        let zeros = prime.iter().take_while(|byte| **byte == 0).count();
        let (_generator, _public) = (input.vector()?, input.vector()?);
        Some(KeyExchange {
            params: Params::Prime(prime.get(zeros..)?),
            scheme: self.scheme(input, signed),
        })
    }

    fn scheme(&self, mut rest: Input<'_>, signed: bool) -> Option<u16> {
        if signed && self.version == 0x0303 {
            rest.u16()
        } else {
            None
        }
    }
}

/// What came of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A ServerHello, and what was wanted behind it as far as it came.
    Flight(Box<Flight>),
    /// A refusal, by its code.
    Refused(u8),
    /// The peer closed or reset without a word of TLS.
    Closed,
    /// The time ran out without a word of TLS.
    Silent,
    /// A reply of TLS began and broke off.
    Broken,
    /// Something that is not TLS.
    Other,
}

/// Why no more bytes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The peer closed or reset.
    Closed,
    /// The time ran out.
    Silent,
}

/// Reads a flight piece by piece.
#[derive(Debug)]
pub(super) struct Reader {
    goal: Goal,
    seen: usize,
    raw: Vec<u8>,
    handshake: Vec<u8>,
    flight: Option<Flight>,
    stop: Option<Reply>,
}

impl Reader {
    /// A reader with nothing read.
    pub(super) const fn new(goal: Goal) -> Self {
        Self {
            goal,
            seen: 0,
            raw: Vec::new(),
            handshake: Vec::new(),
            flight: None,
            stop: None,
        }
    }

    /// Takes bytes; gives the reply as soon as it stands.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<Reply> {
        self.seen = self.seen.saturating_add(bytes.len());
        self.raw.extend_from_slice(bytes);
        while self.stop.is_none() && self.step().is_some() {}
        if self.stop.is_none() && self.seen >= FLIGHT_CAP {
            self.stop = Some(self.give().unwrap_or(Reply::Other));
        }
        self.stop.clone()
    }

    /// What stands when no more bytes come.
    pub(super) fn end(mut self, why: End) -> Reply {
        let stop = self.stop.take();
        let begun = !self.raw.is_empty() || !self.handshake.is_empty();
        stop.or_else(|| self.give()).unwrap_or(match why {
            _ if begun => Reply::Broken,
            End::Closed => Reply::Closed,
            End::Silent => Reply::Silent,
        })
    }

    fn give(&mut self) -> Option<Reply> {
        self.flight.take().map(|f| Reply::Flight(Box::new(f)))
    }

    /// Eats one record; `None` when there is no whole one, or nothing more is wanted.
    fn step(&mut self) -> Option<()> {
        let mut input = Input(&self.raw);
        let (kind, major) = (input.u8()?, input.u8());
        let plausible = matches!(kind, 20..=24) && major.is_none_or(|m| m == 3);
        input.u8();
        let length = input.u16().map(usize::from);
        if !plausible || length.is_some_and(|n| n > RECORD_CAP) {
            self.stop = Some(self.give().unwrap_or(Reply::Other));
            return None;
        }
        let length = length?;
        let body = input.take(length)?.to_vec();
        self.raw.drain(..5 + length);
        match kind {
            21 => self.alert(&body),
            22 => {
                self.handshake.extend(body);
                self.messages();
            }
            // From here on it is encrypted, or was never meant to be here.
            _ => self.stop = Some(self.give().unwrap_or(Reply::Other)),
        }
        self.stop.is_none().then_some(())
    }

    /// Warnings, such as one about a name, do not end a talk; closing does.
    fn alert(&mut self, body: &[u8]) {
        let Some((level, code)) = body.first().zip(body.get(1)) else {
            return;
        };
        if *level == 1 && *code != 0 {
            return;
        }
        if let Some(flight) = self.flight.as_mut() {
            flight.alert = Some(*code);
        }
        self.stop = Some(self.give().unwrap_or(Reply::Refused(*code)));
    }

    fn messages(&mut self) {
        while self.stop.is_none() {
            let mut input = Input(&self.handshake);
            let (Some(kind), Some(length)) = (input.u8(), input.u24()) else {
                return;
            };
            if length > FLIGHT_CAP {
                self.stop = Some(self.give().unwrap_or(Reply::Other));
                return;
            }
            let Some(body) = input.take(length) else {
                return;
            };
            let body = body.to_vec();
            self.handshake.drain(..4 + length);
            self.message(kind, &body);
        }
    }

    fn message(&mut self, kind: u8, body: &[u8]) {
        let Some(flight) = self.flight.as_mut() else {
            match server_hello(body).filter(|_| kind == 2) {
                Some(flight) => {
                    let last = self.goal == Goal::Hello || flight.version >= 0x0304;
                    self.flight = Some(flight);
                    if last {
                        self.stop = self.give();
                    }
                }
                // A HelloRequest may come at any time; anything else must not come first.
                None if kind == 0 => {}
                None => self.stop = Some(Reply::Other),
            }
            return;
        };
        match kind {
            11 => flight.chain = certificates(body),
            12 => flight.exchange = Some(body.to_vec()),
            14 => {
                flight.done = true;
                self.stop = self.give();
            }
            22 => flight.staple = staple(body),
            _ => {}
        }
    }
}

fn server_hello(body: &[u8]) -> Option<Flight> {
    let mut input = Input(body);
    let mut version = input.u16()?;
    let random = *input.take(32)?.first_chunk::<32>()?;
    let session = input.short()?.to_vec();
    let suite = input.u16()?;
    let compression = input.u8()?;
    let mut all = Vec::new();
    if !input.is_empty() {
        let mut extensions = Input(input.vector()?);
        while !extensions.is_empty() && all.len() < MAX_EXTENSIONS {
            let code = extensions.u16()?;
            let body = extensions.vector()?;
            if code == extension::VERSIONS {
                version = Input(body).u16()?;
            }
            all.push((code, body.to_vec()));
        }
    }
    Some(Flight {
        version,
        random,
        session,
        suite,
        compression,
        extensions: all,
        retry: random == RETRY,
        ..Flight::default()
    })
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

/// RFC 6066, section 8: kind 1 is OCSP.
fn staple(body: &[u8]) -> Option<Vec<u8>> {
    let mut input = Input(body);
    let ocsp = input.u8()? == 1;
    let length = input.u24()?;
    input.take(length).filter(|_| ocsp).map(<[u8]>::to_vec)
}

/// What a server of SSL 2.0 said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ssl2 {
    /// Kinds of cipher that both sides know, in 24 bits.
    pub(super) kinds: Vec<u32>,
    /// Its certificate in DER; empty without one.
    pub(super) certificate: Vec<u8>,
}

/// Reads a SERVER-HELLO of SSL 2.0. `None` as long as it is not whole, `Some(None)` for anything else.
pub(super) fn ssl2(bytes: &[u8]) -> Option<Option<Ssl2>> {
    let mut input = Input(bytes);
    let head = input.u16()?;
    if head & 0x8000 == 0 {
        return Some(None);
    }
    let body = input.take(usize::from(head & 0x7fff))?;
    Some(ssl2_hello(body))
}

fn ssl2_hello(body: &[u8]) -> Option<Ssl2> {
    let mut input = Input(body);
    let (kind, _hit, _type) = (input.u8()?, input.u8()?, input.u8()?);
    let version = input.u16()?;
    let lengths = [input.u16()?, input.u16()?, input.u16()?].map(usize::from);
    let certificate = input.take(lengths[0])?.to_vec();
    let kinds = input.take(lengths[1])?;
    input.take(lengths[2])?;
    if kind != 4 || version != 2 {
        return None;
    }
    let kinds = kinds.chunks_exact(3).take(64);
    Some(Ssl2 {
        kinds: kinds
            .map(|k| k.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)))
            .collect(),
        certificate,
    })
}

#[cfg(test)]
mod tests;
