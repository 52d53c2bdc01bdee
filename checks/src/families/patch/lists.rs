//! What several checks say of the lists that tell of security fixes.

use jiff::Timestamp;

use crate::{
    check::{Case, Missing},
    context::Cx,
    facts::{eol, os_release::OsRelease, security_fixes::SecurityFixes},
    observation::{Facts, Gap, Vantage},
    verdict::Judgement,
};

/// Adds what is known of the lists.
pub(super) fn add(cx: &Cx<'_>, fixes: &SecurityFixes, facts: Facts) -> Result<Facts, Gap> {
    let from = fixes.source;
    Ok(add_end(cx, facts)?
        .configured(
            "security_sources",
            fixes.sources.clone(),
            "/etc/apt/sources.list",
        )
        .observed("lists_missing", fixes.missing.clone(), from)
        .maybe("lists_date", Vantage::Observed, fixes.date, from)
        .maybe("infra_date", Vantage::Observed, fixes.infra_date, from)
        .maybe("apps_date", Vantage::Observed, fixes.apps_date, from)
        .configured("infra_alone", fixes.infra_alone, "/etc/apt/sources.list")
        .maybe("base_made", Vantage::Observed, fixes.base_made, from)
        .configured("streams_in_use", fixes.streams_in_use, "/etc/yum.repos.d")
        .maybe("streams_made", Vantage::Observed, fixes.streams_made, from)
        .observed("untold", fixes.untold.clone(), from))
}

/// Adds until when the ordinary sources bring fixes of the system, where the table knows the release.
pub(super) fn add_end(cx: &Cx<'_>, facts: Facts) -> Result<Facts, Gap> {
    let support = eol::support(&*cx.get::<OsRelease>()?);
    let ends = support.as_ref().and_then(|s| eol::end_of(s.ordinary()));
    let table = support
        .as_ref()
        .map_or("catalogue/eol.toml", |s| s.source.as_str());
    Ok(facts
        .configured("release_known", support.is_some(), table)
        .maybe("support_ends", Vantage::Configured, ends, table))
}

/// Whether the ordinary support of the release is over. From then on its ordinary lists stand still, and
/// a longer support stands in for them; before, it does not.
pub(super) fn is_over(case: &Case<'_>) -> Result<bool, Missing> {
    Ok(case.at > case.time("support_ends")?)
}

/// How many lists are missing.
pub(super) fn missing(case: &Case<'_>) -> Result<usize, Missing> {
    let alone = case.flag("infra_alone")? && !is_over(case)?;
    Ok(case.list("lists_missing")?.len() + usize::from(alone))
}

/// The date that counts.
pub(super) fn date(case: &Case<'_>) -> Result<Timestamp, Missing> {
    let own = match case.time("infra_date") {
        Ok(infra) if is_over(case)? => infra,
        _ => case.time("lists_date")?,
    };
    Ok(case.time("apps_date").map_or(own, |apps| apps.min(own)))
}

/// Whole days since then; negative in the future.
pub(super) fn age(case: &Case<'_>) -> Result<i64, Missing> {
    let seconds = case.at.as_second() - date(case)?.as_second();
    Ok(seconds.div_euclid(86_400))
}

/// Why a fresh fetch by dnf or zypper tells nothing, if so: nothing has come into a repository of the
/// system itself (that of its base, or AppStream) for longer than such a repository ever rests. It is an
/// archive, or a mirror that stands still. The date of the lists is only that of the fetch there.
pub(super) fn frozen(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    if case.text("system")? != "rpm" {
        return Ok(None);
    }
    let streams = case.flag("streams_in_use")?.then_some("streams_made");
    for part in ["base_made"].into_iter().chain(streams) {
        let Ok(age) = case.age_days(part) else {
            return Ok(Some(Judgement::unknown("unknown-undated")));
        };
        let limit = case.threshold("patch.max-age-days");
        if !(-1..=limit).contains(&age) {
            let frozen = Judgement::unknown("unknown-frozen").with("limit", limit);
            return Ok(Some(frozen.with("date", case.time(part)?)));
        }
    }
    Ok(None)
}

/// Why it is not known whether something waits, if so: fixes that do not say for what they are.
pub(super) fn untold(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    let untold = case.list("untold")?;
    let first = untold.iter().take(8).cloned().collect::<Vec<_>>();
    let judgement = || Judgement::unknown("unknown-untold").with("packages", first);
    Ok((!untold.is_empty()).then(judgement))
}

/// Whether every list is there and fresh.
pub(super) fn are_whole(case: &Case<'_>) -> Result<bool, Missing> {
    let limit = case.threshold("patch.lists-max-age-days");
    Ok(!case.list("security_sources")?.is_empty()
        && missing(case)? == 0
        && (-1..=limit).contains(&age(case)?))
}
