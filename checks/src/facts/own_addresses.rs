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
pub struct OwnAddresses(BTreeSet<IpAddr>);

impl OwnAddresses {
    /// Whether a target is an address of this host.
    pub fn contain(&self, target: &str) -> bool {
        let bare = target.trim_matches(['[', ']']).parse::<IpAddr>();
        bare.is_ok_and(|a| self.0.contains(&a.to_canonical()))
    }

    /// Those that other machines may reach and that need no name of an interface.
    pub fn outer(&self) -> impl Iterator<Item = IpAddr> {
        let of_a_link = |a: &IpAddr| matches!(a, IpAddr::V6(v6) if v6.is_unicast_link_local());
        let all = self.0.iter().copied();
        all.filter(move |a| !a.is_loopback() && !of_a_link(a))
    }
}

impl Gather for OwnAddresses {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut found = BTreeSet::new();
        for (path, parse) in [
            ("/proc/net/fib_trie", v4 as fn(&str) -> BTreeSet<IpAddr>),
            ("/proc/net/if_inet6", v6),
        ] {
            match cx.host().read(path, CAP) {
                Ok(bytes) => found.extend(parse(&String::from_utf8_lossy(&bytes))),
                Err(e) if e.is_not_found() => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Self(found))
    }
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

/// Lines begin with the address in 32 hexadecimal digits.
fn v6(text: &str) -> BTreeSet<IpAddr> {
    let word = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let address = |word: String| u128::from_str_radix(&word, 16).ok();
    let bits = text.lines().filter_map(word).filter_map(address);
    bits.map(|b| IpAddr::V6(Ipv6Addr::from(b))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_found() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.9.9.0\n        /24 link UNICAST\n     \
                    |-- 10.9.9.1\n        /32 host LOCAL\n     |-- 10.9.9.255\n        /32 link BROADCAST\n";
        let mut all = v4(trie);
        all.extend(v6("fe800000000000000000000000000001 02 40 20 80 eth0\nx\n"));
        let own = OwnAddresses(all);
        assert!(own.contain("10.9.9.1") && own.contain("[fe80::1]"));
        assert!(!own.contain("10.9.9.0") && !own.contain("10.9.9.255") && !own.contain("name"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\|-- |/32 host LOCAL|[0-9a-f.:é]{0,33}|\n| ){0,40}") {
            let _found = (v4(&text), v6(&text));
        }
    }
}
