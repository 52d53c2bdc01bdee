//! Zones of addresses: as many as the lists of the files tell apart, with one address for each.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    glob,
    sshd_config::in_pattern_list,
    sshd_match::{in_addresses, network, number},
};

/// Most addresses that are tried to find the zones.
const MAX_TRIED: usize = 2_000;

/// Addresses that no list tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// `anywhere`, a network, or the pattern of a name.
    pub name: String,
    /// One address of it.
    pub addr: String,
    /// The name of that address; the address itself where names are not looked up.
    pub host: String,
}

impl Zone {
    /// A zone of one address without a name of its own.
    pub fn plain(name: &str, addr: &str) -> Self {
        Self {
            name: name.to_owned(),
            addr: addr.to_owned(),
            host: addr.to_owned(),
        }
    }

    /// Whether the host part of `user@host` fits: a list of networks, or a pattern of the name.
    pub fn is_from(&self, list: &str) -> bool {
        in_addresses(&self.addr, list) == Some(true)
            || in_pattern_list(&self.host.to_ascii_lowercase(), &list.to_ascii_lowercase())
    }
}

/// The zones that these lists tell apart, `anywhere` first; then the lists of which no example
/// could be made. Networks are intervals, so their ends and what stands beside them meet every
/// combination that any address could.
pub fn zones(addresses: &[String], hosts: &[String], elsewhere: &str) -> (Vec<Zone>, Vec<String>) {
    let mut tried = vec![Zone::plain("anywhere", elsewhere)];
    let mut odd = Vec::new();
    for list in addresses {
        for entry in list.split(',') {
            let entry = entry.trim_start_matches('!');
            let samples = samples(entry);
            if samples.is_empty() {
                odd.push(format!("address {list}"));
            }
            tried.extend(samples.iter().map(|a| Zone::plain(entry, &a.to_string())));
        }
    }
    for list in hosts {
        for entry in list.split(',').map(|e| e.trim_start_matches('!')) {
            let host = entry.replace(['*', '?'], "x");
            tried.push(Zone {
                host,
                ..Zone::plain(entry, elsewhere)
            });
        }
    }
    if tried.len() > MAX_TRIED {
        return (Vec::new(), vec![format!("{} addresses", tried.len())]);
    }
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for zone in tried {
        let on = |l: &String| in_addresses(&zone.addr, l) == Some(true);
        let named = |l: &String| in_pattern_list(&zone.host, l);
        let answers: Vec<bool> = addresses
            .iter()
            .map(on)
            .chain(hosts.iter().map(named))
            .collect();
        if !seen.contains(&answers) {
            seen.push(answers);
            found.push(Zone {
                name: smallest(&zone, addresses),
                ..zone
            });
        }
    }
    (found, odd)
}

/// The zone that an address falls into, where names are not looked up.
pub fn holding<'z>(zones: &'z [Zone], addresses: &[String], address: &str) -> Option<&'z Zone> {
    let answers = |a: &str| -> Vec<_> { addresses.iter().map(|l| in_addresses(a, l)).collect() };
    let wanted = answers(address);
    zones.iter().find(|z| answers(&z.addr) == wanted)
}

/// The smallest of the listed networks that holds the address; it names the zone.
fn smallest(zone: &Zone, addresses: &[String]) -> String {
    if zone.name == "anywhere" || zone.host != zone.addr {
        return zone.name.clone();
    }
    let entries = addresses.iter().flat_map(|l| l.split(','));
    let entries = entries.map(|e| e.trim_start_matches('!'));
    let holding = entries.filter(|e| in_addresses(&zone.addr, e) == Some(true));
    let size = |e: &&str| network(e).map_or(0, |(_, bits)| bits);
    holding.max_by_key(size).unwrap_or(&zone.addr).to_owned()
}

/// Both ends of a network and the addresses beside them; of a pattern, one address that fits.
fn samples(entry: &str) -> Vec<IpAddr> {
    if let Some((net, bits)) = network(entry) {
        let width: u32 = if net.is_ipv4() { 32 } else { 128 };
        let ones = |n: u32| if n >= 128 { u128::MAX } else { (1 << n) - 1 };
        let (most, low) = (ones(width), number(net) & !ones(width - bits));
        let high = low | ones(width - bits);
        let beside = [
            low.checked_sub(1),
            high.checked_add(1).filter(|a| *a <= most),
        ];
        let all = [Some(low), Some(high)].into_iter().chain(beside).flatten();
        return all.filter_map(|a| address(a, net.is_ipv4())).collect();
    }
    if entry == "*" {
        return vec![
            Ipv4Addr::new(203, 0, 113, 1).into(),
            Ipv6Addr::LOCALHOST.into(),
        ];
    }
    if !glob::is_pattern(entry) {
        return Vec::new();
    }
    let filled = ["1", "0.1", "0.0.1", "::1", ":1"];
    let tries = filled
        .iter()
        .map(|f| entry.replacen('*', f, 1).replace(['*', '?'], "1"));
    let fits = tries.filter_map(|t| t.parse().ok());
    fits.take(1).collect()
}

fn address(number: u128, v4: bool) -> Option<IpAddr> {
    if v4 {
        Some(Ipv4Addr::from(u32::try_from(number).ok()?).into())
    } else {
        Some(Ipv6Addr::from(number).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(lists: &[&str]) -> Vec<String> {
        let lists: Vec<String> = lists.iter().map(|l| (*l).to_owned()).collect();
        let (zones, odd) = zones(&lists, &[], "203.0.113.1");
        assert_eq!(odd, Vec::<String>::new());
        zones.into_iter().map(|z| z.name).collect()
    }

    #[test]
    fn every_combination_of_networks_has_one_address() {
        assert_eq!(names(&[]), ["anywhere"]);
        assert_eq!(names(&["10.0.0.0/8"]), ["anywhere", "10.0.0.0/8"]);
        // A network within a network, at its very beginning and at its very end.
        let nested = ["10.0.0.0/8", "10.0.0.0/16", "10.255.0.0/16"];
        assert_eq!(
            names(&nested),
            ["anywhere", "10.0.0.0/16", "10.255.0.0/16", "10.0.0.0/8"]
        );
        assert_eq!(names(&["192.168.*"]), ["anywhere", "192.168.*"]);
        assert_eq!(names(&["0.0.0.0/0"]), ["anywhere"]);
        assert_eq!(names(&["*,!10.0.0.0/8"]), ["anywhere", "10.0.0.0/8"]);
        assert_eq!(names(&["2001:db8::/32"]), ["anywhere", "2001:db8::/32"]);
    }

    #[test]
    fn lists_without_an_example_are_said() {
        let (_, odd) = zones(&["10.1".to_owned()], &[], "203.0.113.1");
        assert_eq!(odd, ["address 10.1"]);
    }

    proptest::proptest! {
        #[test]
        fn each_address_is_in_the_zone_of_some_example(
            lists in proptest::collection::vec("(10\\.[0-3]\\.0\\.0/1[4-8],?){1,2}", 1..4),
            address in 0u32..0x0004_ffff,
        ) {
            let lists: Vec<String> = lists.iter().map(|l| l.trim_end_matches(',').into()).collect();
            let (zones, _) = zones(&lists, &[], "203.0.113.1");
            let address = Ipv4Addr::from(0x0a00_0000 + address).to_string();
            let answers = |a: &str| -> Vec<_> {
                lists.iter().map(|l| in_addresses(a, l)).collect()
            };
            assert!(zones.iter().any(|z| answers(&z.addr) == answers(&address)));
        }
    }
}
