//! TLS towards the collector: version 1.3 only, and never without knowing whom to trust.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
    version::TLS13,
};
use sha2::{Digest as _, Sha256};

use crate::identity::Identity;

/// Whom to trust before there is an identity.
#[derive(Clone, Debug)]
pub enum Anchor {
    /// These CA certificates, in DER.
    Ca(Vec<Vec<u8>>),
    /// The CA certificate with this SHA-256, which the collector shows in its chain.
    Pin([u8; 32]),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// For enrolment: the server proves itself, the host has nothing to prove itself with.
///
/// # Errors
/// When a CA certificate cannot be read.
pub fn anonymous(anchor: &Anchor) -> Result<ClientConfig, Error> {
    let builder =
        ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13])?;
    let builder = match anchor {
        Anchor::Ca(ders) => builder.with_root_certificates(roots(ders.iter().map(Vec::as_slice))?),
        Anchor::Pin(sha256) => {
            let provider = provider();
            let verifier = Arc::new(PinnedCa {
                sha256: *sha256,
                provider,
            });
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
        }
    };
    Ok(http2(builder.with_no_client_auth()))
}

/// For an enrolled host: both sides prove themselves.
///
/// # Errors
/// When a certificate or the key cannot be read.
pub fn mutual(identity: &Identity) -> Result<ClientConfig, Error> {
    let chain = identity
        .chain()
        .map(|c| CertificateDer::from(c.to_vec()))
        .collect();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key_der()));
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots(identity.ca())?)
        .with_client_auth_cert(chain, key)?;
    Ok(http2(config))
}

fn http2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

fn roots<'a>(ders: impl Iterator<Item = &'a [u8]>) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for der in ders {
        store.add(CertificateDer::from(der.to_vec()))?;
    }
    Ok(store)
}

/// Finds the pinned CA certificate among those that the server shows, and then verifies the
/// server's own certificate against it in the ordinary way: chain, name and dates.
#[derive(Debug)]
struct PinnedCa {
    sha256: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedCa {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let is_pinned = |c: &&CertificateDer<'_>| Sha256::digest(c)[..] == self.sha256;
        let pinned = intermediates.iter().find(is_pinned);
        let pinned = pinned.ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let roots = Arc::new(roots(std::iter::once(pinned.as_ref()))?);
        WebPkiServerVerifier::builder_with_provider(roots, self.provider.clone())
            .build()
            .map_err(|e| Error::General(e.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not offered".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
