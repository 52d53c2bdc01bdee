use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::security_fixes::SecurityFixes,
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The host knows what its repositories offer: its package lists are recent. The date is the one that
/// the repository itself put into its security lists, because the time of the file on disk is the
/// server's, not that of the fetch. The oldest of the security sources decides.
///
/// A mirror that stands still makes this fail, as it should; whether the fixes are installed is the
/// question of another check.
pub(super) struct ListsAge;

const META: Meta = Meta {
    id: "patch.lists-age",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &["patch.lists-max-age-days"],
    always_applies: true,
};

impl Check for ListsAge {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let fixes = cx.get::<SecurityFixes>()?;
        Ok(Facts::new()
            .observed("system", fixes.system.name(), fixes.source)
            .configured(
                "security_sources",
                fixes.sources.clone(),
                "/etc/apt/sources.list",
            )
            .observed("lists_missing", fixes.missing.clone(), fixes.source)
            .maybe("lists_date", Vantage::Observed, fixes.date, fixes.source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm" | "apk") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        if case.list("security_sources")?.is_empty() {
            return Ok(Judgement::unknown("unknown-no-source"));
        }
        let missing = case.list("lists_missing")?;
        if !missing.is_empty() {
            return Ok(Judgement::fail("fail-none").with("lists", missing.len()));
        }
        let limit = case.threshold("patch.lists-max-age-days");
        let date = case.text("lists_date")?;
        let judgement = match case.age_days("lists_date")? {
            age if age < -1 => Judgement::unknown("unknown-future"),
            age if age > limit => Judgement::fail("fail").with("limit", limit),
            _ => Judgement::pass("pass"),
        };
        Ok(judgement.with("date", date))
    }
}
