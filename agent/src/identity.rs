//! The host's identity: key, certificate, the CA to trust, and where the collector is.
//!
//! All of it is one file, `identity`, readable by its owner alone, so that a renewal replaces
//! key and certificate together or not at all. Of a key in a TPM it holds what only that TPM can use.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use capdo_checks::Value;
use capdo_proto::{
    signing::{FinishedRun, again_bytes},
    v1,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    key::{HostKey, Kept, KeyError},
    say::{Args, Explain, english_error},
    state_dir::{self, Existing},
    tpm::{Blob, TpmUse},
};

/// The file in the state folder.
pub const FILE: &str = "identity";

/// What is kept on disk.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    host_id: String,
    collector: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_pem: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_tpm: Option<Blob>,
    chain: Vec<HexBytes>,
    ca: Vec<HexBytes>,
    not_after_ms: i64,
    renew_after_ms: i64,
    /// Whether the host's runs are carried in files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    carried: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct HexBytes(Vec<u8>);

impl TryFrom<String> for HexBytes {
    type Error = hex::FromHexError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex::decode(text).map(Self)
    }
}

impl From<HexBytes> for String {
    fn from(bytes: HexBytes) -> Self {
        hex::encode(bytes.0)
    }
}

/// A host's identity.
pub struct Identity {
    stored: Stored,
    key: Arc<HostKey>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("host_id", &self.stored.host_id)
            .field("collector", &self.stored.collector)
            .finish_non_exhaustive() // the key is nobody's business
    }
}

/// What a collector grants: the parts that enrolment and renewal have in common.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The host's id.
    pub host_id: String,
    /// The certificate and what it chains through, leaf first, in DER.
    pub chain: Vec<Vec<u8>>,
    /// The CA certificates to trust, in DER.
    pub ca: Vec<Vec<u8>>,
    /// When the certificate expires.
    pub not_after_ms: i64,
    /// When to renew it.
    pub renew_after_ms: i64,
}

macro_rules! grant_from {
    ($($message:ty),+) => {$(
        impl From<$message> for Grant {
            fn from(m: $message) -> Self {
                Self {
                    host_id: m.host_id,
                    chain: m.certificate_chain_der,
                    ca: m.ca_certificates_der,
                    not_after_ms: m.not_after_ms,
                    renew_after_ms: m.renew_after_ms,
                }
            }
        }
    )+};
}
grant_from!(v1::EnrollResponse, v1::RenewResponse);

/// Why there is no identity.
#[derive(Debug)]
pub enum IdentityError {
    /// The host was never enrolled. The owner's turn.
    None(PathBuf),
    /// The host has one already, and nobody said that it may go.
    Exists(PathBuf),
    /// The file cannot be read or written.
    Io {
        /// Which file.
        file: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The file or the grant is not what it should be. Its writer's fault.
    Broken {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The key is none, or does not sign.
    Key(KeyError),
}

impl From<KeyError> for IdentityError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl IdentityError {
    /// Whether the same may work in a while without anybody doing anything.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Key(error) if error.may_pass())
    }
}

impl Explain for IdentityError {
    fn sentence(&self) -> (&'static str, Args) {
        let named = |file: &Path| ("file", Value::from(file.display().to_string()));
        let detail = |text: String| ("detail", Value::from(text));
        match self {
            Self::None(file) => ("identity-none", vec![named(file)]),
            Self::Exists(file) => ("identity-exists", vec![named(file)]),
            Self::Io { file, source } => {
                ("identity-io", vec![named(file), detail(source.to_string())])
            }
            Self::Broken { file, detail: d } => {
                ("identity-broken", vec![named(file), detail(d.clone())])
            }
            Self::Key(e) => e.sentence(),
        }
    }
}

english_error!(IdentityError);

impl Identity {
    /// Joins a granted certificate and its key.
    ///
    /// # Errors
    /// When the certificate is for another key.
    pub fn new(collector: &str, key: HostKey, grant: Grant) -> Result<Self, IdentityError> {
        let leaf = grant.chain.first().map(Vec::as_slice).unwrap_or_default();
        if !is_for(leaf, &key) {
            return Err(IdentityError::Broken {
                file: FILE.into(),
                detail: "the certificate is not for this host's key".to_owned(),
            });
        }
        let kept = key.kept();
        let stored = Stored {
            host_id: grant.host_id,
            collector: collector.to_owned(),
            key_pem: kept.key_pem,
            key_tpm: kept.key_tpm,
            chain: grant.chain.into_iter().map(HexBytes).collect(),
            ca: grant.ca.into_iter().map(HexBytes).collect(),
            not_after_ms: grant.not_after_ms,
            renew_after_ms: grant.renew_after_ms,
            carried: false,
        };
        let key = Arc::new(key);
        Ok(Self { stored, key })
    }

    /// As the identity of a host whose runs are carried in files.
    #[must_use]
    pub fn carried(mut self) -> Self {
        self.stored.carried = true;
        self
    }

    /// Whether the host's runs are carried in files: it has no collector to connect to.
    pub const fn is_carried(&self) -> bool {
        self.stored.carried
    }

    /// Reads the identity in the state folder. A key in a TPM is in that which the configuration names;
    /// nothing is asked of it yet.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn load(state_dir: &Path, tpm: &TpmUse) -> Result<Self, IdentityError> {
        let file = state_dir.join(FILE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => Zeroizing::new(text),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(IdentityError::None(file)),
            Err(source) => return Err(IdentityError::Io { file, source }),
        };
        let broken = |detail: String| IdentityError::Broken { file, detail };
        let stored: Stored = serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
        let kept = Kept {
            key_pem: stored.key_pem.clone(),
            key_tpm: stored.key_tpm.clone(),
        };
        let key = Arc::new(HostKey::from_kept(&kept, tpm)?);
        Ok(Self { stored, key })
    }

    /// Writes the identity to the state folder, in one step.
    ///
    /// # Errors
    /// When writing fails, or there is one already that is to be kept.
    pub fn save(&self, state_dir: &Path, existing: Existing) -> Result<(), IdentityError> {
        let file = state_dir.join(FILE);
        let text = serde_json::to_string_pretty(&self.stored);
        let text = Zeroizing::new(text.expect("an identity holds only text, so it serialises"));
        state_dir::create(state_dir)
            .and_then(|()| state_dir::write(&file, text.as_bytes(), 0o600, existing))
            .map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => IdentityError::Exists(file),
                _ => IdentityError::Io { file, source },
            })
    }

    /// The host's id.
    pub fn host_id(&self) -> &str {
        &self.stored.host_id
    }

    /// Where the collector is, as `HOST:PORT`.
    pub fn collector(&self) -> &str {
        &self.stored.collector
    }

    /// The certificate chain, leaf first, in DER.
    pub fn chain(&self) -> impl Iterator<Item = &[u8]> {
        self.stored.chain.iter().map(|c| c.0.as_slice())
    }

    /// The CA certificates to trust, in DER.
    pub fn ca(&self) -> impl Iterator<Item = &[u8]> {
        self.stored.ca.iter().map(|c| c.0.as_slice())
    }

    /// SHA-256 of each CA certificate to trust.
    pub fn ca_sha256(&self) -> Vec<Vec<u8>> {
        self.ca().map(|c| Sha256::digest(c).to_vec()).collect()
    }

    /// This identity with other CA certificates to trust; `None` where it trusts just these. They come
    /// from a collector that was verified by one of those trusted so far, and one of those must be
    /// among them: else a single mistake there would cut this host off.
    ///
    /// # Errors
    /// When one is not the certificate of a CA, or all are strange.
    pub fn trusting(&self, ca: &[Vec<u8>]) -> Result<Option<Self>, IdentityError> {
        if self.ca().eq(ca.iter().map(Vec::as_slice)) {
            return Ok(None);
        }
        let broken = |detail: &str| IdentityError::Broken {
            file: FILE.into(),
            detail: detail.to_owned(),
        };
        if !ca.iter().all(|der| is_ca(der)) {
            return Err(broken("the collector told a certificate that is no CA's"));
        }
        if !self.ca().any(|held| ca.iter().any(|new| new == held)) {
            return Err(broken("the collector told none of the CAs trusted so far"));
        }
        let mut stored = self.stored.clone();
        stored.ca = ca.iter().cloned().map(HexBytes).collect();
        let key = self.key.clone();
        Ok(Some(Self { stored, key }))
    }

    /// The key.
    pub fn key(&self) -> &HostKey {
        &self.key
    }

    /// When the certificate expires, in milliseconds since the Unix epoch.
    pub const fn not_after_ms(&self) -> i64 {
        self.stored.not_after_ms
    }

    /// When to renew the certificate, in milliseconds since the Unix epoch.
    pub const fn renew_after_ms(&self) -> i64 {
        self.stored.renew_after_ms
    }

    /// Proves for a certificate request that its sender holds the key of this identity.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn prove(&self, csr_der: &[u8]) -> Result<v1::PreviousIdentity, IdentityError> {
        Ok(v1::PreviousIdentity {
            host_id: self.host_id().to_owned(),
            signature: self.sign(&again_bytes(self.host_id(), csr_der))?,
        })
    }

    /// Signs bytes: ECDSA P-256 with SHA-256, in ASN.1 DER.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, IdentityError> {
        Ok(self.key.sign(bytes)?)
    }
}

/// Signs the end of a run, when it is sent: the key is that of the certificate of the day.
///
/// # Errors
/// When the key does not sign.
pub fn signed(
    started: &v1::RunStarted,
    mut finished: v1::RunFinished,
    identity: &Identity,
) -> Result<v1::RunFinished, IdentityError> {
    let state: [u8; 32] = finished
        .state_sha256
        .as_slice()
        .try_into()
        .unwrap_or_default();
    let run = FinishedRun {
        host_id: identity.host_id(),
        run_id: &started.run_id,
        counter: started.counter,
        nonce: &started.nonce,
        state_sha256: &state,
        finished_ms: finished.finished_ms,
        checks_sha256: &started.checks_sha256,
    };
    finished.signature = identity.sign(&run.signed_bytes())?;
    Ok(finished)
}

fn is_ca(der: &[u8]) -> bool {
    x509_parser::parse_x509_certificate(der)
        .is_ok_and(|(rest, parsed)| rest.is_empty() && parsed.is_ca())
}

fn is_for(leaf: &[u8], key: &HostKey) -> bool {
    use x509_parser::prelude::{FromDer as _, X509Certificate};
    X509Certificate::from_der(leaf)
        .is_ok_and(|(_, cert)| cert.public_key().subject_public_key.data == key.public())
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

    use super::*;

    fn ca() -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        made.der().to_vec()
    }

    fn trusting(ca: Vec<Vec<u8>>) -> Identity {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::default().self_signed(&key).unwrap();
        let key = HostKey::File(Box::new(key));
        let grant = Grant {
            host_id: "h".to_owned(),
            chain: vec![leaf.der().to_vec()],
            ca,
            not_after_ms: 2,
            renew_after_ms: 1,
        };
        Identity::new("collector:1", key, grant).unwrap()
    }

    #[test]
    fn trust_moves_only_from_what_is_trusted() {
        let (old, next) = (ca(), ca());
        let identity = trusting(vec![old.clone()]);
        assert!(
            identity
                .trusting(std::slice::from_ref(&old))
                .unwrap()
                .is_none()
        );
        let both = identity.trusting(&[old.clone(), next.clone()]).unwrap();
        let both = both.unwrap();
        assert_eq!(both.ca().count(), 2);
        assert_eq!(both.key().public(), identity.key().public());
        let only = both.trusting(std::slice::from_ref(&next)).unwrap().unwrap();
        assert_eq!(only.ca().collect::<Vec<_>>(), [next.as_slice()]);

        let strange = identity.trusting(std::slice::from_ref(&next));
        assert!(matches!(strange, Err(IdentityError::Broken { .. })));
        let leaf = identity.chain().next().unwrap().to_vec();
        let no_ca = identity.trusting(&[old.clone(), leaf]);
        assert!(matches!(no_ca, Err(IdentityError::Broken { .. })));
        let no_certificate = identity.trusting(&[old, vec![0x30, 0x80]]);
        assert!(matches!(no_certificate, Err(IdentityError::Broken { .. })));
    }
}
