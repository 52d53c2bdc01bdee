//! Whether a certificate is vouched for and bears the right name.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls::{
            anchors::{Anchors, StoreKind},
            chain::{shape, trust},
        },
        tls_endpoints::Surveys,
    },
    host::Budget,
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::Judgement,
};

/// Mozilla's roots, the agency's declared authorities or the host's own store vouch for the chain as
/// the server sends it, with no intermediate fetched from elsewhere, and the leaf bears the declared
/// name among its alternative names. Without a declared name the verdict is partial at best, and so it
/// is where only the host's own store vouches: its administrator can add any root to it. Which
/// store vouches is said; a Vietnamese authority's name is a label and never counts as trust.
pub(super) struct CertificateTrust;

const META: Meta = Meta {
    id: "tls.certificate-trust",
    version: 3,
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

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let anchors = cx.get::<Anchors>()?;
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let (chain, certs) = super::certificates(&surveys.0[n], endpoint)?;
            let at = &endpoint.label;
            let facts = Facts::new().observed("tls", !chain.is_empty(), at);
            let Some(leaf) = certs.first() else {
                return Ok(facts);
            };
            let name = endpoint.name.as_deref();
            let trust = trust(&chain, &anchors, name, cx.host().now());
            if let Some(gap) = &anchors.gap
                && !trust.trusted()
                && !leaf.self_signed
            {
                return Err(gap.clone());
            }
            let shape = shape(&certs, &anchors);
            let codes: Vec<&str> = trust.stores.iter().map(|s| s.code()).collect();
            let stores = anchors.stores.iter().map(|s| s.source.as_str());
            let stores = stores.collect::<Vec<_>>().join(", ");
            let facts = facts
                .observed("names", leaf.names.clone(), at)
                .observed("names_total", leaf.names_total, at)
                .observed("wildcard", leaf.wildcard(), at)
                .observed("issuer", leaf.issuer.as_str(), at)
                .observed("fingerprint", leaf.sha256.as_str(), at)
                .observed("scts", leaf.scts, at)
                .observed("self_signed", leaf.self_signed, at)
                .observed("authority", leaf.ca, at)
                .observed("certificates", certs.len(), at)
                .observed("in_order", shape.in_order, at)
                .observed("duplicates", shape.duplicates, at)
                .observed("extra", shape.extra, at)
                .observed("root_sent", shape.root_sent, at)
                .observed("incomplete", shape.incomplete, at)
                .observed("trusted_by", codes, &stores)
                .observed("problem", trust.problem, &stores)
                .observed("named", name.is_some(), "settings endpoints");
            let says = certs.iter().rev().find_map(|c| c.issuer_says);
            Ok(facts
                .maybe("issuer_says", Vantage::Observed, says.map(|s| s.code()), at)
                .maybe("anchor", Vantage::Observed, trust.anchor, &stores)
                .maybe("name_matches", Vantage::Observed, trust.name_matches, at))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let stores = case.list("trusted_by")?;
        let self_signed = case.flag("self_signed")?;
        if stores.is_empty() {
            return untrusted(case, self_signed);
        }
        let vouches = |kind: StoreKind| stores.iter().any(|s| s.as_text() == Some(kind.code()));
        Ok(if !case.flag("named")? {
            Judgement::partial("partial-unnamed")
        } else if !case.flag("name_matches")? {
            let names = case.list("names")?.iter().map(Value::to_line);
            Judgement::fail("fail-name").with("names", names.collect::<Vec<_>>())
        } else if self_signed {
            Judgement::partial("partial-self-signed")
        } else if !case.flag("in_order")? {
            Judgement::partial("partial-order")
        } else if vouches(StoreKind::Public) {
            Judgement::pass("pass")
        } else if vouches(StoreKind::Agency) {
            Judgement::pass("pass-agency").with("anchor", case.text("anchor")?)
        } else {
            Judgement::partial("partial-system").with("anchor", case.text("anchor")?)
        })
    }
}

fn untrusted(case: &Case<'_>, self_signed: bool) -> Result<Judgement, Missing> {
    let problem = case.text("problem")?;
    if self_signed {
        return Ok(Judgement::fail("fail-self-signed"));
    }
    // An authority of the State is not "untrusted": nobody here holds its root to compare with.
    let of_the_state = matches!(case.text("issuer_says"), Ok("national_root" | "government"));
    if of_the_state && problem == "unknown issuer" {
        let issuer = case.text("issuer")?;
        return Ok(Judgement::unknown("unknown-government").with("issuer", issuer));
    }
    Ok(if problem == "unknown issuer" && case.flag("incomplete")? {
        Judgement::fail("fail-incomplete").with("issuer", case.text("issuer")?)
    } else {
        Judgement::fail("fail-untrusted").with("problem", problem)
    })
}
