//! The addresses of this host: what is sent to one of them goes nowhere else.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
};

use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// A host that is no big router has a table far smaller than this.
const CAP: usize = 4 << 20;

/// Addresses of all interfaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAddresses {
    all: BTreeSet<IpAddr>,
    /// Those of the interface over which packets leave for anywhere.
    first: BTreeSet<IpAddr>,
}

impl OwnAddresses {
    /// Whether a target is an address of this host.
    pub fn contain(&self, target: &str) -> bool {
        let bare = target.trim_matches(['[', ']']).parse::<IpAddr>();
        bare.is_ok_and(|a| self.all.contains(&a.to_canonical()))
    }

    /// Those that other machines may reach and that need no name of an interface; first those over
    /// whose interface packets leave for anywhere, then the others, among them bridges of containers.
    pub fn outer(&self) -> impl Iterator<Item = IpAddr> {
        let of_a_link = |a: &IpAddr| matches!(a, IpAddr::V6(v6) if v6.is_unicast_link_local());
        let rest = self.all.difference(&self.first);
        let all = self.first.iter().chain(rest).copied();
        all.filter(move |a| !a.is_loopback() && !of_a_link(a))
    }
}

impl Gather for OwnAddresses {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let text = |path: &str| match cx.host().read(path, CAP) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(e) if e.is_not_found() => Ok(String::new()),
            Err(e) => Err(e),
        };
        let (four, six) = (text("/proc/net/fib_trie")?, text("/proc/net/if_inet6")?);
        let (routes, routes6) = (text("/proc/net/route")?, text("/proc/net/ipv6_route")?);
        let (four, six) = (v4(&four), v6(&six));
        let way = way_out(&routes);
        let way6 = way_out6(&routes6).or_else(|| way.clone());
        let nets = way.map(|way| nets_of(&routes, &way)).unwrap_or_default();
        let near = |a: &&IpAddr| match a {
            IpAddr::V4(a) => nets.iter().any(|(net, mask)| a.to_bits() & mask == *net),
            IpAddr::V6(_) => false,
        };
        let mut first: BTreeSet<IpAddr> = four.iter().filter(near).copied().collect();
        let leads = six.iter().filter(|(_, on)| Some(on) == way6.as_ref());
        first.extend(leads.map(|(addr, _)| *addr));
        let mut all = four;
        all.extend(six.into_iter().map(|(addr, _)| addr));
        Ok(Self { all, first })
    }
}

/// The rows of `/proc/net/route`: interface, destination, gateway, metric, mask.
fn rows(text: &str) -> impl Iterator<Item = (&str, u32, u32, u32, u32)> {
    // Words are printed in the byte order of the machine: little-endian on all that we ship for.
    let word = |field: &str| u32::from_str_radix(field, 16).ok().map(u32::swap_bytes);
    text.lines().skip(1).filter_map(move |line| {
        let f: Vec<&str> = line.split_whitespace().collect();
        let metric = f.get(6)?.parse().ok()?;
        let (to, gateway, mask) = (word(f.get(1)?)?, word(f.get(2)?)?, word(f.get(7)?)?);
        Some((*f.first()?, to, gateway, metric, mask))
    })
}

/// The interface of the default route that is taken.
fn way_out(routes: &str) -> Option<String> {
    let defaults = rows(routes).filter(|(_, to, _, _, mask)| (*to, *mask) == (0, 0));
    let best = defaults.min_by_key(|row| row.3)?;
    Some(best.0.to_owned())
}

/// The networks that an interface is in, with their masks.
fn nets_of(routes: &str, way: &str) -> Vec<(u32, u32)> {
    let direct = rows(routes).filter(|row| row.0 == way && row.2 == 0 && row.4 != 0);
    direct.map(|row| (row.1, row.4)).collect()
}

/// The same of `/proc/net/ipv6_route`: destination, its length, …, metric, …, interface.
fn way_out6(routes: &str) -> Option<String> {
    let defaults = routes.lines().filter_map(|line| {
        let f: Vec<&str> = line.split_whitespace().collect();
        let any = f.first()?.bytes().all(|b| b == b'0') && *f.get(1)? == "00";
        let metric = u32::from_str_radix(f.get(5)?, 16).ok()?;
        let on = *f.get(9)?;
        (any && on != "lo").then(|| (metric, on.to_owned()))
    });
    defaults.min().map(|(_, on)| on)
}

/// The own addresses among local routes of IPv4, for who has no other way to learn them.
pub(crate) fn local_v4(trie: &str) -> BTreeSet<IpAddr> {
    v4(trie)
}

/// The same of IPv6.
pub(crate) fn local_v6(table: &str) -> BTreeSet<IpAddr> {
    v6(table).into_iter().map(|(addr, _)| addr).collect()
}

/// In the routing trie, a leaf `|-- ADDRESS` is followed by what it is: `/32 host LOCAL`.
fn v4(text: &str) -> BTreeSet<IpAddr> {
    let mut found = BTreeSet::new();
    let mut leaf = None;
    for line in text.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<IpAddr>().ok();
        } else if line == "/32 host LOCAL" {
            found.extend(leaf);
        }
    }
    found
}

/// Lines begin with the address in 32 hexadecimal digits, and end with the interface.
fn v6(text: &str) -> Vec<(IpAddr, String)> {
    let of_line = |line: &str| {
        let mut words = line.split_whitespace();
        let bits = u128::from_str_radix(words.next()?, 16).ok()?;
        let on = words.last().unwrap_or_default().to_owned();
        Some((IpAddr::V6(Ipv6Addr::from(bits)), on))
    };
    text.lines().filter_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_found() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.9.9.0\n        /24 link UNICAST\n     \
                    |-- 10.9.9.1\n        /32 host LOCAL\n     |-- 10.9.9.255\n        /32 link BROADCAST\n";
        let mut all = v4(trie);
        all.extend(local_v6(
            "fe800000000000000000000000000001 02 40 20 80 eth0\nx\n",
        ));
        let first = BTreeSet::new();
        let own = OwnAddresses { all, first };
        assert!(own.contain("10.9.9.1") && own.contain("[fe80::1]"));
        assert!(!own.contain("10.9.9.0") && !own.contain("10.9.9.255") && !own.contain("name"));
    }

    #[test]
    fn the_way_out_is_the_route_of_the_least_metric() {
        let routes = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n\
                      wlan0 00000000 0101000A 0003 0 0 600 00000000 0 0 0\n\
                      eth0 00000000 010200C0 0003 0 0 100 00000000 0 0 0\n\
                      eth0 000200C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n\
                      docker0 000011AC 00000000 0001 0 0 0 0000FFFF 0 0 0\n";
        assert_eq!(way_out(routes).as_deref(), Some("eth0"));
        assert_eq!(nets_of(routes, "eth0"), [(0xc000_0200, 0xffff_ff00)]);
        let zeros = "0".repeat(32);
        let routes6 = format!(
            "{zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 00200200       lo\n\
             {zeros} 00 {zeros} 00 fe80{} 00000400 00000001 00000000 00000003     eth1\n",
            "0".repeat(28)
        );
        assert_eq!(way_out6(&routes6).as_deref(), Some("eth1"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\|-- |/32 host LOCAL|[0-9a-f.:é]{0,33}|\n| ){0,40}") {
            let _found = (v4(&text), v6(&text));
            let _ways = (way_out(&text), way_out6(&text), nets_of(&text, "eth0"));
        }
    }
}
