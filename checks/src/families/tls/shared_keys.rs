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

/// The keys of an endpoint, which may have one of each kind, do not also serve another endpoint of this host through which they can be
/// attacked (SSL 2.0: DROWN; a padding oracle: ROBOT), nor another certificate. One certificate on
/// several ports is no fault. Where ROBOT was not asked for and could be, a service of TLS 1.3 is taken to
/// be newer than it, and the sentence says so; any other is not assessed. From the fingerprints the collector
/// finds equal keys on other hosts (`tls.unique-keys`).
pub(super) struct SharedKeys;

const META: Meta = Meta {
    id: "tls.shared-keys",
    version: 3,
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
            let own = surveys.0[n].as_ref().map(leaves).unwrap_or_default();
            let labels = endpoints.all.iter().map(|e| e.label.as_str());
            let found = compare(&own, n, labels.zip(&surveys.0));
            let served: BTreeSet<String> = own.into_iter().map(|c| c.spki_sha256).collect();
            Ok(facts
                .observed("spki_sha256", leaf.spki_sha256.as_str(), at)
                .observed("names", leaf.names.clone(), at)
                .observed("served_keys", served.into_iter().collect::<Vec<_>>(), at)
                .observed("same_certificate", found.same, at)
                .observed("other_certificate", found.other, at)
                .observed("attackable", found.weak, at)
                .observed("not_asked", found.not_asked, at)
                .observed("by_age", found.by_age, at)
                .observed("unseen", found.unseen, at))
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

/// Endpoints that share a key with one of them, by what that means.
#[derive(Default)]
struct Shared<'a> {
    weak: Vec<&'a str>,
    other: Vec<&'a str>,
    same: Vec<&'a str>,
    unseen: Vec<&'a str>,
    not_asked: Vec<&'a str>,
    by_age: Vec<&'a str>,
}

/// Compares all leaves of the endpoint `n`, of which each kind of key has one, with those of every endpoint, itself
/// among them.
fn compare<'a>(
    own: &[Cert],
    n: usize,
    all: impl Iterator<Item = (&'a str, &'a Result<Survey, Gap>)>,
) -> Shared<'a> {
    let mut out = Shared::default();
    for (m, (label, survey)) in all.enumerate() {
        let Ok(survey) = survey else {
            out.unseen.push(label);
            continue;
        };
        let theirs = leaves(survey);
        if survey.tls && theirs.is_empty() {
            out.unseen.push(label);
        }
        let pairs = own
            .iter()
            .flat_map(|o| theirs.iter().map(move |t| (o, t)))
            .filter(|(o, t)| o.spki_sha256 == t.spki_sha256);
        let pairs: Vec<_> = pairs.collect();
        if pairs.is_empty() {
            continue;
        }
        // Both attacks need a key that decrypts.
        let decrypts = |c: &Cert| !matches!(c.key.kind, "ec" | "ed25519" | "ed448" | "dsa");
        let decrypting = pairs.iter().any(|(o, _)| decrypts(o));
        match danger(survey).filter(|_| decrypting) {
            Some(Danger::Weak) => out.weak.push(label),
            Some(Danger::Unsure) => out.unseen.push(label),
            Some(Danger::ByAge) => out.by_age.push(label),
            Some(Danger::NotAsked) => out.not_asked.push(label),
            None => {}
        }
        if pairs.iter().any(|(o, t)| o.sha256 != t.sha256) {
            out.other.push(label);
        } else if m != n {
            out.same.push(label);
        }
    }
    out
}

/// What a service does with a key that decrypts.
enum Danger {
    Weak,
    Unsure,
    ByAge,
    NotAsked,
}

fn danger(survey: &Survey) -> Option<Danger> {
    if opens(survey) {
        Some(Danger::Weak)
    } else if unsure(survey) {
        Some(Danger::Unsure)
    } else if unasked(survey) && modern(survey) {
        Some(Danger::ByAge)
    } else {
        unasked(survey).then_some(Danger::NotAsked)
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
