//! Whether a private key serves in more than one place.

use std::collections::BTreeSet;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        tls::certificate::{Cert, parse},
        tls_endpoints::{Endpoints, Surveys},
    },
    host::Budget,
    observation::{Facts, Gap, Seen, Value},
    probes::tls::{
        suites::{Exchange, suite},
        survey::{Answered, Protocol, Survey},
    },
    verdict::Judgement,
};

/// The key of an endpoint does not also serve another endpoint of this host through which it can be
/// attacked (SSL 2.0: DROWN; a padding oracle: ROBOT), nor another certificate. One certificate on
/// several ports is no fault. Where ROBOT was not asked for and could be, a service of TLS 1.3 is taken to
/// be newer than it, and the sentence says so; any other is not assessed. From the fingerprints the collector
/// finds equal keys on other hosts (`tls.unique-keys`).
pub(super) struct SharedKeys;

const META: Meta = Meta {
    id: "tls.shared-keys",
    version: 2,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live, Need::Loopback],
    thresholds: &[],
    always_applies: false,
};

impl Check for SharedKeys {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn budget(&self, usual: Budget) -> Budget {
        usual.for_surveys()
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let surveys = cx.get::<Surveys>()?;
        let endpoints = cx.get::<Endpoints>()?;
        super::each(cx, |n, endpoint| {
            let (chain, certs) = super::certificates(&surveys.0[n], endpoint)?;
            let at = &endpoint.label;
            let facts = Facts::new().observed("tls", !chain.is_empty(), at);
            let Some(leaf) = certs.first() else {
                return Ok(facts);
            };
            let (mut weak, mut other, mut same) = (Vec::new(), Vec::new(), Vec::new());
            let (mut unseen, mut not_asked, mut by_age) = (Vec::new(), Vec::new(), Vec::new());
            for (m, survey) in surveys.0.iter().enumerate() {
                let label = endpoints.all[m].label.as_str();
                match survey {
                    Err(_) => unseen.push(label),
                    Ok(survey) => {
                        let found = leaves(survey);
                        if survey.tls && found.is_empty() {
                            unseen.push(label);
                        }
                        let mut found = found.iter().filter(|c| c.spki_sha256 == leaf.spki_sha256);
                        let Some(first) = found.next() else { continue };
                        let differs = |c: &Cert| c.sha256 != leaf.sha256;
                        if opens(survey) {
                            weak.push(label);
                        } else if unsure(survey) {
                            unseen.push(label);
                        } else if unasked(survey) && modern(survey) {
                            by_age.push(label);
                        } else if unasked(survey) {
                            not_asked.push(label);
                        }
                        if differs(first) || found.any(differs) {
                            other.push(label);
                        } else if m != n {
                            same.push(label);
                        }
                    }
                }
            }
            let served = surveys.0[n].as_ref().map(leaves).unwrap_or_default();
            let served: BTreeSet<String> = served.into_iter().map(|c| c.spki_sha256).collect();
            Ok(facts
                .observed("spki_sha256", leaf.spki_sha256.as_str(), at)
                .observed("names", leaf.names.clone(), at)
                .observed("served_keys", served.into_iter().collect::<Vec<_>>(), at)
                .observed("same_certificate", same, at)
                .observed("other_certificate", other, at)
                .observed("attackable", weak, at)
                .observed("not_asked", not_asked, at)
                .observed("by_age", by_age, at)
                .observed("unseen", unseen, at))
        })
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(nothing) = super::nothing_to_judge(case) {
            return Ok(nothing);
        }
        let list = |name: &str| -> Result<Vec<String>, Missing> {
            Ok(case.list(name)?.iter().map(Value::to_line).collect())
        };
        let (weak, other) = (list("attackable")?, list("other_certificate")?);
        let (same, unseen) = (list("same_certificate")?, list("unseen")?);
        Ok(if !weak.is_empty() {
            Judgement::fail("fail").with("endpoints", weak)
        } else if !other.is_empty() {
            Judgement::partial("partial-reused").with("endpoints", other)
        } else if !unseen.is_empty() {
            Judgement::unknown("unknown-unseen").with("endpoints", unseen)
        } else if !case.list("not_asked")?.is_empty() {
            Judgement::unknown("unknown-not-asked").with("endpoints", list("not_asked")?)
        } else if !case.list("by_age")?.is_empty() {
            Judgement::partial("partial-by-age").with("endpoints", list("by_age")?)
        } else if same.is_empty() {
            Judgement::pass("pass")
        } else {
            Judgement::pass("pass-same").with("endpoints", same)
        })
    }
}

/// The different leaves that a service shows.
fn leaves(survey: &Survey) -> Vec<Cert> {
    let mut seen = BTreeSet::new();
    let leaves = survey.shown.iter().filter_map(|s| parse(s.chain.first()?));
    leaves.filter(|c| seen.insert(c.sha256.clone())).collect()
}

/// Whether the service lets an attacker use its key against others that have the same.
fn opens(survey: &Survey) -> bool {
    survey.versions.get(&Protocol::Ssl2) == Some(&Answered::Yes)
        || survey.weaknesses.robot == Answered::Yes
}

/// Whether it cannot be told if the service does so.
fn unsure(survey: &Survey) -> bool {
    survey.versions.get(&Protocol::Ssl2) == Some(&Answered::Unclear)
        || survey.weaknesses.robot == Answered::Unclear
}

/// Whether ROBOT was not asked for although the service may take key exchange by RSA.
fn unasked(survey: &Survey) -> bool {
    let codes = survey.suites.values().flat_map(|s| &s.codes);
    let mut suites = codes.filter_map(|code| suite(*code));
    let by_rsa = suites.any(|s| s.exchange == Exchange::Rsa) || super::lists_are_short(survey);
    survey.weaknesses.robot == Answered::NotAsked && by_rsa
}

fn modern(survey: &Survey) -> bool {
    survey.versions.get(&Protocol::Tls13) == Some(&Answered::Yes)
}
