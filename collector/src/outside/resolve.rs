//! Names to addresses, and which resolver is asked about zones.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
};

/// Finds the addresses of a name. Handed in, so that tests can say where a name leads.
pub trait Resolve: Send + Sync {
    /// The addresses of a name, asked once. May block.
    ///
    /// # Errors
    /// When it has none, or nobody answers.
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;

    /// The resolver that questions about zones go to; `None` where none is known.
    fn server(&self) -> Option<SocketAddr>;
}

/// As the collector's own machine resolves names.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnResolver;

impl Resolve for OwnResolver {
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut found: Vec<IpAddr> = Vec::new();
        for address in (name, 0).to_socket_addrs()? {
            let ip = address.ip().to_canonical();
            if !found.contains(&ip) {
                found.push(ip);
            }
        }
        Ok(found)
    }

    fn server(&self) -> Option<SocketAddr> {
        let text = std::fs::read_to_string("/etc/resolv.conf").ok()?;
        let servers = text.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            (words.next() == Some("nameserver")).then(|| words.next())?
        });
        let ip: IpAddr = servers.filter_map(|word| word.parse().ok()).next()?;
        Some(SocketAddr::new(ip, super::permit::DNS_PORT))
    }
}
