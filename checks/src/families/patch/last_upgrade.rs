use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{os_release::OsRelease, security_fixes::SecurityFixes, upgrades},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// Packages were upgraded within the time that the level allows, or nothing waits to be upgraded.
/// The day comes from the logs of apt and dpkg, or from rpm's database; installing something new is
/// not upgrading.
///
/// It proves that somebody upgraded something, not that everything was: that is the question of
/// `patch.security-updates`.
pub(super) struct LastUpgrade;

const META: Meta = Meta {
    id: "patch.last-upgrade",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &["patch.max-age-days", "patch.lists-max-age-days"],
    always_applies: true,
};

impl Check for LastUpgrade {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let system = cx.get::<OsRelease>()?.package_system();
        let last = upgrades::last(cx.host(), system)?;
        let fixes = cx.get::<SecurityFixes>();
        let lists = fixes
            .as_ref()
            .ok()
            .filter(|f| f.missing.is_empty() && !f.sources.is_empty());
        let source = last
            .as_ref()
            .map_or("/var/log/apt/history.log", |l| l.source.as_str());
        Ok(Facts::new()
            .observed("system", system.name(), "/etc/os-release")
            .observed("upgrade_seen", last.is_some(), source)
            .maybe(
                "last_upgrade",
                Vantage::Observed,
                last.as_ref().map(|l| l.day),
                source,
            )
            .maybe(
                "lists_date",
                Vantage::Observed,
                lists.and_then(|f| f.date),
                "/var/lib/apt/lists",
            )
            .maybe(
                "pending_count",
                Vantage::Observed,
                lists.map(|f| f.pending.len()),
                "/var/lib/apt/lists",
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        let limit = case.threshold("patch.max-age-days");
        let seen = case.flag("upgrade_seen")?;
        if seen {
            let age = case.age_days("last_upgrade")?;
            if age < -1 {
                return Ok(Judgement::unknown("unknown-future"));
            }
            if age <= limit {
                return Ok(Judgement::pass("pass").with("date", case.text("last_upgrade")?));
            }
        }
        let fresh = case
            .age_days("lists_date")
            .is_ok_and(|age| (-1..=case.threshold("patch.lists-max-age-days")).contains(&age));
        if fresh && case.int("pending_count") == Ok(0) {
            return Ok(Judgement::pass("pass-nothing-waits"));
        }
        Ok(if seen {
            Judgement::fail("fail")
                .with("date", case.text("last_upgrade")?)
                .with("limit", limit)
        } else {
            Judgement::unknown("unknown-no-log")
        })
    }
}
