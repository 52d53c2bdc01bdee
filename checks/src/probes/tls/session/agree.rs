//! The client's side of a key exchange.

use aws_lc_rs::{
    agreement::{
        self, Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, EphemeralPrivateKey, UnparsedPublicKey,
        X25519,
    },
    rand::SystemRandom,
};
use num_bigint::BigUint;

use crate::probes::tls::{
    read::Flight,
    rsa,
    suites::Exchange,
    wire::{Input, short, vector},
};

/// Curves that are agreed on, likely ones first.
pub(super) const CURVES: [u16; 4] = [29, 23, 24, 25];
/// Longest prime of a finite field that is reckoned with, in bytes: 8192 bits.
const MAX_PRIME: usize = 1024;
/// Our exponent in a finite field, and what fills the secret of RSA: they protect nothing.
const OURS: [u8; 32] = [0x5a; 32];

/// What both sides know, and the body of the ClientKeyExchange by which the server comes to know it.
pub(super) struct Agreed {
    pub(super) secret: Vec<u8>,
    pub(super) message: Vec<u8>,
}

/// Agrees on a secret; `version` is the one that the hello named.
pub(super) fn agree(flight: &Flight, exchange: Exchange, version: u16) -> Option<Agreed> {
    match exchange {
        Exchange::Rsa => {
            let mut secret = version.to_be_bytes().to_vec();
            secret.resize(48, 0x5a);
            let leaf = flight.chain.first()?;
            let sealed = rsa::encrypt(leaf, |length| rsa::padded(&secret, length))?;
            Some(Agreed {
                secret,
                message: vector(&sealed),
            })
        }
        Exchange::Ecdhe => curve(flight.exchange.as_deref()?),
        Exchange::Dhe => field(flight.exchange.as_deref()?),
        _ => None,
    }
}

/// RFC 8422, section 5.4.
fn curve(exchange: &[u8]) -> Option<Agreed> {
    let mut input = Input(exchange);
    let named = input.u8()? == 3;
    let with: &'static Algorithm = match input.u16().filter(|_| named)? {
        29 => &X25519,
        23 => &ECDH_P256,
        24 => &ECDH_P384,
        25 => &ECDH_P521,
        _ => return None,
    };
    let theirs = UnparsedPublicKey::new(with, input.short()?);
    let ours = EphemeralPrivateKey::generate(with, &SystemRandom::new()).ok()?;
    let public = ours.compute_public_key().ok()?;
    let secret = agreement::agree_ephemeral(ours, theirs, (), |secret| Ok(secret.to_vec())).ok()?;
    Some(Agreed {
        secret,
        message: short(public.as_ref()),
    })
}

/// RFC 5246, sections 7.4.3 and 8.1.2: the secret has no zeros in front.
fn field(exchange: &[u8]) -> Option<Agreed> {
    let mut input = Input(exchange);
    let [prime, generator, public] = [input.vector()?, input.vector()?, input.vector()?];
    if [prime, generator, public]
        .iter()
        .any(|n| n.len() > MAX_PRIME)
    {
        return None;
    }
    let [prime, generator, public] = [prime, generator, public].map(BigUint::from_bytes_be);
    if prime.bits() < 64 {
        return None;
    }
    let exponent = BigUint::from_bytes_be(&OURS);
    Some(Agreed {
        secret: public.modpow(&exponent, &prime).to_bytes_be(),
        message: vector(&generator.modpow(&exponent, &prime).to_bytes_be()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_parameters_are_not_reckoned_with() {
        let field_of = |p: &[u8], g: &[u8], y: &[u8]| [vector(p), vector(g), vector(y)].concat();
        for odd in [
            field_of(&[], &[2], &[3]),
            field_of(&[0; 64], &[2], &[3]),
            field_of(&[1], &[2], &[3]),
            field_of(&[0xff; MAX_PRIME + 1], &[2], &[3]),
            field_of(&[0xff; 64], &[2], &[])[..64].to_vec(),
        ] {
            assert!(field(&odd).is_none());
        }
        assert!(field(&field_of(&[0xff; 64], &[2], &[3])).is_some());
        assert!(curve(&[3, 0, 29, 32]).is_none());
        assert!(curve(&[3, 0, 29, 1, 0]).is_none());
        assert!(curve(&[3, 0, 30, 0]).is_none());
        assert!(curve(&[1, 0, 29, 0]).is_none());
    }
}
