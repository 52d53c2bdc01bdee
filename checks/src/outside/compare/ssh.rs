//! The ways to log in over SSH that a look was offered against those that the host names.

use std::collections::BTreeSet;

use super::{Contradiction, list, of, port_of};
use crate::observation::{Observation, Value, Vantage};

const CHECK: &str = "mfa.ssh";
/// The topic of a contradiction about a server of which the host says nothing.
pub(super) const SERVER: &str = "server";
/// How an agent names that a server asks for nothing.
const NONE: &str = "none";

/// The methods that let somebody in; a server may make up others, which mean nothing.
const METHODS: [&str; 6] = [
    "gssapi-with-mic",
    "hostbased",
    "keyboard-interactive",
    NONE,
    "password",
    "publickey",
];

/// Methods that are offered and that the host names at that port neither for its accounts nor for a user
/// whom it does not know, as a look is: it looks stronger than it is. To be let in without any is one.
pub(super) fn methods(seen: &Observation, port: u16, claims: &[Observation]) -> Vec<Contradiction> {
    let offered = seen.at("methods", Vantage::Observed);
    let Some(offered) = offered.and_then(|f| f.value.as_list()) else {
        return Vec::new();
    };
    let mut offered = same_names(list(offered));
    if yes(seen, "open") {
        offered.insert(NONE.to_owned());
    }
    let named = claims_at(port, claims).flat_map(|c| {
        let facts = c.facts.iter().filter(|f| is_named(&f.name, f.vantage));
        facts.filter_map(|f| f.value.as_list().map(list))
    });
    let named: Vec<Vec<String>> = named.collect();
    if named.is_empty() {
        return Vec::new(); // then the check does not count as it is
    }
    let named = same_names(named.concat());
    let line = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    let denied = offered.difference(&named);
    let denied = denied.filter(|m| METHODS.contains(&m.as_str()));
    denied
        .map(|method| Contradiction {
            check: CHECK,
            topic: method.clone(),
            claimed: line(&named),
            seen: line(&offered),
        })
        .collect()
}

/// A server answers at a port of which the host says nothing. What is said to be unknown denies nothing.
pub(super) fn server(
    seen: &Observation,
    port: u16,
    claims: &[Observation],
) -> Option<Contradiction> {
    let software = seen.best("software")?.value.as_text()?;
    let mut made = claims.iter().filter(|c| c.check == CHECK).peekable();
    made.peek()?;
    let unknown = |c: &Observation| {
        let others = c.best("others").and_then(|f| f.value.as_list());
        c.gap.is_some()
            || yes(c, "sshd_present") && !yes(c, "open")
            || others.is_some_and(|o| !o.is_empty())
    };
    if made.any(unknown) || claims_at(port, claims).next().is_some() {
        return None;
    }
    Some(Contradiction {
        check: CHECK,
        topic: SERVER.to_owned(),
        claimed: format!("tcp/{port}: no SSH server"),
        seen: format!("tcp/{port}: {software}"),
    })
}

/// What the host says of the server at a port. Ports that its settings do not tell apart stand together,
/// and one of them is asked: `ssh:22,2222 accounts`.
fn claims_at(port: u16, claims: &[Observation]) -> impl Iterator<Item = &Observation> {
    of(claims, CHECK).filter(move |c| {
        let door = c.subject.name.strip_prefix("ssh:");
        let ports = door.and_then(|d| d.split(' ').next()).unwrap_or_default();
        let asked = c.at("first_methods", Vantage::Observed);
        ports.split(',').any(|p| p.parse() == Ok(port))
            || asked.is_some_and(|f| port_of(&f.source) == Some(port))
    })
}

/// Whether a fact names methods that stand first: by the settings of these accounts or of strangers, or as
/// the server showed them to the agent.
fn is_named(fact: &str, vantage: Vantage) -> bool {
    matches!(fact, "offers" | "stranger_offers")
        || fact == "first_methods" && vantage == Vantage::Observed
}

/// GSSAPI has two names and one setting.
fn same_names(methods: Vec<String>) -> BTreeSet<String> {
    let one = |m: String| match m.as_str() {
        "gssapi-keyex" => "gssapi-with-mic".to_owned(),
        _ => m,
    };
    methods.into_iter().map(one).collect()
}

fn yes(observation: &Observation, fact: &str) -> bool {
    let found = observation.best(fact);
    found.is_some_and(|f| f.value == Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};
    use crate::observation::{Facts, Gap, Subject, SubjectKind};

    fn look(open: bool, methods: Vec<&str>) -> [Observation; 1] {
        let facts = Facts::new()
            .observed("protocol", "2.0", "")
            .observed("software", "OpenSSH_9.2p1", "")
            .observed("open", open, "")
            .observed("methods", methods, "");
        [observation("outside.ssh", "a.vn:22", facts)]
    }

    fn observation(check: &str, name: &str, facts: Facts) -> Observation {
        Observation {
            check: check.to_owned(),
            version: 1,
            subject: Subject::new(SubjectKind::Endpoint, name),
            facts: facts.facts,
            gap: facts.gap,
        }
    }

    fn topics(seen: &[Observation], claims: &[Observation], declared: bool) -> Vec<String> {
        let at = "203.0.113.7:22".parse().unwrap();
        let found = contradictions(seen, at, claims, declared);
        found.into_iter().map(|c| c.topic).collect()
    }

    fn present() -> Facts {
        let facts = Facts::new().configured("sshd_present", true, "");
        facts.configured("open", true, "")
    }

    fn door(name: &str, offers: &[&str], shown: Option<(&str, &str)>) -> Observation {
        let facts = present().effective("offers", offers.to_vec(), "sshd -T");
        let facts = match shown {
            Some((methods, at)) => {
                let methods: Vec<&str> = methods.split(' ').collect();
                facts.observed("first_methods", methods, at)
            }
            None => facts,
        };
        observation(CHECK, name, facts)
    }

    const HERE: &str = "127.0.0.1:22";
    const NOBODY: [&str; 0] = [];

    #[test]
    fn a_method_that_no_account_is_said_to_meet_is_a_contradiction() {
        let key = |shown| door("ssh:22 accounts from anywhere", &["publickey"], shown);
        let word = |methods| look(false, methods);
        for claim in [key(None), key(Some(("publickey", HERE)))] {
            let claim = [claim];
            let both = word(vec!["publickey", "password"]);
            assert_eq!(topics(&both, &claim, false), ["password"]);
            let asked = word(vec!["keyboard-interactive"]);
            assert_eq!(topics(&asked, &claim, false), ["keyboard-interactive"]);
            assert_eq!(topics(&look(true, vec![]), &claim, false), ["none"]);
            let same = word(vec!["publickey"]);
            assert_eq!(topics(&same, &claim, true), NOBODY);
        }
    }

    #[test]
    fn what_is_admitted_somewhere_or_of_another_port_is_none() {
        let both = look(false, vec!["publickey", "password"]);
        for claims in [
            vec![door("ssh:22 a", &["password", "publickey"], None)],
            // Other zones meet other settings, and one question is asked for all ports of a server.
            vec![
                door(
                    "ssh:22 a from here",
                    &["publickey"],
                    Some(("publickey", HERE)),
                ),
                door("ssh:22 a from 10.0.0.0/8", &["password"], None),
            ],
            vec![door(
                "ssh:2222,22 a",
                &["publickey"],
                Some(("publickey password", "127.0.0.1:2222")),
            )],
            vec![door("ssh:2222 a", &["publickey"], None)],
            vec![observation(CHECK, "ssh:22 a", present())],
            vec![],
        ] {
            assert_eq!(topics(&both, &claims, false), NOBODY, "{claims:?}");
        }
        let kerberos = look(false, vec!["gssapi-keyex", "gssapi-with-mic"]);
        let claim = [door("ssh:22 a", &["gssapi-with-mic"], None)];
        assert_eq!(topics(&kerberos, &claim, false), NOBODY);
    }

    #[test]
    fn what_only_a_stranger_is_offered_is_none() {
        // `Match` narrows every account, and a look asks as none of them.
        let mut claim = door("ssh:22 a", &["publickey"], None);
        let strangers = Facts::new().configured("stranger_offers", vec!["password"], "");
        claim.facts.extend(strangers.facts);
        let seen = look(false, vec!["publickey", "password"]);
        assert_eq!(topics(&seen, &[claim.clone()], false), NOBODY);
        let more = look(false, vec!["password", "keyboard-interactive"]);
        assert_eq!(topics(&more, &[claim], false), ["keyboard-interactive"]);
    }

    #[test]
    fn a_server_of_which_nothing_is_said_is_a_contradiction() {
        let seen = look(false, vec!["password"]);
        let none = |others: Vec<&str>| {
            let facts = Facts::new().configured("sshd_present", false, "");
            observation(CHECK, "", facts.configured("others", others, ""))
        };
        let closed = Facts::new().configured("sshd_present", true, "");
        let closed = observation(CHECK, "", closed.configured("open", false, ""));
        let gap = observation(CHECK, "", Facts::unseen(Gap::parse("x")));
        for (claims, wanted) in [
            (vec![none(vec![])], &["server"][..]),
            (vec![door("ssh:2222 a", &["publickey"], None)], &["server"]),
            (vec![none(vec!["dropbear"])], &[]),
            (vec![closed], &[]),
            (vec![gap], &[]),
            (vec![], &[]),
        ] {
            assert_eq!(topics(&seen, &claims, true), wanted, "{claims:?}");
            assert_eq!(topics(&seen, &claims, false), NOBODY, "{claims:?}");
        }
        assert!(settles(&seen, CHECK, SERVER));
        assert!(settles(&seen, CHECK, "password"));
        let silent = observation("outside.ssh", "a.vn:22", Facts::unseen(Gap::parse("x")));
        assert!(!settles(&[silent], CHECK, SERVER));
    }
}
