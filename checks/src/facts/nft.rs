//! The rules of nftables, as `nft -j list ruleset` prints them, read into the firewall's model.

use std::{collections::BTreeMap, net::IpAddr};

use serde_json::Value as Json;

use crate::facts::{
    firewall::{Action, Chain, Reach, Rule, Table},
    reach::{net_reach, ports_reach, protocol_reach, state_reach},
};

/// The tables that IPv4 and IPv6 packets pass, by family and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Those of the families `ip` and `inet`, as IPv4 packets see them.
    pub v4: BTreeMap<String, Table>,
    /// Those of the families `ip6` and `inet`, as IPv6 packets see them.
    pub v6: BTreeMap<String, Table>,
}

/// Named sets and maps, by family, table and name.
type Sets<'a> = BTreeMap<String, &'a Json>;

/// Reads the ruleset; `None` when it is not what nft prints.
pub fn parse(text: &str) -> Option<Tables> {
    let json: Json = serde_json::from_str(text).ok()?;
    let items = json.get("nftables")?.as_array()?;
    let mut sets = Sets::new();
    for item in items {
        if let Some(set) = item.get("set").or_else(|| item.get("map"))
            && let (Some(home), Some(name)) = (home(set), word(set, "name"))
        {
            sets.insert(format!("{home} {name}"), set);
        }
    }
    Some(Tables {
        v4: read(items, &sets, false),
        v6: read(items, &sets, true),
    })
}

fn read(items: &[Json], sets: &Sets<'_>, v6: bool) -> BTreeMap<String, Table> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let asleep: Vec<String> = items
        .iter()
        .filter_map(|i| i.get("table"))
        .filter(|t| {
            t.get("flags")
                .is_some_and(|f| f.to_string().contains("dormant"))
        })
        .filter_map(|t| Some(format!("{} {}", word(t, "family")?, word(t, "name")?)))
        .collect();
    let own = if v6 { "ip6" } else { "ip" };
    let ours = |thing: &Json| {
        let family = word(thing, "family").unwrap_or_default();
        (family == own || family == "inet")
            .then(|| home(thing))
            .flatten()
            .filter(|h| !asleep.contains(h))
    };
    for chain in items.iter().filter_map(|i| i.get("chain")) {
        if let (Some(home), Some(name)) = (ours(chain), word(chain, "name")) {
            let table = tables.entry(home).or_default();
            table.insert(
                name.to_owned(),
                Chain {
                    entry: entry(chain),
                    rules: Vec::new(),
                },
            );
        }
    }
    for rule in items.iter().filter_map(|i| i.get("rule")) {
        let (Some(home), Some(name)) = (ours(rule), word(rule, "chain")) else {
            continue;
        };
        let reader = Reader {
            sets,
            home: &home,
            v6,
        };
        let rules = reader.rule(rule.get("expr").and_then(Json::as_array));
        if let Some(chain) = tables.get_mut(&home).and_then(|t| t.get_mut(name)) {
            chain.rules.extend(rules);
        }
    }
    tables
}

/// Only filter chains on the way in count; a chain without a hook is entered by nobody.
fn entry(chain: &Json) -> Option<bool> {
    let on_the_way = matches!(word(chain, "hook")?, "input" | "prerouting");
    let filters = word(chain, "type") == Some("filter");
    (on_the_way && filters).then(|| word(chain, "policy") == Some("drop"))
}

fn home(thing: &Json) -> Option<String> {
    Some(format!(
        "{} {}",
        word(thing, "family")?,
        word(thing, "table")?
    ))
}

fn word<'a>(thing: &'a Json, key: &str) -> Option<&'a str> {
    thing.get(key)?.as_str()
}

struct Reader<'a> {
    sets: &'a Sets<'a>,
    home: &'a str,
    v6: bool,
}

impl Reader<'_> {
    /// A rule; a verdict map makes one for each of its entries. Empty when the rule is for the
    /// other family.
    fn rule(&self, statements: Option<&Vec<Json>>) -> Vec<Rule> {
        let mut rule = Rule::default();
        for statement in statements.into_iter().flatten() {
            let Some((key, body)) = statement.as_object().and_then(|o| o.iter().next()) else {
                rule.reach = rule.reach.min(Reach::Unclear);
                continue;
            };
            match key.as_str() {
                "match" => {
                    let negated = word(body, "op") == Some("!=");
                    let (left, right) = (body.get("left"), body.get("right"));
                    let (Some(left), Some(right)) = (left, right) else {
                        rule.reach = rule.reach.min(Reach::Unclear);
                        continue;
                    };
                    if !self.narrow(&mut rule, left, right, negated) {
                        return Vec::new();
                    }
                }
                "vmap" => return self.verdict_map(&rule, body),
                "log" => rule.log = true,
                "xt" => foreign(&mut rule, body),
                "counter" | "comment" | "mangle" | "notrack" | "set" | "map" | "ct helper" => {}
                other => match verdict(other, body) {
                    Some(action) => rule.action = action,
                    None => rule.reach = rule.reach.min(Reach::Unclear),
                },
            }
        }
        vec![rule]
    }

    fn verdict_map(&self, rule: &Rule, body: &Json) -> Vec<Rule> {
        let unclear = Rule {
            reach: rule.reach.min(Reach::Unclear),
            action: Action::Accept,
            ..rule.clone()
        };
        let (Some(key), Some(data)) = (body.get("key"), body.get("data")) else {
            return vec![unclear];
        };
        let mut rules = Vec::new();
        for pair in self.values(data).unwrap_or_else(|| vec![Json::Null]) {
            let pair = pair.as_array().filter(|p| p.len() == 2);
            let verdict_of = |v: &Json| {
                v.as_object()?
                    .iter()
                    .next()
                    .and_then(|(k, b)| verdict(k, b))
            };
            let Some((value, action)) = pair.and_then(|p| Some((&p[0], verdict_of(&p[1])?))) else {
                rules.push(unclear.clone());
                continue;
            };
            let mut one = Rule {
                action,
                ..rule.clone()
            };
            if self.narrow(&mut one, key, value, false) {
                rules.push(one);
            }
        }
        rules
    }

    /// Narrows `rule` by one match; false when no packet of this family can meet it.
    fn narrow(&self, rule: &mut Rule, left: &Json, right: &Json, negated: bool) -> bool {
        let Some(values) = self.values(right) else {
            rule.reach = rule.reach.min(Reach::Unclear);
            return true;
        };
        let (kind, field) = subject(left);
        let other_family = if self.v6 { "ip" } else { "ip6" };
        if kind == other_family {
            return false;
        }
        if (kind, field) == ("meta", "nfproto") {
            let own = if self.v6 { "ipv6" } else { "ipv4" };
            return values.iter().any(|v| v.as_str() == Some(own)) != negated;
        }
        if negated {
            rule.reach = rule.reach.min(Reach::Most);
            return true;
        }
        if field == "dport" {
            let ports: Option<Vec<_>> = values.iter().map(range).collect();
            let reach = ports.as_deref().map_or(Reach::Unclear, ports_reach);
            rule.ports = ports;
            rule.reach = rule.reach.min(reach);
            return true;
        }
        let reach = values.iter().map(|v| reach_of(kind, field, v)).max();
        let reach = reach.unwrap_or(Reach::Narrow); // an empty set lets nobody in
        rule.source |= field == "saddr" && reach == Reach::Narrow;
        rule.reach = rule.reach.min(reach);
        true
    }

    /// The values on the right: of a list, an anonymous or a named set. `None` when unknown.
    fn values(&self, right: &Json) -> Option<Vec<Json>> {
        let plain = |v: &Json| {
            let inner = v.get("elem").and_then(|e| e.get("val"));
            inner.unwrap_or(v).clone()
        };
        if let Some(name) = right.as_str().and_then(|r| r.strip_prefix('@')) {
            let set = self.sets.get(&format!("{} {name}", self.home))?;
            let entries = set.get("elem").and_then(Json::as_array);
            return Some(
                entries
                    .map(|e| e.iter().map(plain).collect())
                    .unwrap_or_default(),
            );
        }
        if let Some(list) = right.get("set").unwrap_or(right).as_array() {
            return Some(list.iter().map(plain).collect());
        }
        Some(vec![right.clone()])
    }
}

/// A match or target of iptables that nft cannot put into its own words.
fn foreign(rule: &mut Rule, body: &Json) {
    let target = word(body, "type") == Some("target");
    match word(body, "name").unwrap_or_default() {
        "LOG" | "NFLOG" if target => rule.log = true,
        "REJECT" if target => rule.action = Action::Deny,
        _ => {
            rule.reach = rule.reach.min(Reach::Unclear);
            // A target without a name may let packets in; a verdict that follows overrules it.
            if rule.action == Action::None && word(body, "type") != Some("match") {
                rule.action = Action::Accept;
            }
        }
    }
}

fn verdict(key: &str, body: &Json) -> Option<Action> {
    let target = || word(body, "target").map(str::to_owned);
    match key {
        // A program of the user decides; it may let everything in.
        "accept" | "queue" => Some(Action::Accept),
        "drop" | "reject" => Some(Action::Deny),
        "return" => Some(Action::Return),
        "continue" => Some(Action::None),
        "jump" => target().map(Action::Jump),
        "goto" => target().map(Action::Goto),
        _ => None,
    }
}

/// What a match looks at: `("ip", "saddr")`, `("meta", "iifname")`, `("ct", "state")` …
fn subject(left: &Json) -> (&str, &str) {
    if let Some(payload) = left.get("payload") {
        return (
            word(payload, "protocol").unwrap_or_default(),
            word(payload, "field").unwrap_or_default(),
        );
    }
    for kind in ["meta", "ct"] {
        if let Some(body) = left.get(kind) {
            return (kind, word(body, "key").unwrap_or_default());
        }
    }
    if let Some(fib) = left.get("fib") {
        return ("fib", word(fib, "result").unwrap_or_default());
    }
    ("", "")
}

fn reach_of(kind: &str, field: &str, value: &Json) -> Reach {
    let text = value.as_str().unwrap_or_default();
    match (kind, field) {
        ("icmp" | "icmpv6", _) => Reach::Narrow,
        ("meta", "iif" | "iifname") if text == "lo" => Reach::Narrow,
        ("meta", "l4proto") | ("ip", "protocol") | ("ip6", "nexthdr") => protocol_reach(text),
        ("meta", "pkttype") | ("fib", "type") => match text {
            "broadcast" | "multicast" | "anycast" => Reach::Narrow,
            _ => Reach::Most,
        },
        ("ct", "state") => state_reach(text),
        ("ct", "direction") if text == "reply" => Reach::Narrow,
        ("ct", "status") if text == "dnat" => Reach::Narrow,
        ("ip" | "ip6", "saddr") => prefix_reach(value),
        ("ip" | "ip6", "daddr") => destination_reach(value),
        // Whoever attacks chooses the port that he comes from.
        ("tcp" | "udp" | "th", "sport") => Reach::Most,
        _ => Reach::Unclear,
    }
}

fn prefix_reach(value: &Json) -> Reach {
    if let Some(prefix) = value.get("prefix") {
        let addr = word(prefix, "addr").unwrap_or_default();
        return net_reach(addr, prefix.get("len").and_then(Json::as_u64));
    }
    match value.as_str() {
        Some(text) if text.parse::<IpAddr>().is_ok() => Reach::Narrow,
        _ => Reach::Unclear,
    }
}

fn destination_reach(value: &Json) -> Reach {
    let prefix = value.get("prefix").and_then(|p| word(p, "addr"));
    let addr = prefix
        .or(value.as_str())
        .and_then(|a| a.parse::<IpAddr>().ok());
    match addr {
        Some(addr) if addr.is_multicast() => Reach::Narrow,
        _ => Reach::Unclear,
    }
}

/// A port, a service's name that nft could resolve, or a range.
fn range(value: &Json) -> Option<(u16, u16)> {
    let port = |v: &Json| v.as_u64().and_then(|p| u16::try_from(p).ok());
    if let Some(ends) = value.get("range").and_then(Json::as_array) {
        return Some((port(ends.first()?)?, port(ends.get(1)?)?));
    }
    port(value).map(|p| (p, p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::firewall::{Stance, follow};
    use proptest::prelude::*;

    /// What an inet input chain with the given policy and rules makes of IPv4 packets.
    fn stance(policy: &str, rules: &[&str]) -> Stance {
        let head = format!(
            r#"{{"chain":{{"family":"inet","table":"f","name":"in","type":"filter","hook":"input","policy":"{policy}"}}}}"#
        );
        let mut items = vec![head];
        items.extend(rules.iter().map(|r| {
            format!(r#"{{"rule":{{"family":"inet","table":"f","chain":"in","expr":[{r}]}}}}"#)
        }));
        let text = format!(r#"{{"nftables":[{}]}}"#, items.join(","));
        follow(&parse(&text).unwrap().v4["inet f"]).default
    }

    fn matching(left: &str, right: &str) -> String {
        format!(r#"{{"match":{{"op":"==","left":{left},"right":{right}}}}},{{"accept":null}}"#)
    }

    #[test]
    fn what_opens_a_chain_with_policy_drop() {
        let sport = r#"{"payload":{"protocol":"udp","field":"sport"}}"#;
        let saddr = r#"{"payload":{"protocol":"ip","field":"saddr"}}"#;
        let state = r#"{"ct":{"key":"state"}}"#;
        let dport = r#"{"payload":{"protocol":"tcp","field":"dport"}}"#;
        for rule in [
            r#"{"counter":null},{"accept":null}"#.to_owned(),
            matching(sport, "53"),
            matching(saddr, r#"{"prefix":{"addr":"0.0.0.0","len":0}}"#),
            matching(state, r#"{"set":["new","established"]}"#),
            matching(dport, r#"{"range":[1,65535]}"#),
            matching(r#"{"meta":{"key":"l4proto"}}"#, r#""tcp""#),
            matching(r#"{"meta":{"key":"nfproto"}}"#, r#""ipv4""#),
        ] {
            assert_eq!(stance("drop", &[&rule]), Stance::Open, "{rule}");
        }
    }

    #[test]
    fn what_leaves_a_chain_closed() {
        let saddr = r#"{"payload":{"protocol":"ip","field":"saddr"}}"#;
        let state = r#"{"ct":{"key":"state"}}"#;
        for rule in [
            matching(r#"{"payload":{"protocol":"tcp","field":"dport"}}"#, "22"),
            matching(saddr, r#"{"prefix":{"addr":"10.0.0.0","len":8}}"#),
            matching(state, r#"["established","related"]"#),
            matching(r#"{"meta":{"key":"iifname"}}"#, r#""lo""#),
            matching(r#"{"meta":{"key":"nfproto"}}"#, r#""ipv6""#),
            r#"{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["established",{"accept":null}],["invalid",{"drop":null}]]}}}"#.to_owned(),
        ] {
            assert_eq!(stance("drop", &[&rule]), Stance::Closed, "{rule}");
        }
    }

    #[test]
    fn a_deny_with_a_match_closes_nothing() {
        let tcp = r#"{"match":{"op":"==","left":{"meta":{"key":"l4proto"}},"right":"tcp"}},{"drop":null}"#;
        assert_eq!(stance("accept", &[tcp]), Stance::Open);
        let some = r#"{"limit":{"rate":1}},{"drop":null}"#;
        assert_eq!(stance("accept", &[some]), Stance::Open);
        assert_eq!(stance("accept", &[r#"{"reject":null}"#]), Stance::Closed);
    }

    #[test]
    fn a_whole_interface_is_wide() {
        let rule = matching(r#"{"meta":{"key":"iifname"}}"#, r#""eth1""#);
        assert_eq!(stance("drop", &[&rule]), Stance::Wide);
    }

    #[test]
    fn a_foreign_target_is_wide() {
        let queue = r#"{"xt":{"type":"target","name":"NFQUEUE"}}"#;
        assert_eq!(stance("drop", &[queue]), Stance::Wide);
        let log = r#"{"xt":{"type":"target","name":"LOG"}}"#;
        assert_eq!(stance("drop", &[log]), Stance::Closed);
        let reject = r#"{"xt":{"type":"target","name":"REJECT"}}"#;
        assert_eq!(stance("accept", &[reject]), Stance::Closed);
        assert_eq!(stance("drop", &[r#"{"xt":null}"#]), Stance::Wide);
    }

    #[test]
    fn a_sleeping_table_is_none() {
        let text = r#"{"nftables":[{"table":{"family":"ip","name":"f","flags":"dormant"}},
            {"chain":{"family":"ip","table":"f","name":"in","type":"filter","hook":"input","policy":"drop"}}]}"#;
        assert!(parse(text).unwrap().v4.is_empty());
    }

    proptest! {
        #[test]
        fn no_input_panics(text in r#"[\[\]{}":,a-z0-9 ]{0,120}"#) {
            let _tables = parse(&text);
            let _wrapped = parse(&format!(r#"{{"nftables":[{{"rule":{text}}}]}}"#));
        }
    }
}
