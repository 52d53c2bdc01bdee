//! Whether a certificate is shown not to be revoked.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls::{
            anchors::Anchors,
            ocsp::{self, Fault, State},
        },
        tls_endpoints::Surveys,
    },
    host::Budget,
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The stapled OCSP response says that the certificate is good, is signed by the issuer or by whom it
/// appointed, and is in its time. It does not apply where the certificate names no OCSP responder,
/// as those of many authorities since 2025. Revocation lists are not fetched.
pub(super) struct Revocation;

const META: Meta = Meta {
    id: "tls.revocation",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for Revocation {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        let anchors = cx.get::<Anchors>()?;
        super::each(cx, |n, endpoint| {
            let (chain, certs) = super::certificates(&surveys.0[n], endpoint)?;
            let at = &endpoint.label;
            let facts = Facts::new().observed("tls", !chain.is_empty(), at);
            let Some(leaf) = certs.first() else {
                return Ok(facts);
            };
            let facts = facts
                .observed("ocsp", leaf.ocsp.clone(), at)
                .observed("crls", leaf.crls.clone(), at)
                .observed("must_staple", leaf.must_staple, at);
            let shown = surveys.0[n].iter().flat_map(|s| s.shown.first());
            let Some(bytes) = shown.filter_map(|s| s.staple.as_ref()).next() else {
                return Ok(facts.observed("staple", "none", at));
            };
            let staple = match ocsp::read(bytes, &certs, &anchors) {
                Ok(staple) => staple,
                Err(Fault::NoIssuer) => return Err(Gap::parse(at)),
                Err(fault) => return Ok(facts.observed("staple", fault.code(), at)),
            };
            Ok(facts
                .observed("staple", staple.state.code(), at)
                .observed("signed", staple.signed, at)
                .observed("this_update", staple.this_update, at)
                .maybe("next_update", Vantage::Observed, staple.next_update, at))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let staple = case.text("staple")?;
        let must = case.flag("must_staple")?;
        if staple == "none" {
            return Ok(if must {
                Judgement::fail("fail-must-staple")
            } else if case.list("ocsp")?.is_empty() {
                Judgement::not_applicable("not-applicable-no-ocsp")
            } else {
                Judgement::partial("partial-none")
            });
        }
        let state = [State::Good, State::Revoked, State::Unknown];
        let Some(state) = state.into_iter().find(|s| s.code() == staple) else {
            return Ok(Judgement::fail("fail-unusable").with("fault", staple));
        };
        if !case.flag("signed")? {
            return Ok(Judgement::fail("fail-unsigned"));
        }
        if state == State::Revoked {
            return Ok(Judgement::fail("fail-revoked"));
        }
        let since = case.time("this_update")?;
        let until = match case.fact("next_update") {
            Some(_) => case.time("next_update")?.as_second(),
            // The longest that public authorities may answer for.
            None => since.as_second().saturating_add(864_000),
        };
        Ok(if since > case.at || case.at.as_second() > until {
            Judgement::fail("fail-old")
        } else if state == State::Unknown {
            Judgement::fail("fail-unknown")
        } else {
            Judgement::pass("pass")
        })
    }
}
