//! The table `nat` of what `iptables-save` or `ip6tables-save` prints.

use super::{Act, Chains, Rule, Span, network};
use crate::facts::iptables::split;

/// Its chains with the rules that TCP may meet.
pub(super) fn read(text: &str) -> Chains {
    let mut chains = Chains::new();
    let mut within = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            within = name == "nat";
        } else if let Some(rest) = line.strip_prefix("-A ").filter(|_| within) {
            let words = split(rest);
            if let Some((chain, options)) = words.split_first()
                && let Some(rule) = rule(options)
            {
                chains.entry(chain.clone()).or_default().push(rule);
            }
        }
    }
    chains
}

/// A rule; `None` where it leads nowhere, or TCP from others does not meet it.
fn rule(options: &[String]) -> Option<Rule> {
    let (mut ports, mut to, mut target, mut lead) = (None, None, None, None);
    let mut not = false;
    for (n, word) in options.iter().enumerate() {
        let value = options.get(n + 1).map_or("", String::as_str);
        match word.as_str() {
            "!" => {
                not = true;
                continue;
            }
            "-p" if !not && !matches!(value, "tcp" | "6" | "all") => return None,
            "-p" if not && matches!(value, "tcp" | "6") => return None,
            "-i" if !not && value == "lo" => return None,
            "--dport" | "--dports" | "--destination-ports" if !not => ports = spans(value),
            "-d" if !not => to = network(value),
            "-j" | "-g" => target = Some(value),
            "--to-destination" => lead = Some(value),
            _ => {}
        }
        not = false;
    }
    let act = match target? {
        "DNAT" => Act::Lead(lead.and_then(address)),
        "ACCEPT" | "DROP" | "LOG" | "MARK" | "MASQUERADE" | "REDIRECT" | "RETURN" | "SNAT" => {
            return None;
        }
        chain => Act::Chain(chain.to_owned()),
    };
    Some(Rule { ports, to, act })
}

/// `443`, `80,443`, `30000:32767`.
fn spans(value: &str) -> Option<Vec<Span>> {
    let span = |part: &str| {
        let (low, high) = part.split_once(':').unwrap_or((part, part));
        Some((low.parse().ok()?, high.parse().ok()?))
    };
    value.split(',').map(span).collect()
}

/// `10.0.0.2:443`, `[2001:db8::2]:443`, `10.0.0.2-10.0.0.9`.
fn address(value: &str) -> Option<std::net::IpAddr> {
    let first = value.split('-').next()?;
    if let Some(rest) = first.strip_prefix('[') {
        return rest.split(']').next()?.parse().ok();
    }
    let bare = first
        .split(':')
        .next()
        .filter(|_| first.matches(':').count() == 1);
    bare.unwrap_or(first).parse().ok()
}
