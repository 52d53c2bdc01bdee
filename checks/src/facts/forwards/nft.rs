//! Chains of the type `nat` that `nft -j list ruleset` prints.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Act, Chains, Rule, Span, network};

/// The chains of each table, and the names of those that packets from others enter; `None` when it is not
/// what nft prints.
pub(super) fn read(text: &str) -> Option<Vec<(Chains, Vec<String>)>> {
    let json: Json = serde_json::from_str(text).ok()?;
    let items = json.get("nftables")?.as_array()?;
    let mut tables: BTreeMap<String, (Chains, Vec<String>)> = BTreeMap::new();
    for item in items {
        if let Some(chain) = item.get("chain") {
            let (kind, hook) = (word(chain, "type"), word(chain, "hook"));
            if let (Some("nat"), Some("prerouting"), Some(name)) = (kind, hook, word(chain, "name"))
            {
                let table = tables.entry(home(chain)).or_default();
                table.1.push(name.to_owned());
            }
        } else if let Some(rule) = item.get("rule")
            && let Some(chain) = word(rule, "chain")
        {
            let table = tables.entry(home(rule)).or_default();
            let statements = rule.get("expr").and_then(Json::as_array);
            let rules = table.0.entry(chain.to_owned()).or_default();
            rules.extend(read_rule(statements.into_iter().flatten()));
        }
    }
    Some(tables.into_values().collect())
}

fn home(thing: &Json) -> String {
    let part = |key| word(thing, key).unwrap_or_default();
    format!("{} {}", part("family"), part("table"))
}

fn word<'a>(thing: &'a Json, key: &str) -> Option<&'a str> {
    thing.get(key)?.as_str()
}

/// The rules that a rule comes to; none where TCP from others does not meet it.
fn read_rule<'a>(statements: impl Iterator<Item = &'a Json>) -> Vec<Rule> {
    let (mut ports, mut to) = (None, None);
    let mut rules = Vec::new();
    for statement in statements {
        let Some((key, body)) = statement.as_object().and_then(|o| o.iter().next()) else {
            continue;
        };
        let mut add = |ports: &Option<Vec<Span>>, act| {
            let ports = ports.clone();
            rules.push(Rule { ports, to, act });
        };
        match key.as_str() {
            "match" => match narrow(body) {
                Narrow::Ports(found) => ports = Some(found),
                Narrow::To(net) => to = Some(net),
                Narrow::Others => return rules,
                Narrow::Nothing => {}
            },
            "dnat" => {
                let addr = body.get("addr");
                match addr.and_then(by_port) {
                    Some(found) => add(&Some(found), Act::Lead(None)),
                    None => add(
                        &ports,
                        Act::Lead(addr.and_then(|a| a.as_str()?.parse().ok())),
                    ),
                }
            }
            "jump" | "goto" => {
                if let Some(target) = word(body, "target") {
                    add(&ports, Act::Chain(target.to_owned()));
                }
            }
            "vmap" => {
                for (span, chain) in verdicts(body) {
                    add(&Some(vec![span]), Act::Chain(chain));
                }
            }
            _ => {}
        }
    }
    rules
}

enum Narrow {
    Ports(Vec<Span>),
    To((std::net::IpAddr, u8)),
    /// No TCP, or none of others.
    Others,
    Nothing,
}

fn narrow(body: &Json) -> Narrow {
    let (Some(left), Some(right)) = (body.get("left"), body.get("right")) else {
        return Narrow::Nothing;
    };
    if word(body, "op") == Some("!=") {
        return Narrow::Nothing;
    }
    let payload = left.get("payload");
    let field = payload.map(|p| (word(p, "protocol"), word(p, "field")));
    let meta = left.get("meta").and_then(|m| word(m, "key"));
    match (field, meta) {
        (Some((Some("tcp" | "th"), Some("dport"))), _) => {
            spans(right).map_or(Narrow::Nothing, Narrow::Ports)
        }
        (Some((Some("udp" | "sctp"), _)), _) => Narrow::Others,
        (Some((Some("ip" | "ip6"), Some("daddr"))), _) => {
            let prefix = right.get("prefix");
            let net = match prefix {
                Some(p) => word(p, "addr").and_then(|a| network(&format!("{a}/{}", p.get("len")?))),
                None => right.as_str().and_then(network),
            };
            net.map_or(Narrow::Nothing, Narrow::To)
        }
        (_, Some("l4proto")) if matches!(right.as_str(), Some("udp" | "sctp" | "icmp")) => {
            Narrow::Others
        }
        (_, Some("iif" | "iifname")) if right.as_str() == Some("lo") => Narrow::Others,
        _ => Narrow::Nothing,
    }
}

/// `443`, `{"range": [1, 2]}`, `{"set": [80, 443]}`; a named set is not told.
fn spans(value: &Json) -> Option<Vec<Span>> {
    if let Some(set) = value.get("set") {
        let all = set.as_array()?.iter();
        return all.map(span).collect();
    }
    Some(vec![span(value)?])
}

fn span(value: &Json) -> Option<Span> {
    let port = |v: &Json| u16::try_from(v.as_u64()?).ok();
    match value.get("range").and_then(Json::as_array) {
        Some(ends) => Some((port(ends.first()?)?, port(ends.get(1)?)?)),
        None => port(value).map(|p| (p, p)),
    }
}

/// The ports of `dnat to tcp dport map { 443 : 10.0.0.2 }`.
fn by_port(addr: &Json) -> Option<Vec<Span>> {
    let map = addr.get("map")?;
    let field = map.get("key")?.get("payload")?;
    (word(field, "field")? == "dport").then_some(())?;
    let pairs = map.get("data")?.get("set")?.as_array()?;
    pairs.iter().map(|pair| span(pair.get(0)?)).collect()
}

/// The chains of `tcp dport vmap { 443 : jump x }`.
fn verdicts(body: &Json) -> Vec<(Span, String)> {
    let field = body
        .get("key")
        .and_then(|k| word(k.get("payload")?, "field"));
    let pairs = body.get("data").and_then(|d| d.get("set")?.as_array());
    let read = |pair: &Json| {
        let verdict = pair.get(1)?;
        let to = verdict.get("jump").or_else(|| verdict.get("goto"))?;
        Some((span(pair.get(0)?)?, word(to, "target")?.to_owned()))
    };
    let pairs = pairs.filter(|_| field == Some("dport"));
    pairs.into_iter().flatten().filter_map(read).collect()
}
