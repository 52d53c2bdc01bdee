//! Sockets of this host, from `/proc/net`: which ports listen, and which peers are connected.

use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

const CAP: usize = 4 << 20;

/// One socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Socket {
    tcp: bool,
    local_port: u16,
    loopback: bool,
    remote_port: u16,
    state: u8,
}

/// All sockets of TCP and UDP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peers(Vec<Socket>);

impl Peers {
    /// Whether a connection to `port` of another machine stands.
    pub fn connected_to(&self, port: u16) -> bool {
        let fits = |s: &&Socket| s.tcp && s.state == 1 && s.remote_port == port && !s.loopback;
        self.0.iter().any(|s| fits(&s))
    }

    /// Whether other machines can reach `port` of this host.
    pub fn listens_on(&self, port: u16) -> bool {
        self.0.iter().any(|s| {
            let open = if s.tcp {
                s.state == 0x0a
            } else {
                s.remote_port == 0
            };
            open && s.local_port == port && !s.loopback
        })
    }
}

impl Gather for Peers {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut all = Vec::new();
        for (name, tcp) in [
            ("tcp", true),
            ("tcp6", true),
            ("udp", false),
            ("udp6", false),
        ] {
            match cx.host().read(&format!("/proc/net/{name}"), CAP) {
                Ok(bytes) => all.extend(parse(&String::from_utf8_lossy(&bytes), tcp)),
                Err(e) if e.is_not_found() && name.ends_with('6') => {} // IPv6 is switched off
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Self(all))
    }
}

fn parse(text: &str, tcp: bool) -> Vec<Socket> {
    let socket = |line: &str| {
        let mut fields = line.split_whitespace().skip(1);
        let (address, local_port) = fields.next()?.split_once(':')?;
        let (_, remote_port) = fields.next()?.split_once(':')?;
        Some(Socket {
            tcp,
            local_port: u16::from_str_radix(local_port, 16).ok()?,
            loopback: is_loopback(address),
            remote_port: u16::from_str_radix(remote_port, 16).ok()?,
            state: u8::from_str_radix(fields.next()?, 16).ok()?,
        })
    };
    text.lines().skip(1).filter_map(socket).collect()
}

/// Words of four bytes in the order of a little-endian machine.
fn is_loopback(address: &str) -> bool {
    address == "00000000000000000000000001000000"
        || (address.len() == 8 && address.ends_with("7F"))
        || (address.starts_with("0000000000000000FFFF0000") && address.ends_with("7F"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_read() {
        let text = "  sl  local rem st\n   0: 0100007F:0202 00000000:0000 0A 0\n\
                    1: 00000000:0202 00000000:0000 0A 0\n 2: 0200000A:C000 0100000A:196A 01 0\nx\n";
        let got = Peers(parse(text, true));
        assert!(got.listens_on(0x202) && got.connected_to(6506) && !got.connected_to(514));
        let local = Peers(parse("h\n 0: 0100007F:0202 00000000:0000 0A\n", true));
        assert!(!local.listens_on(0x202));
        let udp = Peers(parse("h\n 0: 00000000:0202 00000000:0000 07\n", false));
        assert!(udp.listens_on(514));
    }
}
