//! OCSP (RFC 6960): what the issuer says about a certificate, and whether it said so.

use aws_lc_rs::digest;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::Serialize;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{
    anchors::Anchors,
    certificate::Cert,
    der::{self, Reader},
    signature::{Signed, bits},
};

/// Most answers in one response that are looked through.
const MAX_ANSWERS: usize = 64;
/// Most certificates of responders that are looked at.
const MAX_RESPONDERS: usize = 4;

/// What the issuer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked,
    /// The responder does not know the certificate.
    Unknown,
}

impl State {
    /// The word in facts and message keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// An answer about a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Staple {
    /// What it says.
    pub state: State,
    /// Since when it holds.
    pub this_update: Timestamp,
    /// Until when; `None` when newer information is available all the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Timestamp>,
    /// Since when the certificate is revoked for good; `None` for one that is on hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Whether the issuer, or somebody whom it appointed, signed it.
    pub signed: bool,
}

impl Staple {
    /// Whether it speaks of that time. Without an end it must be at most ten days old, the longest
    /// that public authorities may answer for (CA/Browser Forum, 4.9.10).
    pub fn holds(&self, now: Timestamp) -> bool {
        let end = match self.next_update {
            Some(end) => end.as_second(),
            None => self.this_update.as_second().saturating_add(864_000),
        };
        self.this_update <= now && now.as_second() <= end
    }
}

/// Why a response is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It is not understood.
    Garbled,
    /// The responder refused to answer.
    Refused,
    /// It speaks of other certificates only.
    OtherCertificate,
    /// The leaf's issuer is not known here, so that nothing can be verified.
    NoIssuer,
}

impl Fault {
    /// The word in facts and message keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Garbled => "garbled",
            Self::Refused => "refused",
            Self::OtherCertificate => "other_certificate",
            Self::NoIssuer => "no_issuer",
        }
    }
}

/// Reads the response about the first certificate of a chain, and verifies who signed it.
///
/// # Errors
/// A [`Fault`] where it says nothing about the leaf.
pub fn read(response: &[u8], chain: &[Cert], anchors: &Anchors) -> Result<Staple, Fault> {
    let leaf = chain.first().ok_or(Fault::NoIssuer)?;
    let basic = body(response)?;
    let keys = issuer_keys(leaf, chain, anchors);
    if keys.is_empty() {
        return Err(Fault::NoIssuer);
    }
    let parts = Basic::split(basic).ok_or(Fault::Garbled)?;
    let (key, mut staple) = keys
        .iter()
        .find_map(|key| {
            let found = parts.about(leaf, key)?;
            Some((*key, found))
        })
        .ok_or(Fault::OtherCertificate)?;
    staple.signed = parts.signed_by(key, staple.this_update);
    Ok(staple)
}

/// The public keys (without their outer tag) that signed a certificate, of those in its chain and in
/// the stores. A name is not enough: a server may send an authority of its own making beside the real
/// one, and answers in its name.
pub(super) fn issuer_keys<'a>(
    cert: &Cert,
    chain: &'a [Cert],
    anchors: &'a Anchors,
) -> Vec<&'a [u8]> {
    let sent = chain.iter().filter(|c| cert.issued_by(c));
    let mut keys: Vec<&[u8]> = sent.map(|c| c.raw.spki.as_slice()).collect();
    keys.extend(anchors.keys_of(&cert.raw.issuer));
    keys.retain(|key| cert.raw.signed.by(key));
    keys
}

/// A request about a certificate of the issuer with that key (RFC 6960, 4.1). The hash is SHA-1, which
/// every responder knows; it names the issuer and secures nothing. There is no nonce: most responders
/// send what they signed in advance, and the time that an answer holds is looked at instead.
pub(super) fn request(cert: &Cert, key: &[u8]) -> Option<Vec<u8>> {
    const SHA1: [u8; 9] = [0x30, 7, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a];
    let mut info = Reader::new(key);
    let _algorithm = info.take(der::SEQUENCE)?;
    let bare = bits(info.take(der::BIT_STRING)?)?;
    let hash = |bytes| digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let id = [
        SHA1.to_vec(),
        der::write(der::OCTET_STRING, hash(&cert.raw.issuer).as_ref()),
        der::write(der::OCTET_STRING, hash(bare).as_ref()),
        der::write(der::INTEGER, &cert.raw.serial),
    ];
    // CertID, Request, requestList, TBSRequest, OCSPRequest
    Some((0..5).fold(id.concat(), |inner, _| der::write(der::SEQUENCE, &inner)))
}

/// The BasicOCSPResponse inside.
fn body(response: &[u8]) -> Result<&[u8], Fault> {
    let mut outer = Reader::new(response)
        .inside(der::SEQUENCE)
        .ok_or(Fault::Garbled)?;
    match outer.take(der::ENUMERATED) {
        Some([0]) => {}
        Some(_) => return Err(Fault::Refused),
        None => return Err(Fault::Garbled),
    }
    basic(outer).ok_or(Fault::Garbled)
}

fn basic(mut outer: Reader<'_>) -> Option<&[u8]> {
    let mut bytes = outer.inside(0xa0)?.inside(der::SEQUENCE)?;
    // id-pkix-ocsp-basic
    let kind = bytes.take(der::OID)?;
    (kind == [0x2b, 6, 1, 5, 5, 7, 48, 1, 1]).then_some(())?;
    bytes.take(der::OCTET_STRING)
}

struct Basic<'a> {
    signed: Signed,
    answers: Reader<'a>,
    responders: Vec<&'a [u8]>,
}

impl<'a> Basic<'a> {
    fn split(bytes: &'a [u8]) -> Option<Self> {
        let mut all = Reader::new(bytes).inside(der::SEQUENCE)?;
        let mut ahead = all;
        let mut data = ahead.inside(der::SEQUENCE)?;
        let signed = Signed::take(&mut all)?;
        let mut responders = Vec::new();
        if let Some(mut list) = all.inside(0xa0).and_then(|mut r| r.inside(der::SEQUENCE)) {
            while let Some((der::SEQUENCE, _, whole)) = list.next() {
                if responders.len() < MAX_RESPONDERS {
                    responders.push(whole);
                }
            }
        }
        let _version = data.take(0xa0);
        let _responder = data.next()?;
        let _produced = data.take(der::TIME)?;
        Some(Self {
            signed,
            answers: data.inside(der::SEQUENCE)?,
            responders,
        })
    }

    /// The answer about `leaf`, issued with `key` (a public key without its outer tag).
    fn about(&self, leaf: &Cert, key: &[u8]) -> Option<Staple> {
        let mut answers = self.answers;
        for _ in 0..MAX_ANSWERS {
            let mut one = answers.inside(der::SEQUENCE)?;
            let id = one.inside(der::SEQUENCE)?;
            if !names(id, leaf, key).unwrap_or(false) {
                continue;
            }
            let (tag, told, _) = one.next()?;
            let state = match tag {
                0x80 => State::Good,
                0xa1 => State::Revoked,
                0x82 => State::Unknown,
                _ => return None,
            };
            let this_update = time(one.take(der::TIME)?)?;
            let next = one.inside(0xa0).and_then(|mut r| r.take(der::TIME));
            return Some(Staple {
                state,
                this_update,
                next_update: match next {
                    Some(text) => Some(time(text)?),
                    None => None,
                },
                revoked_at: match state {
                    State::Revoked => revoked_at(told)?,
                    _ => None,
                },
                signed: false,
            });
        }
        None
    }

    fn signed_by(&self, key: &[u8], at: Timestamp) -> bool {
        if self.signed.by(key) {
            return true;
        }
        self.responders
            .iter()
            .filter_map(|der| appointed(der, key, at))
            .any(|key| self.signed.by(&key))
    }
}

/// Since when, of a RevokedInfo; nothing inside for reason 6, which may be taken back.
fn revoked_at(told: &[u8]) -> Option<Option<Timestamp>> {
    let mut told = Reader::new(told);
    let at = time(told.take(der::TIME)?)?;
    let reason = told.inside(0xa0).and_then(|mut r| r.take(der::ENUMERATED));
    Some((reason != Some(&[6])).then_some(at))
}

/// The key of a responder that the issuer appointed: signed with `key`, for OCSP, in its time.
fn appointed(der: &[u8], key: &[u8], at: Timestamp) -> Option<Vec<u8>> {
    let (_, cert) = X509Certificate::from_der(der).ok()?;
    let usage = cert.extended_key_usage().ok()??;
    let validity = cert.validity();
    let in_time = (validity.not_before.timestamp()..=validity.not_after.timestamp())
        .contains(&at.as_second());
    let signed = Signed::take(&mut Reader::new(der).inside(der::SEQUENCE)?)?;
    let own = Reader::new(cert.public_key().raw).take(der::SEQUENCE)?;
    let appointed = usage.value.ocsp_signing && in_time && signed.by(key);
    appointed.then(|| own.to_vec())
}

/// Whether a CertID names the leaf of the issuer with that key.
fn names(id: Reader<'_>, leaf: &Cert, key: &[u8]) -> Option<bool> {
    let mut id = id;
    let hash = match id.inside(der::SEQUENCE)?.take(der::OID)? {
        [0x2b, 0x0e, 3, 2, 0x1a] => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => &digest::SHA256,
        _ => return None,
    };
    let (name, of_key) = (id.take(der::OCTET_STRING)?, id.take(der::OCTET_STRING)?);
    let serial = id.take(der::INTEGER)?;
    let mut info = Reader::new(key);
    let _algorithm = info.take(der::SEQUENCE)?;
    let bare = bits(info.take(der::BIT_STRING)?)?;
    Some(
        serial == leaf.raw.serial
            && name == digest::digest(hash, &leaf.raw.issuer).as_ref()
            && of_key == digest::digest(hash, bare).as_ref(),
    )
}

/// `YYYYMMDDHHMMSSZ`, the one form that RFC 6960 allows.
pub(super) fn time(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year = text.get(..4)?.parse::<i16>().ok()?;
    let civil = DateTime::new(
        year,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
        0,
    )
    .ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_have_one_form() {
        let at = time(b"20261122091530Z").unwrap();
        assert_eq!(at.to_string(), "2026-11-22T09:15:30Z");
        for text in [
            &b"20261322091530Z"[..],
            b"20261122091530",
            b"261122091530Z",
            b"\xff",
        ] {
            assert_eq!(time(text), None);
        }
    }

    #[test]
    fn a_refusal_is_no_answer() {
        assert_eq!(body(&[0x30, 3, 0x0a, 1, 3]), Err(Fault::Refused));
        assert_eq!(body(&[0x30, 3, 0x0a, 1, 0]), Err(Fault::Garbled));
        assert_eq!(body(b""), Err(Fault::Garbled));
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _body = body(&bytes);
            let _basic = Basic::split(&[&[0x30, 0x81, 0xc8], bytes.as_slice()].concat());
            let _appointed = appointed(&bytes, &bytes, Timestamp::UNIX_EPOCH);
        }
    }
}
