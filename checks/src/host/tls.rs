//! One TLS handshake that accepts whatever the peer shows, in order to report it.

use std::{
    net::{IpAddr, Ipv4Addr, TcpStream},
    sync::{Arc, Mutex},
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// What a peer showed in a completed handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsPeer {
    /// Protocol version as in the wire's code, such as `0x0304` for TLS 1.3.
    pub version: u16,
    /// Cipher suite by its IANA code.
    pub suite: u16,
    /// Certificates in DER, as sent, leaf first. At most ten.
    pub chain: Vec<Vec<u8>>,
}

/// Most certificates that are kept of a chain.
pub(super) const MAX_CHAIN: usize = 10;

/// Keeps the chain and accepts it: this connection carries nothing and proves nothing.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<Vec<u8>>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = std::iter::once(leaf)
            .chain(rest)
            .take(MAX_CHAIN)
            .map(|c| c.to_vec())
            .collect();
        if let Ok(mut chain) = self.chain.lock() {
            *chain = all;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Client settings that accept whatever the peer shows.
pub(super) fn accepting_any() -> Result<ClientConfig, rustls::Error> {
    config().map(|(config, _)| config)
}

fn config() -> Result<(ClientConfig, Arc<Recorder>), rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let recorder = Arc::new(Recorder {
        provider: Arc::clone(&provider),
        chain: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    Ok((config, recorder))
}

/// Shakes hands on a connected stream whose time limits are set.
pub(super) fn handshake(mut stream: TcpStream, name: Option<&str>) -> std::io::Result<TlsPeer> {
    let (mut config, recorder) = config().map_err(std::io::Error::other)?;
    config.enable_sni = name.is_some();
    let server = match name {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?,
        None => ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let mut tls = ClientConnection::new(Arc::new(config), server).map_err(std::io::Error::other)?;
    while tls.is_handshaking() {
        if tls.complete_io(&mut stream)? == (0, 0) {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let chain = recorder.chain.lock().map(|c| c.clone()).unwrap_or_default();
    Ok(TlsPeer {
        version: tls.protocol_version().map_or(0, u16::from),
        suite: tls
            .negotiated_cipher_suite()
            .map_or(0, |s| u16::from(s.suite())),
        chain,
    })
}
