use super::lists;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{os_release::OsRelease, security_fixes::SecurityFixes, upgrades},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::{Judgement, Verdict},
};

/// Packages were upgraded within the time that the level allows, or nothing waits to be upgraded.
/// The day comes from the logs of apt, dpkg and dnf; installing something new is not upgrading. A
/// host that was never upgraded is judged by the day of its first installation, and that gives half
/// at most: whoever empties the logs makes it look young. Where nothing waits as far as is known, and the
/// repository stands still or a fix does not say for what it is, an old upgrade is unknown and no failure.
///
/// It proves that somebody upgraded something, not that everything was: that is the question of
/// `patch.security-updates`.
pub(super) struct LastUpgrade;

const META: Meta = Meta {
    id: "patch.last-upgrade",
    version: 3,
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
        let seen = upgrades::seen(cx, system)?;
        let facts = Facts::new()
            .observed("system", system.name(), "/etc/os-release")
            .observed("upgrade_seen", seen.last.is_some(), seen.source)
            .observed("logged", seen.logged, seen.source)
            .maybe("last_upgrade", Vantage::Observed, seen.last, seen.source)
            .maybe(
                "without_since",
                Vantage::Observed,
                seen.without_since,
                seen.source,
            );
        Ok(match cx.get::<SecurityFixes>() {
            Ok(fixes) => {
                let facts = lists::add(cx, &fixes, facts)?;
                facts.observed("pending_count", fixes.pending.len(), fixes.source)
            }
            Err(_) => facts, // then the logs alone tell
        }
        .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm" | "apk") {
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
        let nothing_waits = nothing_waits(case)?;
        let judgement = by_log(case, seen, limit)?;
        // Where nothing waits as far as is known, the day alone proves no neglect.
        Ok(match nothing_waits {
            Some(proved) if proved.verdict == Verdict::Pass => proved,
            Some(doubt) if judgement.verdict == Verdict::Fail => doubt,
            _ => judgement,
        })
    }
}

/// Whether nothing waits, by lists that are there and fresh: a pass, or why that is not known. `None` where
/// something waits or the lists tell nothing.
fn nothing_waits(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    if case.int("pending_count") != Ok(0) || lists::are_whole(case) != Ok(true) {
        return Ok(None);
    }
    let doubt = match lists::frozen(case)? {
        None => lists::untold(case)?,
        frozen => frozen,
    };
    Ok(doubt.or_else(|| Some(Judgement::pass("pass-nothing-waits"))))
}

/// What the logs say where the last upgrade is not of the time that the level allows.
fn by_log(case: &Case<'_>, seen: bool, limit: i64) -> Result<Judgement, Missing> {
    if seen {
        return Ok(Judgement::fail("fail")
            .with("date", case.text("last_upgrade")?)
            .with("limit", limit));
    }
    if case.fact("without_since").is_none() {
        return Ok(Judgement::unknown("unknown-no-log"));
    }
    let date = case.text("without_since")?;
    let judgement = match case.age_days("without_since")? {
        age if age < -1 => Judgement::unknown("unknown-future"),
        age if age > limit => Judgement::fail("fail-never").with("limit", limit),
        // A young host has had nothing to upgrade, or its logs were emptied.
        _ if case.flag("logged")? => Judgement::partial("partial-young"),
        _ => Judgement::unknown("unknown-no-log"),
    };
    Ok(judgement.with("date", date))
}
