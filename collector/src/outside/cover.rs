//! What an authorisation covers: a name or a range of addresses, with ports.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;

/// Most targets of one authorisation, and most ranges of ports of one target.
const MOST: usize = 256;
/// Ranges that mean something else on every network: to be covered, they must be named themselves,
/// so that `0.0.0.0/0` or a careless range never leads into the collector's own network. The last
/// three carry an address of IPv4 inside.
const OWN_RANGES: [&str; 12] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "64:ff9b::/96",
    "2001::/32",
    "2002::/16",
];
/// No single host answers there.
const NEVER: [&str; 5] = [
    "0.0.0.0/8",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "ff00::/8",
];

/// One target: `NAME:PORTS`, `*.NAME:PORTS`, `ADDRESS:PORTS` or `NETWORK:PORTS`, where ports are such
/// as `443,8000-8010` and an address of IPv6 stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    place: Place,
    ports: Vec<(u16, u16)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Exactly this name.
    Name(String),
    /// Every name below this one, and not the name itself.
    Below(String),
    /// Addresses.
    Net(IpNet),
}

impl Cover {
    /// Reads a target; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (place, ports) = text.trim().rsplit_once(':')?;
        let ports: Option<Vec<_>> = ports.split(',').take(MOST + 1).map(range).collect();
        let ports = ports.filter(|ports| ports.len() <= MOST)?;
        let inner = place.strip_prefix('[').and_then(|p| p.strip_suffix(']'));
        let place = match (inner, place.contains(':')) {
            (Some(inner), _) => Place::Net(net(inner).filter(|n| n.addr().is_ipv6())?),
            (None, true) => return None, // IPv6 without brackets: the port could be a part of it
            (None, false) => match (net(place), place.strip_prefix("*.")) {
                (Some(net), _) => Place::Net(net),
                (None, Some(below)) => Place::Below(name(below)?),
                (None, None) => Place::Name(name(place)?),
            },
        };
        Some(Self { place, ports })
    }

    /// Whether a name is covered at a port.
    pub fn covers_name(&self, name: &str, port: u16) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let fits = match &self.place {
            Place::Name(own) => *own == name,
            Place::Below(own) => name
                .strip_suffix(own.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            Place::Net(_) => false,
        };
        fits && self.has(port)
    }

    /// Whether an address is covered at a port.
    pub fn covers_address(&self, ip: IpAddr, port: u16) -> bool {
        let Place::Net(own) = &self.place else {
            return false;
        };
        let ip = ip.to_canonical();
        let ranges = |list: &[&str]| -> Vec<IpNet> {
            list.iter().filter_map(|text| text.parse().ok()).collect()
        };
        if ranges(&NEVER).iter().any(|net| net.contains(&ip)) {
            return false;
        }
        let named = ranges(&OWN_RANGES)
            .iter()
            .filter(|special| special.contains(&ip))
            .all(|special| special.contains(own));
        named && own.contains(&ip) && self.has(port)
    }

    fn has(&self, port: u16) -> bool {
        self.ports.iter().any(|(a, b)| (*a..=*b).contains(&port))
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Name(name) => write!(f, "{name}:")?,
            Place::Below(name) => write!(f, "*.{name}:")?,
            Place::Net(net @ IpNet::V4(_)) => write!(f, "{net}:")?,
            Place::Net(net @ IpNet::V6(_)) => write!(f, "[{net}]:")?,
        }
        let ports = self.ports.iter().map(|(a, b)| {
            if a == b {
                a.to_string()
            } else {
                format!("{a}-{b}")
            }
        });
        f.write_str(&ports.collect::<Vec<_>>().join(","))
    }
}

/// The stored targets of an authorisation. What is not understood covers nothing.
pub fn covers(targets: &str) -> Vec<Cover> {
    targets
        .lines()
        .take(MOST)
        .filter_map(Cover::parse)
        .collect()
}

/// An address or a network, written with its first address.
fn net(text: &str) -> Option<IpNet> {
    let net = match text.parse::<IpAddr>() {
        Ok(ip) => IpNet::from(ip.to_canonical()),
        Err(_) => text.parse().ok()?,
    };
    (net.addr() == net.network()).then_some(net)
}

fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| -> Option<u16> {
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|n| plain && *n > 0)
    };
    let (from, to) = match text.split_once('-') {
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(text)?, number(text)?),
    };
    (from <= to).then_some((from, to))
}

/// A name of at least two labels, in lower case: nobody may permit to look at all of a country.
fn name(text: &str) -> Option<String> {
    let label = |l: &str| {
        let fine = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&l.len()) && l.bytes().all(fine) && !l.starts_with('-')
    };
    let lower = text.to_ascii_lowercase();
    let labels: Vec<&str> = lower.split('.').collect();
    let word = labels.last()?.bytes().any(|b| b.is_ascii_alphabetic());
    let fine = lower.len() <= 253 && labels.len() >= 2 && labels.iter().all(|l| label(l));
    (fine && word).then_some(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(text: &str) -> Cover {
        Cover::parse(text).unwrap()
    }

    #[test]
    fn targets_are_written_back_as_they_are_meant() {
        for (text, shown) in [
            ("Cong.Tinh.gov.vn:443", "cong.tinh.gov.vn:443"),
            (
                "*.tinh.gov.vn:80,443,8000-8010",
                "*.tinh.gov.vn:80,443,8000-8010",
            ),
            ("203.0.113.7:22", "203.0.113.7/32:22"),
            ("203.0.113.0/24:1-65535", "203.0.113.0/24:1-65535"),
            ("[2001:db8::/32]:443", "[2001:db8::/32]:443"),
        ] {
            assert_eq!(cover(text).to_string(), shown);
            assert_eq!(cover(shown).to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "a.vn",
            "a.vn:",
            "a.vn:0",
            "a.vn:65536",
            "a.vn:2-1",
            "a.vn:+1",
            "vn:443",
            "*.vn:443",
            "*:443",
            "*.*.vn:443",
            "a*.b.vn:443",
            "203.0.113.7/24:443",
            "203.0.113:443",
            "2001:db8::1:443",
            "2001:db8::/32:443",
            "[203.0.113.7]:443",
            "https://a.vn:443",
            "a b.vn:443",
        ] {
            assert_eq!(Cover::parse(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_covered_exactly_or_below() {
        let one = cover("a.gov.vn:443");
        assert!(one.covers_name("A.gov.vn.", 443));
        for (name, port) in [("b.a.gov.vn", 443), ("a.gov.vn", 80), ("xa.gov.vn", 443)] {
            assert!(!one.covers_name(name, port), "{name}:{port}");
        }
        let below = cover("*.gov.vn:443");
        assert!(below.covers_name("a.gov.vn", 443) && below.covers_name("b.a.gov.vn", 443));
        for name in ["gov.vn", ".gov.vn", "agov.vn", "a.gov.vn.evil.example"] {
            assert!(!below.covers_name(name, 443), "{name}");
        }
    }

    #[test]
    fn own_ranges_are_covered_only_where_they_are_named() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let all = cover("0.0.0.0/0:1-65535");
        assert!(all.covers_address(ip("203.0.113.7"), 443));
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::ffff:127.0.0.1",
        ] {
            assert!(!all.covers_address(ip(text), 443), "{text}");
        }
        let every = cover("[::/0]:443");
        for text in [
            "::1",
            "fe80::1",
            "fd00::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "ff02::1",
            "::",
        ] {
            assert!(!every.covers_address(ip(text), 443), "{text}");
        }
        assert!(cover("127.0.0.1:1-9").covers_address(ip("127.0.0.1"), 9));
        assert!(cover("10.0.0.0/8:22").covers_address(ip("10.1.2.3"), 22));
        assert!(!cover("10.0.0.0/7:22").covers_address(ip("10.1.2.3"), 22));
        assert!(cover("[::1]:22").covers_address(ip("::1"), 22));
        assert!(cover("203.0.113.7:22").covers_address(ip("::ffff:203.0.113.7"), 22));
    }
}
