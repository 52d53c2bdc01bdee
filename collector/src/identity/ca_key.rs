//! Where the private key of a CA is: a file that its owner alone may read, or a token that never gives
//! it away.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::Zeroizing;

use super::{IdentityError, token_key::TokenKey};

/// The private key of a CA.
pub enum CaKey {
    /// In a file, and while the program runs in its memory.
    File(Box<KeyPair>),
    /// In a token, which signs with it.
    Token(TokenKey),
}

impl CaKey {
    /// Makes a key and writes it to a file that must not exist yet.
    ///
    /// # Errors
    /// When it exists, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, IdentityError> {
        let key = KeyPair::generate()?;
        let pem = Zeroizing::new(key.serialize_pem());
        write_new(path, 0o600, pem.as_bytes())?;
        Ok(Self::File(Box::new(key)))
    }

    /// Reads a key from its file.
    ///
    /// # Errors
    /// When there is none, or others may read it.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let pem = read_private(path)?;
        Ok(Self::File(Box::new(KeyPair::from_pem(&pem)?)))
    }

    /// What went wrong with the last signature, where that is known more precisely than rcgen says.
    pub(super) fn fault(&self) -> Option<IdentityError> {
        match self {
            Self::File(_) => None,
            Self::Token(key) => key.fault().map(IdentityError::Hsm),
        }
    }
}

impl PublicKeyData for CaKey {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::File(key) => key.der_bytes(),
            Self::Token(key) => key.point(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::File(key) => key.algorithm(),
            Self::Token(_) => &rcgen::PKCS_ECDSA_P256_SHA256,
        }
    }
}

impl SigningKey for CaKey {
    fn sign(&self, msg: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::File(key) => key.sign(msg),
            Self::Token(key) => key.sign(msg).map_err(|_| rcgen::Error::RemoteKeyError),
        }
    }
}

/// The text of a file that nobody but its owner may read.
///
/// # Errors
/// When there is none, or others may read it.
pub(super) fn read_private(path: &Path) -> Result<Zeroizing<String>, IdentityError> {
    let fail = |source| IdentityError::File {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(fail)?.permissions().mode() & 0o077 != 0 {
        return Err(IdentityError::OpenKey(path.to_owned()));
    }
    Ok(Zeroizing::new(fs::read_to_string(path).map_err(fail)?))
}

/// Writes a file that must not exist yet, on disk when this returns.
///
/// # Errors
/// When it exists, or cannot be written.
pub(super) fn write_new(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), IdentityError> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let fail = |source: std::io::Error| {
        let path = path.to_owned();
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            IdentityError::CaExists(path)
        } else {
            IdentityError::File { path, source }
        }
    };
    made.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(fail)
}
