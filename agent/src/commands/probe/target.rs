//! What a probe is pointed at: the text that was given, and the addresses that it stands for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

/// Most addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 16;

/// A host as it was named, with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Name or address, without brackets.
    pub(super) host: String,
    /// TCP port.
    pub(super) port: u16,
}

impl Target {
    /// Reads `HOST`, `HOST:PORT`, `IPV6` or `[IPV6]:PORT`; `None` where it is neither.
    pub(super) fn parse(text: &str, usual_port: u16) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (inner, port) = rest.split_once(']')?;
            let host = inner.parse::<Ipv6Addr>().ok()?.to_string();
            let port = match port.strip_prefix(':') {
                Some(port) => figure(port)?,
                None if port.is_empty() => usual_port,
                None => return None,
            };
            return Some(Self { host, port });
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            let host = ip.to_string();
            let port = usual_port;
            return Some(Self { host, port });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, figure(port)?),
            None => (text, usual_port),
        };
        is_name(host).then(|| Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// The name, where it is no address.
    pub(super) fn name(&self) -> Option<&str> {
        let is_address = self.host.parse::<IpAddr>().is_ok();
        (!is_address).then_some(self.host.as_str())
    }

    /// As a person writes it.
    pub(super) fn shown(&self) -> String {
        match self.host.parse() {
            Ok(ip) => SocketAddr::new(ip, self.port).to_string(),
            Err(_) => format!("{}:{}", self.host, self.port),
        }
    }

    /// The addresses of the wanted family, as the host's own resolver gives them: asked once, so
    /// that what is checked is what is reached.
    pub(super) fn addresses(&self, v4: bool, v6: bool) -> std::io::Result<Vec<SocketAddr>> {
        let mut found: Vec<SocketAddr> = Vec::new();
        for mut address in (self.host.as_str(), self.port).to_socket_addrs()? {
            address.set_ip(address.ip().to_canonical());
            let wanted = (address.is_ipv4() || !v4) && (address.is_ipv6() || !v6);
            if wanted && !found.contains(&address) && found.len() < MAX_ADDRESSES {
                found.push(address);
            }
        }
        Ok(found)
    }
}

fn figure(port: &str) -> Option<u16> {
    let plain = port.bytes().all(|b| b.is_ascii_digit());
    port.parse().ok().filter(|&p: &u16| plain && p > 0)
}

fn is_name(host: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    !host.is_empty() && host.len() <= 253 && !host.starts_with('-') && host.bytes().all(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, host, port) in [
            ("Example.gov.vn", "example.gov.vn", 443),
            ("example.gov.vn:8443", "example.gov.vn", 8443),
            ("192.0.2.1", "192.0.2.1", 443),
            ("192.0.2.1:22", "192.0.2.1", 22),
            ("::1", "::1", 443),
            ("[::1]", "::1", 443),
            ("[2001:db8::1]:8443", "2001:db8::1", 8443),
        ] {
            let got = Target::parse(text, 443).unwrap();
            assert_eq!((got.host.as_str(), got.port), (host, port), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            ":443",
            "a:",
            "a:0",
            "a:65536",
            "a:+1",
            "a:1:2",
            "[::1",
            "[::1]x",
            "[a]:1",
            "a b",
            "-x",
            "a/b",
            "https://a",
            "a@b",
            "é",
        ] {
            assert_eq!(Target::parse(text, 443), None, "{text}");
        }
    }
}
