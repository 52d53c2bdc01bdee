//! Which versions of TLS an address offers.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::tls_endpoints::{Endpoints, Surveys},
    host::Budget,
    observation::{Facts, Gap, Seen, Subject},
    probes::tls::survey::{Answered, Protocol},
    verdict::Judgement,
};

/// Each version is asked for by itself; only an answer in that very version counts as an offer, and
/// silence counts as none only beside a hello that was answered. Versions that a proxy elsewhere
/// offers are not seen from here. SSL Labs' grade and Mozilla's profile stand among the facts and are
/// not judged.
pub(super) struct Versions;

const META: Meta = Meta {
    id: "tls.versions",
    version: 2,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &["tls.min-version"],
    always_applies: false,
};

const VERSIONS: [Protocol; 6] = [
    Protocol::Ssl2,
    Protocol::Ssl3,
    Protocol::Tls10,
    Protocol::Tls11,
    Protocol::Tls12,
    Protocol::Tls13,
];

/// The figure that thresholds use: 12 is TLS 1.2.
const fn figure(version: Protocol) -> i64 {
    match version {
        Protocol::Ssl2 => 2,
        Protocol::Ssl3 => 3,
        Protocol::Tls10 => 10,
        Protocol::Tls11 => 11,
        Protocol::Tls12 => 12,
        Protocol::Tls13 => 13,
    }
}

impl Check for Versions {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        let mut seen = super::each(cx, |n, endpoint| {
            let survey = surveys.0[n].clone()?;
            let mut facts = Facts::new().observed("tls", survey.tls, &endpoint.label);
            for version in VERSIONS {
                let answered = survey.versions.get(&version).copied();
                let word = match answered.unwrap_or_default() {
                    Answered::Yes => "offered",
                    Answered::No => "refused",
                    Answered::Unclear | Answered::NotAsked => "unclear",
                };
                facts = facts.observed(version.name(), word, &endpoint.label);
            }
            Ok(super::rated::facts(facts, cx, &survey, endpoint))
        })?;
        let endpoints = cx.get::<Endpoints>()?;
        if !endpoints.unlooked.is_empty() {
            let gap = super::unlooked(&endpoints);
            seen.0.push((Subject::host(), Facts::unseen(gap)));
        }
        Ok(seen)
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let least = case.threshold("tls.min-version");
        let (mut old, mut unclear, mut fine) = (Vec::new(), Vec::new(), false);
        for version in VERSIONS {
            match (case.text(version.name())?, figure(version) < least) {
                ("offered", true) => old.push(version.title()),
                ("offered", false) => fine = true,
                ("refused", _) => {}
                (_, true) => unclear.push(version.title()),
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
