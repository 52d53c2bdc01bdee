//! Who signed what: the shape that certificates, lists of revoked ones and OCSP answers share.

use rustls::crypto::aws_lc_rs as provider;

use super::der::{self, Reader};

/// Something signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Signed {
    /// What is signed, with its tag.
    pub(super) content: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    /// Takes content, algorithm and signature from the front; what follows them is left.
    pub(super) fn take(all: &mut Reader<'_>) -> Option<Self> {
        let (tag, _, content) = all.next()?;
        (tag == der::SEQUENCE).then_some(())?;
        let algorithm = all.take(der::SEQUENCE)?;
        let signature = bits(all.take(der::BIT_STRING)?)?;
        Some(Self {
            content: content.to_vec(),
            algorithm: algorithm.to_vec(),
            signature: signature.to_vec(),
        })
    }

    /// Whether the owner of a public key (without its outer tag) signed it. Algorithms that are
    /// broken count for nothing.
    pub(super) fn by(&self, key: &[u8]) -> bool {
        let mut info = Reader::new(key);
        let (Some(kind), Some(Some(bare))) = (
            info.take(der::SEQUENCE),
            info.take(der::BIT_STRING).map(bits),
        ) else {
            return false;
        };
        let all = provider::default_provider().signature_verification_algorithms;
        all.all
            .iter()
            .filter(|a| {
                a.signature_alg_id().as_ref() == self.algorithm
                    && a.public_key_alg_id().as_ref() == kind
            })
            .any(|a| {
                a.verify_signature(bare, &self.content, &self.signature)
                    .is_ok()
            })
    }
}

/// The bytes of a BIT STRING that has no unused bits.
pub(super) fn bits(content: &[u8]) -> Option<&[u8]> {
    match content.split_first()? {
        (0, bytes) => Some(bytes),
        _ => None,
    }
}
