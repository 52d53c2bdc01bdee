//! The public key of a certificate: kind, size, and what is known to be wrong with it.

use serde::Serialize;
use x509_parser::{public_key::PublicKey, x509::SubjectPublicKeyInfo};

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    /// `rsa`, `ec`, `ed25519`, `ed448`, `dsa` or `other`.
    pub kind: &'static str,
    /// Bits of the modulus, or of the curve's field.
    pub bits: usize,
    /// The curve, where it is one with a name here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve: Option<&'static str>,
    /// The public exponent of an RSA key; 0 stands for one of more than 64 bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exponent: Option<u64>,
    /// The modulus bears the mark of CVE-2017-15361 (ROCA): it can be factored.
    pub roca: bool,
}

/// Understands a public key.
pub(super) fn read(info: &SubjectPublicKeyInfo<'_>) -> Key {
    let key = |kind, bits| Key {
        kind,
        bits,
        curve: None,
        exponent: None,
        roca: false,
    };
    match info.algorithm.algorithm.to_id_string().as_str() {
        "1.3.101.112" => return key("ed25519", 256),
        "1.3.101.113" => return key("ed448", 456),
        _ => {}
    }
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => Key {
            exponent: Some(rsa.try_exponent().unwrap_or(0)),
            roca: roca(rsa.modulus),
            ..key("rsa", bits(rsa.modulus))
        },
        Ok(PublicKey::EC(point)) => {
            let named = info.algorithm.parameters.as_ref();
            let oid = named
                .and_then(|p| p.as_oid().ok())
                .map(|o| o.to_id_string());
            match oid.as_deref().and_then(curve) {
                Some((name, bits)) => Key {
                    curve: Some(name),
                    ..key("ec", bits)
                },
                None => key("ec", point.key_size()),
            }
        }
        Ok(PublicKey::DSA(number)) => key("dsa", number.len() * 8),
        _ => key("other", 0),
    }
}

fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|b| **b == 0).count();
    let number = &number[zeros..];
    let unused = number.first().map_or(0, |b| b.leading_zeros() as usize);
    number.len() * 8 - unused
}

/// Name and size of a curve (RFC 5480, RFC 5639).
fn curve(oid: &str) -> Option<(&'static str, usize)> {
    Some(match oid {
        "1.2.840.10045.3.1.1" => ("P-192", 192),
        "1.3.132.0.33" => ("P-224", 224),
        "1.2.840.10045.3.1.7" => ("P-256", 256),
        "1.3.132.0.34" => ("P-384", 384),
        "1.3.132.0.35" => ("P-521", 521),
        "1.3.132.0.10" => ("secp256k1", 256),
        "1.3.36.3.3.2.8.1.1.7" => ("brainpoolP256r1", 256),
        "1.3.36.3.3.2.8.1.1.11" => ("brainpoolP384r1", 384),
        "1.3.36.3.3.2.8.1.1.13" => ("brainpoolP512r1", 512),
        _ => return None,
    })
}

/// Small primes, modulo each of which a marked modulus is a power of 65537 (Nemec et al., "The
/// Return of Coppersmith's Attack", 2017). A sound key shows the mark once in about 2^27.
const PRIMES: [u32; 17] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
];

fn roca(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| {
        let rest = modulus
            .iter()
            .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let mut power = 1;
        (0..*prime).any(|_| {
            power = power * 65_537 % prime;
            power == rest
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Products of numbers of the shape that the faulty library made: k · M + 65537^a mod M.
    #[test]
    fn the_mark_of_roca_is_seen() {
        let m: u128 = PRIMES.iter().map(|p| u128::from(*p)).product();
        let power = |n: u32| (0..n).fold(1_u128, |p, _| p * 65_537 % m);
        let marked = power(12_345 + 777);
        assert!(roca(&marked.to_be_bytes()));
        assert!(roca(&(marked + m).to_be_bytes()), "whatever the multiple");
        assert!(!roca(&(marked + 1).to_be_bytes()));
        assert!(!roca(&[0xc5; 256]));
    }

    #[test]
    fn leading_zeros_do_not_count() {
        assert_eq!(bits(&[0, 0x80, 0]), 16);
        assert_eq!(bits(&[0, 0, 1]), 1);
        assert_eq!(bits(&[]), 0);
    }
}
