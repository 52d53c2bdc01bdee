//! Who is at the other end of a connection, as far as TLS tells.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
    time::{Sleep, sleep},
};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use super::{
    cut::Cut,
    frames::Frames,
    guard::{Entry, Guard},
    strikes::Offence,
};

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

/// How long a connection without an identity may stay: it is there to enrol, which is one call.
const NAMELESS: Duration = Duration::from_secs(60);

/// How many bytes a connection without an identity may send: an enrolment is some ten thousand.
const NAMELESS_BYTES: u64 = 64 * 1024;

/// A TLS connection that knows who is at its other end.
#[derive(Debug)]
pub struct PeerStream {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    entry: Entry,
    frames: Frames,
    deadline: Option<Pin<Box<Sleep>>>,
    received: u64,
    /// Given back when the connection closes.
    _place: OwnedSemaphorePermit,
}

/// The serial number of the other end's certificate, in lower-case hex.
pub(super) fn serial_of(stream: &TlsStream<TcpStream>) -> Option<String> {
    let leaf = stream.get_ref().1.peer_certificates()?.first()?;
    let (_, parsed) = x509_parser::parse_x509_certificate(leaf).ok()?;
    Some(hex::encode(parsed.raw_serial()))
}

impl PeerStream {
    /// Wraps a connection whose handshake is done.
    pub(super) fn new(
        stream: TlsStream<TcpStream>,
        peer: Peer,
        place: OwnedSemaphorePermit,
        entry: Entry,
    ) -> Self {
        let deadline = peer.serial.is_none().then(|| Box::pin(sleep(NAMELESS)));
        Self {
            stream,
            peer,
            entry,
            frames: Frames::new(Instant::now()),
            deadline,
            received: 0,
            _place: place,
        }
    }

    /// Whether a connection without an identity has had its time.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let deadline = self.deadline.as_mut();
        deadline.is_some_and(|at| at.as_mut().poll(cx).is_ready())
    }

    /// Looks at bytes that came; whether the connection may go on. Frames that are too many are an offence each.
    fn came(&mut self, bytes: &[u8]) -> bool {
        self.received = self.received.saturating_add(bytes.len() as u64);
        if self.peer.serial.is_none() && self.received > NAMELESS_BYTES {
            let detail = "more bytes than an enrolment needs";
            self.peer
                .strike(self.entry.guard(), Offence::Message, detail);
            return false;
        }
        for _ in 0..self.frames.came(bytes, Instant::now()) {
            let detail = "HTTP/2 frames without content, more than any work needs";
            self.peer.strike(self.entry.guard(), Offence::Flood, detail);
        }
        true
    }

    /// Looks at bytes that go: where the library complains of the other end, so do we.
    fn go(&mut self, bytes: &[u8]) {
        if let Some(code) = self.frames.go(bytes) {
            let detail = format!("HTTP/2 was broken off with error {code}");
            self.peer.strike(self.entry.guard(), Offence::Http, &detail);
        }
    }
}

impl Peer {
    /// Counts an offence of the other end.
    pub(super) fn strike(&self, guard: &Guard, offence: Offence, detail: &str) {
        let who = (self.address.ip(), self.serial.as_deref());
        guard.strike(who, offence, detail);
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
        if self.is_late(cx) {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let goes_on = buf.filled().get(before..).is_none_or(|b| self.came(b));
        if !goes_on {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        read
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
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(n)) = &written
            && let Some(bytes) = buf.get(..*n)
        {
            self.go(bytes);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
