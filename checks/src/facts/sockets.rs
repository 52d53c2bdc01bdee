//! Listening sockets: `/proc/net/{tcp,tcp6,udp,udp6}`, joined with the processes that hold them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use crate::{
    context::{Cx, Gather},
    facts::own_addresses::OwnAddresses,
    host::{Host, Kind},
    observation::{Gap, GapReason},
};

/// Bytes read of one table: some fifty thousand connections.
const TABLE_CAP: usize = 8 << 20;
const MAX_PROCESSES: usize = 4_096;
const MAX_LINKS: usize = 20_000;
const LISTEN: u8 = 0x0a;
/// State of a UDP socket that is not tied to one peer.
const UNCONNECTED: u8 = 0x07;

/// TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proto {
    /// A listening TCP socket.
    Tcp,
    /// An unconnected UDP socket.
    Udp,
}

impl Proto {
    /// `tcp` or `udp`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Local address; v4-mapped ones as IPv4.
    pub addr: IpAddr,
    /// Local port.
    pub port: u16,
    /// Kernel state.
    pub state: u8,
    /// Inode of the socket; 0 where the kernel itself holds it.
    pub inode: u64,
}

/// A socket that waits for others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    /// TCP or UDP.
    pub proto: Proto,
    /// Port.
    pub port: u16,
    /// Address it is bound to.
    pub addr: IpAddr,
    /// Name of the process that holds it, where that could be seen.
    pub process: Option<String>,
}

impl Listener {
    /// Whether other machines can reach the socket, as far as its address tells.
    pub fn reachable(&self) -> bool {
        !self.addr.is_loopback()
    }

    /// The address at which the host reaches the socket itself; a wildcard on loopback.
    const fn target(&self) -> SocketAddr {
        let addr = match self.addr {
            IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            other => other,
        };
        SocketAddr::new(addr, self.port)
    }

    /// Whether two sockets, one of each family, take a port for every address for the same program.
    pub fn is_twin(&self, other: &Self) -> bool {
        let wild = self.addr.is_unspecified() && other.addr.is_unspecified();
        let alike =
            (self.proto, self.port, &self.process) == (other.proto, other.port, &other.process);
        wild && alike && self.addr != other.addr && self.process.is_some()
    }

    /// `tcp/22 sshd`, or `tcp/22` where the process is unknown.
    pub fn label(&self) -> String {
        let (proto, port) = (self.proto.name(), self.port);
        match &self.process {
            Some(process) => format!("{proto}/{port} {process}"),
            None => format!("{proto}/{port}"),
        }
    }
}

/// Everything that listens, sorted and without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sockets {
    /// Sockets of servers. UDP sockets on ephemeral ports are clients' and left out.
    pub listeners: Vec<Listener>,
}

impl Sockets {
    /// Whether a TCP listener stays without the name of its process, so that a service on an
    /// unusual port cannot be ruled out.
    pub fn any_unnamed(&self) -> bool {
        let tcp = |l: &&Listener| l.proto == Proto::Tcp;
        self.listeners
            .iter()
            .filter(tcp)
            .any(|l| l.process.is_none())
    }

    /// The address at which the host reaches a listener. A wildcard is asked where others reach it, since
    /// a service may choose by the address at which it is asked: at an outer address of the host that no
    /// other socket takes, and on loopback only where there is none. `None` where another socket takes
    /// what comes there too.
    pub fn target(&self, listener: &Listener, own: &OwnAddresses) -> Option<SocketAddr> {
        let usual = listener.target();
        if !listener.addr.is_unspecified() {
            return Some(usual);
        }
        let free = |addr: &IpAddr| !self.takes(listener, *addr);
        let outer = || own.outer().filter(free);
        let mut alike = outer().filter(|a| a.is_ipv4() == usual.is_ipv4());
        // A socket of IPv6 also hears IPv4, unless another does.
        let both = usual.is_ipv6() && !self.takes(listener, Ipv4Addr::UNSPECIFIED.into());
        let other = || outer().find(|a| both && a.is_ipv4());
        let here = || Some(usual.ip()).filter(free);
        let addr = alike.next().or_else(other).or_else(here)?;
        Some(SocketAddr::new(addr, listener.port))
    }

    /// Where a declared address is asked. What is declared at loopback, and served there by a socket for every
    /// address, is asked where others reach it.
    pub fn declared(&self, at: SocketAddr, own: &OwnAddresses) -> Option<SocketAddr> {
        let here = |l: &&Listener| l.proto == Proto::Tcp && l.port == at.port();
        let at_home = |l: &Listener| l.addr == at.ip();
        if !at.ip().is_loopback() || self.listeners.iter().filter(here).any(at_home) {
            return Some(at);
        }
        let alike = |l: &&Listener| l.addr.is_ipv4() == at.is_ipv4() || at.is_ipv4();
        let wild = self.listeners.iter().filter(here).filter(alike);
        let wild = wild.filter(|l| l.addr.is_unspecified());
        match wild.max_by_key(|l| l.addr.is_ipv4() == at.is_ipv4()) {
            Some(wild) => self.target(wild, own),
            None => Some(at),
        }
    }

    /// Where a service is asked that shuts out addresses whose talks break off, and that does not choose by
    /// the address at which it is asked (MySQL): on loopback, where the socket that hears `at` hears that too.
    pub fn at_home(&self, at: SocketAddr, own: &OwnAddresses) -> SocketAddr {
        let home: IpAddr = match at {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let tcp = |l: &&Listener| l.proto == Proto::Tcp && l.port == at.port();
        let here: Vec<IpAddr> = self.listeners.iter().filter(tcp).map(|l| l.addr).collect();
        let wild = here.iter().any(IpAddr::is_unspecified);
        let apart = here.contains(&at.ip()) || here.contains(&home);
        let ours = own.outer().any(|addr| addr == at.ip());
        if wild && ours && !apart {
            SocketAddr::new(home, at.port())
        } else {
            at
        }
    }

    /// Whether a socket of TCP takes what comes to an address.
    pub fn hear(&self, at: SocketAddr) -> bool {
        let ip = at.ip().to_canonical();
        let takes =
            |addr: IpAddr| addr == ip || addr.is_unspecified() && (addr.is_ipv6() || ip.is_ipv4());
        let mut here = self.listeners.iter().filter(|l| l.proto == Proto::Tcp);
        here.any(|l| l.port == at.port() && takes(l.addr))
    }

    /// Whether another socket takes what comes to `addr` at the port of `listener`.
    fn takes(&self, listener: &Listener, addr: IpAddr) -> bool {
        let same = |l: &Listener| (l.proto, l.port) == (listener.proto, listener.port);
        let mut others = self.listeners.iter().filter(|l| l.addr != listener.addr);
        others.any(|l| same(l) && l.addr == addr)
    }

    /// SSH servers that other machines can reach.
    pub fn ssh(&self) -> Vec<&Listener> {
        let is_ssh = |p: &str| p == "sshd" || p == "dropbear";
        self.reachable()
            .filter(|l| l.proto == Proto::Tcp)
            .filter(|l| l.port == 22 || l.process.as_deref().is_some_and(is_ssh))
            .collect()
    }

    /// Listeners that other machines can reach.
    pub fn reachable(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().filter(|l| l.reachable())
    }
}

impl Gather for Sockets {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        if host.kind() == Kind::Image {
            return Err(Gap::new(GapReason::NotLive, "/proc/net/tcp"));
        }
        let mut rows = Vec::new();
        for (proto, path, required) in [
            (Proto::Tcp, "/proc/net/tcp", true),
            (Proto::Tcp, "/proc/net/tcp6", false),
            (Proto::Udp, "/proc/net/udp", true),
            (Proto::Udp, "/proc/net/udp6", false),
        ] {
            rows.extend(table(host, proto, path, required)?);
        }
        let ephemeral = ephemeral_range(host);
        rows.retain(|(proto, row)| {
            // A kernel socket (inode 0), such as WireGuard's, is a server whatever its port.
            *proto == Proto::Tcp || row.inode == 0 || !ephemeral.contains(&row.port)
        });
        let wanted: BTreeSet<u64> = rows.iter().map(|(_, r)| r.inode).collect();
        let names = owners(host, wanted);
        let mut listeners: Vec<Listener> = rows
            .into_iter()
            .map(|(proto, row)| Listener {
                proto,
                port: row.port,
                addr: row.addr,
                process: match row.inode {
                    0 => Some("kernel".to_owned()),
                    inode => names.get(&inode).cloned(),
                },
            })
            .collect();
        listeners.sort();
        listeners.dedup();
        Ok(Self { listeners })
    }
}

fn table(
    host: &dyn Host,
    proto: Proto,
    path: &str,
    required: bool,
) -> Result<Vec<(Proto, Row)>, Gap> {
    let bytes = match host.read(path, TABLE_CAP) {
        Ok(bytes) => bytes,
        Err(e) if e.is_not_found() && !required => return Ok(Vec::new()), // no IPv6 here
        Err(e) => return Err(e.into()),
    };
    let text = String::from_utf8_lossy(&bytes);
    let rows = rows(&text).ok_or_else(|| Gap::parse(path))?;
    let state = match proto {
        Proto::Tcp => LISTEN,
        Proto::Udp => UNCONNECTED,
    };
    Ok(rows
        .into_iter()
        .filter(|r| r.state == state)
        .map(|r| (proto, r))
        .collect())
}

/// The rows of a table; `None` when one is not understood or the heading is missing, so that
/// nothing read is never taken for nothing there.
pub fn rows(text: &str) -> Option<Vec<Row>> {
    let mut lines = text.lines();
    lines.next().filter(|l| l.contains("local_address"))?;
    lines.filter(|l| !l.trim().is_empty()).map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (addr, port) = fields.get(1)?.split_once(':')?;
    Some(Row {
        addr: address(addr)?,
        port: u16::from_str_radix(port, 16).ok()?,
        state: u8::from_str_radix(fields.get(3)?, 16).ok()?,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// An address as the kernel prints it: 32-bit words, each in the byte order of the machine. All
/// machines that we ship for are little-endian.
fn address(hex: &str) -> Option<IpAddr> {
    if !hex.is_ascii() || !matches!(hex.len(), 8 | 32) {
        return None;
    }
    let mut bytes = [0; 16];
    for (n, out) in bytes.chunks_exact_mut(4).enumerate().take(hex.len() / 8) {
        let word = u32::from_str_radix(hex.get(n * 8..n * 8 + 8)?, 16).ok()?;
        out.copy_from_slice(&word.to_le_bytes());
    }
    if hex.len() == 8 {
        let [a, b, c, d, ..] = bytes;
        return Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)));
    }
    Some(IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical())
}

fn ephemeral_range(host: &dyn Host) -> std::ops::RangeInclusive<u16> {
    let text = host.text("/proc/sys/net/ipv4/ip_local_port_range");
    let range = text.ok().and_then(|t| {
        let (low, high) = t.trim().split_once(char::is_whitespace)?;
        Some((low.trim().parse().ok()?, high.trim().parse().ok()?))
    });
    let (low, high) = range.unwrap_or((32_768, 60_999));
    low..=high
}

/// Names of the processes that hold the wanted sockets. Processes that may not be looked into are
/// passed over, so that their sockets stay without a name.
fn owners(host: &dyn Host, mut wanted: BTreeSet<u64>) -> BTreeMap<u64, String> {
    let mut names = BTreeMap::new();
    let mut links = 0;
    wanted.remove(&0);
    let Ok(entries) = host.list("/proc", 65_536) else {
        return names;
    };
    let pids = entries
        .iter()
        .map(|e| e.name.as_str())
        .filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
    for pid in pids.take(MAX_PROCESSES) {
        if wanted.is_empty() || links > MAX_LINKS {
            break;
        }
        let dir = format!("/proc/{pid}/fd");
        let Ok(fds) = host.list(&dir, MAX_LINKS) else {
            continue;
        };
        links += fds.len();
        let found: Vec<u64> = fds
            .iter()
            .filter_map(|fd| host.read_link(&format!("{dir}/{}", fd.name)).ok())
            .filter_map(|link| inode(&link))
            .filter(|i| wanted.contains(i))
            .collect();
        if found.is_empty() {
            continue;
        }
        let Ok(name) = host.text(&format!("/proc/{pid}/comm")) else {
            continue;
        };
        for socket in found {
            wanted.remove(&socket);
            names.insert(socket, name.trim().to_owned());
        }
    }
    names
}

/// The inode in `socket:[12345]`.
fn inode(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?
        .strip_suffix(']')?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "  sl  local_address rem_address   st\n";

    #[test]
    fn words_are_little_endian() {
        assert_eq!(address("0100007F").unwrap().to_string(), "127.0.0.1");
        let loopback = "00000000000000000000000001000000";
        assert_eq!(address(loopback).unwrap().to_string(), "::1");
        let docs = "B80D0120000000000000000001000000";
        assert_eq!(address(docs).unwrap().to_string(), "2001:db8::1");
    }

    #[test]
    fn mapped_addresses_are_ipv4() {
        let mapped = address("0000000000000000FFFF00000100007F").unwrap();
        assert_eq!(mapped.to_string(), "127.0.0.1");
        assert!(mapped.is_loopback());
    }

    #[test]
    fn a_row_is_read() {
        let text = format!(
            "{HEAD}   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1145 1 0 100\n"
        );
        let got = rows(&text).unwrap();
        assert_eq!(
            (got[0].port, got[0].state, got[0].inode),
            (22, LISTEN, 1145)
        );
    }

    #[test]
    fn a_row_that_is_not_understood_spoils_the_table() {
        assert_eq!(rows(&format!("{HEAD} 0: zz:0016 x 0A\n")), None);
        assert_eq!(rows(""), None);
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "\\PC{0,200}", hex in "[0-9A-Fa-f:é]{0,40}") {
            let _rows = rows(&format!("{HEAD}{text}"));
            let _address = address(&hex);
            let _inode = inode(&text);
        }
    }
}
