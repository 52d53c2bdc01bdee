//! Whether clear text leads on to HTTPS.

use super::Look;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    host::Host,
    observation::{Facts, Gap, Seen, Vantage},
    probes::http::{random_path, visit},
    verdict::Judgement,
};

/// A site in clear text answers with a lasting redirect to HTTPS of the same name, for its first page
/// and for any other path. A site that is asked by its address may lead to any name.
pub(super) struct HttpsRedirect;

const META: Meta = Meta {
    id: "web.https-redirect",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for HttpsRedirect {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        super::each(cx, |look| {
            if look.site.tls {
                return Ok(Facts::new());
            }
            facts(cx.host(), look)
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::no_site(case) {
            return Ok(nothing);
        }
        if case.flag("tls")? {
            return Ok(Judgement::not_applicable("not-applicable-tls"));
        }
        if !case.flag("to_https")? {
            return stays(case);
        }
        let origin = case.text("origin")?;
        if case.flag("named")? && !case.flag("same_host")? {
            return Ok(Judgement::partial("partial-other-host").with("origin", origin));
        }
        if !case.flag("other_path_to_https")? {
            return Ok(Judgement::partial("partial-first-page"));
        }
        Ok(if matches!(case.int("status")?, 301 | 308) {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-temporary").with("status", case.int("status")?)
        })
    }
}

/// The first page does not lead to HTTPS.
fn stays(case: &Case<'_>) -> Result<Judgement, Missing> {
    let status = case.int("status")?;
    Ok(match status {
        200..=299 => Judgement::fail("fail"),
        300..=399 => Judgement::fail("fail-elsewhere"),
        401 => Judgement::fail("fail-login"),
        _ => Judgement::unknown("unknown-status").with("status", status),
    })
}

fn facts(host: &dyn Host, look: &Look<'_>) -> Result<Facts, Gap> {
    let source = &look.listed.label;
    let away = look.visit.away.as_ref();
    let to_https = away.is_some_and(|a| a.https);
    let mut facts = Facts::new()
        .observed("status", super::status(look), source)
        .observed("to_https", to_https, source)
        .observed("named", !look.site.name.is_empty(), source)
        .maybe(
            "same_host",
            Vantage::Observed,
            away.map(|a| a.same_host),
            source,
        )
        .maybe(
            "origin",
            Vantage::Observed,
            away.map(|a| a.origin.as_str()),
            source,
        );
    if to_https {
        let other = visit(host, look.site, &random_path(host, look.site))?;
        let follows = other.away.is_some_and(|a| a.https);
        facts = facts.observed("other_path_to_https", follows, source);
    }
    Ok(facts)
}
