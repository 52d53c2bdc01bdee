use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    observation::{Gap, GapReason, Seen, Value},
    shared_keys::{Kind, VERSION},
    verdict::Judgement,
};

/// No TLS key of the host is on another host, except where the hosts of one system serve one declared
/// name with it. Who takes one host has the key of all of them, and none can be withdrawn alone. The
/// collector makes the observation; one host cannot see it.
///
/// What another agency's host says does not fail this one: public keys are public.
pub(super) struct UniqueKeys;

const META: Meta = Meta {
    id: Kind::Tls.check(),
    version: VERSION,
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &[],
    always_applies: false,
};

impl Check for UniqueKeys {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, _cx: &Cx<'_>) -> Result<Seen, Gap> {
        Err(Gap::new(GapReason::ToolMissing, "made by the collector"))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (keys, unseen) = (case.int("keys")?, case.list("unseen")?);
        let (seen, claim) = (case.int("agencies_seen")?, case.int("agencies_claim")?);
        let (systems, passed) = (case.int("other_systems")?, case.int("passed_on")?);
        let (same, services) = (case.int("same_system")?, case.list("services")?);
        Ok(if seen > 0 {
            Judgement::fail("fail-agencies").with("count", seen)
        } else if systems > 0 {
            Judgement::fail("fail-systems").with("count", systems)
        } else if claim > 0 {
            Judgement::unknown("unknown-claimed").with("count", claim)
        } else if passed > 0 {
            Judgement::unknown("unknown-passed-on").with("count", passed)
        } else if same > 0 {
            Judgement::partial("partial").with("count", same)
        } else if !unseen.is_empty() {
            let some: Vec<Value> = unseen.iter().take(8).cloned().collect();
            Judgement::unknown("unknown-unseen").with("places", some)
        } else if keys == 0 {
            Judgement::not_applicable("not-applicable")
        } else if services.is_empty() {
            Judgement::pass("pass").with("count", keys)
        } else {
            Judgement::pass("pass-service").with("services", services.to_vec())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::{Catalogue, Level},
        check::judge,
        shared_keys::{Key, Others, Own, Shared, compose},
        verdict::Verdict,
    };

    fn judged(own: &Own, others: Vec<Others>) -> (Verdict, String) {
        let shared: Vec<Shared> = others
            .into_iter()
            .map(|others| Shared {
                key: "a".repeat(64),
                others,
            })
            .collect();
        let observation = compose(Kind::Tls, own, &shared);
        let thresholds = Catalogue::embedded().current().thresholds_at(Level::ALL[2]);
        let at = "2026-11-22T00:00:00Z".parse().unwrap();
        let judgement = judge(&UniqueKeys, &observation, at, &thresholds);
        (judgement.verdict, judgement.reason.key.into_owned())
    }

    /// Same system, whether a service explains it, other systems, passed on, other agencies seen, claimed.
    fn others(n: [u32; 6]) -> Others {
        Others {
            same_system: n[0],
            service: (n[1] > 0).then(|| "a.vn".to_owned()),
            other_systems: n[2],
            passed_on: n[3],
            agencies_seen: n[4],
            agencies_claim: n[5],
        }
    }

    #[test]
    fn whose_word_it_is_decides_how_far_it_reaches() {
        let mut one = Own::default();
        one.keys.insert("a".repeat(64), Key::default());
        for (shared, wanted) in [
            (&[][..], "pass pass"),
            (&[[0, 0, 0, 0, 0, 0]], "pass pass"),
            (&[[3, 0, 0, 0, 0, 0]], "partial partial"),
            (&[[3, 1, 0, 0, 0, 0]], "pass pass-service"),
            // A service that is declared excuses its own key, no other, and no copy elsewhere.
            (&[[3, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]], "partial partial"),
            (&[[3, 1, 1, 0, 0, 0]], "fail fail-systems"),
            (&[[0, 0, 0, 1, 0, 0]], "unknown unknown-passed-on"),
            (&[[0, 0, 0, 0, 0, 9]], "unknown unknown-claimed"),
            (&[[1, 0, 0, 0, 0, 1]], "unknown unknown-claimed"),
            (&[[0, 0, 0, 0, 1, 0]], "fail fail-agencies"),
        ] {
            let shared = shared.iter().map(|n| others(*n)).collect();
            let (verdict, reason) = judged(&one, shared);
            assert_eq!(format!("{} {reason}", verdict.code()), wanted);
        }
    }

    #[test]
    fn no_keys_is_nothing_to_judge_and_unseen_keys_are_no_pass() {
        let blind = Own {
            unseen: vec!["a.vn:443".to_owned()],
            ..Own::default()
        };
        let none = judged(&Own::default(), vec![]);
        assert_eq!(none.0, Verdict::NotApplicable);
        assert_eq!(judged(&blind, vec![]).0, Verdict::Unknown);
        let copied = vec![others([0, 0, 1, 0, 0, 0])];
        assert_eq!(judged(&blind, copied).0, Verdict::Fail);
    }

    #[test]
    fn nothing_of_the_others_but_their_number_is_told() {
        let others = Others {
            agencies_claim: 70,
            ..Others::default()
        };
        let shared = [Shared {
            key: "a".repeat(64),
            others,
        }];
        let observation = compose(Kind::Tls, &Own::default(), &shared);
        let names: Vec<&str> = observation.facts.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "keys",
                "unseen",
                "shared",
                "same_system",
                "services",
                "other_systems",
                "passed_on",
                "agencies_seen",
                "agencies_claim",
                "shared_keys",
            ]
        );
        let line = observation.best("shared_keys").unwrap().value.to_line();
        assert!(line.contains("50"), "{line}");
    }
}
