//! What the keys of a session are made from (RFC 2246, RFC 4346 and RFC 5246, section 5 of each).

use ::hmac::{Hmac, KeyInit as _, Mac as _};
use aws_lc_rs::{digest, hmac};
use md5::{Digest as _, Md5};

use crate::probes::tls::{
    suites::{Mac, Suite},
    survey::Protocol,
};

/// The hash of a session, or its two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::probes::tls) enum Prf {
    /// MD5 and SHA-1 together, before TLS 1.2.
    Old,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl Prf {
    /// What a suite goes with in a version.
    pub(super) fn of(version: Protocol, suite: &Suite) -> Self {
        match version {
            Protocol::Tls12 if suite.name.ends_with("_SHA384") => Self::Sha384,
            Protocol::Tls12 => Self::Sha256,
            _ => Self::Old,
        }
    }

    /// The hash of what was said.
    pub(super) fn hash(self, said: &[u8]) -> Vec<u8> {
        let one = |with| digest::digest(with, said).as_ref().to_vec();
        match self {
            Self::Old => [
                Md5::digest(said).to_vec(),
                one(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            ]
            .concat(),
            Self::Sha256 => one(&digest::SHA256),
            Self::Sha384 => one(&digest::SHA384),
        }
    }

    /// So many bytes from a secret, a label and a seed.
    pub(in crate::probes::tls) fn derive(
        self,
        secret: &[u8],
        label: &[u8],
        seed: &[u8],
        length: usize,
    ) -> Vec<u8> {
        let seed = [label, seed].concat();
        match self {
            Self::Old => {
                // The halves share the byte in the middle of an odd length.
                let half = secret.len().div_ceil(2);
                let first = secret.get(..half).unwrap_or_default();
                let second = secret.get(secret.len() - half..).unwrap_or_default();
                let first = expand(Mac::Md5, first, &seed, length);
                let second = expand(Mac::Sha1, second, &seed, length);
                first.iter().zip(second).map(|(a, b)| a ^ b).collect()
            }
            Self::Sha256 => expand(Mac::Sha256, secret, &seed, length),
            Self::Sha384 => expand(Mac::Sha384, secret, &seed, length),
        }
    }
}

/// `P_hash`.
fn expand(with: Mac, secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let mut a = mac(with, secret, &[seed]);
    let mut out = Vec::new();
    while out.len() < length && !a.is_empty() {
        out.extend(mac(with, secret, &[&a, seed]));
        a = mac(with, secret, &[&a]);
    }
    out.truncate(length);
    out
}

/// HMAC over pieces; empty for what has none.
pub(super) fn mac(with: Mac, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    let all = pieces.concat();
    let algorithm = match with {
        Mac::Md5 => {
            let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key) else {
                return Vec::new();
            };
            mac.update(&all);
            return mac.finalize().into_bytes().to_vec();
        }
        Mac::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Mac::Sha256 => hmac::HMAC_SHA256,
        Mac::Sha384 => hmac::HMAC_SHA384,
        Mac::Aead | Mac::Other => return Vec::new(),
    };
    hmac::sign(&hmac::Key::new(algorithm, key), &all)
        .as_ref()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2);
        let pairs = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|p| u8::from_str_radix(p, 16).unwrap()).collect()
    }

    /// A vector of the IETF's TLS list for the PRF of TLS 1.2 with SHA-256.
    #[test]
    fn the_prf_gives_the_published_vector() {
        let secret = hex("9bbe436ba940f017b17652849a71db35");
        let seed = hex("a0ba9f936cda311827a6f796ffd5198c");
        let out = Prf::Sha256.derive(&secret, b"test label", &seed, 100);
        assert_eq!(out[..16], hex("e3f229ba727be17b8d122620557cd453"));
        assert_eq!(out[96..], hex("87347b66"));
    }

    /// The list's vector for the one before; `openssl kdf … -kdfopt digest:MD5-SHA1 TLS1-PRF` gives it too.
    #[test]
    fn the_old_prf_gives_the_published_vector() {
        let out = Prf::Old.derive(&[0xab; 48], b"PRF Testvector", &[0xcd; 64], 104);
        assert_eq!(out[..16], hex("d3d4d1e349b5d515044666d51de32bab"));
        assert_eq!(out[100..], hex("a8c9a013"));
        // By the same command; the halves of an odd secret overlap.
        let odd = Prf::Old.derive(&[1, 2, 3], b"x", &[4], 16);
        assert_eq!(odd, hex("0e084250816a5f0163d7eade77aa9fe3"));
    }

    /// From `openssl kdf -kdfopt digest:SHA384 … TLS1-PRF`.
    #[test]
    fn the_prf_with_sha_384_gives_what_openssl_gives() {
        let out = Prf::Sha384.derive(&[0xab; 48], b"x", &[0xcd; 64], 16);
        assert_eq!(out, hex("4a6edb56bd31cad89176833fae71d2bc"));
    }
}
