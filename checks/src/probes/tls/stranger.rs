//! Connections that a server on this host takes for those of another machine.
//!
//! Dovecot calls a connection safe when both its ends bear the same address, and then takes passwords
//! in the clear (`disable_plaintext_auth`). Asked from the address that is asked, it would seem to
//! accept from everybody what it accepts from the host itself.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Instant,
};

use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, connect, socket_with,
    sockopt::{Timeout, set_socket_timeout},
};

use super::talk::{Dial, Talk, Tcp, TcpTalk, left};

/// TCP from an address of this host other than the one that is asked; where there is none (`::1`, or
/// another machine's address), as [`Tcp`].
#[derive(Clone, Copy, Debug)]
pub struct Stranger(pub SocketAddr);

impl Dial for Stranger {
    fn connect(&self, until: Instant) -> io::Result<Box<dyn Talk>> {
        match elsewhere(self.0.ip()).map(|source| open(source, self.0, until)) {
            Some(Ok(stream)) => Ok(Box::new(TcpTalk::new(stream, until)?)),
            _ => Tcp(self.0).connect(until),
        }
    }
}

/// An address that every host has and that is not `target`.
fn elsewhere(target: IpAddr) -> Option<IpAddr> {
    const USUAL: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
    match target {
        IpAddr::V4(USUAL) => Some(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V4(_) => Some(USUAL.into()),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => None,
        IpAddr::V6(_) => Some(Ipv6Addr::LOCALHOST.into()),
    }
}

fn open(source: IpAddr, target: SocketAddr, until: Instant) -> io::Result<TcpStream> {
    let family = match source {
        IpAddr::V4(_) => AddressFamily::INET,
        IpAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddr::new(source, 0))?;
    // Bounds `connect` too (socket(7)).
    set_socket_timeout(&socket, Timeout::Send, Some(left(until)?))?;
    connect(&socket, &target)?;
    Ok(TcpStream::from(socket))
}
