//! Which versions of TLS an address offers.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::tls_endpoints::Surveys,
    observation::{Facts, Gap, Seen},
    probes::tls::Version,
    verdict::Judgement,
};

/// Each version is asked for by itself; only an answer in that very version counts as an offer, and
/// silence counts as none only beside a hello that was answered. Versions that a proxy elsewhere
/// offers are not seen from here.
pub(super) struct Versions;

const META: Meta = Meta {
    id: "tls.versions",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &["tls.min-version"],
    always_applies: false,
};

impl Check for Versions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        super::each(cx, |n, endpoint| {
            let survey = surveys.0[n].clone()?;
            let mut facts = Facts::new().observed("tls", survey.tls, &endpoint.label);
            for (version, offer) in survey.versions {
                facts = facts.observed(version.name(), offer.word(), &endpoint.label);
            }
            Ok(facts)
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let least = case.threshold("tls.min-version");
        let (mut old, mut unclear, mut fine) = (Vec::new(), Vec::new(), false);
        for version in Version::ALL {
            match (case.text(version.name())?, version.figure() < least) {
                ("offered", true) => old.push(version.name()),
                ("offered", false) => fine = true,
                ("refused" | "dropped", _) => {}
                (_, true) => unclear.push(version.name()),
                (_, false) => {}
            }
        }
        Ok(if !old.is_empty() {
            Judgement::fail("fail").with("versions", old)
        } else if !unclear.is_empty() {
            Judgement::unknown("unknown-unclear").with("versions", unclear)
        } else if fine {
            Judgement::pass("pass")
        } else {
            Judgement::unknown("unknown-none")
        })
    }
}
