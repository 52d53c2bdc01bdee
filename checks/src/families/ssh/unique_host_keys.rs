use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    observation::{Gap, GapReason, Seen, Value},
    shared_keys::{Kind, VERSION},
    verdict::Judgement,
};

/// No SSH host key of the host is on another host. Machines that were cloned with their keys are each
/// other to every client: who takes one reads and alters the sessions of all. (RFC 4251, 4.1 lets hosts share
/// a key; that protocol names do not forbid it makes it no less of a copy.) The collector makes the
/// observation; one host cannot see it.
///
/// What another agency's host says does not fail this one: public keys are public.
pub(super) struct UniqueHostKeys;

const META: Meta = Meta {
    id: Kind::Ssh.check(),
    version: VERSION,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &[],
    always_applies: false,
};

impl Check for UniqueHostKeys {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, _cx: &Cx<'_>) -> Result<Seen, Gap> {
        Err(Gap::new(GapReason::ToolMissing, "made by the collector"))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (keys, unseen) = (case.int("keys")?, case.list("unseen")?);
        let own = case
            .int("same_system")?
            .saturating_add(case.int("other_systems")?)
            .saturating_add(case.int("passed_on")?);
        let claim = case
            .int("agencies_claim")?
            .saturating_add(case.int("agencies_seen")?);
        Ok(if own > 0 {
            Judgement::fail("fail").with("count", own)
        } else if claim > 0 {
            Judgement::unknown("unknown-claimed").with("count", claim)
        } else if !unseen.is_empty() {
            let some: Vec<Value> = unseen.iter().take(8).cloned().collect();
            Judgement::unknown("unknown-unseen").with("places", some)
        } else if keys == 0 {
            Judgement::not_applicable("not-applicable")
        } else {
            Judgement::pass("pass").with("count", keys)
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

    #[test]
    fn a_clone_of_the_own_agency_fails_and_a_strangers_word_does_not() {
        let mut one = Own::default();
        one.keys.insert("a".repeat(64), Key::default());
        let o = Others::default;
        for (others, verdict) in [
            (o(), Verdict::Pass),
            (
                Others {
                    same_system: 1,
                    ..o()
                },
                Verdict::Fail,
            ),
            (
                Others {
                    other_systems: 1,
                    ..o()
                },
                Verdict::Fail,
            ),
            (
                Others {
                    agencies_claim: 5,
                    ..o()
                },
                Verdict::Unknown,
            ),
        ] {
            let shared = [Shared {
                key: "a".repeat(64),
                others: others.clone(),
            }];
            let observation = compose(Kind::Ssh, &one, &shared);
            let thresholds = Catalogue::embedded().current().thresholds_at(Level::ALL[2]);
            let at = "2026-11-22T00:00:00Z".parse().unwrap();
            let judgement = judge(&UniqueHostKeys, &observation, at, &thresholds);
            assert_eq!(judgement.verdict, verdict, "{others:?}");
        }
    }
}
