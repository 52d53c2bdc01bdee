//! PostgreSQL's `pg_hba.conf`: who may log in from where, the first rule that fits deciding.

use std::net::IpAddr;

use crate::facts::sshd_match::{contains, network};

/// Most rules of a file.
const MAX_RULES: usize = 4096;

/// A rule for connections over TCP without TLS; others are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its line, from 1.
    pub line: usize,
    databases: String,
    users: String,
    from: From,
    method: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    /// From everywhere.
    All,
    /// From the host's own addresses.
    SameHost,
    /// From a network.
    Net(IpAddr, u32),
    /// From a name, or a network that only the server knows.
    Other(String),
}

impl Rule {
    /// How it stands there, without the options of its method: they may hold secrets.
    pub fn shown(&self) -> String {
        let from = match &self.from {
            From::All => "all".to_owned(),
            From::SameHost => "samehost".to_owned(),
            From::Net(net, bits) => format!("{net}/{bits}"),
            From::Other(text) => text.clone(),
        };
        let (line, method) = (self.line, &self.method);
        format!("{line}: {} {} {from} {method}", self.databases, self.users)
    }

    fn rejects(&self) -> bool {
        self.method == "reject"
    }

    fn for_everybody(&self) -> bool {
        self.databases == "all" && self.users == "all"
    }

    /// Whether only this very host comes from there.
    fn local(&self) -> bool {
        match &self.from {
            From::SameHost => true,
            From::Net(net, bits) => match net.to_canonical() {
                IpAddr::V4(ip) => ip.is_loopback() && *bits >= 8,
                IpAddr::V6(ip) => ip.is_loopback() && *bits == 128,
            },
            From::Other(name) => name == "localhost",
            From::All => false,
        }
    }

    /// Whether all that comes from where `other` speaks of comes from here too.
    fn covers(&self, other: &Self) -> bool {
        match (&self.from, &other.from) {
            (From::All, _) => true,
            (From::Net(net, bits), From::Net(inner, more)) => {
                bits <= more && contains(*net, *bits, *inner)
            }
            (a, b) => a == b,
        }
    }
}

/// The rules of a file; `None` where one is not understood, or others are included.
pub fn parse(text: &str) -> Option<Vec<Rule>> {
    let mut rules = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((n, line)) = lines.next() {
        let mut whole = line.to_owned();
        while let Some(open) = whole.strip_suffix('\\') {
            whole = format!("{open} {}", lines.next()?.1);
        }
        let words = words(&whole)?;
        if let Some(rule) = rule(n + 1, &words)? {
            rules.push(rule);
        }
        if rules.len() > MAX_RULES {
            return None;
        }
    }
    Some(rules)
}

/// `Some(None)` for what does not speak of connections over TCP without TLS.
fn rule(line: usize, words: &[String]) -> Option<Option<Rule>> {
    let mut words = words.iter().map(String::as_str);
    match words.next() {
        None | Some("local" | "hostssl" | "hostgssenc") => return Some(None),
        Some("host" | "hostnossl" | "hostnogssenc") => {}
        Some(_) => return None,
    }
    let (databases, users, from) = (words.next()?, words.next()?, words.next()?);
    let mut method = words.next()?;
    let from = match (from, from.parse::<IpAddr>()) {
        ("all", _) => From::All,
        ("samehost", _) => From::SameHost,
        (_, Ok(net)) => {
            let mask = method.parse::<IpAddr>().ok()?;
            method = words.next()?;
            From::Net(net, ones(mask)?)
        }
        (text, Err(_)) => match network(text) {
            Some((net, bits)) => From::Net(net, bits),
            None => From::Other(text.to_owned()),
        },
    };
    Some(Some(Rule {
        line,
        databases: databases.to_owned(),
        users: users.to_owned(),
        from,
        method: method.to_lowercase(),
    }))
}

/// The length of a mask; `None` where it has holes.
fn ones(mask: IpAddr) -> Option<u32> {
    let (bits, width) = match mask {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    };
    let ones = bits.leading_ones();
    (ones <= width && bits.count_ones() == ones).then_some(ones)
}

/// Words between blanks. A quoted one keeps its first quote: it is a name, never a keyword. `None` for
/// a quote that is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => {
                if !quoted {
                    word.push(c);
                }
                quoted = !quoted;
            }
            '#' if !quoted => break,
            c if c.is_whitespace() && !quoted => {
                // A list goes on behind its comma.
                if !word.is_empty() && !word.ends_with(',') {
                    all.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    (!quoted).then_some(all)
}

/// The rules that let others log in without TLS: not this host alone, and not after a rule that
/// rejects all of them.
pub fn open_to_others(rules: &[Rule]) -> Vec<&Rule> {
    let mut open = Vec::new();
    for (n, rule) in rules.iter().enumerate() {
        let mut before = rules.iter().take(n);
        let shut = before.any(|r| r.rejects() && r.for_everybody() && r.covers(rule))
            || rule.from == From::All && both_shut(rules.get(..n).unwrap_or_default());
        if !rule.rejects() && !rule.local() && !shut {
            open.push(rule);
        }
    }
    open
}

/// Whether `0.0.0.0/0` and `::/0` are both rejected for everybody.
fn both_shut(rules: &[Rule]) -> bool {
    [true, false].into_iter().all(|four| {
        let mut all = rules.iter().filter(|r| r.rejects() && r.for_everybody());
        all.any(|r| matches!(&r.from, From::Net(net, 0) if net.is_ipv4() == four))
    })
}

/// Whether somebody unknown who comes from that address of this host without TLS and asks for the
/// database `postgres` may go on to log in; `None` where a rule's fitting cannot be told.
pub fn lets_on(rules: &[Rule], from: IpAddr) -> Option<bool> {
    for rule in rules {
        let here = match &rule.from {
            From::All | From::SameHost => Some(true),
            From::Net(net, bits) => Some(contains(*net, *bits, from)),
            From::Other(_) => None,
        };
        let fits = fits(&rule.databases, "postgres").zip(fits(&rule.users, ""));
        match (here, fits) {
            (Some(false), _) => {}
            (_, Some((database, user))) if !database || !user => {}
            (Some(true), Some(_)) => return Some(!rule.rejects()),
            _ => return None,
        }
    }
    Some(false)
}

/// Whether a list of names holds a name, or all; `None` for files, expressions and roles.
fn fits(list: &str, name: &str) -> Option<bool> {
    let mut sure = true;
    for word in list.split(',') {
        match word.strip_prefix('"').unwrap_or(word) {
            "all" if word == "all" => return Some(true),
            other if other == name => return Some(true),
            other if other.starts_with(['@', '/', '+']) => sure = false,
            "sameuser" | "samerole" | "samegroup" if !word.starts_with('"') => {}
            _ => {}
        }
    }
    sure.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that stand open to others, and whether the host itself gets on from two addresses.
    fn told(text: &str) -> Option<(Vec<usize>, Option<bool>, Option<bool>)> {
        let rules = parse(text)?;
        let open = open_to_others(&rules).iter().map(|r| r.line).collect();
        let from = |ip: &str| lets_on(&rules, ip.parse().unwrap());
        Some((open, from("127.0.0.1"), from("10.1.2.3")))
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let (yes, no) = (Some(true), Some(false));
        for (text, want) in [
            ("", (vec![], no, no)),
            // As Debian ships it.
            (
                "local all postgres peer\nhost all all 127.0.0.1/32 scram-sha-256\n\
                 host all all ::1/128 scram-sha-256\nhost replication all 127.0.0.1/32 md5",
                (vec![], yes, no),
            ),
            ("hostssl all all all scram-sha-256", (vec![], no, no)),
            ("host all all 0.0.0.0/0 md5", (vec![1], yes, yes)),
            ("host all all 10.0.0.0 255.0.0.0 md5", (vec![1], no, yes)),
            (
                "hostnossl all all all reject\nhost all all all md5",
                (vec![], no, no),
            ),
            (
                "hostnossl all all 0.0.0.0/0 reject\nhostnossl all all ::/0 reject\nhost all all all md5",
                (vec![], no, no),
            ),
            (
                "hostnossl all all 0.0.0.0/0 reject\nhost all all all md5",
                (vec![2], no, no),
            ),
            // Only one database is shut.
            (
                "hostnossl app all all reject\nhost all all 10.0.0.0/8 md5",
                (vec![2], no, yes),
            ),
            // A database that is called "all".
            (
                "hostnossl \"all\" all all reject\nhost all all 10.0.0.0/8 md5",
                (vec![2], no, yes),
            ),
            (
                "hostnossl all all 10.0.0.0/8 reject\nhost all all 10.1.0.0/16 md5",
                (vec![], no, no),
            ),
            (
                "hostnossl all all 10.1.0.0/16 reject\nhost all all 10.0.0.0/8 md5",
                (vec![2], no, no),
            ),
            ("host a, b all \\\n 10.0.0.0/8 trust # x", (vec![1], no, no)),
            ("host all all samehost trust", (vec![], yes, yes)),
            ("host all +quan_tri 10.0.0.0/8 md5", (vec![1], no, None)),
            ("host all all .example md5", (vec![1], None, None)),
            ("host all all localhost md5", (vec![], None, None)),
        ] {
            assert_eq!(told(text), Some(want), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_passed_over() {
        for text in [
            "include other.conf",
            "host all all",
            "host all all 10.0.0.1 md5",
            "host all all 10.0.0.0 255.0.255.0 md5",
            "host \"all all 10.0.0.0/8 md5",
            "host all all 10.0.0.0/8 md5 \\",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_option_of_a_method_is_shown() {
        let text = "host all all 10.0.0.0/8 ldap ldapbindpasswd=bi-mat";
        let rules = parse(text).unwrap();
        assert_eq!(rules[0].shown(), "1: all all 10.0.0.0/8 ldap");
    }
}
