//! RSA as a client needs it: a block to the power of a certificate's exponent, at any length of key,
//! since what must be found is old. No secret of anybody's is involved.

use num_bigint::BigUint;
use x509_parser::{prelude::FromDer, public_key::PublicKey};

/// Largest modulus that is reckoned with, in bytes: 16384 bits.
const MAX_MODULUS: usize = 2048;

/// The block that `make` builds for the length of the modulus, to the power of the exponent.
pub(super) fn encrypt(leaf: &[u8], make: impl FnOnce(usize) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let (_, cert) = x509_parser::certificate::X509Certificate::from_der(leaf).ok()?;
    let PublicKey::RSA(key) = cert.public_key().parsed().ok()? else {
        return None;
    };
    let zeros = key.modulus.iter().take_while(|byte| **byte == 0).count();
    let modulus = key.modulus.get(zeros..)?;
    if !(64..=MAX_MODULUS).contains(&modulus.len()) || key.exponent.len() > 8 {
        return None;
    }
    let n = BigUint::from_bytes_be(modulus);
    let mut block = make(modulus.len())?;
    if BigUint::from_bytes_be(&block) >= n {
        // Another first byte may lie above the modulus; this one hardly ever does.
        *block.get_mut(0)? = 0x01;
    }
    let sealed = BigUint::from_bytes_be(&block).modpow(&BigUint::from_bytes_be(key.exponent), &n);
    let bytes = sealed.to_bytes_be();
    let mut out = vec![0; modulus.len().checked_sub(bytes.len())?];
    out.extend(bytes);
    Some(out)
}

/// A block as PKCS #1 version 1.5 has it (RFC 8017, section 7.2), around a secret.
pub(super) fn padded(secret: &[u8], length: usize) -> Option<Vec<u8>> {
    let split = length
        .checked_sub(secret.len() + 1)
        .filter(|at| *at >= 10)?;
    let mut block = vec![0xab; split];
    block.get_mut(..2)?.copy_from_slice(&[0, 2]);
    block.push(0);
    block.extend(secret);
    Some(block)
}
