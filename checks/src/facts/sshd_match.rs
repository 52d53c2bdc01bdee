//! `Match` of `sshd_config(5)`: which settings one connection meets, from the files alone. The
//! server's own answer (`sshd -T -C`) goes before; this stands in where it cannot be asked, and
//! beside it everywhere, so that a difference shows.

use std::{collections::BTreeMap, net::IpAddr};

use super::{
    glob,
    sshd::Values,
    sshd_config::{Config, MatchBlock, Setting, WHOLE, in_pattern_list},
};

/// Keywords that decide who gets in, and how, in lower case, with the value that OpenSSH takes
/// where no line names them.
const KEYWORDS: [(&str, &str); 19] = [
    ("allowgroups", ""),
    ("allowusers", ""),
    ("authenticationmethods", "any"),
    ("authorizedkeyscommand", "none"),
    (
        "authorizedkeysfile",
        ".ssh/authorized_keys .ssh/authorized_keys2",
    ),
    ("denygroups", ""),
    ("denyusers", ""),
    ("gssapiauthentication", "no"),
    ("hostbasedauthentication", "no"),
    ("kbdinteractiveauthentication", "yes"),
    ("pamservicename", "sshd"),
    ("passwordauthentication", "yes"),
    ("permitemptypasswords", "no"),
    ("permitrootlogin", "without-password"),
    ("pubkeyacceptedalgorithms", ""),
    ("pubkeyauthentication", "yes"),
    ("pubkeyauthoptions", "none"),
    ("trustedusercakeys", "none"),
    ("usepam", "no"),
];

/// Keywords of which every line counts.
const GATHERED: [&str; 4] = ["allowgroups", "allowusers", "denygroups", "denyusers"];

/// Longest words of one keyword that are kept, in characters.
const MAX_WORDS: usize = 8_192;

/// The name under which a keyword is known here, where it is one of those that decide.
pub fn canonical(keyword: &str) -> Option<&'static str> {
    let name = match keyword {
        "challengeresponseauthentication" | "skeyauthentication" => "kbdinteractiveauthentication",
        "dsaauthentication" => "pubkeyauthentication",
        "pubkeyacceptedkeytypes" => "pubkeyacceptedalgorithms",
        other => other,
    };
    let known = KEYWORDS.iter().map(|(k, _)| *k);
    known.into_iter().find(|k| *k == name)
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection {
    /// Who logs in.
    pub user: String,
    /// The groups of that account, where they are known.
    pub groups: Option<Vec<String>>,
    /// Name of the peer; its address where names are not looked up.
    pub host: String,
    /// Address of the peer.
    pub addr: String,
    /// Address of this host that it came to.
    pub laddr: String,
    /// Port that it came to.
    pub lport: u16,
}

/// Whether the connection meets every criterion of a `Match` line; `None` where that cannot be
/// told.
pub fn met(block: &MatchBlock, to: &Connection) -> Option<bool> {
    let mut words = block.criteria.iter();
    let mut sure = true;
    let mut any = false;
    while let Some(name) = words.next() {
        any = true;
        let name = name.to_ascii_lowercase();
        if name == "all" {
            continue;
        }
        let fits = match (name.as_str(), words.next()) {
            ("user", Some(list)) => Some(in_pattern_list(&to.user, list)),
            ("group", Some(list)) => to.groups.as_ref().map(|g| in_groups(g, list)),
            ("host", Some(list)) => Some(in_pattern_list(
                &to.host.to_ascii_lowercase(),
                &list.to_ascii_lowercase(),
            )),
            ("address", Some(list)) => in_addresses(&to.addr, list),
            ("localaddress", Some(list)) => in_addresses(&to.laddr, list),
            ("localport", Some(port)) => port.parse::<u16>().ok().map(|p| p == to.lport),
            _ => None, // RDomain, Version, Invalid-User, or nothing that this knows
        };
        match fits {
            Some(false) => return Some(false),
            Some(true) => {}
            None => sure = false,
        }
    }
    (sure && any).then_some(true)
}

/// Whether a group fits a pattern list: one that a negated pattern names decides.
fn in_groups(groups: &[String], list: &str) -> bool {
    let negated = |g: &String| {
        let mut patterns = list.split(',').filter_map(|p| p.strip_prefix('!'));
        patterns.any(|p| glob::matches(p, g))
    };
    // The server goes from group to group and stops where it meets a negated one.
    !groups.iter().any(negated) && groups.iter().any(|g| in_pattern_list(g, list))
}

/// Whether an address is in a list of addresses, networks and patterns; `None` where an entry is
/// not understood (the server refuses it, or takes it for something else).
pub fn in_addresses(address: &str, list: &str) -> Option<bool> {
    let address_parsed: IpAddr = address.parse().ok()?;
    let mut found = false;
    for entry in list.split(',') {
        let (negated, entry) = entry
            .strip_prefix('!')
            .map_or((false, entry), |e| (true, e));
        let fits = match network(entry) {
            Some((net, bits)) => contains(net, bits, address_parsed),
            None if glob::is_pattern(entry) => glob::matches(entry, address),
            None => return None,
        };
        if fits && negated {
            return Some(false);
        }
        found |= fits;
    }
    Some(found)
}

/// An address with the length of its prefix, in bits.
pub fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then_some((address, bits))
}

/// Whether an address lies in a network of that many leading bits.
pub fn contains(net: IpAddr, bits: u32, address: IpAddr) -> bool {
    if net.is_ipv4() != address.is_ipv4() {
        return false;
    }
    let width = if net.is_ipv4() { 32 } else { 128 };
    let host = width - bits;
    host >= 128 || number(net) >> host == number(address) >> host
}

/// An address as a number.
pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(a) => u128::from(u32::from(a)),
        IpAddr::V6(a) => u128::from(a),
    }
}

/// The settings that decide who gets in, as one connection meets them: the first of the `Match`
/// blocks that it meets goes before what stands outside them, and options of the server's command
/// line go before both. `None` where a block that sets one of them cannot be decided.
pub fn settings(config: &Config, overrides: &[Setting], to: &Connection) -> Option<Settings> {
    let mut blocks = Vec::new();
    for block in config.matches.iter().filter(|b| decides(b)) {
        if met(block, to)? {
            if block
                .settings
                .iter()
                .any(|s| WHOLE.contains(&s.keyword.as_str()))
            {
                return None; // the server refuses to start
            }
            blocks.push(block);
        }
    }
    let inside: Vec<&Setting> = blocks.iter().flat_map(|b| &b.settings).collect();
    let mut found = Settings::new();
    for (keyword, default) in KEYWORDS {
        let named = |s: &&Setting| canonical(&s.keyword) == Some(keyword);
        let line = overrides.iter().filter(named);
        let own: Vec<&Setting> = line.collect();
        let first = if own.is_empty() {
            let matched: Vec<&Setting> = inside.iter().copied().filter(named).collect();
            if matched.is_empty() {
                config.global.iter().filter(named).collect()
            } else {
                matched
            }
        } else {
            own
        };
        found.insert(keyword.to_owned(), value(keyword, &first, default));
    }
    Some(found)
}

/// Keyword to value, both as [`plain`] writes them.
pub type Settings = BTreeMap<String, String>;

fn value(keyword: &str, found: &[&Setting], default: &str) -> String {
    let words: Vec<String> = if GATHERED.contains(&keyword) {
        found.iter().flat_map(|s| s.words.clone()).collect()
    } else {
        found.first().map(|s| s.words.clone()).unwrap_or_default()
    };
    if words.is_empty() {
        return default.to_owned();
    }
    plain(keyword, &words)
}

/// A value in one spelling: the words that mean a choice in lower case, `prohibit-password` as the
/// server prints it.
fn plain(keyword: &str, words: &[String]) -> String {
    let text: String = words.join(" ").chars().take(MAX_WORDS).collect();
    match keyword {
        "allowgroups"
        | "allowusers"
        | "denygroups"
        | "denyusers"
        | "authorizedkeysfile"
        | "pubkeyacceptedalgorithms" => text,
        // What it names is not kept, only that something is named.
        "authorizedkeyscommand" | "trustedusercakeys" if !text.eq_ignore_ascii_case("none") => {
            "set".to_owned()
        }
        "permitrootlogin" if text.eq_ignore_ascii_case("prohibit-password") => {
            "without-password".to_owned()
        }
        _ => text.to_ascii_lowercase(),
    }
}

/// What the server prints of itself, in the same spelling. Servers before OpenSSH 8.7 print two
/// keywords for one thing: either switches it on.
pub fn printed(values: &Values) -> Settings {
    let mut found = Settings::new();
    for (keyword, words) in values {
        let Some(name) = canonical(keyword) else {
            continue;
        };
        let value = plain(name, words);
        let both =
            name == "kbdinteractiveauthentication" && found.get(name).is_some_and(|v| v == "yes");
        if !both {
            found.insert(name.to_owned(), value);
        }
    }
    found
}

/// Whether a connection may be passed on to other addresses or sockets, which takes no shell. Where
/// that hangs on more than the account, it may.
pub fn forwards(config: &Config, overrides: &[Setting], to: &Connection) -> bool {
    let says = |keyword: &str, word: &str| -> bool {
        let named = |s: &&Setting| s.keyword == keyword;
        let is = |s: &Setting| {
            s.words
                .first()
                .is_some_and(|w| w.eq_ignore_ascii_case(word))
        };
        if let Some(own) = overrides.iter().find(named) {
            return is(own);
        }
        for block in &config.matches {
            let Some(own) = block.settings.iter().find(named) else {
                continue;
            };
            let names = block.criteria.iter().map(|w| w.to_ascii_lowercase());
            let account = names.clone().count() == 2
                && names
                    .clone()
                    .next()
                    .is_some_and(|n| n == "user" || n == "group")
                || names.clone().eq(["all".to_owned()]);
            match met(block, to).filter(|_| account) {
                Some(true) => return is(own),
                Some(false) => {}
                // One that may hold for some connections alone.
                None if !is(own) => return false,
                None => {}
            }
        }
        config.global.iter().find(named).is_some_and(is)
    };
    let none = says("allowtcpforwarding", "no") && says("allowstreamlocalforwarding", "no");
    !(none || says("disableforwarding", "yes"))
}

/// Whether a block sets anything that decides who gets in, and how.
pub fn decides(block: &MatchBlock) -> bool {
    block
        .settings
        .iter()
        .any(|s| canonical(&s.keyword).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(words: &str) -> MatchBlock {
        MatchBlock {
            criteria: words.split(' ').map(str::to_owned).collect(),
            ..MatchBlock::default()
        }
    }

    fn an() -> Connection {
        Connection {
            user: "an".into(),
            groups: Some(vec!["an".into(), "ops".into()]),
            host: "10.1.2.3".into(),
            addr: "10.1.2.3".into(),
            laddr: "127.0.0.1".into(),
            lport: 22,
        }
    }

    #[test]
    fn criteria_are_met_or_not_or_cannot_be_told() {
        for (words, want) in [
            ("all", Some(true)),
            ("User an,binh", Some(true)),
            ("User *,!an", Some(false)),
            ("Group ops Address 10.0.0.0/8", Some(true)),
            ("Group *,!ops", Some(false)),
            ("Address 10.1.2.*,!10.1.2.3", Some(false)),
            ("Address 2001:db8::/32", Some(false)),
            ("Address ::/0", Some(false)),
            ("Address 0.0.0.0/0 LocalPort 22", Some(true)),
            ("LocalPort 2222", Some(false)),
            ("RDomain x", None),
            ("User binh RDomain x", Some(false)),
            ("Address 10.1", None),
            ("User", None),
        ] {
            assert_eq!(met(&block(words), &an()), want, "{words}");
        }
        let unknown = Connection {
            groups: None,
            ..an()
        };
        assert_eq!(met(&block("Group ops"), &unknown), None);
    }

    #[test]
    fn whoever_may_be_passed_on_needs_no_shell() {
        let passes = |text: &str| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("x.toml");
            let file = "/etc/ssh/sshd_config";
            std::fs::write(&path, format!("[files.\"{file}\"]\ntext = {text:?}\n")).unwrap();
            let host = crate::host::Fixture::load(&path).unwrap();
            let config = crate::facts::sshd_config::read(&host, file).unwrap();
            forwards(&config, &[], &an())
        };
        let both = "AllowTcpForwarding no\nAllowStreamLocalForwarding no\n";
        for (text, want) in [
            ("", true),
            ("DisableForwarding yes\n", false),
            ("AllowTcpForwarding no\n", true),
            (both, false),
            ("Match Group ops\n DisableForwarding yes\n", false),
            ("Match User binh\n DisableForwarding yes\n", true),
            ("Match Address 10.0.0.0/8\n DisableForwarding yes\n", true),
            (
                "DisableForwarding yes\nMatch Address 192.0.2.0/24\n DisableForwarding no\n",
                true,
            ),
        ] {
            assert_eq!(passes(text), want, "{text}");
        }
    }

    #[test]
    fn either_spelling_switches_it_on() {
        let values = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()]))
                .collect()
        };
        let old = printed(&values(&[
            ("challengeresponseauthentication", "yes"),
            ("kbdinteractiveauthentication", "no"),
        ]));
        assert_eq!(old["kbdinteractiveauthentication"], "yes");
    }

    proptest::proptest! {
        #[test]
        fn any_list_is_read_without_panic(list in "[0-9a-f:.,!*?/]{0,60}") {
            in_addresses("10.0.0.1", &list);
            in_addresses("2001:db8::1", &list);
        }
    }
}
