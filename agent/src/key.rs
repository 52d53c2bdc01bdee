//! The key that a host signs with: in a file, or in its TPM.

use std::{cell::OnceCell, path::Path};

use capdo_proto::v1;
use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm,
    SigningKey,
};
use rustls::{
    SignatureScheme,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{Signer, SigningKey as TlsKey},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    say::{Args, Explain, english_error},
    tpm::{Blob, TpmError, TpmKey, TpmUse, WhyNot},
};

/// A host's key: ECDSA on P-256.
#[derive(Debug)]
pub enum HostKey {
    /// In a file: whoever reads it has the key.
    File(Box<KeyPair>),
    /// In the host's TPM.
    Tpm(TpmKey),
}

/// Why there is no key, or no signature.
#[derive(Debug)]
pub enum KeyError {
    /// The TPM.
    Tpm(TpmError),
    /// The cryptographic library refused. A defect of ours.
    Crypto(rcgen::Error),
    /// What lies in the state folder is no key.
    Form,
}

impl From<TpmError> for KeyError {
    fn from(error: TpmError) -> Self {
        Self::Tpm(error)
    }
}

impl KeyError {
    /// Whether the same may work in a while without anybody doing anything.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Tpm(error) if error.may_pass())
    }
}

impl Explain for KeyError {
    fn sentence(&self) -> (&'static str, Args) {
        match self {
            Self::Tpm(error) => error.sentence(),
            Self::Crypto(error) => {
                let detail = ("detail", error.to_string().into());
                ("identity-crypto", vec![detail])
            }
            Self::Form => {
                let detail = ("detail", "no private key".into());
                ("identity-crypto", vec![detail])
            }
        }
    }
}

english_error!(KeyError);

/// A key as it lies in the state folder: one of the two.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kept {
    /// A key in PKCS#8, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_pem: Option<Zeroizing<String>>,
    /// A key that only its TPM can use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_tpm: Option<Blob>,
}

impl Kept {
    /// A key in PEM, as versions before TPMs kept one that waits for its grant.
    pub fn in_file(pem: &str) -> Self {
        Self {
            key_pem: Some(Zeroizing::new(pem.to_owned())),
            key_tpm: None,
        }
    }
}

impl HostKey {
    /// Makes a new key where the configuration says, and tells why where it is not in a TPM. `user` is who will
    /// use it, where that is another than who makes it.
    ///
    /// # Errors
    /// When it is to be in a TPM that makes none, or the system gives no randomness.
    pub fn make(tpm: &TpmUse, user: Option<u32>) -> Result<(Self, Option<WhyNot>), KeyError> {
        match tpm.choose(user)? {
            Ok(place) => Ok((Self::Tpm(TpmKey::make(place)?), None)),
            Err(why) => Ok((Self::in_file()?, Some(why))),
        }
    }

    /// Makes the key that follows this one. A key in a TPM is followed by another there and by nothing
    /// less; one in a file by one in the TPM where the configuration allows, else in a file again.
    ///
    /// # Errors
    /// As [`Self::make`].
    pub fn make_next(&self, tpm: &TpmUse) -> Result<Self, KeyError> {
        match self {
            Self::Tpm(_) => {
                let place = tpm.place().ok_or(TpmError::Off)?;
                Ok(Self::Tpm(TpmKey::make(place)?))
            }
            Self::File(_) => match Self::make(tpm, None) {
                Ok((key, _)) => Ok(key),
                Err(KeyError::Tpm(error)) => {
                    // The certificate must not run out for that.
                    tracing::warn!(%error, "The next key is not made in the TPM.");
                    Self::in_file()
                }
                Err(error) => Err(error),
            },
        }
    }

    /// Makes a new key in a file.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn in_file() -> Result<Self, KeyError> {
        let made = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256);
        Ok(Self::File(Box::new(made.map_err(KeyError::Crypto)?)))
    }

    /// The key that lies in the state folder; nothing is asked of a TPM yet.
    ///
    /// # Errors
    /// When it is no key.
    pub fn from_kept(kept: &Kept, tpm: &TpmUse) -> Result<Self, KeyError> {
        match (&kept.key_pem, &kept.key_tpm) {
            (Some(pem), None) => {
                let key = KeyPair::from_pem(pem).map_err(KeyError::Crypto)?;
                Ok(Self::File(Box::new(key)))
            }
            (None, Some(blob)) => TpmKey::of(blob, tpm).map(Self::Tpm).ok_or(KeyError::Form),
            _ => Err(KeyError::Form),
        }
    }

    /// What is to lie in the state folder.
    pub fn kept(&self) -> Kept {
        match self {
            Self::File(key) => Kept {
                key_pem: Some(Zeroizing::new(key.serialize_pem())),
                key_tpm: None,
            },
            Self::Tpm(key) => Kept {
                key_pem: None,
                key_tpm: Some(key.blob()),
            },
        }
    }

    /// The public point, uncompressed.
    pub fn public(&self) -> &[u8] {
        match self {
            Self::File(key) => key.public_key_raw(),
            Self::Tpm(key) => key.public(),
        }
    }

    /// Whether the key is in a TPM.
    pub const fn is_in_tpm(&self) -> bool {
        matches!(self, Self::Tpm(_))
    }

    /// The TPM that it is in; `None` for a file, or where the configuration says to use no TPM.
    pub fn tpm(&self) -> Option<&Path> {
        match self {
            Self::File(_) => None,
            Self::Tpm(key) => key.place(),
        }
    }

    /// Where it is, as the collector is told: the host's word.
    pub const fn place(&self) -> v1::KeyPlace {
        match self {
            Self::File(_) => v1::KeyPlace::File,
            Self::Tpm(_) => v1::KeyPlace::Tpm,
        }
    }

    /// Whether the key can be used. Only a TPM has to be asked.
    ///
    /// # Errors
    /// When it cannot.
    pub fn try_out(&self) -> Result<(), KeyError> {
        match self {
            Self::File(_) => Ok(()),
            Self::Tpm(key) => Ok(key.try_out()?),
        }
    }

    /// Signs bytes: ECDSA P-256 with SHA-256, in ASN.1 DER. In a TPM it takes eight seconds at most.
    ///
    /// # Errors
    /// When the system gives no randomness, or the TPM does not sign.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::File(key) => key.as_ref().sign(bytes).map_err(KeyError::Crypto),
            Self::Tpm(key) => Ok(key.sign(bytes)?),
        }
    }

    /// A certificate request for the key, in DER. It names nothing: the collector takes only the key.
    ///
    /// # Errors
    /// When signing it fails.
    pub fn request(&self) -> Result<Vec<u8>, KeyError> {
        let asked = Requesting {
            key: self,
            failed: OnceCell::new(),
        };
        match CertificateParams::default().serialize_request(&asked) {
            Ok(csr) => Ok(csr.der().to_vec()),
            Err(error) => Err(asked.failed.into_inner().unwrap_or(KeyError::Crypto(error))),
        }
    }
}

/// Signs a request, and keeps why that failed, which [`rcgen::Error`] has no room for.
struct Requesting<'a> {
    key: &'a HostKey,
    failed: OnceCell<KeyError>,
}

impl PublicKeyData for Requesting<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key.public()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Requesting<'_> {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.key.sign(bytes).map_err(|error| {
            self.failed.get_or_init(|| error);
            rcgen::Error::RemoteKeyError
        })
    }
}

/// The key as TLS wants it.
///
/// # Errors
/// When the library does not take it.
pub(crate) fn for_tls(key: &HostKey) -> Result<std::sync::Arc<dyn TlsKey>, rustls::Error> {
    match key {
        HostKey::File(key) => {
            let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
            rustls::crypto::aws_lc_rs::sign::any_supported_type(&der)
        }
        HostKey::Tpm(key) => Ok(std::sync::Arc::new(InTpm(key.clone()))),
    }
}

#[derive(Clone, Debug)]
struct InTpm(TpmKey);

impl TlsKey for InTpm {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let ours = offered.contains(&SignatureScheme::ECDSA_NISTP256_SHA256);
        ours.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> rustls::SignatureAlgorithm {
        rustls::SignatureAlgorithm::ECDSA
    }
}

impl Signer for InTpm {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signed = self.0.sign(message);
        signed.map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}
