//! Whether pages tell browsers what not to do with them.

use super::Look;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    observation::{Facts, Gap, Seen},
    probes::http::{headers, is_html},
    verdict::Judgement,
};

/// The first page cannot be framed by others, its type is not guessed, its policy lets neither
/// foreign nor inline scripts run, and its address is not handed to others. Other pages may differ.
pub(super) struct Headers;

const META: Meta = Meta {
    id: "web.headers",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for Headers {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        super::each(cx, |look| Ok(facts(look)))
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::no_site(case) {
            return Ok(nothing);
        }
        if case.flag("leaves")? {
            return Ok(Judgement::not_applicable("not-applicable-redirect"));
        }
        let status = case.int("status")?;
        if !matches!(status, 200..=299 | 401) {
            return Ok(Judgement::unknown("unknown-status").with("status", status));
        }
        if !case.flag("html")? {
            return Ok(Judgement::not_applicable("not-applicable-data"));
        }
        if case.flag("cut")? && !case.flag("scripts_guarded")? {
            return Ok(Judgement::unknown("unknown-cut")); // a policy may stand further down
        }
        let mut missing = Vec::new();
        for (fact, name) in [
            ("frames_guarded", "frame-ancestors / X-Frame-Options"),
            ("nosniff", "X-Content-Type-Options"),
        ] {
            if !case.flag(fact)? {
                missing.push(name);
            }
        }
        if !missing.is_empty() {
            return Ok(Judgement::fail("fail").with("missing", missing.join(", ")));
        }
        Ok(if !case.flag("csp")? {
            Judgement::partial("partial-no-csp")
        } else if !case.flag("scripts_guarded")? {
            Judgement::partial("partial-scripts")
        } else if case.flag("leaks_referrer")? {
            Judgement::partial("partial-referrer")
        } else {
            Judgement::pass("pass")
        })
    }
}

fn facts(look: &Look<'_>) -> Facts {
    let source = &look.listed.label;
    let facts = Facts::new()
        .observed("leaves", look.visit.away.is_some(), source)
        .observed("status", super::status(look), source);
    let Some(page) = look.visit.last() else {
        return facts;
    };
    let found = headers::of(page);
    facts
        .observed("html", is_html(page), source)
        .observed("cut", page.body_cut, source)
        .observed("frames_guarded", found.guards_frames(), source)
        .observed("nosniff", found.nosniff, source)
        .observed("csp", found.csp.present, source)
        .observed("scripts_guarded", found.csp.scripts, source)
        .observed("leaks_referrer", found.leaks_referrer, source)
}
