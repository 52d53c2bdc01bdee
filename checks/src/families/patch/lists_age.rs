use super::lists;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::security_fixes::SecurityFixes,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// The host knows what its repositories offer: its package lists are recent. The date is the one that
/// the repository itself put into its security lists, because the time of the file on disk is the
/// server's, not that of the fetch. The oldest of the security sources decides.
///
/// A mirror that stands still makes this fail, as it should; whether the fixes are installed is the
/// question of another check. dnf and zypper know only when they fetched: there the repository of the
/// system itself must also have been made within a month, else this is unknown.
///
/// Ubuntu's longer support stands in for the ordinary lists once ordinary support is over, not before.
pub(super) struct ListsAge;

const META: Meta = Meta {
    id: "patch.lists-age",
    version: 3,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &["patch.lists-max-age-days", "patch.max-age-days"],
    always_applies: true,
};

impl Check for ListsAge {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let fixes = cx.get::<SecurityFixes>()?;
        let facts = Facts::new().observed("system", fixes.system.name(), fixes.source);
        Ok(lists::add(cx, &fixes, facts)?.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm" | "apk") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        if case.list("security_sources")?.is_empty() {
            return Ok(Judgement::unknown("unknown-no-source"));
        }
        let missing = lists::missing(case)?;
        if missing > 0 {
            return Ok(Judgement::fail("fail-none").with("lists", missing));
        }
        let limit = case.threshold("patch.lists-max-age-days");
        let date = lists::date(case)?;
        let judgement = match lists::age(case)? {
            age if age < -1 => Judgement::unknown("unknown-future"),
            age if age > limit => Judgement::fail("fail").with("limit", limit),
            _ => match lists::frozen(case)? {
                Some(frozen) => return Ok(frozen),
                None => Judgement::pass("pass"),
            },
        };
        Ok(judgement.with("date", date))
    }
}
