//! Reaching the collector: TCP, TLS, and an HTTP/2 channel on top.
//!
//! The connection is opened before the channel, so that what went wrong is known by its type and
//! not dug out of a transport error. A channel lives on one connection; whoever needs another
//! dials again.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use capdo_checks::Value;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::say::{Args, Explain, english_error};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// The most that the answer to a call takes to begin: keepalive sees a dead line, and not a live one that answers
/// nothing.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
const KEEPALIVE: Duration = Duration::from_secs(45);
const KEEPALIVE_LIMIT: Duration = Duration::from_secs(20);

/// Why the collector could not be reached.
#[derive(Debug)]
pub enum DialError {
    /// The address is not `HOST:PORT`.
    Address(String),
    /// Nothing answers there.
    Unreachable {
        /// Where.
        address: String,
        /// The system's words.
        detail: String,
    },
    /// What answers does not prove to be the collector that we trust.
    Untrusted {
        /// Where.
        address: String,
        /// The TLS library's words.
        detail: String,
    },
    /// The collector refused our certificate, or speaks no TLS 1.3.
    Tls {
        /// Where.
        address: String,
        /// The TLS library's words.
        detail: String,
    },
}

impl Explain for DialError {
    fn sentence(&self) -> (&'static str, Args) {
        let (key, address, detail) = match self {
            Self::Address(a) => return ("dial-address", vec![("address", a.as_str().into())]),
            Self::Unreachable { address, detail } => ("dial-unreachable", address, detail),
            Self::Untrusted { address, detail } => ("dial-untrusted", address, detail),
            Self::Tls { address, detail } => ("dial-tls", address, detail),
        };
        let address = ("address", Value::from(address.as_str()));
        (key, vec![address, ("detail", Value::from(detail.as_str()))])
    }
}

english_error!(DialError);

/// Opens a channel to `HOST:PORT`.
///
/// # Errors
/// When the address is wrong, nothing answers, or what answers cannot be trusted.
pub async fn dial(address: &str, tls: ClientConfig) -> Result<Channel, DialError> {
    let wrong = || DialError::Address(address.to_owned());
    let (host, _) = address.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|_| wrong())?;
    let uri: Uri = format!("http://{address}").parse().map_err(|_| wrong())?;
    let origin: Uri = format!("https://{address}").parse().map_err(|_| wrong())?;

    let stream = open(address, name, tls).await?;
    let endpoint = Endpoint::from(uri)
        .origin(origin)
        .timeout(ANSWER_LIMIT)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_LIMIT)
        .keep_alive_while_idle(true);
    let once = Arc::new(Mutex::new(Some(TokioIo::new(stream))));
    let connector = service_fn(move |_: Uri| {
        let stream = once.lock().ok().and_then(|mut s| s.take());
        let spent = || io::Error::new(io::ErrorKind::NotConnected, "the connection is closed");
        std::future::ready(stream.ok_or_else(spent))
    });
    let channel = endpoint.connect_with_connector(connector).await;
    channel.map_err(|e| DialError::Tls {
        address: address.to_owned(),
        detail: chain(&e),
    })
}

async fn open(
    address: &str,
    name: ServerName<'static>,
    tls: ClientConfig,
) -> Result<TlsStream<TcpStream>, DialError> {
    let unreachable = |detail: String| DialError::Unreachable {
        address: address.to_owned(),
        detail,
    };
    let slow = |_| unreachable("no answer in time".to_owned());
    let tcp = timeout(CONNECT_LIMIT, TcpStream::connect(address))
        .await
        .map_err(slow)?;
    let tcp = tcp.map_err(|e| unreachable(e.to_string()))?;
    tcp.set_nodelay(true)
        .map_err(|e| unreachable(e.to_string()))?;
    let connector = TlsConnector::from(Arc::new(tls));
    let stream = timeout(CONNECT_LIMIT, connector.connect(name, tcp))
        .await
        .map_err(slow)?;
    stream.map_err(|e| tls_error(address, &e))
}

fn tls_error(address: &str, error: &io::Error) -> DialError {
    let address = address.to_owned();
    let detail = error.to_string();
    let inner = error
        .get_ref()
        .and_then(|e| e.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => DialError::Untrusted { address, detail },
        _ => DialError::Tls { address, detail },
    }
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
