//! `authorize`: which kinds of authentication a request can be given. Where a condition cannot be
//! known both branches count, so the answer holds at least what the server can do.

use std::collections::BTreeSet;

use super::{
    Config,
    unlang::{Node, named},
    users::users,
};

/// No kind yet; at the end of the section this is refused.
const NONE: &str = "";
/// Whatever a database, a script or another server says.
pub(super) const ELSEWHERE: &str = "?";
const MAX_DEPTH: usize = 16;

pub(super) type Types = BTreeSet<String>;

impl Config<'_> {
    /// The values of `Auth-Type` with which requests may leave `authorize`.
    pub(super) fn auth_types(&self, server: &[Node]) -> Types {
        let mut types = Types::from([NONE.to_owned()]);
        let mut left = Types::new();
        for section in named(server, "authorize") {
            types = self.sequence(section.inside(), types, &mut left, 0);
        }
        types.extend(left);
        types.remove(NONE);
        types
    }

    /// The kinds after the nodes of a block. `left` takes those with which `return` ends the whole
    /// section; a module whose result says `return` ends the block alone.
    fn sequence(&self, nodes: &[Node], mut types: Types, left: &mut Types, depth: usize) -> Types {
        if depth > MAX_DEPTH {
            return Types::from([ELSEWHERE.to_owned()]);
        }
        let mut ended = Types::new();
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            at += 1;
            if node.word() == "if" {
                let more = nodes[at..]
                    .iter()
                    .take_while(|n| matches!(n.word(), "elsif" | "else"));
                let chain: Vec<&Node> = std::iter::once(node).chain(more).collect();
                at += chain.len() - 1;
                types = self.branches(&chain, &types, left, depth);
            } else {
                types = self.node(node, types, left, depth);
                let mut results = node.inside().iter().filter_map(Node::assignment);
                if results.any(|(.., action)| action == "return") {
                    ended.extend(types.iter().cloned());
                }
            }
        }
        union(types, ended)
    }

    fn branches(&self, chain: &[&Node], types: &Types, left: &mut Types, depth: usize) -> Types {
        let mut out = Types::new();
        let mut rest = types.clone();
        for node in chain {
            let (inside, outside) = match node.word() {
                "else" => (std::mem::take(&mut rest), Types::new()),
                _ => split(node.rest(), &rest),
            };
            if !inside.is_empty() {
                out.extend(self.sequence(node.inside(), inside, left, depth + 1));
            }
            rest = outside;
        }
        out.extend(rest);
        out
    }

    fn node(&self, node: &Node, types: Types, left: &mut Types, depth: usize) -> Types {
        let name = node.word().trim_start_matches('-');
        let name = name.strip_suffix(".authorize").unwrap_or(name);
        match name {
            "update" => node
                .inside()
                .iter()
                .fold(types, |t, n| assigned(node.rest(), n, t)),
            "Autz-Type" => types,
            "return" => {
                left.extend(types);
                Types::new()
            }
            "group" | "case" => self.sequence(node.inside(), types, left, depth + 1),
            "redundant" | "load-balance" | "redundant-load-balance" | "switch" => {
                // Any one of them may be the one that answers, or none.
                let mut all = types.clone();
                for one in node.inside() {
                    let one = std::slice::from_ref(one);
                    all.extend(self.sequence(one, types.clone(), left, depth + 1));
                }
                all
            }
            "policy" | "foreach" | "parallel" | "limit" => {
                let inside = self.sequence(node.inside(), types.clone(), left, depth + 1);
                union(types, inside)
            }
            "reject" | "fail" | "userlock" | "disallow" => Types::new(),
            _ if node.body.is_none() && node.assignment().is_some() => assigned("", node, types),
            _ => self.module(name, types, left, depth),
        }
    }

    fn module(&self, name: &str, types: Types, left: &mut Types, depth: usize) -> Types {
        if let Some(policy) = self.policies.get(name) {
            return self.sequence(policy.inside(), types, left, depth + 1);
        }
        match self.kind(name) {
            "pap" => unset_becomes(types, "PAP"),
            "chap" => unset_becomes(types, "CHAP"),
            "mschap" => unset_becomes(types, "MS-CHAP"),
            "digest" => unset_becomes(types, "Digest"),
            "eap" => unset_becomes(types, name),
            "totp" | "yubikey" => types,
            "files" => users(self.users, types),
            "realm" if self.proxies() => union(types, Types::from([ELSEWHERE.to_owned()])),
            "sql" | "rest" | "perl" | "python" | "python3" | "lua" | "ruby" | "redis" | "exec" => {
                union(types, Types::from([ELSEWHERE.to_owned()]))
            }
            "always" if matches!(name, "reject" | "fail") => Types::new(),
            _ => types,
        }
    }

    /// Whether requests of some realm go to another server. The realm `example.com` comes with
    /// the package and belongs to nobody (RFC 2606).
    fn proxies(&self) -> bool {
        named(self.tree, "realm").any(|realm| {
            let away = realm.inside().iter().filter_map(Node::assignment);
            let mut away = away.filter(|(k, _, v)| {
                matches!(*k, "auth_pool" | "pool" | "authhost") && *v != "LOCAL"
            });
            away.next().is_some() && !matches!(realm.rest(), "example.com" | "LOCAL")
        })
    }
}

/// Which requests a condition lets in, and which it leaves: only whether a kind is set already is
/// known.
fn split(condition: &str, types: &Types) -> (Types, Types) {
    let bare: String = condition
        .chars()
        .filter(|c| !matches!(c, '(' | ')' | ' ' | '&'))
        .collect();
    let (unset, set): (Types, Types) = types.iter().cloned().partition(|t| t == NONE);
    match bare.as_str() {
        "!control:Auth-Type" | "!control.Auth-Type" => (unset, set),
        "control:Auth-Type" | "control.Auth-Type" => (set, unset),
        _ => (types.clone(), types.clone()),
    }
}

fn assigned(list: &str, node: &Node, types: Types) -> Types {
    let Some((key, operator, value)) = node.assignment() else {
        return types;
    };
    let key = key.trim_start_matches('&');
    let bare = key
        .strip_prefix("control:")
        .or_else(|| key.strip_prefix("control."));
    let control = list.trim_start_matches('&') == "control";
    let name = bare.or(control.then_some(key));
    if name != Some("Auth-Type") {
        return types;
    }
    let value = if value.contains(['%', '&']) {
        ELSEWHERE
    } else {
        value
    };
    match operator {
        ":=" => Types::from([value.to_owned()]),
        "=" => unset_becomes_only(types, value),
        _ => union(types, Types::from([value.to_owned()])),
    }
}

/// A module that takes a request only when it holds what the module understands.
fn unset_becomes(mut types: Types, value: &str) -> Types {
    if types.contains(NONE) {
        types.insert(value.to_owned());
    }
    types
}

pub(super) fn unset_becomes_only(mut types: Types, value: &str) -> Types {
    if types.remove(NONE) {
        types.insert(value.to_owned());
    }
    types
}

fn union(mut a: Types, b: Types) -> Types {
    a.extend(b);
    a
}
