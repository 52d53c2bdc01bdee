//! The running host.

use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Attributes, AuthorityAsk, Command, Delays, Entry, Exchange, Host, HostError, HttpAnswer,
    HttpAsk, Kind, Output, RunError, Space, Stat, Stop, authority, files::Files, http,
    patient::Patient, runner::run_unless,
};
use crate::facts::own_addresses;
use crate::probes::tls::{
    self, Dial, Stranger, Talk, Tcp,
    survey::{Ask, StartTls, Survey},
};

const COMMAND_LIMIT: Duration = Duration::from_secs(10);
const COMMAND_CAP: usize = 4 << 20;
/// How long is waited for an answer of this host's own.
const USUAL: Limits = Limits {
    connect: Duration::from_secs(2),
    talk: Duration::from_secs(3),
    http: Duration::from_secs(5), // a page may take a while to be made
};
/// A peer that pauses this long after its first bytes has said what it had to say.
const PAUSE: Duration = Duration::from_millis(300);

/// The running host's own files, commands and addresses.
pub struct Live {
    pub(super) files: Patient,
    permitted: Vec<IpAddr>,
    only: Option<SocketAddr>,
    opened: AtomicU32,
    limits: Limits,
    stop: Stop,
}

/// What an address does with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It takes it.
    Open,
    /// It refuses it.
    Refused,
    /// Nothing comes back, or a word that it cannot be reached.
    Silent,
}

/// How long is waited.
#[derive(Clone, Copy, Debug)]
struct Limits {
    connect: Duration,
    talk: Duration,
    http: Duration,
}

impl Live {
    /// The running host.
    pub fn new() -> Self {
        Self::until(Stop::default())
    }

    /// The running host, for one run; every command ends when it is asked to stop.
    pub fn until(stop: Stop) -> Self {
        Self {
            files: Patient::until(stop.clone()),
            permitted: Vec::new(),
            only: None,
            opened: AtomicU32::new(0),
            limits: USUAL,
            stop,
        }
    }

    /// The running host, which may also talk to these addresses of others: somebody permitted it,
    /// and that is on record. `patience` is how long one answer may take.
    pub fn permitting(permitted: Vec<IpAddr>, patience: Duration) -> Self {
        Self {
            permitted,
            limits: Limits {
                connect: patience,
                talk: patience,
                http: patience,
            },
            ..Self::new()
        }
    }

    /// A window that talks to one address at one port and to nothing else, not even to this host's
    /// own addresses. `patience` is how long one answer may take.
    pub fn only(target: SocketAddr, patience: Duration) -> Self {
        let mut window = Self::permitting(Vec::new(), patience);
        window.only = Some(target);
        window
    }

    /// How many connections were opened through this window, or tried.
    pub fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Opens a connection and lets it go.
    ///
    /// # Errors
    /// When the address may not be talked to.
    pub fn reach(&self, target: SocketAddr) -> Result<Reach, HostError> {
        self.admit(target)?;
        self.count();
        Ok(
            match TcpStream::connect_timeout(&target, self.limits.connect) {
                Ok(_) => Reach::Open,
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => Reach::Refused,
                Err(_) => Reach::Silent,
            },
        )
    }

    fn count(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether an address may be talked to: the only one, or one of this host's own, or a permitted
    /// one.
    fn admit(&self, target: SocketAddr) -> Result<(), HostError> {
        let fine = match self.only {
            Some(only) => only == target,
            None => is_own(target.ip()) || self.permitted.contains(&target.ip()),
        };
        if fine {
            Ok(())
        } else {
            Err(HostError::NotAuthorised(target.to_string()))
        }
    }

    /// As [`Host::tls_survey`], within other limits, and telling how far it is.
    ///
    /// # Errors
    /// When the address may not be talked to, or says nothing.
    pub fn survey(
        &self,
        ask: &Ask,
        limits: &tls::Limits,
        progress: &mut dyn FnMut(tls::Step),
    ) -> Result<Survey, HostError> {
        self.admit(ask.target)?;
        // What these servers take in the clear depends on where the client seems to stand.
        let by_address = matches!(ask.starttls, Some(StartTls::Imap | StartTls::Pop3));
        let dial: &dyn Dial = if by_address {
            &Stranger(ask.target)
        } else {
            &Tcp(ask.target)
        };
        let counted = Counted {
            dial,
            opened: &self.opened,
        };
        tls::survey(&counted, ask, limits, progress)
            .map_err(|_| HostError::Unreachable(ask.target.to_string()))
    }

    fn connect(&self, target: SocketAddr) -> Result<TcpStream, HostError> {
        self.admit(target)?;
        self.count();
        let limits = self.limits;
        let stream = TcpStream::connect_timeout(&target, limits.connect)
            .map_err(|_| HostError::Unreachable(target.to_string()))?;
        stream
            .set_read_timeout(Some(limits.talk))
            .and_then(|()| stream.set_write_timeout(Some(limits.talk)))
            .map_err(|e| HostError::Io {
                path: target.to_string(),
                what: e.to_string(),
            })?;
        Ok(stream)
    }
}

/// Counts the connections of a survey.
struct Counted<'a> {
    dial: &'a dyn Dial,
    opened: &'a AtomicU32,
}

impl Dial for Counted<'_> {
    fn connect(&self, until: Instant) -> std::io::Result<Box<dyn Talk>> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.dial.connect(until)
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

    fn delays(&self) -> Delays {
        self.files.delays()
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
        if let Some(target) = command.target() {
            self.admit(target)?;
            self.count();
        }
        let ran = run_unless(&self.stop, &argv, COMMAND_LIMIT, COMMAND_CAP);
        ran.map_err(|error| match error {
            RunError::Missing(name) => HostError::NotFound(name),
            RunError::Timeout(name) | RunError::Stopped(name) => HostError::Timeout(name),
            RunError::TooMuch(name) => HostError::OverBudget(name),
            RunError::Start { program, source } => HostError::Io {
                path: program,
                what: source.to_string(),
            },
        })
    }

    fn exchange(&self, exchange: &Exchange<'_>) -> Result<Vec<u8>, HostError> {
        let stream = self.connect(exchange.target)?;
        converse(stream, exchange.send, exchange.cap, self.limits.talk)
            .map_err(|_| HostError::Unreachable(exchange.target.to_string()))
    }

    fn tls_survey(&self, ask: &Ask) -> Result<Survey, HostError> {
        self.survey(ask, &tls::Limits::default(), &mut |_| {})
    }

    fn http(&self, ask: &HttpAsk) -> Result<HttpAnswer, HostError> {
        self.admit(ask.target)?;
        self.count();
        http::fetch(ask, self.limits.http)
    }

    fn ask_authority(&self, ask: &AuthorityAsk) -> Result<Vec<u8>, HostError> {
        authority::ask(ask)
    }
}

/// Whether an address belongs to this host: only own addresses can be bound. Where the kernel lets
/// foreign ones be bound too, its tables of local addresses tell.
pub fn is_own(ip: IpAddr) -> bool {
    if ip.is_loopback() {
        return true;
    }
    let family = if ip.is_ipv4() { "ipv4" } else { "ipv6" };
    let setting = format!("/proc/sys/net/{family}/ip_nonlocal_bind");
    let foreign_binds = Files::live()
        .read(&setting, 16)
        .is_ok_and(|v| v.starts_with(b"1"));
    if ip.is_unspecified() || ip.is_multicast() || UdpSocket::bind((ip, 0)).is_err() {
        return false;
    }
    !foreign_binds || is_listed(ip)
}

/// Whether the kernel's tables name an address as this host's own.
fn is_listed(ip: IpAddr) -> bool {
    let table = if ip.is_ipv4() { "fib_trie" } else { "if_inet6" };
    let Ok(bytes) = Files::live().read(&format!("/proc/net/{table}"), 4 << 20) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    let own = if ip.is_ipv4() {
        own_addresses::local_v4(&text)
    } else {
        own_addresses::local_v6(&text)
    };
    own.contains(&ip)
}

fn converse(
    mut stream: TcpStream,
    send: &[u8],
    cap: usize,
    limit: Duration,
) -> std::io::Result<Vec<u8>> {
    let until = Instant::now() + limit;
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
    fn a_mail_server_is_not_asked_from_its_own_address() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = server.local_addr().unwrap();
        let peer = std::thread::spawn(move || {
            let (stream, peer) = server.accept().unwrap();
            assert_eq!(stream.local_addr().unwrap(), target);
            peer.ip()
        });
        let ask = Ask {
            target,
            name: None,
            starttls: Some(StartTls::Imap),
            intrusive: false,
        };
        let _nothing_answers = Live::new().tls_survey(&ask);
        assert_ne!(peer.join().unwrap(), target.ip());
    }

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
        let ask = HttpAsk::get(target, false, "127.0.0.1", "/");
        assert!(matches!(
            Live::new().http(&ask),
            Err(HostError::NotAuthorised(_))
        ));
        let user = "a".to_owned();
        assert!(matches!(
            Live::new().run(&Command::SshMethods { user, target }),
            Err(HostError::NotAuthorised(_))
        ));
        let ask = Ask {
            target,
            name: None,
            starttls: None,
            intrusive: false,
        };
        assert!(matches!(
            Live::new().tls_survey(&ask),
            Err(HostError::NotAuthorised(_))
        ));
    }

    #[test]
    fn a_window_to_one_address_is_shut_to_its_neighbours() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = server.local_addr().unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let patience = Duration::from_secs(2);
        let window = Live::only(target, patience);
        assert_eq!(window.reach(target), Ok(Reach::Open));
        let beside = other.local_addr().unwrap();
        for address in [
            beside,
            SocketAddr::new("127.0.0.2".parse().unwrap(), target.port()),
        ] {
            let refused = Err(HostError::NotAuthorised(address.to_string()));
            assert_eq!(window.reach(address), refused);
            let ask = HttpAsk::get(address, false, "", "/");
            assert!(matches!(
                window.http(&ask),
                Err(HostError::NotAuthorised(_))
            ));
        }
        assert_eq!(window.opened(), 1);
        drop(other);
        let gone = Live::only(beside, patience);
        assert_eq!(gone.reach(beside), Ok(Reach::Refused));
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
