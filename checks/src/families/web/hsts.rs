//! Whether browsers are told to use nothing but HTTPS.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    observation::{Facts, Gap, Seen, Vantage},
    probes::http::hsts,
    verdict::Judgement,
};

/// The first page, or a redirect on the way to it, bears a Strict-Transport-Security header that
/// browsers accept and that lasts. Over clear text the header means nothing and is not looked at.
pub(super) struct Hsts;

const META: Meta = Meta {
    id: "web.hsts",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &["web.hsts-min-days"],
    always_applies: false,
};

impl Check for Hsts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        super::each(cx, |look| {
            if !look.site.tls {
                return Ok(Facts::new());
            }
            let source = &look.listed.label;
            let found = look.visit.steps.iter().find_map(hsts::of);
            let facts = Facts::new()
                .observed("status", super::status(look), source)
                .observed("present", found.is_some(), source);
            let Some(found) = found else {
                return Ok(facts);
            };
            Ok(facts
                .maybe("max_age", Vantage::Observed, found.max_age, source)
                .observed("include_subdomains", found.include_subdomains, source)
                .observed("headers", found.headers, source))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::no_site(case) {
            return Ok(nothing);
        }
        if !case.flag("tls")? {
            return Ok(Judgement::not_applicable("not-applicable-clear"));
        }
        if !case.flag("present")? {
            let status = case.int("status")?;
            // Servers commonly leave the header off their error pages.
            return Ok(if status < 400 {
                Judgement::fail("fail")
            } else {
                Judgement::unknown("unknown-status").with("status", status)
            });
        }
        if case.fact("max_age").is_none() {
            return Ok(Judgement::fail("fail-malformed"));
        }
        let days = case.int("max_age")? / 86_400;
        let least = case.threshold("web.hsts-min-days");
        Ok(if days == 0 {
            Judgement::fail("fail-off")
        } else if days < least {
            Judgement::partial("partial-short")
                .with("days", days)
                .with("least", least)
        } else {
            Judgement::pass("pass").with("days", days)
        })
    }
}
