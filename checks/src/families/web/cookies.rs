//! Whether the cookies of a session are kept from others.

use super::Look;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    observation::{Facts, Gap, Seen},
    probes::http::cookies::{self, Cookie},
    verdict::Judgement,
};

/// Cookies of the first page whose names are those of sessions are Secure and HttpOnly, and the
/// others are Secure. Which cookie is a session's is told by its name; what a login sets later is
/// not seen. Values are not kept.
pub(super) struct Cookies;

const META: Meta = Meta {
    id: "web.cookies",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for Cookies {
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
        if let Some(names) = super::told(case, "open_sessions")? {
            return Ok(Judgement::fail("fail").with("cookies", names));
        }
        if let Some(names) = super::told(case, "weak_others")? {
            return Ok(Judgement::partial("partial").with("cookies", names));
        }
        Ok(match super::told(case, "cookies")? {
            Some(_) => Judgement::pass("pass"),
            None if case.flag("leaves")? => Judgement::not_applicable("not-applicable-redirect"),
            None => Judgement::unknown("unknown-none"),
        })
    }
}

fn facts(look: &Look<'_>) -> Facts {
    let tls = look.site.tls;
    let all = cookies::of(&look.visit.steps);
    let shown = |pick: &dyn Fn(&&Cookie) -> bool| -> Vec<String> {
        all.iter().filter(pick).map(Cookie::shown).collect()
    };
    let open = |c: &&Cookie| c.is_session() && !(tls && c.secure && c.http_only);
    let weak = |c: &&Cookie| !c.is_session() && (!tls || !c.secure || c.broken_prefix);
    let source = &look.listed.label;
    Facts::new()
        .observed("leaves", look.visit.away.is_some(), source)
        .observed("cookies", shown(&|_| true), source)
        .observed("open_sessions", shown(&open), source)
        .observed("weak_others", shown(&weak), source)
}
