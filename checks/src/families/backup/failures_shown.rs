use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::Jobs,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// No job hides that it failed. Looked for in the lines of cron, in the commands of units and in the
/// shell scripts that they name: a dump in front of a pipe without `pipefail`, `|| true`, complaints
/// thrown away where nothing asks for the status, `ExecStart=-`, and a file that each run writes anew and
/// that nothing rotates or sends on, so that a failed run destroys the only copy. What starts a script that
/// makes copies is looked at in the same way; where that script sends messages or keeps a log itself, it is
/// unknown whether anything is hidden.
///
/// What stands in a finding is file, line and kind. Whether anybody reads the messages does not show, and
/// scripts in other languages are not understood.
pub(super) struct FailuresShown;

const META: Meta = Meta {
    id: "backup.failures-shown",
    version: 2,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

impl Check for FailuresShown {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let from = "crontab -l; systemctl cat '*.service'; cat SCRIPT";
        Ok(Facts::new()
            .configured("places", jobs.masked.places.clone(), from)
            .configured("other_languages", jobs.masked.other_languages.clone(), from)
            .configured("untold", jobs.masked.untold.clone(), from)
            .configured("looked_at", jobs.masked.looked_at, from)
            .configured("jobs", jobs.scheduled().count(), from)
            .all_seen(jobs.gap.as_ref(), from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let places = case.list("places")?;
        if !places.is_empty() {
            return Ok(Judgement::fail("fail").with("places", places.to_vec()));
        }
        let other = case.list("other_languages")?;
        if !other.is_empty() {
            return Ok(Judgement::unknown("unknown-language").with("files", other.to_vec()));
        }
        let untold = case.list("untold")?;
        if !untold.is_empty() {
            return Ok(Judgement::unknown("unknown-around").with("places", untold.to_vec()));
        }
        if !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown").with("detail", case.text("not_seen")?));
        }
        let looked_at = case.int("looked_at")?;
        Ok(if looked_at > 0 {
            Judgement::pass("pass").with("count", looked_at)
        } else if case.int("jobs")? == 0 {
            Judgement::not_applicable("not-applicable")
        } else {
            Judgement::unknown("unknown-nothing-read")
        })
    }
}
