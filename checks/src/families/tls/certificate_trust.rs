//! Whether a certificate is vouched for and bears the right name.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls::{
            anchors::{Anchors, StoreKind},
            chain::{shape, trust},
        },
        tls_endpoints::{Endpoint, Surveys},
    },
    host::Budget,
    observation::{Facts, Gap, Seen, Value, Vantage},
    verdict::{Judgement, Verdict},
};
use jiff::Timestamp;

use super::Chain;

/// Mozilla's roots, the agency's declared authorities or the host's own store vouch for the chain as
/// the server sends it (the worst of its chains, where it has two kinds of keys), with no intermediate fetched from elsewhere, and the leaf bears the declared
/// name among its alternative names. Without a declared name the verdict is partial at best, and so it
/// is where only the host's own store vouches: its administrator can add any root to it. Which
/// store vouches is said; a Vietnamese authority's name is a label and never counts as trust.
pub(super) struct CertificateTrust;

const META: Meta = Meta {
    id: "tls.certificate-trust",
    version: 5,
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
            let first = super::certificates(&surveys.0[n], endpoint)?;
            let at = &endpoint.label;
            let mut facts = Facts::new().observed("tls", !first.0.is_empty(), at);
            if first.1.is_empty() {
                return Ok(facts);
            }
            let twins = super::twins(&surveys.0[n], endpoint)?;
            let chains = || std::iter::once(&first).chain(&twins);
            facts = facts
                .observed("named", endpoint.name.is_some(), "settings endpoints")
                .observed("chains", chains().take(CHAINS.len()).count(), at);
            let mut unsure = None;
            for (prefix, chain) in CHAINS.into_iter().zip(chains()) {
                match look(chain, &anchors, endpoint, cx.host().now()) {
                    Ok(more) => facts.facts.extend(more.facts.into_iter().map(|mut fact| {
                        fact.name = format!("{prefix}{}", fact.name);
                        fact
                    })),
                    Err(gap) => unsure = Some(gap),
                }
            }
            match unsure {
                Some(gap) => Err(gap),
                None => Ok(facts),
            }
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let chains = usize::try_from(case.int("chains")?).unwrap_or(usize::MAX);
        let mut worst: Option<Judgement> = None;
        for prefix in CHAINS.into_iter().take(chains) {
            let one = judge_chain(case, prefix)?;
            if worst
                .as_ref()
                .is_none_or(|w| rank(w.verdict) < rank(one.verdict))
            {
                worst = Some(one);
            }
        }
        worst.ok_or(Missing("chains".to_owned()))
    }
}

/// What stands before the facts of each chain; a server has hardly more than two.
const CHAINS: [&str; 4] = ["", "twin_", "twin2_", "twin3_"];

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 3,
        Verdict::Unknown => 2,
        Verdict::Partial => 1,
        _ => 0,
    }
}

/// What a chain shows, and who vouches for it.
fn look(
    (chain, certs): &Chain,
    anchors: &Anchors,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<Facts, Gap> {
    let at = &endpoint.label;
    let Some(leaf) = certs.first() else {
        return Err(Gap::parse(at));
    };
    let trust = trust(chain, anchors, endpoint.name.as_deref(), now);
    if let Some(gap) = &anchors.gap
        && !trust.trusted()
        && !leaf.self_signed
    {
        return Err(gap.clone());
    }
    let shape = shape(certs, anchors);
    let codes: Vec<&str> = trust.stores.iter().map(|s| s.code()).collect();
    let stores = anchors.stores.iter().map(|s| s.source.as_str());
    let stores = stores.collect::<Vec<_>>().join(", ");
    let says = certs.iter().rev().find_map(|c| c.issuer_says);
    Ok(Facts::new()
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
        .maybe("issuer_says", Vantage::Observed, says.map(|s| s.code()), at)
        .maybe("anchor", Vantage::Observed, trust.anchor, &stores)
        .maybe("name_matches", Vantage::Observed, trust.name_matches, at))
}

fn judge_chain(case: &Case<'_>, prefix: &str) -> Result<Judgement, Missing> {
    let fact = |name: &str| format!("{prefix}{name}");
    let stores = case.list(&fact("trusted_by"))?;
    let self_signed = case.flag(&fact("self_signed"))?;
    if stores.is_empty() {
        return untrusted(case, prefix, self_signed);
    }
    let vouches = |kind: StoreKind| stores.iter().any(|s| s.as_text() == Some(kind.code()));
    Ok(if !case.flag("named")? {
        Judgement::partial("partial-unnamed")
    } else if !case.flag(&fact("name_matches"))? {
        let names = case.list(&fact("names"))?.iter().map(Value::to_line);
        Judgement::fail("fail-name").with("names", names.collect::<Vec<_>>())
    } else if self_signed {
        Judgement::partial("partial-self-signed")
    } else if !case.flag(&fact("in_order"))? {
        Judgement::partial("partial-order")
    } else if vouches(StoreKind::Public) {
        Judgement::pass("pass")
    } else if vouches(StoreKind::Agency) {
        Judgement::pass("pass-agency").with("anchor", case.text(&fact("anchor"))?)
    } else {
        Judgement::partial("partial-system").with("anchor", case.text(&fact("anchor"))?)
    })
}

fn untrusted(case: &Case<'_>, prefix: &str, self_signed: bool) -> Result<Judgement, Missing> {
    let text = |name: &str| case.text(&format!("{prefix}{name}"));
    let problem = text("problem")?;
    if self_signed {
        return Ok(Judgement::fail("fail-self-signed"));
    }
    // An authority of the State is not "untrusted": nobody here holds its root to compare with.
    let of_the_state = matches!(text("issuer_says"), Ok("national_root" | "government"));
    if of_the_state && problem == "unknown issuer" {
        return Ok(Judgement::unknown("unknown-government").with("issuer", text("issuer")?));
    }
    let incomplete = case.flag(&format!("{prefix}incomplete"))?;
    Ok(if problem == "unknown issuer" && incomplete {
        Judgement::fail("fail-incomplete").with("issuer", text("issuer")?)
    } else {
        Judgement::fail("fail-untrusted").with("problem", problem)
    })
}
