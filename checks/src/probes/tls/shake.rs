//! Real handshakes through rustls, for what TLS 1.3 shows only behind encryption.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, NamedGroup, SignatureScheme,
    client::{
        ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime},
    version::TLS13,
};

use super::{read::MAX_CHAIN, talk::Talk};

/// What to ask for in a handshake of TLS 1.3.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    /// The name to send; none without.
    pub(super) name: Option<String>,
    /// Signature schemes to offer, in order.
    pub(super) schemes: Vec<u16>,
    /// Protocols of the layer above.
    pub(super) alpn: Vec<String>,
    /// Wait for session tickets.
    pub(super) tickets: bool,
}

/// What a completed handshake showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shaken {
    /// Certificates in DER, leaf first.
    pub(super) chain: Vec<Vec<u8>>,
    /// A stapled OCSP response in DER.
    pub(super) staple: Option<Vec<u8>>,
    /// The signature scheme that the server used.
    pub(super) scheme: u16,
    /// The protocol of the layer above.
    pub(super) alpn: Option<String>,
    /// Tickets that came.
    pub(super) tickets: u32,
    /// Most early data that a ticket allows, in bytes.
    pub(super) early_data: u32,
}

/// Shakes hands, believes everything, and keeps what was shown: the connection carries nothing.
pub(super) fn shake(talk: &mut Box<dyn Talk>, wish: &Wish) -> io::Result<Shaken> {
    let recorder = Recorder::new(&wish.schemes);
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.enable_sni = wish.name.is_some();
    config.alpn_protocols = wish.alpn.iter().map(|p| p.as_bytes().to_vec()).collect();
    config.resumption = Resumption::store(Arc::clone(&recorder) as Arc<dyn ClientSessionStore>);
    let server = match &wish.name {
        Some(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
        None => ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let mut tls = ClientConnection::new(Arc::new(config), server).map_err(io::Error::other)?;
    while tls.is_handshaking() {
        if tls.complete_io(talk)? == (0, 0) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if wish.tickets {
        wait_for_tickets(&mut tls, talk);
    }
    let mut shaken = recorder.seen.lock().map(|s| s.clone()).unwrap_or_default();
    shaken.alpn = tls
        .alpn_protocol()
        .map(|p| crate::observation::clean(&String::from_utf8_lossy(p)));
    shaken.tickets = tls.tls13_tickets_received();
    Ok(shaken)
}

/// Tickets come right behind the handshake; a goodbye makes a server that has none say so soon.
fn wait_for_tickets(tls: &mut ClientConnection, talk: &mut Box<dyn Talk>) {
    talk.set_deadline(Instant::now() + Duration::from_millis(400));
    tls.send_close_notify();
    while tls.wants_write() {
        if tls.write_tls(talk).is_err() {
            return;
        }
    }
    while tls.tls13_tickets_received() == 0 {
        match tls.read_tls(talk) {
            Ok(n) if n > 0 => {}
            _ => return,
        }
        if tls.process_new_packets().is_err() {
            return;
        }
    }
}

/// Believes everything, and keeps what was shown.
#[derive(Debug)]
pub(super) struct Recorder {
    offered: Vec<SignatureScheme>,
    seen: Mutex<Shaken>,
}

impl Recorder {
    /// A recorder that offers these signature schemes.
    pub(super) fn new(schemes: &[u16]) -> Arc<Self> {
        Arc::new(Self {
            offered: schemes.iter().copied().map(SignatureScheme::from).collect(),
            seen: Mutex::default(),
        })
    }

    fn note(&self, change: impl FnOnce(&mut Shaken)) {
        if let Ok(mut seen) = self.seen.lock() {
            change(&mut seen);
        }
    }

    fn signed(&self, with: &DigitallySignedStruct) -> HandshakeSignatureValid {
        self.note(|seen| seen.scheme = u16::from(with.scheme));
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = std::iter::once(leaf).chain(rest).take(MAX_CHAIN);
        self.note(|seen| {
            seen.chain = all.map(|c| c.to_vec()).collect();
            seen.staple = (!ocsp.is_empty()).then(|| ocsp.to_vec());
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        with: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(self.signed(with))
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        with: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(self.signed(with))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.offered.clone()
    }
}

impl ClientSessionStore for Recorder {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        let most = ticket.max_early_data_size();
        self.note(|seen| seen.early_data = seen.early_data.max(most));
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}
