//! Ports at which others reach a service that does not listen here: rules of `nat` that lead on to a container or a
//! guest (DNAT). Named maps of nftables are not followed, nor is IPVS.

mod iptables;
mod nft;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use crate::{
    context::{Cx, Gather},
    facts::{
        host_firewall::printed,
        own_addresses::OwnAddresses,
        sockets::{Proto, Sockets},
    },
    host::Command,
    observation::Gap,
};

/// Ports from one to another.
pub type Span = (u16, u16);

const EVERY: Span = (1, u16::MAX);
const MAX_DEPTH: usize = 16;
const MAX_STEPS: usize = 20_000;
/// Most spans that are kept.
const MAX_SPANS: usize = 256;
/// Programs that hold a port for a container, and hand on what comes to the host's own address.
const HOLDERS: [&str; 4] = ["conmon", "docker-proxy", "rootlessport", "slirp4netns"];

/// Spans of TCP ports that lead elsewhere, apart from those that a program holds here for a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwards(pub Vec<Span>);

impl Gather for Forwards {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let (own, sockets) = (cx.get::<OwnAddresses>()?, cx.get::<Sockets>()?);
        let mut found = BTreeSet::new();
        for command in [Command::IptablesSave, Command::Ip6tablesSave] {
            if let Some(text) = printed(cx.host(), &command)? {
                let table = iptables::read(&text);
                follow(&table, "PREROUTING", &own, &mut found);
            }
        }
        if let Some(text) = printed(cx.host(), &Command::NftRuleset)? {
            let tables = nft::read(&text).ok_or_else(|| Gap::parse("nft -j list ruleset"))?;
            for (chains, entries) in tables {
                for entry in entries {
                    follow(&chains, &entry, &own, &mut found);
                }
            }
        }
        let held = |span: &Span| {
            span.0 == span.1
                && sockets.reachable().any(|l| {
                    let name = l.process.as_deref();
                    let holds = name.is_none_or(|name| HOLDERS.contains(&name));
                    l.proto == Proto::Tcp && l.port == span.0 && holds
                })
        };
        Ok(Self(found.into_iter().filter(|s| !held(s)).collect()))
    }
}

/// What a rule does that matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    /// Leads on to an address; `None` where it is not told.
    Lead(Option<IpAddr>),
    /// Goes on in another chain.
    Chain(String),
}

/// A rule of `nat` that TCP may meet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    /// Ports that it is for; all without one.
    ports: Option<Vec<Span>>,
    /// The network of the destination and its length.
    to: Option<(IpAddr, u8)>,
    act: Act,
}

type Chains = BTreeMap<String, Vec<Rule>>;

/// Collects the ports that lead elsewhere from a chain on.
fn follow(chains: &Chains, from: &str, own: &OwnAddresses, found: &mut BTreeSet<Span>) {
    let mut steps = 0;
    let mut open: Vec<(&str, Option<&[Span]>, usize)> = vec![(from, None, 0)];
    while let Some((name, ports, depth)) = open.pop() {
        for rule in chains.get(name).into_iter().flatten() {
            steps += 1;
            if steps > MAX_STEPS {
                return;
            }
            if rule.to.is_some_and(|net| !holds_own(net, own)) {
                continue;
            }
            let ports = rule.ports.as_deref().or(ports);
            match &rule.act {
                Act::Chain(next) if depth < MAX_DEPTH => open.push((next, ports, depth + 1)),
                Act::Chain(_) => {}
                // What listens here is asked for itself.
                Act::Lead(Some(to)) if to.is_loopback() || own.contain(&to.to_string()) => {}
                Act::Lead(_) => {
                    let spans = ports.unwrap_or(&[EVERY]);
                    let room = MAX_SPANS.saturating_sub(found.len());
                    found.extend(spans.iter().take(room));
                }
            }
        }
    }
}

/// Whether an address of this host that others reach is in the network.
fn holds_own((net, length): (IpAddr, u8), own: &OwnAddresses) -> bool {
    let inside = |addr: IpAddr| match (net, addr) {
        (IpAddr::V4(net), IpAddr::V4(addr)) => {
            let differ = net.to_bits() ^ addr.to_bits();
            differ.leading_zeros() >= u32::from(length)
        }
        (IpAddr::V6(net), IpAddr::V6(addr)) => {
            let differ = net.to_bits() ^ addr.to_bits();
            differ.leading_zeros() >= u32::from(length)
        }
        _ => false,
    };
    own.outer().any(inside)
}

/// A span as people read it.
pub fn label((low, high): Span) -> String {
    if low == high {
        format!("tcp/{low} DNAT")
    } else {
        format!("tcp/{low}-{high} DNAT")
    }
}

/// `192.0.2.7`, `192.0.2.0/24`.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (addr, length) = match text.split_once('/') {
        Some((addr, length)) => (addr, Some(length.parse().ok()?)),
        None => (text, None),
    };
    let addr: IpAddr = addr.parse().ok()?;
    let whole = if addr.is_ipv4() { 32 } else { 128 };
    Some((addr, length.unwrap_or(whole).min(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_rules_make_it_panic(text in "(\\*nat|-A|PREROUTING|-j|DNAT|--dport|443|!|-d|10.0.0.1/33|:|,|\\{|\\}|\"nftables\"|\\[|\\]|\n| ){0,60}") {
            let own = OwnAddresses::default();
            follow(&iptables::read(&text), "PREROUTING", &own, &mut BTreeSet::new());
            let _tables = nft::read(&text);
            let _network = network(&text);
        }
    }
}
