//! Connections with deadlines, and what a survey may spend on them.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// Opens connections to one address.
pub trait Dial: Sync {
    /// A new connection, whose waiting ends at `until`.
    ///
    /// # Errors
    /// When nobody answers before then.
    fn connect(&self, until: Instant) -> io::Result<Box<dyn Talk>>;
}

/// A connection. Reading and writing fail with `TimedOut` or `WouldBlock` once its deadline is past,
/// however slowly the bytes drip.
pub trait Talk: Read + Write + Send {
    /// Moves the deadline.
    fn set_deadline(&mut self, until: Instant);
}

/// What a survey may spend. Polite by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time of the whole survey.
    pub time: Duration,
    /// Time of one connection.
    pub connection: Duration,
    /// Most connections.
    pub connections: u32,
    /// Most connections at one time.
    pub parallel: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(15),
            connection: Duration::from_secs(3),
            connections: 600,
            parallel: 3,
        }
    }
}

/// Why there is no survey at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The address refused the connection or did not answer.
    #[error("{0}: does not answer")]
    Unreachable(SocketAddr),
    /// The address takes connections, and says nothing on them.
    #[error("{0}: takes connections and says nothing")]
    Silent(SocketAddr),
}

/// TCP.
#[derive(Clone, Copy, Debug)]
pub struct Tcp(pub SocketAddr);

impl Dial for Tcp {
    fn connect(&self, until: Instant) -> io::Result<Box<dyn Talk>> {
        let stream = TcpStream::connect_timeout(&self.0, left(until)?)?;
        Ok(Box::new(TcpTalk::new(stream, until)?))
    }
}

/// A connection over TCP.
pub(super) struct TcpTalk {
    stream: TcpStream,
    until: Instant,
}

impl TcpTalk {
    /// A connection that was opened, and its deadline.
    pub(super) fn new(stream: TcpStream, until: Instant) -> io::Result<Self> {
        // A hello is one write; waiting to fill a segment would only cost time.
        stream.set_nodelay(true)?;
        Ok(Self { stream, until })
    }
}

impl Talk for TcpTalk {
    fn set_deadline(&mut self, until: Instant) {
        self.until = until;
    }
}

impl Read for TcpTalk {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.until)?))?;
        self.stream.read(into)
    }
}

impl Write for TcpTalk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.until)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Time until then; an error when it is past, because the system takes zero for "no limit".
pub(super) fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left.max(Duration::from_millis(1)))
}

/// Whether an error is a deadline and not a reset.
pub(super) fn timed_out(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}
