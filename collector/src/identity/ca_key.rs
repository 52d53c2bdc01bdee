//! Where the private key of a CA is: a file that its owner alone may read, or a token that never gives
//! it away.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown},
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
        give_to_owner_of_folder(path)?;
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

/// What root makes on the command line, the service must be able to read.
fn give_to_owner_of_folder(path: &Path) -> Result<(), IdentityError> {
    let owner = |path: &Path| fs::metadata(path).map(|m| (m.uid(), m.gid()));
    let given = owner(path.parent().unwrap_or(path)).and_then(|folder| {
        if owner(path)?.0 == folder.0 {
            return Ok(());
        }
        chown(path, Some(folder.0), Some(folder.1))
    });
    given.map_err(|source| IdentityError::File {
        path: path.to_owned(),
        source,
    })
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
    read(path)
}

/// The text of a secret file.
///
/// # Errors
/// When there is none.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, IdentityError> {
    let text = fs::read_to_string(path);
    text.map(Zeroizing::new)
        .map_err(|source| IdentityError::File {
            path: path.to_owned(),
            source,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Needs root, as whoever runs the command line mostly is; the service is not.
    #[test]
    fn the_service_can_read_what_root_makes() {
        let dir = tempfile::tempdir().unwrap();
        if fs::metadata(dir.path()).unwrap().uid() == 0 {
            chown(dir.path(), Some(4321), Some(4321)).unwrap();
        }
        let path = dir.path().join("ca-key.pem");
        CaKey::create(&path).unwrap();
        let (file, folder) = (
            fs::metadata(&path).unwrap(),
            fs::metadata(dir.path()).unwrap(),
        );
        assert_eq!((file.uid(), file.gid()), (folder.uid(), folder.gid()));
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
