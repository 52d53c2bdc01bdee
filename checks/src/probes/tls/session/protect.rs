//! Records that are sealed and opened with the keys of a session.

use aws_lc_rs::{
    aead::{self, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{
        AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
        UnboundCipherKey,
    },
    iv::FixedLength,
};

use super::secrets::mac;
use crate::probes::tls::{
    hello,
    suites::{Cipher, Mac, Suite},
    survey::Protocol,
    wire::{Input, record},
};

/// The block of AES.
const BLOCK: usize = 16;
/// An explicit IV. It ought to be random; what it hides is nothing.
const EXPLICIT: [u8; BLOCK] = [0x5a; BLOCK];

/// How records are protected.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// RFC 5288: eight bytes of the nonce come with the record.
    Gcm(&'static aead::Algorithm),
    /// RFC 7905.
    ChaCha20,
    /// MAC, then padding, then AES; the IV is the block before in TLS 1.0, and comes with the record later.
    Cbc(Mac),
}

/// How records are protected, and the lengths of the keys for it.
#[derive(Clone, Copy, Debug)]
pub(in crate::probes::tls) struct Shape {
    way: Way,
    version: Protocol,
    mac: usize,
    key: usize,
    iv: usize,
}

impl Shape {
    /// What a suite asks for in a version; `None` where that is not spoken here.
    pub(in crate::probes::tls) fn of(version: Protocol, suite: &Suite) -> Option<Self> {
        let key = usize::from(suite.bits / 8);
        let new = version == Protocol::Tls12;
        let (way, mac, iv) = match (suite.cipher, suite.mac) {
            (Cipher::AesGcm, Mac::Aead) if new && key == 16 => (Way::Gcm(&aead::AES_128_GCM), 0, 4),
            (Cipher::AesGcm, Mac::Aead) if new && key == 32 => (Way::Gcm(&aead::AES_256_GCM), 0, 4),
            (Cipher::ChaCha20, Mac::Aead) if new => (Way::ChaCha20, 0, 12),
            (Cipher::AesCbc, mac @ (Mac::Sha1 | Mac::Sha256 | Mac::Sha384)) => {
                let length = match mac {
                    Mac::Sha1 => 20,
                    Mac::Sha256 => 32,
                    _ => 48,
                };
                let chained = version == Protocol::Tls10;
                (Way::Cbc(mac), length, if chained { BLOCK } else { 0 })
            }
            _ => return None,
        };
        Some(Self {
            way,
            version,
            mac,
            key,
            iv,
        })
    }

    /// Length of the key block (RFC 5246, section 6.3).
    pub(in crate::probes::tls) const fn block(&self) -> usize {
        2 * (self.mac + self.key + self.iv)
    }

    /// The keys of the client and of the server.
    pub(in crate::probes::tls) fn sides(self, block: &[u8]) -> Option<[Side; 2]> {
        let mut input = Input(block);
        let macs = [input.take(self.mac)?, input.take(self.mac)?];
        let keys = [input.take(self.key)?, input.take(self.key)?];
        let ivs = [input.take(self.iv)?, input.take(self.iv)?];
        Some([0, 1].map(|n: usize| Side {
            shape: self,
            mac: macs[n].to_vec(),
            key: keys[n].to_vec(),
            iv: ivs[n].to_vec(),
            number: 0,
        }))
    }
}

/// The keys of one side, and how many records it sent.
pub(in crate::probes::tls) struct Side {
    shape: Shape,
    mac: Vec<u8>,
    key: Vec<u8>,
    iv: Vec<u8>,
    number: u64,
}

impl Side {
    /// A record of that kind, sealed.
    pub(in crate::probes::tls) fn seal(&mut self, kind: u8, message: &[u8]) -> Option<Vec<u8>> {
        let head = self.head(kind, message.len())?;
        let body = match self.shape.way {
            Way::Gcm(with) => {
                let explicit = self.number.to_be_bytes();
                let nonce = [self.iv.as_slice(), &explicit].concat();
                let mut sealed = message.to_vec();
                let key = aead_key(with, &self.key)?;
                key.seal_in_place_append_tag(nonce_of(&nonce)?, Aad::from(head), &mut sealed)
                    .ok()?;
                [&explicit[..], &sealed].concat()
            }
            Way::ChaCha20 => {
                let mut sealed = message.to_vec();
                let key = aead_key(&aead::CHACHA20_POLY1305, &self.key)?;
                key.seal_in_place_append_tag(self.counted()?, Aad::from(head), &mut sealed)
                    .ok()?;
                sealed
            }
            Way::Cbc(with) => {
                let mut plain = message.to_vec();
                plain.extend(mac(with, &self.mac, &[&head, message]));
                let padding = BLOCK - 1 - plain.len() % BLOCK;
                plain.resize(plain.len() + padding + 1, u8::try_from(padding).ok()?);
                self.encrypt(plain)?
            }
        };
        self.number += 1;
        Some(record(kind, hello::code(self.shape.version), &body))
    }

    /// What a record of that kind says; `None` where it was not sealed with these keys.
    pub(super) fn open(&mut self, kind: u8, body: &[u8]) -> Option<Vec<u8>> {
        let opened = match self.shape.way {
            Way::Gcm(with) => {
                let (explicit, sealed) = body.split_at_checked(8)?;
                let nonce = nonce_of(&[self.iv.as_slice(), explicit].concat())?;
                self.open_aead(with, nonce, kind, sealed)?
            }
            Way::ChaCha20 => {
                let nonce = self.counted()?;
                self.open_aead(&aead::CHACHA20_POLY1305, nonce, kind, body)?
            }
            Way::Cbc(with) => {
                let plain = self.decrypt(body)?;
                let padding = usize::from(*plain.last()?);
                let end = plain.len().checked_sub(padding + 1)?;
                let (message, claimed) =
                    plain.split_at_checked(end.checked_sub(self.shape.mac)?)?;
                let claimed = claimed.get(..self.shape.mac)?;
                let head = self.head(kind, message.len())?;
                (mac(with, &self.mac, &[&head, message]) == claimed).then(|| message.to_vec())?
            }
        };
        self.number += 1;
        Some(opened)
    }

    fn open_aead(
        &self,
        with: &'static aead::Algorithm,
        nonce: Nonce,
        kind: u8,
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let head = self.head(kind, sealed.len().checked_sub(with.tag_len())?)?;
        let mut opened = sealed.to_vec();
        let key = aead_key(with, &self.key)?;
        let plain = key
            .open_in_place(nonce, Aad::from(head), &mut opened)
            .ok()?;
        Some(plain.to_vec())
    }

    /// What the check of integrity covers beside the message.
    fn head(&self, kind: u8, length: usize) -> Option<Vec<u8>> {
        let mut head = self.number.to_be_bytes().to_vec();
        head.push(kind);
        head.extend(hello::code(self.shape.version).to_be_bytes());
        head.extend(u16::try_from(length).ok()?.to_be_bytes());
        Some(head)
    }

    /// The IV with the number of the record laid over its end.
    fn counted(&self) -> Option<Nonce> {
        let number = self.number.to_be_bytes();
        let padded = [&[0; 4][..], &number].concat();
        let both = self.iv.iter().zip(padded);
        nonce_of(&both.map(|(a, b)| a ^ b).collect::<Vec<_>>())
    }

    fn encrypt(&mut self, mut plain: Vec<u8>) -> Option<Vec<u8>> {
        let chained = self.shape.version == Protocol::Tls10;
        let iv = if chained {
            *self.iv.first_chunk::<BLOCK>()?
        } else {
            EXPLICIT
        };
        let key = EncryptingKey::cbc(aes(&self.key)?).ok()?;
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        key.less_safe_encrypt(&mut plain, context).ok()?;
        if chained {
            self.iv = plain.last_chunk::<BLOCK>()?.to_vec();
            return Some(plain);
        }
        Some([&EXPLICIT[..], &plain].concat())
    }

    fn decrypt(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let chained = self.shape.version == Protocol::Tls10;
        let (iv, sealed) = if chained {
            (self.iv.as_slice(), body)
        } else {
            body.split_at_checked(BLOCK)?
        };
        let iv = *iv.first_chunk::<BLOCK>()?;
        if chained {
            self.iv = sealed.last_chunk::<BLOCK>()?.to_vec();
        }
        let key = DecryptingKey::cbc(aes(&self.key)?).ok()?;
        let context = DecryptionContext::Iv128(FixedLength::from(iv));
        let mut plain = sealed.to_vec();
        Some(key.decrypt(&mut plain, context).ok()?.to_vec())
    }
}

fn aead_key(with: &'static aead::Algorithm, key: &[u8]) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(with, key).ok()?))
}

fn nonce_of(bytes: &[u8]) -> Option<Nonce> {
    Nonce::try_assume_unique_for_key(bytes).ok()
}

fn aes(key: &[u8]) -> Option<UnboundCipherKey> {
    let with = if key.len() == 16 { &AES_128 } else { &AES_256 };
    UnboundCipherKey::new(with, key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::tls::suites::suite;

    #[test]
    fn what_was_sealed_is_opened_and_what_was_changed_is_not() {
        for (version, code) in [
            (Protocol::Tls10, 0x002f),
            (Protocol::Tls11, 0xc014),
            (Protocol::Tls12, 0x003c),
            (Protocol::Tls12, 0xc028),
            (Protocol::Tls12, 0x009c),
            (Protocol::Tls12, 0x009d),
            (Protocol::Tls12, 0xcca8),
        ] {
            let shape = Shape::of(version, &suite(code).unwrap()).unwrap();
            let block: Vec<u8> = (0..=255).cycle().take(shape.block()).collect();
            let [mut ours, _] = shape.sides(&block).unwrap();
            let [mut theirs, _] = shape.sides(&block).unwrap();
            for length in [0, 1, 15, 16, 300] {
                let message = vec![7; length];
                let sealed = ours.seal(22, &message).unwrap();
                let opened = theirs.open(22, &sealed[5..]);
                assert_eq!(opened, Some(message), "{code:#06x} {length}");
            }
            let mut sealed = ours.seal(22, b"x").unwrap();
            *sealed.last_mut().unwrap() ^= 1;
            assert_eq!(theirs.open(22, &sealed[5..]), None, "{code:#06x}");
        }
        for (version, code) in [
            (Protocol::Tls11, 0x009c),
            (Protocol::Tls12, 0x0005),
            (Protocol::Tls12, 0x003b),
            (Protocol::Tls12, 0x0041),
        ] {
            assert!(Shape::of(version, &suite(code).unwrap()).is_none());
        }
    }

    #[test]
    fn odd_bodies_are_not_opened() {
        for code in [0x002f, 0x009c, 0xcca8] {
            let shape = Shape::of(Protocol::Tls12, &suite(code).unwrap()).unwrap();
            for length in [0, 1, 8, 15, 16, 17, 24, 31, 32, 48] {
                let [mut side, _] = shape.sides(&vec![1; shape.block()]).unwrap();
                assert_eq!(side.open(22, &vec![0xff; length]), None, "{code} {length}");
            }
        }
    }
}
