//! The rules of iptables, as `iptables-save` prints them, read into the firewall's model.

use crate::facts::{
    firewall::{Action, Chain, Reach, Rule, Table},
    reach::{net_reach, ports_reach, protocol_reach, state_reach},
};

/// Options of matches that narrow nothing down, with one value each.
const HARMLESS: [&str; 11] = [
    "-m",
    "--comment",
    "--mask",
    "--name",
    "--reject-with",
    "--log-prefix",
    "--log-level",
    "--nflog-group",
    "--nflog-prefix",
    "--limit-burst",
    "--set-xmark",
];

/// The table `filter` of what `iptables-save` or `ip6tables-save` prints.
pub fn parse(text: &str) -> Table {
    let mut table = Table::new();
    let mut within = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            within = name == "filter";
        } else if !within {
            // Other tables translate and mark; they are no filters.
        } else if let Some(chain) = line.strip_prefix(':') {
            let mut words = chain.split_whitespace();
            let (name, policy) = (words.next().unwrap_or_default(), words.next());
            let entry = (name == "INPUT").then_some(policy == Some("DROP"));
            table.entry(name.to_owned()).or_default().entry = entry;
        } else if let Some(rest) = line.strip_prefix("-A ") {
            let words = split(rest);
            if let Some((chain, options)) = words.split_first() {
                let chain: &mut Chain = table.entry(chain.clone()).or_default();
                chain.rules.push(rule(options));
            }
        }
    }
    table
}

/// Words of a line; double quotes hold one together.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut any, mut escaped) = (String::new(), false, false, false);
    for c in line.chars() {
        match c {
            _ if escaped => {
                word.push(c);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => {
                quoted = !quoted;
                any = true;
            }
            c if c.is_whitespace() && !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

fn rule(options: &[String]) -> Rule {
    let mut rule = Rule::default();
    let mut negated = false;
    let mut rest = options.iter().map(String::as_str).peekable();
    while let Some(option) = rest.next() {
        if option == "!" {
            negated = true;
            continue;
        }
        if !option.starts_with('-') {
            continue; // a further value of the option before
        }
        match option {
            "-j" | "-g" => {
                let target = rest.next().unwrap_or_default();
                rule.log = matches!(target, "LOG" | "NFLOG" | "ULOG");
                rule.action = action(target, option == "-g");
            }
            "-f" => rule.reach = rule.reach.min(Reach::Unclear),
            _ if HARMLESS.contains(&option) => {
                rest.next();
            }
            _ => {
                // Some options have no value: the next option is not one.
                let value = rest.next_if(|v| !v.starts_with('-')).unwrap_or_default();
                narrow(&mut rule, option, value, negated);
            }
        }
        negated = false;
    }
    rule
}

fn action(target: &str, goes: bool) -> Action {
    match target {
        // A program of the user decides; it may let everything in.
        "ACCEPT" | "NFQUEUE" | "QUEUE" => Action::Accept,
        "DROP" | "REJECT" | "TARPIT" => Action::Deny,
        "RETURN" => Action::Return,
        "LOG" | "NFLOG" | "ULOG" | "MARK" | "CONNMARK" | "AUDIT" | "SET" | "TRACE" | "CLASSIFY"
        | "TCPMSS" | "DSCP" | "TOS" | "SECMARK" | "CONNSECMARK" => Action::None,
        chain if goes => Action::Goto(chain.to_owned()),
        chain => Action::Jump(chain.to_owned()),
    }
}

fn narrow(rule: &mut Rule, option: &str, value: &str, negated: bool) {
    if negated {
        rule.reach = rule.reach.min(Reach::Most);
        return;
    }
    let reach = match option {
        "-i" if value == "lo" => Reach::Narrow,
        "-p" => protocol_reach(value),
        "--icmp-type" | "--icmpv6-type" => Reach::Narrow,
        "--state" | "--ctstate" => widest(value.split(',').map(state_reach)),
        "--ctdir" if value == "REPLY" => Reach::Narrow,
        "-s" => {
            let (addr, len) = value.split_once('/').unwrap_or((value, ""));
            let reach = net_reach(addr, len.parse().ok());
            rule.source |= reach == Reach::Narrow;
            reach
        }
        "-d" if value.starts_with("224.0.0.") || value.starts_with("ff02") => Reach::Narrow,
        "--dport" | "--dports" | "--destination-port" | "--ports" => ports(rule, value),
        // Whoever attacks chooses the port that he comes from.
        "--sport" | "--sports" | "--source-port" => Reach::Most,
        "--dst-type" | "--pkt-type" => match value.to_ascii_lowercase().as_str() {
            "broadcast" | "multicast" | "anycast" => Reach::Narrow,
            _ => Reach::Most,
        },
        _ => Reach::Unclear,
    };
    rule.reach = rule.reach.min(reach);
}

fn widest(reaches: impl Iterator<Item = Reach>) -> Reach {
    reaches.max().unwrap_or(Reach::Unclear)
}

fn ports(rule: &mut Rule, value: &str) -> Reach {
    let range = |part: &str| -> Option<(u16, u16)> {
        let (low, high) = part.split_once(':').unwrap_or((part, part));
        Some((low.parse().ok()?, high.parse().ok()?))
    };
    rule.ports = value.split(',').map(range).collect();
    rule.ports.as_deref().map_or(Reach::Unclear, ports_reach)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::firewall::{Stance, follow};
    use proptest::prelude::*;

    fn stance(policy: &str, rules: &str) -> Stance {
        follow(&parse(&format!(
            "*filter\n:INPUT {policy} [0:0]\n{rules}\nCOMMIT\n"
        )))
        .default
    }

    #[test]
    fn ordinary_rule_sets() {
        let usual = "-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -m comment --comment \"from -j ACCEPT\" -j ACCEPT\n";
        assert_eq!(stance("DROP", usual), Stance::Closed);
        assert_eq!(stance("ACCEPT", usual), Stance::Open);
        let last = format!("{usual}-A INPUT -j REJECT --reject-with icmp-host-prohibited");
        assert_eq!(stance("ACCEPT", &last), Stance::Closed);
    }

    #[test]
    fn rules_that_open_a_closed_policy() {
        for rule in [
            "-A INPUT -j ACCEPT",
            "-A INPUT -p tcp -j ACCEPT",
            "-A INPUT -p udp -m udp --sport 53 -j ACCEPT",
            "-A INPUT -s 0.0.0.0/1 -j ACCEPT",
            "-A INPUT ! -s 10.0.0.1/32 -j ACCEPT",
            "-A INPUT -m state --state NEW -j ACCEPT",
        ] {
            assert_eq!(stance("DROP", rule), Stance::Open, "{rule}");
        }
        for rule in [
            "-A INPUT -i eth0 -j ACCEPT",
            "-A INPUT -m socket --transparent -j ACCEPT",
        ] {
            assert_eq!(stance("DROP", rule), Stance::Wide, "{rule}");
        }
    }

    #[test]
    fn a_policy_of_another_table_is_none() {
        let text = "*raw\n:INPUT DROP [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n";
        assert_eq!(follow(&parse(text)).default, Stance::Open);
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "[-!*:A-Za-z0-9 \"\\\\\n/,.]{0,200}") {
            let _stance = follow(&parse(&format!("*filter\n{text}")));
        }
    }
}
