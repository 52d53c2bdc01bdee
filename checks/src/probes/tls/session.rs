//! One real session of TLS 1.2, with the bytes that went over the wire and the secret behind them:
//! what a ticket, and a second handshake inside the first, are made of.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::Instant,
};

use rustls::{
    ClientConfig, ClientConnection, KeyLog,
    crypto::aws_lc_rs::{self, cipher_suite},
    pki_types::ServerName,
    version::TLS12,
};

use super::{
    prober::{Cut, Prober},
    read::FLIGHT_CAP,
    schemes,
    shake::Recorder,
    survey::{Protocol, Survey},
    talk::Talk,
    wire::Input,
};

/// The only suites asked for: one cipher and one hash are enough to go on with.
const SUITES: [u32; 2] = [0xc02b, 0xc02f];

/// An open session of TLS 1.2 with AES-128-GCM and SHA-256.
pub(super) struct Session {
    pub(super) talk: Box<dyn Talk>,
    /// The master secret. It never leaves this process, and protects nothing.
    pub(super) master: Vec<u8>,
    sent: Vec<u8>,
    received: Vec<u8>,
}

impl Session {
    /// Shakes hands; `None` where the server does not offer such a session.
    pub(super) fn establish(prober: &Prober<'_>, known: &Survey) -> Result<Option<Self>, Cut> {
        let offered = known.suites.get(&Protocol::Tls12);
        if !offered.is_some_and(|s| s.codes.iter().any(|c| SUITES.contains(c))) {
            return Ok(None);
        }
        let Ok(talk) = prober.open()? else {
            return Ok(None);
        };
        Ok(handshake(talk, prober.name()).ok())
    }

    /// Handshake messages that each side sent before its ChangeCipherSpec.
    pub(super) fn messages(&self) -> (Vec<u8>, Vec<u8>) {
        (in_clear(&self.sent), in_clear(&self.received))
    }

    /// The ticket that the server gave (RFC 5077, section 3.3).
    pub(super) fn ticket(&self) -> Option<Vec<u8>> {
        let all = in_clear(&self.received);
        let mut input = Input(&all);
        while let (Some(kind), Some(length)) = (input.u8(), input.u24()) {
            let mut body = Input(input.take(length)?);
            if kind == 4 {
                body.take(4)?;
                let ticket = body.vector()?;
                return (!ticket.is_empty()).then(|| ticket.to_vec());
            }
        }
        None
    }
}

/// Handshake records up to the ChangeCipherSpec, put together.
fn in_clear(bytes: &[u8]) -> Vec<u8> {
    let mut input = Input(bytes);
    let mut all = Vec::new();
    while let (Some(22), Some(_)) = (input.u8(), input.u16()) {
        let Some(body) = input.vector() else { break };
        all.extend_from_slice(body);
    }
    all
}

fn handshake(talk: Box<dyn Talk>, name: Option<&str>) -> io::Result<Session> {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites = vec![
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ];
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS12])
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Recorder::new(&schemes::all()))
        .with_no_client_auth();
    config.enable_sni = name.is_some();
    let secret = Arc::new(Secret::default());
    config.key_log = Arc::clone(&secret) as Arc<dyn KeyLog>;
    let server = match name {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(io::Error::other)?,
        None => ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let mut tls = ClientConnection::new(Arc::new(config), server).map_err(io::Error::other)?;
    let mut tape = Tape {
        talk,
        sent: Vec::new(),
        received: Vec::new(),
    };
    while tls.is_handshaking() {
        if tls.complete_io(&mut tape)? == (0, 0) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let master = secret.0.lock().map(|s| s.clone()).unwrap_or_default();
    Ok(Session {
        talk: tape.talk,
        master,
        sent: tape.sent,
        received: tape.received,
    })
}

/// Keeps the master secret of the one session.
#[derive(Default)]
struct Secret(Mutex<Vec<u8>>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl KeyLog for Secret {
    fn log(&self, label: &str, _client_random: &[u8], secret: &[u8]) {
        if label == "CLIENT_RANDOM"
            && let Ok(mut kept) = self.0.lock()
        {
            kept.clear();
            kept.extend_from_slice(secret);
        }
    }
}

/// A connection that remembers what went over it.
struct Tape {
    talk: Box<dyn Talk>,
    sent: Vec<u8>,
    received: Vec<u8>,
}

fn keep(tape: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    if tape.len() + bytes.len() > FLIGHT_CAP {
        return Err(io::ErrorKind::InvalidData.into());
    }
    tape.extend_from_slice(bytes);
    Ok(())
}

impl Read for Tape {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.talk.read(into)?;
        keep(&mut self.received, into.get(..n).unwrap_or_default())?;
        Ok(n)
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.talk.write(bytes)?;
        keep(&mut self.sent, bytes.get(..n).unwrap_or_default())?;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.talk.flush()
    }
}

impl Talk for Tape {
    fn set_deadline(&mut self, until: Instant) {
        self.talk.set_deadline(until);
    }
}
