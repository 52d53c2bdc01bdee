//! TLS at a port at which a check of the host names none: stepping aside escapes a look no more than
//! denying does.

use super::{Contradiction, UNNAMED, port_of, text};
use crate::{
    families::tls,
    observation::{Observation, Value},
    probes::tls::survey::Protocol,
};

const VERSIONS: [Protocol; 6] = [
    Protocol::Ssl2,
    Protocol::Ssl3,
    Protocol::Tls10,
    Protocol::Tls11,
    Protocol::Tls12,
    Protocol::Tls13,
];

/// Whether it speaks TLS, or refuses as only TLS does.
pub(super) fn speaks(seen: &Observation) -> bool {
    is(seen, "tls", true)
}

/// Whether it was seen to offer a version.
pub(super) fn offers(seen: &Observation) -> bool {
    let offered = |v: &Protocol| text(seen, v.name()) == Some("offered");
    VERSIONS.iter().any(offered)
}

/// Each check of the host's TLS that says nothing of this port, or that there is no TLS. One with a gap
/// counts nothing as it is: it looked and could not see, and nobody lied.
pub(super) fn tls(
    seen: &Observation,
    port: u16,
    claims: &[Observation],
) -> impl Iterator<Item = Contradiction> {
    let there = speaks(seen) && offers(seen);
    let silent = tls::of_endpoints().filter(move |check| {
        let made = || claims.iter().filter(|c| c.check == *check);
        let named = |c: &Observation| {
            port_of(&c.subject.name) == Some(port)
                && (!is(c, "tls", false) || is(c, "declared", true))
        };
        made().next().is_some() && made().all(|c| c.gap.is_none()) && !made().any(named)
    });
    silent
        .filter(move |_| there)
        .map(move |check| Contradiction {
            check,
            topic: UNNAMED.to_owned(),
            claimed: format!("tcp/{port}: no TLS"),
            seen: format!("tcp/{port}: speaks TLS"),
        })
}

fn is(observation: &Observation, fact: &str, value: bool) -> bool {
    let found = observation.best(fact);
    found.is_some_and(|f| f.value == Value::Bool(value))
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};
    use crate::observation::{Facts, Gap, Subject, SubjectKind};

    fn of(check: &str, label: &str, facts: Facts) -> Observation {
        let subject = match label {
            "" => Subject::host(),
            label => Subject::new(SubjectKind::Endpoint, label),
        };
        Observation {
            check: check.to_owned(),
            version: 1,
            subject,
            facts: facts.facts,
            gap: facts.gap,
        }
    }

    fn look(tls: bool, tls10: &str) -> [Observation; 1] {
        let facts = Facts::new()
            .observed("tls", tls, "")
            .observed("tls10", tls10, "");
        [of("outside.tls", "a.vn:443", facts)]
    }

    fn against(seen: &[Observation], claims: &[Observation], declared: bool) -> Vec<Contradiction> {
        contradictions(seen, "203.0.113.7:443".parse().unwrap(), claims, declared)
    }

    fn nothing(check: &str) -> Observation {
        of(check, "", Facts::new().observed("endpoints", 0_i64, ""))
    }

    #[test]
    fn who_says_that_there_is_no_tls_at_all_is_contradicted_check_by_check() {
        let claims = ["tls.versions", "tls.weak-suites", "tls.key-files"].map(nothing);
        let found = against(&look(true, "offered"), &claims, true);
        let checks: Vec<&str> = found.iter().map(|c| c.check).collect();
        assert_eq!(checks, ["tls.versions", "tls.weak-suites"]);
        assert!(found.iter().all(|c| c.topic == "tls"), "{found:?}");
        // Nobody said that this host answers there, or nothing shows TLS: no contradiction.
        assert_eq!(against(&look(true, "offered"), &claims, false), vec![]);
        assert_eq!(against(&look(true, "unclear"), &claims, true), vec![]);
        assert_eq!(against(&look(false, "refused"), &claims, true), vec![]);
    }

    #[test]
    fn a_port_that_is_left_out_is_contradicted_and_one_that_was_not_seen_is_not() {
        let seen = look(true, "offered");
        let port = |label: &str, tls: bool, declared: bool| {
            let facts = Facts::new()
                .observed("tls", tls, "")
                .configured("declared", declared, "");
            of("tls.versions", label, facts)
        };
        let other = || port("a.vn:8443", true, true);
        let gap = |label: &str| of("tls.versions", label, Facts::unseen(Gap::parse("x")));
        for (claims, wanted) in [
            (vec![other()], 1),
            (vec![other(), port("203.0.113.7:443", false, false)], 1),
            (vec![other(), port("203.0.113.7:443", true, false)], 0),
            // That fails as it is.
            (vec![other(), port("a.vn:443", false, true)], 0),
            (vec![other(), gap("a.vn:443")], 0),
            (vec![other(), gap("")], 0),
            (vec![], 0),
        ] {
            assert_eq!(against(&seen, &claims, true).len(), wanted, "{claims:?}");
        }
    }

    #[test]
    fn only_tls_or_another_protocol_settles() {
        for (seen, wanted) in [
            (look(true, "offered"), true),
            (look(true, "refused"), false),
            (look(true, "unclear"), false),
            (look(false, "unclear"), true),
            (
                [of("outside.tls", "a:1", Facts::unseen(Gap::parse("x")))],
                false,
            ),
        ] {
            assert_eq!(settles(&seen, "tls.weak-suites", "tls"), wanted, "{seen:?}");
        }
    }
}
