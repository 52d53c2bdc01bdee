//! FreeRADIUS: which ways lead to Access-Accept, and what each asks for.
//!
//! [`unlang`] reads the configuration as a tree, [`authorize`] tells which kinds of
//! authentication a request can be given, and [`authenticate`] follows the section of each.

pub mod authenticate;
pub mod authorize;
pub mod conditions;
pub mod unlang;
pub mod users;

use std::collections::BTreeMap;

use self::unlang::{Node, named, parse};
use super::{
    Login, UNSEEN, Way, declared,
    running::{self, Traces},
    weakest_first,
};
use crate::{
    context::{Cx, Gather},
    facts::pam,
    host::Host,
    observation::{Gap, GapReason},
    settings::EndpointKind,
};

const BASES: [&str; 4] = [
    "/etc/freeradius/3.0",
    "/etc/freeradius/3.2",
    "/etc/freeradius",
    "/etc/raddb",
];
const TRACES: Traces = Traces {
    name: "RADIUS",
    programs: &["freeradius", "radiusd", "radiator"],
    ports: &[1812],
};
const MAX_FILES: usize = 512;
const MAX_BYTES: usize = 4 << 20;
const MAX_DEPTH: usize = 8;

/// The logins of the RADIUS servers of this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RadiusServers(pub Vec<Login>);

impl Gather for RadiusServers {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        for base in BASES {
            let main = format!("{base}/radiusd.conf");
            if host.stat_if_any(&main)?.is_none() {
                continue;
            }
            let mut text = String::new();
            let mut left = MAX_FILES;
            expand(host, base, &main, &mut text, &mut left, MAX_DEPTH)?;
            let tree = parse(&text).ok_or_else(|| Gap::parse(&main))?;
            let users = users_file(host, base)?;
            let config = Config::new(&tree, &users, pam_ways(cx, &tree)?);
            return Ok(Self(config.logins(&main)));
        }
        let mut found = declared::not_found(cx, EndpointKind::Freeradius);
        if found.is_empty() {
            found = running::unread(cx, &[&TRACES], true);
        }
        Ok(Self(found))
    }
}

/// The text of a file with what it includes in its place.
fn expand(
    host: &dyn Host,
    base: &str,
    file: &str,
    text: &mut String,
    left: &mut usize,
    depth: usize,
) -> Result<(), Gap> {
    let over = || Gap::new(GapReason::OverBudget, file);
    *left = left.checked_sub(1).ok_or_else(over)?;
    let below = depth.checked_sub(1).ok_or_else(over)?;
    for line in host.text(file)?.lines() {
        let Some(named) = line.trim().strip_prefix("$INCLUDE") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let named = named
            .trim()
            .replace("${confdir}/", "")
            .replace("${raddbdir}/", "");
        let path = if named.starts_with('/') {
            named
        } else {
            format!("{base}/{named}")
        };
        if let Some(folder) = path.strip_suffix('/') {
            for entry in host.list_if_any(folder, MAX_FILES)? {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
                if entry.name.chars().all(plain) && !entry.name.contains(".dpkg-") {
                    let more = format!("{folder}/{}", entry.name);
                    expand(host, base, &more, text, left, below)?;
                }
            }
        } else {
            expand(host, base, &path, text, left, below)?;
        }
        if text.len() > MAX_BYTES {
            return Err(over());
        }
    }
    Ok(())
}

fn users_file(host: &dyn Host, base: &str) -> Result<String, Gap> {
    for name in ["mods-config/files/authorize", "users"] {
        if let Some(text) = host.text_if_any(&format!("{base}/{name}"))? {
            return Ok(text);
        }
    }
    Ok(String::new())
}

/// The ways through the PAM service that each instance of rlm_pam asks, by instance.
fn pam_ways(cx: &Cx<'_>, tree: &[Node]) -> Result<BTreeMap<String, Vec<Way>>, Gap> {
    let mut found = BTreeMap::new();
    for module in named(tree, "modules").flat_map(|m| named(m.inside(), "pam")) {
        let settings = module.inside().iter().filter_map(Node::assignment);
        let service = settings
            .filter(|(k, ..)| *k == "pam_auth")
            .map(|(.., v)| v)
            .next();
        let service = service.unwrap_or("radiusd");
        let instance = module.rest();
        let name = if instance.is_empty() { "pam" } else { instance };
        let before = Way::new("", super::NOTHING, "");
        // A module that nobody calls may name a service that is not there.
        let known = pam::has_service(cx.host(), service)? || pam::has_service(cx.host(), "other")?;
        let ways = if known {
            super::through_pam(cx, service, &before)?
        } else {
            Vec::new()
        };
        found.insert(name.to_owned(), ways);
    }
    Ok(found)
}

/// The configuration as the evaluators use it.
#[derive(Debug)]
pub struct Config<'a> {
    tree: &'a [Node],
    /// The file of users of the module `files`.
    users: &'a str,
    /// Instance of a module to its type.
    modules: BTreeMap<String, (String, &'a Node)>,
    policies: BTreeMap<String, &'a Node>,
    pam: BTreeMap<String, Vec<Way>>,
}

impl<'a> Config<'a> {
    fn new(tree: &'a [Node], users: &'a str, pam: BTreeMap<String, Vec<Way>>) -> Self {
        let mut modules = BTreeMap::new();
        for node in named(tree, "modules")
            .flat_map(Node::inside)
            .filter(|n| n.body.is_some())
        {
            let instance = node.rest();
            let name = if instance.is_empty() {
                node.word()
            } else {
                instance
            };
            modules.insert(name.to_owned(), (node.word().to_owned(), node));
        }
        let policies = named(tree, "policy").flat_map(Node::inside);
        let policies = policies.map(|n| (n.word().to_owned(), n)).collect();
        Self {
            tree,
            users,
            modules,
            policies,
            pam,
        }
    }

    /// The type of a module by the name of its instance; empty when it is none.
    fn kind(&self, instance: &str) -> &str {
        self.modules
            .get(instance)
            .map_or("", |(kind, _)| kind.as_str())
    }

    fn logins(&self, file: &str) -> Vec<Login> {
        let inner: Vec<&str> = self.inner_servers();
        let mut found = Vec::new();
        for server in named(self.tree, "server") {
            let authenticates = named(server.inside(), "authenticate").next().is_some()
                || named(server.inside(), "authorize").next().is_some();
            if authenticates && !inner.contains(&server.rest()) {
                let ways = weakest_first(self.ways(server.inside(), 0));
                found.push(Login::configured(
                    format!("freeradius {}", server.rest()),
                    file,
                    ways,
                ));
            }
        }
        // Without servers of their own, the sections stand at the top.
        if found.is_empty() && named(self.tree, "authorize").next().is_some() {
            let ways = weakest_first(self.ways(self.tree, 0));
            found.push(Login::configured("freeradius", file, ways));
        }
        found
    }

    /// Servers that only see what EAP unwraps.
    fn inner_servers(&self) -> Vec<&str> {
        let eap = self.modules.values().filter(|(kind, _)| kind == "eap");
        let methods = eap.flat_map(|(_, node)| node.inside());
        let settings = methods.flat_map(Node::inside).filter_map(Node::assignment);
        settings
            .filter(|(k, ..)| *k == "virtual_server")
            .map(|(.., v)| v)
            .collect()
    }

    /// The ways through one server.
    fn ways(&self, server: &[Node], depth: usize) -> Vec<Way> {
        let mut found = Vec::new();
        for auth_type in self.auth_types(server) {
            found.extend(self.authenticate(server, &auth_type, depth));
        }
        if self.refuses_later(server) {
            for way in &mut found {
                way.shown = way.shown.and(UNSEEN);
                way.via = format!("{}; post-auth", way.via);
            }
        }
        found
    }

    /// Whether `post-auth` asks something that may still refuse.
    fn refuses_later(&self, server: &[Node]) -> bool {
        let later = named(server, "post-auth").flat_map(Node::inside);
        let asks = |n: &Node| {
            let name = n.word().trim_start_matches('-');
            matches!(
                self.kind(name),
                "rest" | "perl" | "python" | "python3" | "yubikey" | "lua"
            )
        };
        fn any(node: &Node, asks: &dyn Fn(&Node) -> bool) -> bool {
            asks(node)
                || (node.word() != "Post-Auth-Type" && node.inside().iter().any(|n| any(n, asks)))
        }
        later.into_iter().any(|n| any(n, &asks))
    }
}

#[cfg(test)]
mod tests;
