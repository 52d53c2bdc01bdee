//! A leaf as if it were in date. The verifier looks at the dates of a leaf and of its issuers at one moment; where
//! the leaf is out of date and its issuer was renewed since, there is none at which both hold.

use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm as Algorithm,
};

use super::der::{self, Reader};

/// The tag of the version, which every leaf with extensions has.
const VERSION: u8 = 0xa0;
/// Earlier and later than any check, as UTCTime and as GeneralizedTime.
const EARLY: [&[u8]; 2] = [b"700101000000Z", b"19700101000000Z"];
const LATE: [&[u8]; 2] = [b"491231235959Z", b"99991231235959Z"];

/// A certificate with other dates, and what its signature is of.
#[derive(Debug)]
pub(super) struct Dateless {
    /// With the other dates.
    pub(super) whole: Vec<u8>,
    signed: Vec<u8>,
    original: Vec<u8>,
}

impl Dateless {
    /// `None` where the dates are not found.
    pub(super) fn of(leaf: &[u8]) -> Option<Self> {
        let original = Reader::new(leaf).inside(der::SEQUENCE)?.next()?.2;
        let mut fields = Reader::new(original).inside(der::SEQUENCE)?;
        fields.take(VERSION)?;
        fields.take(der::INTEGER)?;
        fields.take(der::SEQUENCE)?;
        fields.take(der::SEQUENCE)?;
        let (_, dates, old) = fields.next().filter(|(tag, ..)| *tag == der::SEQUENCE)?;
        let mut dates = Reader::new(dates);
        let new = [other(dates.next()?, EARLY)?, other(dates.next()?, LATE)?].concat();
        let new = der::write(der::SEQUENCE, &new);
        let (signed, whole) = (replaced(original, old, &new)?, replaced(leaf, old, &new)?);
        Some(Self {
            whole,
            signed,
            original: original.to_vec(),
        })
    }

    /// An algorithm for which the issuer's signature is of the other dates, too.
    pub(super) fn verifying<'a>(&'a self, by: &'a dyn Algorithm) -> Verifying<'a> {
        Verifying { leaf: self, by }
    }
}

/// The same kind of date, of the same length.
fn other((tag, was, _): (u8, &[u8], &[u8]), new: [&[u8]; 2]) -> Option<Vec<u8>> {
    let new = match tag {
        der::UTC_TIME => new[0],
        der::TIME => new[1],
        _ => return None,
    };
    (new.len() == was.len()).then(|| der::write(tag, new))
}

/// The text with what it holds of `old` replaced, which must have the length of `new` and stand there once.
fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let mut places = text.windows(old.len()).enumerate();
    let mut places = places.by_ref().filter(|(_, part)| *part == old);
    let (at, _) = places.next().filter(|_| old.len() == new.len())?;
    if places.next().is_some() {
        return None;
    }
    let mut text = text.to_vec();
    text.get_mut(at..at + new.len())?.copy_from_slice(new);
    Some(text)
}

/// An algorithm that verifies the leaf by what really was signed.
#[derive(Debug)]
pub(super) struct Verifying<'a> {
    leaf: &'a Dateless,
    by: &'a dyn Algorithm,
}

impl Algorithm for Verifying<'_> {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let ours = message == self.leaf.signed;
        let message = if ours { &self.leaf.original } else { message };
        self.by.verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.by.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.by.signature_alg_id()
    }
}
