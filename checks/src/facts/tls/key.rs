//! The public key of a certificate: kind, size, and what is known to be wrong with it.

use num_bigint::BigUint;
use serde::Serialize;
use x509_parser::{public_key::PublicKey, x509::SubjectPublicKeyInfo};

use super::published;

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
    /// What else makes the private key known or easy to find.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flaw: Option<Flaw>,
}

/// What makes a private key known or easy to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The two primes of an RSA key are so close that Fermat's method of 1643 finds them
    /// (CVE-2022-26320).
    ClosePrimes,
    /// A small prime divides the RSA modulus.
    SmallFactor,
    /// The private key stands in a package that everybody can fetch.
    Published,
}

impl Flaw {
    /// The word in facts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClosePrimes => "close_primes",
            Self::SmallFactor => "small_factor",
            Self::Published => "published",
        }
    }
}

/// Understands a public key, of which `sha256` is the fingerprint.
pub(super) fn read(info: &SubjectPublicKeyInfo<'_>, sha256: &str) -> Key {
    let mut key = shape(info);
    if published::knows(sha256) {
        key.flaw = Some(Flaw::Published);
    }
    key
}

fn shape(info: &SubjectPublicKeyInfo<'_>) -> Key {
    let key = |kind, bits| Key {
        kind,
        bits,
        curve: None,
        exponent: None,
        roca: false,
        flaw: None,
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
            flaw: flaw(rsa.modulus),
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
        let rest = remainder(modulus, *prime);
        let mut power = 1;
        (0..*prime).any(|_| {
            power = power * 65_537 % prime;
            power == rest
        })
    })
}

/// Longest modulus that is tried, in bits; longer ones serve nobody.
const MAX_MODULUS: usize = 8192;
/// Steps of Fermat's method. A sound key would take more than the universe has time for.
const STEPS: u32 = 100;

fn flaw(modulus: &[u8]) -> Option<Flaw> {
    let size = bits(modulus);
    if !(16..=MAX_MODULUS).contains(&size) {
        return None;
    }
    if (2_u32..1000).any(|small| remainder(modulus, small) == 0) {
        return Some(Flaw::SmallFactor);
    }
    close_primes(&BigUint::from_bytes_be(modulus)).then_some(Flaw::ClosePrimes)
}

fn remainder(number: &[u8], by: u32) -> u32 {
    number
        .iter()
        .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % by)
}

/// Whether n = a² - b² for an a next to the root of n.
fn close_primes(n: &BigUint) -> bool {
    let mut a = n.sqrt();
    if &(&a * &a) < n {
        a += 1_u32;
    }
    (0..STEPS).any(|_| {
        let rest = &a * &a - n;
        a += 1_u32;
        square(&rest)
    })
}

fn square(n: &BigUint) -> bool {
    // A square leaves 0, 1, 4 or 9 when divided by 16; few other numbers pass all three sieves.
    let low = (n % 5040_u32).to_u32_digits().first().copied().unwrap_or(0);
    let sieve = matches!(low % 16, 0 | 1 | 4 | 9)
        && matches!(low % 5, 0 | 1 | 4)
        && matches!(low % 7, 0 | 1 | 2 | 4);
    sieve && {
        let root = n.sqrt();
        &root * &root == *n
    }
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
    fn moduli_that_anybody_factors_are_seen() {
        // Mersenne primes, and the primes next to 2^89 - 1 by the oracle of `openssl prime`.
        let m = |n: u32| (BigUint::from(1_u8) << n) - 1_u32;
        let flaw = |n: BigUint| flaw(&n.to_bytes_be());
        assert_eq!(flaw(m(521) * m(521)), Some(Flaw::ClosePrimes));
        let near = (BigUint::from(1_u8) << 89_u32) + 29_u32;
        assert_eq!(flaw(m(89) * near), Some(Flaw::ClosePrimes));
        assert_eq!(flaw(m(521) * m(607)), None);
        assert_eq!(flaw(m(521) * m(7)), Some(Flaw::SmallFactor));
        assert_eq!(flaw(m(521) << 1), Some(Flaw::SmallFactor));
        assert_eq!(flaw(BigUint::from(0_u8)), None);
        assert_eq!(super::flaw(&[0xff; 4096]), None, "too long to be tried");
    }

    #[test]
    fn leading_zeros_do_not_count() {
        assert_eq!(bits(&[0, 0x80, 0]), 16);
        assert_eq!(bits(&[0, 0, 1]), 1);
        assert_eq!(bits(&[]), 0);
    }
}
