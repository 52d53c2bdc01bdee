//! What a packet filter does with packets that no narrow rule lets in, worked out from a model
//! that both nftables and iptables are read into.
//!
//! The model errs on the side of "open": a match that is not understood may let everything in, but
//! never keeps anything out.

use std::collections::BTreeMap;

const MAX_DEPTH: usize = 16;
const MAX_STEPS: usize = 20_000;
const MAX_LET_IN: usize = 500;

/// How much a rule's matches narrow down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// A service, a source, an answer to a connection of our own, or the loopback.
    Narrow,
    /// Cannot be told: a whole interface, a match that is not understood.
    Unclear,
    /// Nearly everything: a whole protocol, any source port, all but one address.
    Most,
    /// Everything: no match at all.
    #[default]
    All,
}

/// What a rule does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Nothing that decides: counts, logs, marks.
    #[default]
    None,
    /// Lets the packet in.
    Accept,
    /// Drops or rejects it.
    Deny,
    /// Goes on in a chain and comes back.
    Jump(String),
    /// Goes on in a chain for good.
    Goto(String),
    /// Comes back.
    Return,
}

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// How much its matches narrow down.
    pub reach: Reach,
    /// Whether its matches bind the packet's source.
    pub source: bool,
    /// Ports that it is for; `None` for any.
    pub ports: Option<Vec<(u16, u16)>>,
    /// What it does.
    pub action: Action,
    /// Whether it logs.
    pub log: bool,
}

/// One chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// For a chain that incoming packets enter: whether its policy denies.
    pub entry: Option<bool>,
    /// In order.
    pub rules: Vec<Rule>,
}

/// Chains of one table and family, by name.
pub type Table = BTreeMap<String, Chain>;

/// A rule that lets packets in, with what the way to it narrows down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetIn {
    /// How much.
    pub reach: Reach,
    /// Whether the source is bound.
    pub source: bool,
    /// Ports.
    pub ports: Option<Vec<(u16, u16)>>,
}

impl LetIn {
    /// Whether packets to `port` may come in by this rule.
    pub fn covers(&self, port: u16) -> bool {
        let within = |r: &(u16, u16)| (r.0..=r.1).contains(&port);
        self.ports.as_ref().is_none_or(|p| p.iter().any(within))
    }
}

/// What happens to incoming packets that no narrow rule lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stance {
    /// They come in.
    Open,
    /// Denied at the end, but a wide rule before may let them in.
    Wide,
    /// Denied.
    Closed,
}

impl Stance {
    /// The word used in facts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Wide => "wide",
            Self::Closed => "closed",
        }
    }
}

/// What one table does with incoming packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What happens by default.
    pub default: Stance,
    /// What lets packets in on the way.
    pub let_in: Vec<LetIn>,
    /// Whether a rule on the way logs.
    pub logs: bool,
}

impl Outcome {
    /// No filter at all.
    pub const fn open() -> Self {
        Self {
            default: Stance::Open,
            let_in: Vec::new(),
            logs: false,
        }
    }

    /// A packet must get through every filter, so the stricter one decides.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        let logs = self.logs || other.logs;
        let (mut best, _) = if other.default > self.default {
            (other, self)
        } else {
            (self, other)
        };
        best.logs = logs;
        best
    }
}

/// Follows incoming packets through a table.
pub fn follow(table: &Table) -> Outcome {
    let mut outcome = Outcome::open();
    for chain in table.values() {
        let Some(denies) = chain.entry else {
            continue;
        };
        let mut walk = Walk {
            table,
            steps: 0,
            seen: Outcome::open(),
        };
        let whole = Flow {
            reach: Reach::All,
            source: false,
            ports: None,
        };
        let (end, back) = walk.chain(chain, whole, 0);
        if let Some(back) = back.filter(|_| !denies) {
            walk.lets_in(back); // an accepting policy is all that it meets
        }
        let denied = end == End::Denied || (end == End::Through && denies);
        let widest = walk.seen.let_in.iter().map(|l| l.reach).max();
        walk.seen.default = match widest.unwrap_or(Reach::Narrow) {
            _ if !denied => Stance::Open,
            Reach::Narrow => Stance::Closed,
            Reach::Unclear => Stance::Wide,
            Reach::Most | Reach::All => Stance::Open,
        };
        outcome = outcome.stricter(walk.seen);
    }
    outcome
}

/// How a chain ends for a packet that no narrow rule takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Accepted,
    Denied,
    Through,
}

/// The packets that are on their way: what the way narrowed down so far.
type Flow = LetIn;

impl LetIn {
    /// What is left of it behind the matches of `rule`.
    fn behind(&self, rule: &Rule) -> Self {
        Self {
            reach: rule.reach.min(self.reach),
            source: rule.source || self.source,
            ports: rule.ports.clone().or_else(|| self.ports.clone()),
        }
    }

    /// Both together.
    fn join(self, other: Option<Self>) -> Self {
        let Some(other) = other else {
            return self;
        };
        // Of either without ports all are let through. Chains that jump to one another bring the same ports
        // again and again.
        let ports = self.ports.zip(other.ports).map(|(mut ports, more)| {
            ports.extend(more);
            ports.sort_unstable();
            ports.dedup();
            ports
        });
        Self {
            reach: self.reach.max(other.reach),
            source: self.source && other.source,
            ports,
        }
    }
}

struct Walk<'a> {
    table: &'a Table,
    steps: usize,
    seen: Outcome,
}

impl Walk<'_> {
    /// Follows `flow` through a chain: how it ends for most, and who comes back although it ends.
    /// A rule `RETURN` before a last `DROP` lets packets go on in the chain that jumped here.
    fn chain(&mut self, chain: &Chain, mut flow: Flow, depth: usize) -> (End, Option<Flow>) {
        let mut decided = None;
        let mut back: Option<Flow> = None;
        for rule in &chain.rules {
            self.steps += 1;
            if depth > MAX_DEPTH || self.steps > MAX_STEPS {
                self.lets_in(unclear());
                return (End::Accepted, back);
            }
            self.seen.logs |= rule.log;
            let here = flow.behind(rule);
            let all = rule.reach == Reach::All;
            match &rule.action {
                Action::Accept => self.lets_in(here),
                Action::None | Action::Deny => {}
                Action::Return if all => return through(decided, flow, back),
                Action::Return => back = Some(here.join(back)),
                Action::Jump(to) | Action::Goto(to) => {
                    let goes = matches!(rule.action, Action::Goto(_));
                    let Some(next) = self.table.get(to) else {
                        self.lets_in(unclear());
                        continue;
                    };
                    match (self.chain(next, here.clone(), depth + 1), goes) {
                        ((End::Through, _), true) if all => return through(decided, flow, back),
                        ((End::Through, _), true) => back = Some(here.join(back)),
                        ((End::Through, _), false) => {}
                        ((end, Some(some)), true) => {
                            back = Some(some.join(back));
                            if all {
                                return (decided.unwrap_or(end), back);
                            }
                        }
                        ((end, Some(some)), false) if all => {
                            decided.get_or_insert(end);
                            flow = some;
                        }
                        ((end, None), _) if all => return (decided.unwrap_or(end), back),
                        _ => {}
                    }
                }
            }
            match rule.action {
                Action::Accept if all => return (decided.unwrap_or(End::Accepted), back),
                Action::Deny if all => return (decided.unwrap_or(End::Denied), back),
                _ => {}
            }
        }
        through(decided, flow, back)
    }

    fn lets_in(&mut self, one: LetIn) {
        if self.seen.let_in.len() < MAX_LET_IN {
            self.seen.let_in.push(one);
        } else {
            // Too many to keep: as good as a rule that lets in anything.
            self.seen.let_in[0] = unclear();
        }
    }
}

/// `flow` leaves a chain at its end; where others were decided before, it is what comes back.
fn through(decided: Option<End>, flow: Flow, back: Option<Flow>) -> (End, Option<Flow>) {
    match decided {
        Some(end) => (end, Some(flow.join(back))),
        None => (End::Through, None),
    }
}

const fn unclear() -> LetIn {
    LetIn {
        reach: Reach::Unclear,
        source: false,
        ports: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(reach: Reach, action: Action) -> Rule {
        Rule {
            reach,
            action,
            ..Rule::default()
        }
    }

    fn table(denies: bool, rules: Vec<Rule>) -> Table {
        let chain = Chain {
            entry: Some(denies),
            rules,
        };
        Table::from([("input".to_owned(), chain)])
    }

    #[test]
    fn a_final_deny_closes_and_an_early_accept_opens() {
        let deny = rule(Reach::All, Action::Deny);
        let accept = rule(Reach::All, Action::Accept);
        assert_eq!(
            follow(&table(false, vec![deny.clone()])).default,
            Stance::Closed
        );
        assert_eq!(
            follow(&table(true, vec![accept, deny])).default,
            Stance::Open
        );
        assert_eq!(follow(&table(false, vec![])).default, Stance::Open);
    }

    #[test]
    fn a_chain_that_no_packet_enters_does_nothing() {
        let mut t = table(true, vec![]);
        t.get_mut("input").unwrap().entry = None;
        assert_eq!(follow(&t).default, Stance::Open);
    }

    #[test]
    fn a_wide_accept_is_told_apart() {
        let wide = rule(Reach::Unclear, Action::Accept);
        assert_eq!(follow(&table(true, vec![wide])).default, Stance::Wide);
        let narrow = rule(Reach::Narrow, Action::Accept);
        assert_eq!(follow(&table(true, vec![narrow])).default, Stance::Closed);
    }

    #[test]
    fn an_accept_behind_a_jump_opens_and_loops_end() {
        let mut t = table(true, vec![rule(Reach::All, Action::Jump("zone".into()))]);
        t.insert(
            "zone".into(),
            Chain {
                entry: None,
                rules: vec![rule(Reach::All, Action::Accept)],
            },
        );
        assert_eq!(follow(&t).default, Stance::Open);
        t.get_mut("zone").unwrap().rules[0].action = Action::Jump("zone".into());
        assert_ne!(follow(&t).default, Stance::Closed);
    }
}
