use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    host::Kind,
    observation::{Facts, Gap, GapReason, Seen},
    verdict::Judgement,
};

/// What the files say is what the services do. A difference means that a change was never loaded,
/// or is gone with the next restart; the other checks have judged by what is in effect.
///
/// Draws on the facts that the checks before it saw from more than one vantage point.
pub(super) struct VantagePoints;

const META: Meta = Meta {
    id: "integrity.vantage-points",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for VantagePoints {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        if cx.host().kind() == Kind::Image {
            return Err(Gap::new(GapReason::NotLive, "an image shows files only"));
        }
        let compared = cx.compared();
        let conflicts = compared.conflicts.len();
        Ok(Facts::new()
            .observed("compared", compared.facts, "the other checks")
            .observed("conflicts", conflicts, "the other checks")
            .observed("conflict_list", compared.conflicts, "the other checks")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let (compared, conflicts) = (case.int("compared")?, case.int("conflicts")?);
        let list: Vec<String> = case
            .list("conflict_list")?
            .iter()
            .map(|l| l.to_line())
            .collect();
        Ok(match (compared, conflicts) {
            (_, 1..) => Judgement::fail("fail")
                .with("count", conflicts)
                .with("list", list.join("; ")),
            (1.., 0) => Judgement::pass("pass").with("compared", compared),
            _ => Judgement::unknown("unknown-none"),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        catalogue::{Catalogue, Level},
        check::judge,
        context::Cx,
        host::Live,
        observation::{Observation, Subject},
        settings::Settings,
    };

    use super::*;

    fn judged(facts: Facts) -> Judgement {
        let (host, settings) = (Live::new(), Settings::default());
        let cx = Cx::new(&host, &settings);
        let observation = |check: &str, facts: Facts| Observation {
            check: check.to_owned(),
            version: 1,
            subject: Subject::host(),
            facts: facts.facts,
            gap: facts.gap,
        };
        cx.compare(&observation("a.b", facts));
        let (_, seen) = VantagePoints.observe(&cx).unwrap().0.remove(0);
        let level = Level::try_from(2).unwrap();
        let thresholds = Catalogue::embedded().current().thresholds_at(level);
        judge(
            &VantagePoints,
            &observation(META.id, seen),
            host.now(),
            &thresholds,
        )
    }

    use crate::host::Host as _;

    #[test]
    fn agreement_passes_and_disagreement_fails() {
        let both = |file, service| {
            Facts::new()
                .configured("x", file, "file")
                .effective("x", service, "service")
        };
        assert_eq!(judged(both("no", "no")).reason.key, "pass");
        let conflict = judged(both("no", "yes"));
        assert_eq!(conflict.reason.key, "fail");
        let list = conflict.reason.args["list"].to_line();
        assert_eq!(list, "a.b: x: configured no / effective yes");
        assert_eq!(
            judged(Facts::new().configured("x", "no", "file"))
                .reason
                .key,
            "unknown-none"
        );
    }
}
