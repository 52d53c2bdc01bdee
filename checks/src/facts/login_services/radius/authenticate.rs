//! `authenticate`: the ways through the section of one `Auth-Type`, by the results of its modules.
//!
//! As the server runs it: `reject`, `fail` and `invalid` end the section, `ok` goes on, and at the
//! end only `ok` is an acceptance. A module that has nothing to do returns `noop`, which refuses
//! nobody: so does `totp` for a user without a secret, and for a request without a code.

use super::{
    Config,
    authorize::ELSEWHERE,
    conditions::{sets, split},
    unlang::{Node, named},
};
use crate::facts::login_services::{KEY, NOTHING, PASSWORD, Shown, Sort, TOKEN, UNSEEN, Way};

const MAX_STATES: usize = 256;
const MAX_DEPTH: usize = 12;
/// EAP in EAP in EAP is nobody's configuration.
const MAX_TUNNELS: usize = 2;

/// What a module, or the section so far, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Ok,
    Noop,
    /// `reject`, `fail`, `invalid`, `userlock`.
    Bad(&'static str),
}

impl Code {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Noop => "noop",
            Self::Bad(word) => word,
        }
    }

    /// The weight by which the section's result is chosen.
    const fn weight(self) -> u8 {
        match self {
            Self::Ok => 3,
            Self::Noop => 2,
            Self::Bad(_) => 1,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) result: Option<(Code, u8)>,
    shown: Shown,
    sort: Sort,
    via: Vec<String>,
    /// It is known that the user has a secret, and that the request holds a code.
    pub(super) secret: bool,
    pub(super) code: bool,
}

#[derive(Default)]
struct Flow {
    on: Vec<State>,
    /// Left the block at a module whose result says `return`.
    ended: Vec<State>,
    accepted: Vec<State>,
    /// There were more states than are followed.
    cut: bool,
}

struct Outcome {
    code: Code,
    shown: Shown,
    note: &'static str,
}

impl Config<'_> {
    /// The ways to Access-Accept with one `Auth-Type`.
    pub(super) fn authenticate(&self, server: &[Node], auth_type: &str, depth: usize) -> Vec<Way> {
        let chain = format!("Auth-Type {auth_type}");
        match auth_type {
            "Accept" => return vec![Way::new("nothing", NOTHING, chain)],
            "Reject" => return Vec::new(),
            // Left from older versions, and done by the server itself.
            "Local" | "System" => return vec![Way::new("elsewhere", UNSEEN, chain)],
            ELSEWHERE => {
                let via = "database, script or other server";
                return vec![Way::new("elsewhere", UNSEEN, via)];
            }
            _ => {}
        }
        let Some(body) = section(server, auth_type) else {
            return Vec::new();
        };
        let start = State {
            result: None,
            shown: NOTHING,
            sort: Sort::Plain,
            via: Vec::new(),
            secret: false,
            code: false,
        };
        let flow = self.run(&body, vec![start], depth, 0);
        if flow.cut {
            return vec![Way::new("elsewhere", UNSEEN, chain)];
        }
        let ended = flow
            .on
            .into_iter()
            .filter(|s| matches!(s.result, Some((Code::Ok, _))));
        let all = flow.accepted.into_iter().chain(ended);
        let mut ways: Vec<Way> = all
            .map(|s| Way {
                chain: chain.clone(),
                shown: s.shown,
                sort: s.sort,
                via: s.via.join(" > "),
            })
            .collect();
        ways.sort_by_key(|w| (w.shown, w.sort));
        ways.dedup_by_key(|w| (w.shown, w.sort));
        ways
    }

    fn run(&self, nodes: &[Node], states: Vec<State>, tunnels: usize, depth: usize) -> Flow {
        let mut flow = Flow {
            on: states,
            ..Flow::default()
        };
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            at += 1;
            if flow.on.len() > MAX_STATES || depth > MAX_DEPTH {
                flow.cut = true;
                return flow;
            }
            let states = std::mem::take(&mut flow.on);
            let step = if node.word() == "if" {
                let more = nodes[at..]
                    .iter()
                    .take_while(|n| matches!(n.word(), "elsif" | "else"));
                let chain: Vec<&Node> = std::iter::once(node).chain(more).collect();
                at += chain.len() - 1;
                self.condition_chain(&chain, states, tunnels, depth)
            } else {
                self.step(node, states, tunnels, depth)
            };
            flow.on = step.on;
            flow.ended.extend(step.ended);
            flow.accepted.extend(step.accepted);
            flow.cut |= step.cut;
        }
        flow.on.append(&mut flow.ended);
        flow
    }

    fn condition_chain(
        &self,
        chain: &[&Node],
        states: Vec<State>,
        tunnels: usize,
        depth: usize,
    ) -> Flow {
        let mut flow = Flow::default();
        let mut rest = states;
        for node in chain {
            let mut inside = Vec::new();
            let mut outside = Vec::new();
            for state in rest {
                match node.word() {
                    "else" => inside.push(state),
                    _ => split(node.rest(), &state, &mut inside, &mut outside),
                }
            }
            let within = self.run(node.inside(), inside, tunnels, depth + 1);
            flow.on.extend(within.on);
            flow.accepted.extend(within.accepted);
            flow.cut |= within.cut;
            rest = outside;
        }
        flow.on.extend(rest);
        flow
    }

    fn step(&self, node: &Node, states: Vec<State>, tunnels: usize, depth: usize) -> Flow {
        let name = node.word().trim_start_matches('-');
        match name {
            "update" => {
                return Flow {
                    on: sets(node, states),
                    ..Flow::default()
                };
            }
            "group" => return self.run(node.inside(), states, tunnels, depth + 1),
            "redundant" | "load-balance" | "redundant-load-balance" | "switch" | "case" => {
                // Any one of them may be the one that answers; a switch falls through its cases.
                let mut flow = Flow::default();
                let default = |n: &Node| n.word() == "case" && n.rest().is_empty();
                if name == "switch" && !node.inside().iter().any(default) {
                    flow.on.clone_from(&states);
                }
                for one in node.inside() {
                    let way = std::slice::from_ref(one);
                    let body = if one.word() == "case" {
                        one.inside()
                    } else {
                        way
                    };
                    let within = self.run(body, states.clone(), tunnels, depth + 1);
                    flow.on.extend(within.on);
                    flow.accepted.extend(within.accepted);
                    flow.cut |= within.cut;
                }
                return flow;
            }
            "return" => {
                let accepted = states
                    .into_iter()
                    .filter(|s| matches!(s.result, Some((Code::Ok, _))));
                return Flow {
                    accepted: accepted.collect(),
                    ..Flow::default()
                };
            }
            _ => {}
        }
        if let Some(policy) = self.policies.get(name) {
            return self.run(policy.inside(), states, tunnels, depth + 1);
        }
        let name = name.strip_suffix(".authenticate").unwrap_or(name);
        let outcomes = self.outcomes(name, tunnels);
        let mut flow = Flow::default();
        for state in &states {
            for outcome in &outcomes {
                let sure = self.kind(name) == "totp" && state.secret && state.code;
                if !(sure && outcome.code == Code::Noop) {
                    apply(node, name, state, outcome, &mut flow);
                }
            }
        }
        flow
    }

    /// What a module can come to.
    fn outcomes(&self, name: &str, tunnels: usize) -> Vec<Outcome> {
        let out = |code, shown, note| Outcome { code, shown, note };
        let checks = |shown| {
            vec![
                out(Code::Ok, shown, ""),
                out(Code::Bad("reject"), NOTHING, ""),
            ]
        };
        let noop = |note| out(Code::Noop, NOTHING, note);
        match self.kind(name) {
            "pap" | "chap" | "mschap" | "digest" | "unix" | "ldap" | "krb5" => checks(PASSWORD),
            "exec" if name == "ntlm_auth" => checks(PASSWORD),
            "totp" => vec![
                out(Code::Ok, TOKEN, ""),
                out(Code::Bad("fail"), NOTHING, ""),
                noop("no TOTP-Secret or no TOTP-Password"),
            ],
            "yubikey" => vec![
                out(Code::Ok, TOKEN, ""),
                out(Code::Bad("reject"), NOTHING, ""),
                noop("no Yubikey code"),
            ],
            "pam" => {
                let ways = self.pam.get(name).into_iter().flatten();
                let mut all: Vec<Outcome> = ways.map(|w| out(Code::Ok, w.shown, "")).collect();
                all.push(out(Code::Bad("reject"), NOTHING, ""));
                all
            }
            "eap" => self.eap(name, tunnels),
            "always" => match name {
                "ok" => vec![out(Code::Ok, NOTHING, "always ok")],
                "reject" | "fail" | "invalid" | "userlock" => {
                    vec![out(Code::Bad("reject"), NOTHING, "")]
                }
                _ => self.always(name),
            },
            "" if name == "reject" => vec![out(Code::Bad("reject"), NOTHING, "")],
            "" if name == "ok" => vec![out(Code::Ok, NOTHING, "always ok")],
            "" if matches!(name, "noop" | "handled" | "updated" | "notfound") => vec![noop("")],
            "attr_filter" | "detail" | "linelog" | "expr" | "preprocess" | "cache" => {
                vec![noop("")]
            }
            // A script or another server; its answer may be any.
            _ => vec![
                out(Code::Ok, UNSEEN, ""),
                out(Code::Noop, UNSEEN, ""),
                out(Code::Bad("reject"), NOTHING, ""),
            ],
        }
    }

    fn always(&self, name: &str) -> Vec<Outcome> {
        let node = self
            .modules
            .get(name)
            .map(|(_, node)| node.inside())
            .unwrap_or_default();
        let rcode = node
            .iter()
            .filter_map(Node::assignment)
            .find(|(k, ..)| *k == "rcode");
        let code = match rcode.map(|(.., v)| v) {
            Some("ok") => Code::Ok,
            Some("reject" | "fail" | "invalid" | "userlock") => Code::Bad("reject"),
            _ => Code::Noop,
        };
        vec![Outcome {
            code,
            shown: NOTHING,
            note: "always",
        }]
    }

    /// The methods of EAP that are configured; a tunnel asks what its inner server asks.
    fn eap(&self, name: &str, tunnels: usize) -> Vec<Outcome> {
        let node = self
            .modules
            .get(name)
            .map(|(_, node)| node.inside())
            .unwrap_or_default();
        let mut all = vec![Outcome {
            code: Code::Bad("reject"),
            shown: NOTHING,
            note: "",
        }];
        for method in node.iter().filter(|n| n.body.is_some()) {
            let shown = match method.word() {
                "md5" | "gtc" | "mschapv2" | "leap" | "pwd" => PASSWORD,
                "tls" => KEY,
                "sim" | "aka" | "aka-prime" => TOKEN,
                "ttls" | "peap" => {
                    let setting = method.inside().iter().filter_map(Node::assignment);
                    let inner = setting
                        .filter(|(k, ..)| *k == "virtual_server")
                        .map(|(.., v)| v)
                        .next();
                    let server = named(self.tree, "server").find(|s| Some(s.rest()) == inner);
                    match server {
                        Some(server) if tunnels < MAX_TUNNELS => {
                            let ways = self.ways(server.inside(), tunnels + 1);
                            all.extend(ways.into_iter().map(|w| Outcome {
                                code: Code::Ok,
                                shown: w.shown,
                                note: "tunnel",
                            }));
                            continue;
                        }
                        Some(_) => continue,
                        None => UNSEEN,
                    }
                }
                "tls-config" => continue,
                _ => UNSEEN,
            };
            all.push(Outcome {
                code: Code::Ok,
                shown,
                note: "",
            });
        }
        all
    }
}

/// `Auth-Type X { … }`, or the module of that name alone.
fn section(server: &[Node], auth_type: &str) -> Option<Vec<Node>> {
    let same = |name: &str| name.trim_matches('"').eq_ignore_ascii_case(auth_type);
    let alias = |name: &str| auth_type.eq_ignore_ascii_case("MS-CHAP") && name == "mschap";
    let all: Vec<&Node> = named(server, "authenticate")
        .flat_map(Node::inside)
        .collect();
    let section = all
        .iter()
        .find(|n| n.word() == "Auth-Type" && same(n.rest()));
    if let Some(section) = section {
        return Some(section.inside().to_vec());
    }
    let module = all.iter().find(|n| same(n.word()) || alias(n.word()))?;
    Some(vec![(*module).clone()])
}

/// Takes a module's outcome, with what the configuration says is done at that result.
fn apply(node: &Node, name: &str, state: &State, outcome: &Outcome, flow: &mut Flow) {
    let mut next = state.clone();
    next.shown = next.shown.and(outcome.shown);
    let word = outcome.code.word();
    if !outcome.note.is_empty() {
        next.via.push(format!("{name}={word}: {}", outcome.note));
        next.sort = if outcome.code == Code::Noop {
            Sort::Skippable
        } else {
            next.sort
        };
    } else if outcome.code != Code::Noop || outcome.shown.unseen {
        next.via.push(format!("{name}={word}"));
    }
    let overrides = node.inside().iter().filter_map(Node::assignment);
    let action = overrides
        .filter(|(k, ..)| *k == word)
        .map(|(.., v)| v)
        .next_back();
    let weight = action.and_then(|a| a.parse::<u8>().ok());
    match action {
        Some("reject" | "fail") => return,
        Some("return") => {
            if !matches!(outcome.code, Code::Bad(_)) {
                next.result = Some((outcome.code, outcome.code.weight()));
                flow.ended.push(next);
            }
            return;
        }
        _ => {}
    }
    if matches!(outcome.code, Code::Bad(_)) && weight.is_none() {
        return;
    }
    let weight = weight.unwrap_or(outcome.code.weight());
    if next.result.is_none_or(|(_, before)| weight >= before) {
        next.result = Some((outcome.code, weight));
    }
    flow.on.push(next);
}
