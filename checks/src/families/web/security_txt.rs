//! Whether a site says where to report a weakness.

use super::Look;
use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    host::Host,
    observation::{Facts, Gap, Seen, Vantage},
    probes::http::{security_txt as txt, visit},
    verdict::Judgement,
};

/// A site over TLS (declared, or at port 443) serves a security.txt that RFC 9116 accepts: at least
/// one contact, exactly one end of validity, not past. A signature is not verified, and whether
/// anybody answers is not seen.
pub(super) struct SecurityTxt;

const META: Meta = Meta {
    id: "web.security-txt",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for SecurityTxt {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        super::each(cx, |look| {
            let public = look.listed.declared || look.site.target.port() == 443;
            let asked = look.site.tls && public;
            let facts = Facts::new().observed("asked", asked, &look.listed.label);
            if asked {
                search(cx.host(), look, facts)
            } else {
                Ok(facts)
            }
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::no_site(case) {
            return Ok(nothing);
        }
        if !case.flag("asked")? {
            return Ok(Judgement::not_applicable("not-applicable-other"));
        }
        if !case.flag("found")? {
            return Ok(match case.fact("elsewhere") {
                Some(_) => {
                    Judgement::unknown("unknown-elsewhere").with("origin", case.text("elsewhere")?)
                }
                None => Judgement::fail("fail-missing"),
            });
        }
        if case.int("contacts")? == 0 {
            return Ok(Judgement::fail("fail-contact"));
        }
        if case.int("expiries")? != 1 || case.fact("expires").is_none() {
            return Ok(Judgement::fail("fail-expires"));
        }
        let ends = case.time("expires")?;
        let date = ends.to_string();
        if ends <= case.at {
            return Ok(Judgement::fail("fail-expired").with("date", date));
        }
        if let Some(flaws) = super::told(case, "flaws")? {
            return Ok(Judgement::partial("partial-form").with("flaws", flaws));
        }
        Ok(if case.int("bad_contacts")? > 0 {
            Judgement::partial("partial-contact")
        } else {
            Judgement::pass("pass").with("date", date)
        })
    }
}

fn search(host: &dyn Host, look: &Look<'_>, facts: Facts) -> Result<Facts, Gap> {
    let label = &look.listed.label;
    let mut elsewhere = None;
    for path in txt::PATHS {
        let seen = visit(host, look.site, path)?;
        let found = seen.last().and_then(txt::of);
        elsewhere = elsewhere.or(seen.away.filter(|a| a.https));
        let Some(found) = found else {
            continue;
        };
        let source = format!("{label}{path}");
        return Ok(facts
            .observed("found", true, &source)
            .observed("contacts", found.contacts, &source)
            .observed("bad_contacts", found.bad_contacts, &source)
            .observed("expiries", found.expiries, &source)
            .maybe("expires", Vantage::Observed, found.expires, &source)
            .observed("signed", found.signed, &source)
            .observed("flaws", found.flaws, &source));
    }
    let origin = elsewhere.map(|away| away.origin);
    Ok(facts
        .observed("found", false, label)
        .maybe("elsewhere", Vantage::Observed, origin, label))
}
