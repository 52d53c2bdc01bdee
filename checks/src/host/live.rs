//! The running host.

use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Attributes, Command, Entry, Exchange, Host, HostError, Kind, Output, RunError, Space, Stat,
    TlsPeer, files::Files, run_bounded, tls,
};

const COMMAND_LIMIT: Duration = Duration::from_secs(10);
const COMMAND_CAP: usize = 4 << 20;
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
const TALK_LIMIT: Duration = Duration::from_secs(3);
/// A peer that pauses this long after its first bytes has said what it had to say.
const PAUSE: Duration = Duration::from_millis(300);

/// The running host's own files, commands and addresses.
pub struct Live {
    files: Files,
}

impl Live {
    /// The running host.
    pub const fn new() -> Self {
        Self {
            files: Files::live(),
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for Live {
    fn kind(&self) -> Kind {
        Kind::Live
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that others are handed"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn stat(&self, path: &str) -> Result<Stat, HostError> {
        self.files.stat(path)
    }

    fn attributes(&self, path: &str) -> Result<Attributes, HostError> {
        self.files.attributes(path)
    }

    fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError> {
        self.files.read(path, cap)
    }

    fn read_at(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, HostError> {
        self.files.read_at(path, offset, len)
    }

    fn read_link(&self, path: &str) -> Result<String, HostError> {
        self.files.read_link(path)
    }

    fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        self.files.list(path, cap)
    }

    fn space(&self, path: &str) -> Result<Space, HostError> {
        self.files.space(path)
    }

    fn run(&self, command: &Command) -> Result<Output, HostError> {
        let Some(argv) = command.argv() else {
            return Err(HostError::WrongKind(
                "a value in the command is not plain".to_owned(),
            ));
        };
        run_bounded(&argv, COMMAND_LIMIT, COMMAND_CAP).map_err(|error| match error {
            RunError::Missing(name) => HostError::NotFound(name),
            RunError::Timeout(name) => HostError::Timeout(name),
            RunError::TooMuch(name) => HostError::OverBudget(name),
            RunError::Start { program, source } => HostError::Io {
                path: program,
                what: source.to_string(),
            },
        })
    }

    fn exchange(&self, exchange: &Exchange<'_>) -> Result<Vec<u8>, HostError> {
        let stream = connect(exchange.target)?;
        converse(stream, exchange.send, exchange.cap)
            .map_err(|_| HostError::Unreachable(exchange.target.to_string()))
    }

    fn tls_peer(&self, target: SocketAddr, name: Option<&str>) -> Result<TlsPeer, HostError> {
        let stream = connect(target)?;
        tls::handshake(stream, name).map_err(|_| HostError::Unreachable(target.to_string()))
    }
}

fn connect(target: SocketAddr) -> Result<TcpStream, HostError> {
    if !is_own(target.ip()) {
        return Err(HostError::NotAuthorised(target.to_string()));
    }
    let stream = TcpStream::connect_timeout(&target, CONNECT_LIMIT)
        .map_err(|_| HostError::Unreachable(target.to_string()))?;
    stream
        .set_read_timeout(Some(TALK_LIMIT))
        .and_then(|()| stream.set_write_timeout(Some(TALK_LIMIT)))
        .map_err(|e| HostError::Io {
            path: target.to_string(),
            what: e.to_string(),
        })?;
    Ok(stream)
}

/// Whether an address belongs to this host: only own addresses can be bound. Where the kernel lets
/// foreign ones be bound too, only loopback counts.
fn is_own(ip: IpAddr) -> bool {
    if ip.is_loopback() {
        return true;
    }
    let family = if ip.is_ipv4() { "ipv4" } else { "ipv6" };
    let setting = format!("/proc/sys/net/{family}/ip_nonlocal_bind");
    let foreign_binds = Files::live()
        .read(&setting, 16)
        .is_ok_and(|v| v.starts_with(b"1"));
    !ip.is_unspecified() && !ip.is_multicast() && !foreign_binds && UdpSocket::bind((ip, 0)).is_ok()
}

fn converse(mut stream: TcpStream, send: &[u8], cap: usize) -> std::io::Result<Vec<u8>> {
    let until = Instant::now() + TALK_LIMIT;
    stream.write_all(send)?;
    let mut got = Vec::new();
    let mut chunk = [0; 4096];
    while got.len() < cap && Instant::now() < until {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => got.extend_from_slice(&chunk[..n.min(cap - got.len())]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            // A pause, a reset or a refusal ends the talk; what was said still counts.
            Err(_) => break,
        }
        stream.set_read_timeout(Some(PAUSE))?;
    }
    Ok(got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn foreign_addresses_are_never_reached() {
        // 192.0.2.0/24 is set aside for documentation (RFC 5737); no packet may leave for it.
        let target = "192.0.2.1:22".parse().unwrap();
        let exchange = Exchange {
            target,
            label: "banner",
            send: b"",
            cap: 10,
        };
        assert!(matches!(
            Live::new().exchange(&exchange),
            Err(HostError::NotAuthorised(_))
        ));
    }

    #[test]
    fn an_endless_talker_is_cut_at_the_cap() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            while peer.write_all(&[b'x'; 4096]).is_ok() {}
        });
        let exchange = Exchange {
            target,
            label: "banner",
            send: b"",
            cap: 10_000,
        };
        assert_eq!(Live::new().exchange(&exchange).unwrap().len(), 10_000);
    }
}
