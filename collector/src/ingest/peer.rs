//! Who is at the other end of a connection, as far as TLS tells.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use super::cut::Cut;

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The serial number of its certificate, in lower-case hex; none where it showed none. The
    /// certificate is one of our CA's: TLS has verified that.
    pub serial: Option<String>,
    /// Ends the connection, whatever the other end wants.
    pub cut: Cut,
}

/// A TLS connection that knows who is at its other end.
#[derive(Debug)]
pub struct PeerStream {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    /// Given back when the connection closes.
    _place: OwnedSemaphorePermit,
}

impl PeerStream {
    /// Wraps a connection whose handshake is done.
    pub fn new(
        stream: TlsStream<TcpStream>,
        address: SocketAddr,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let certificates = stream.get_ref().1.peer_certificates();
        let leaf = certificates.and_then(<[_]>::first);
        let serial = leaf.and_then(|der| {
            let (_, parsed) = x509_parser::parse_x509_certificate(der).ok()?;
            Some(hex::encode(parsed.raw_serial()))
        });
        Self {
            stream,
            peer: Peer {
                address,
                serial,
                cut: Cut::default(),
            },
            _place: place,
        }
    }
}

impl PeerStream {
    /// The address at the other end.
    pub fn address(&self) -> SocketAddr {
        self.peer.address
    }
}

impl Connected for PeerStream {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for PeerStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        // A connection is always read, so this is where a cut is noticed at once.
        if self.peer.cut.is_made(cx) {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for PeerStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        if self.peer.cut.is_made(cx) {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
