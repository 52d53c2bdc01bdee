//! How much the matches that nftables and iptables share narrow down.

use crate::facts::firewall::Reach;

/// A range of ports wider than this is no longer one service.
const WIDE_PORTS: u16 = 10_000;

/// A whole transport protocol is nearly everything; ICMP, ESP, VRRP and the like are not.
pub(super) fn protocol_reach(name: &str) -> Reach {
    match name {
        "tcp" | "udp" | "6" | "17" | "all" | "" => Reach::Most,
        _ => Reach::Narrow,
    }
}

/// Answers to connections of our own are narrow; new connections are what a filter is about.
pub(super) fn state_reach(state: &str) -> Reach {
    match state.to_ascii_lowercase().as_str() {
        "established" | "related" | "invalid" | "dnat" | "snat" => Reach::Narrow,
        // Only what another rule takes out of tracking.
        "untracked" => Reach::Unclear,
        _ => Reach::Most,
    }
}

/// A service, or nearly all ports there are.
pub(super) fn ports_reach(ports: &[(u16, u16)]) -> Reach {
    let width = |&(low, high): &(u16, u16)| high.saturating_sub(low);
    match ports.iter().map(width).fold(0, u16::saturating_add) {
        0..=WIDE_PORTS => Reach::Narrow,
        60_000.. => Reach::Most,
        _ => Reach::Unclear,
    }
}

/// Half the internet is no source to speak of.
pub(super) fn net_reach(addr: &str, len: Option<u64>) -> Reach {
    let short = if addr.contains(':') { 3 } else { 4 };
    match len {
        Some(len) if len <= short => Reach::Most,
        _ => Reach::Narrow,
    }
}
