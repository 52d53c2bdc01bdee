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

    #[test]
    fn whose_word_it_is_decides_how_far_it_reaches() {
        let none = Own::default();
        let blind = Own {
            unseen: vec!["a.vn:443".to_owned()],
            ..Own::default()
        };
        let mut one = Own::default();
        one.keys.insert("a".repeat(64), Key::default());
        let served = Some("a.vn".to_owned());
        let o = Others::default;
        for (own, others, verdict, reason) in [
            (&one, vec![], Verdict::Pass, "pass"),
            (&one, vec![o()], Verdict::Pass, "pass"),
            (&none, vec![], Verdict::NotApplicable, "not-applicable"),
            (&blind, vec![], Verdict::Unknown, "unknown-unseen"),
            (
                &one,
                vec![Others {
                    same_system: 3,
                    ..o()
                }],
                Verdict::Partial,
                "partial",
            ),
            (
                &one,
                vec![Others {
                    same_system: 3,
                    service: served.clone(),
                    ..o()
                }],
                Verdict::Pass,
                "pass-service",
            ),
            // A service that is declared excuses its own key and no other.
            (
                &one,
                vec![
                    Others {
                        same_system: 3,
                        service: served.clone(),
                        ..o()
                    },
                    Others {
                        same_system: 1,
                        ..o()
                    },
                ],
                Verdict::Partial,
                "partial",
            ),
            // Nor does it excuse a copy elsewhere.
            (
                &one,
                vec![Others {
                    same_system: 3,
                    service: served,
                    other_systems: 1,
                    ..o()
                }],
                Verdict::Fail,
                "fail-systems",
            ),
            (
                &one,
                vec![Others {
                    passed_on: 1,
                    ..o()
                }],
                Verdict::Unknown,
                "unknown-passed-on",
            ),
            (
                &one,
                vec![Others {
                    agencies_claim: 9,
                    ..o()
                }],
                Verdict::Unknown,
                "unknown-claimed",
            ),
            (
                &one,
                vec![Others {
                    agencies_seen: 1,
                    ..o()
                }],
                Verdict::Fail,
                "fail-agencies",
            ),
            (
                &one,
                vec![Others {
                    same_system: 1,
                    agencies_claim: 1,
                    ..o()
                }],
                Verdict::Unknown,
                "unknown-claimed",
            ),
            (
                &blind,
                vec![Others {
                    other_systems: 1,
                    ..o()
                }],
                Verdict::Fail,
                "fail-systems",
            ),
        ] {
            let got = judged(own, others.clone());
            assert_eq!(got, (verdict, reason.to_owned()), "{others:?}");
        }
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
