//! Whether a certificate is vouched for and bears the right name.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls_endpoints::{Surveys, chain},
        x509,
    },
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The host's own roots vouch for the chain as the server sends it, with no intermediate fetched from
/// elsewhere, and the leaf bears the declared name among its alternative names. Without a declared name
/// the verdict is partial at best. Revocation is not looked up.
pub(super) struct CertificateTrust;

const META: Meta = Meta {
    id: "tls.certificate-trust",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for CertificateTrust {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let roots = x509::roots(cx.host());
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let chain = chain(&surveys.0[n], endpoint)?;
            let facts = Facts::new().observed("tls", !chain.is_empty(), &endpoint.label);
            let certs: Option<Vec<_>> = chain.iter().map(|der| x509::parse(der)).collect();
            let certs = certs.ok_or_else(|| Gap::parse(&endpoint.label))?;
            let Some((leaf, _)) = certs.split_first() else {
                return Ok(facts);
            };
            let (roots, source) = roots.clone()?;
            let name = endpoint.name.as_deref();
            let trust = x509::trust(&chain, &roots, name, cx.host().now());
            let facts = facts
                .observed("names", leaf.names.clone(), &endpoint.label)
                .observed("self_signed", leaf.self_signed, &endpoint.label)
                .observed("certificates", certs.len(), &endpoint.label)
                .observed("in_order", x509::in_order(&certs), &endpoint.label)
                .observed("trusted", trust.trusted, source)
                .observed("problem", trust.problem, source)
                .observed("named", name.is_some(), "settings endpoints");
            Ok(facts.maybe(
                "name_matches",
                Vantage::Observed,
                trust.name_matches,
                &endpoint.label,
            ))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        if !case.flag("trusted")? {
            return Ok(if case.flag("self_signed")? {
                Judgement::fail("fail-self-signed")
            } else {
                Judgement::fail("fail-untrusted").with("problem", case.text("problem")?)
            });
        }
        Ok(if !case.flag("named")? {
            Judgement::partial("partial-unnamed")
        } else if !case.flag("name_matches")? {
            let names = case.list("names")?.iter().map(|n| n.to_line());
            Judgement::fail("fail-name").with("names", names.collect::<Vec<_>>())
        } else if case.flag("in_order")? {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial-order")
        })
    }
}
