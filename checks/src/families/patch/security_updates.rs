use super::lists;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{os_release::OsRelease, security_fixes::SecurityFixes},
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::Judgement,
};

/// No security fix that the host's own repositories offer waits to be installed. Installed versions
/// are compared with everything that the security sources offer, not with the package manager's
/// candidate, behind which a fix can hide.
///
/// dnf and zypper know only when they fetched; there the repository of the system itself, and AppStream where it
/// is in use, must have been made within the time in which such a repository never rests, else it is an archive
/// or a dead mirror.
///
/// It proves nothing about what the vendor published after the lists were fetched, nor about software
/// from outside the package system. dnf's lists say when a fix was issued; apt's and apk's do not, so
/// that for how long one has been waiting is not known there. apk's lists do not tell which updates
/// close holes: there, waiting updates are named and not judged.
pub(super) struct SecurityUpdates;

const META: Meta = Meta {
    id: "patch.security-updates",
    version: 5,
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[],
    thresholds: &["patch.lists-max-age-days", "patch.max-age-days"],
    always_applies: true,
};

impl Check for SecurityUpdates {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let fixes = cx.get::<SecurityFixes>()?;
        let from = fixes.source;
        let facts = Facts::new().observed("system", fixes.system.name(), from);
        Ok(lists::add(cx, &fixes, facts)?
            .observed("pending_count", fixes.pending.len(), from)
            .observed("pending", fixes.pending.clone(), from)
            .maybe("waiting_since", Vantage::Observed, fixes.since, from)
            .maybe(
                "hidden_count",
                Vantage::Observed,
                fixes.choices.as_ref().map(|c| c.hidden.len()),
                "apt-cache policy",
            )
            .maybe(
                "hidden",
                Vantage::Observed,
                fixes.choices.as_ref().map(|c| c.hidden.clone()),
                "apt-cache policy",
            )
            .configured(
                "distribution",
                cx.get::<OsRelease>()?.id.as_str(),
                "/etc/os-release",
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let system = case.text("system")?;
        if !matches!(system, "dpkg" | "rpm" | "apk") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        if case.list("security_sources")?.is_empty() {
            let known = matches!(case.text("distribution")?, "debian" | "ubuntu" | "alpine");
            return Ok(if known {
                Judgement::fail("fail-no-source")
            } else {
                Judgement::unknown("unknown-no-source")
            });
        }
        let count = case.int("pending_count")?;
        if count > 0 {
            return Ok(waiting(case, system == "apk", count)?.with("count", count));
        }
        if lists::missing(case)? > 0 {
            return Ok(Judgement::unknown("unknown-lists"));
        }
        let limit = case.threshold("patch.lists-max-age-days");
        if !(-1..=limit).contains(&lists::age(case)?) {
            return Ok(Judgement::unknown("unknown-stale").with("limit", limit));
        }
        if let Some(frozen) = lists::frozen(case)? {
            return Ok(frozen);
        }
        Ok(lists::untold(case)?.unwrap_or_else(|| Judgement::pass("pass")))
    }
}

/// Alpine's lists do not say which updates close holes, so that waiting ones prove neither.
fn waiting(case: &Case<'_>, any_update: bool, count: i64) -> Result<Judgement, Missing> {
    let packages = first(case.list("pending")?);
    let judgement = if any_update {
        Judgement::unknown("unknown-updates")
    } else if let Ok(since) = case.text("waiting_since") {
        Judgement::fail("fail-since").with("date", since)
    } else if case.int("hidden_count") == Ok(count) {
        Judgement::fail("fail-hidden")
    } else {
        Judgement::fail("fail")
    };
    Ok(judgement.with("packages", packages))
}

/// Enough packages to show what is meant; the facts hold more.
fn first(all: &[Value]) -> Vec<Value> {
    all.iter().take(8).cloned().collect()
}
