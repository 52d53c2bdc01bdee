use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// There is room left where logs are written. Whether anyone is warned when it runs out is not
/// seen here.
pub(super) struct LogSpace;

const META: Meta = Meta {
    id: "log.space",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

/// Percent that should be free, and percent below which it is urgent.
const ENOUGH: i64 = 20;
const URGENT: i64 = 10;

impl Check for LogSpace {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let mut facts = Facts::new();
        for (name, path) in [
            ("free_percent", "/var/log"),
            ("audit_free_percent", "/var/log/audit"),
        ] {
            let space = match cx.host().space(path) {
                Ok(space) => space,
                Err(e) if e.is_not_found() && name != "free_percent" => continue,
                Err(e) => return Err(e.into()),
            };
            if space.total == 0 {
                return Err(Gap::parse(path));
            }
            // Rounded down to steps of 5, so that two runs in a row say the same.
            let percent = u128::from(space.available) * 100 / u128::from(space.total) / 5 * 5;
            let percent = i64::try_from(percent).unwrap_or(0);
            facts = facts.observed(name, percent, format!("df {path}"));
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let mut least = case.int("free_percent")?;
        if case.fact("audit_free_percent").is_some() {
            least = least.min(case.int("audit_free_percent")?);
        }
        let judgement = match least {
            ENOUGH.. => Judgement::pass("pass"),
            URGENT..ENOUGH => Judgement::partial("partial"),
            _ => Judgement::fail("fail"),
        };
        Ok(judgement.with("percent", least))
    }
}
