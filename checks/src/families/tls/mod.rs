//! TLS as the host's own addresses offer it.

mod certificate_trust;
mod certificate_validity;
mod forward_secrecy;
mod key_files;
mod key_strength;
mod rated;
mod revocation;
mod shared_keys;
mod starttls;
mod unique_keys;
mod versions;
mod vulnerabilities;
mod weak_suites;

use crate::{
    check::{Case, Check},
    context::Cx,
    facts::{
        tls::certificate::{Cert, parse},
        tls_endpoints::{Endpoint, Endpoints, chain},
    },
    observation::{Facts, Gap, GapReason, Seen, Subject, SubjectKind},
    probes::tls::survey::{Answered, Survey},
    verdict::Judgement,
};

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &certificate_trust::CertificateTrust,
    &certificate_validity::CertificateValidity,
    &forward_secrecy::ForwardSecrecy,
    &key_files::KeyFiles,
    &key_strength::KeyStrength,
    &revocation::Revocation,
    &shared_keys::SharedKeys,
    &starttls::Starttls,
    &versions::Versions,
    &vulnerabilities::Vulnerabilities,
    &weak_suites::WeakSuites,
];

/// Those that the collector makes, from what agents send.
pub const COLLECTED: &[&dyn Check] = &[&unique_keys::UniqueKeys];

/// The checks that say of each endpoint what it offers.
pub fn of_endpoints() -> impl Iterator<Item = &'static str> {
    let ids = CHECKS.iter().map(|check| check.meta().id);
    ids.filter(|id| *id != "tls.key-files")
}

/// Observes each endpoint by itself; a gap at one leaves the others alone. Without any, the host
/// itself says so.
fn each(
    cx: &Cx<'_>,
    observe: impl Fn(usize, &Endpoint) -> Result<Facts, Gap>,
) -> Result<Seen, Gap> {
    let endpoints = cx.get::<Endpoints>()?;
    if endpoints.all.is_empty() && !endpoints.unlooked.is_empty() {
        return Err(unlooked(&endpoints));
    }
    if endpoints.all.is_empty() {
        if let Some(gap) = &endpoints.unread {
            return Err(gap.clone());
        }
        let source = "settings endpoints, /proc/net/tcp";
        return Ok(Facts::new().observed("endpoints", 0_usize, source).into());
    }
    Ok(Seen::each(endpoints.all.iter().enumerate().map(
        |(n, endpoint)| {
            let facts = observe(n, endpoint).unwrap_or_else(Facts::unseen);
            let source = "settings endpoints";
            let facts = facts.configured("declared", endpoint.declared, source);
            (Subject::new(SubjectKind::Endpoint, &endpoint.label), facts)
        },
    )))
}

/// Listeners at which nobody looked: there may be TLS, and none of it is known.
fn unlooked(endpoints: &Endpoints) -> Gap {
    let ports = endpoints.unlooked.join(", ");
    Gap::new(GapReason::NotAuthorised, format!("endpoints: {ports}"))
}

/// What every check of this family concludes where no TLS is spoken.
fn nothing_to_judge(case: &Case<'_>) -> Option<Judgement> {
    if case.int("endpoints") == Ok(0) {
        return Some(Judgement::not_applicable("not-applicable"));
    }
    if case.flag("tls") != Ok(false) {
        return None;
    }
    Some(if case.flag("declared") == Ok(true) {
        Judgement::fail("fail-no-tls")
    } else {
        Judgement::not_applicable("not-applicable-other")
    })
}

/// The certificates that a client gets who asks by the right name; none where no TLS is spoken.
fn certificates(survey: &Result<Survey, Gap>, endpoint: &Endpoint) -> Result<Chain, Gap> {
    let chain = chain(survey, endpoint)?;
    let certs: Option<Vec<_>> = chain.iter().map(|der| parse(der)).collect();
    let certs = certs.ok_or_else(|| Gap::parse(&endpoint.label))?;
    Ok((chain, certs))
}

/// A chain in DER, and its certificates.
type Chain = (Vec<Vec<u8>>, Vec<Cert>);

/// The other chains that a client gets who asks by the right name: a server with two kinds of keys shows
/// another certificate to other clients.
fn twins(survey: &Result<Survey, Gap>, endpoint: &Endpoint) -> Result<Vec<Chain>, Gap> {
    let shown = survey.iter().flat_map(|s| &s.shown);
    let asked = shown.filter(|s| s.name.as_deref() == endpoint.name.as_deref());
    let mut chains: Vec<&Vec<Vec<u8>>> = survey
        .iter()
        .filter_map(|s| Some(&s.shown.first()?.chain))
        .collect();
    for one in asked {
        if !one.chain.is_empty() && !chains.contains(&&one.chain) {
            chains.push(&one.chain);
        }
    }
    let read = |chain: &Vec<Vec<u8>>| {
        let certs: Option<Vec<Cert>> = chain.iter().map(|der| parse(der)).collect();
        Some((chain.clone(), certs?))
    };
    let chains = chains
        .into_iter()
        .skip(1)
        .map(read)
        .collect::<Option<Vec<_>>>();
    chains.ok_or_else(|| Gap::parse(&endpoint.label))
}

/// The word for an answer in facts.
const fn word(answer: Answered) -> &'static str {
    match answer {
        Answered::Yes => "yes",
        Answered::No => "no",
        Answered::Unclear => "unclear",
        Answered::NotAsked => "not_asked",
    }
}

/// Whether lists of suites may miss some: a version is unclear, or its list was not asked to the
/// end.
fn lists_are_short(survey: &Survey) -> bool {
    let unclear = survey.versions.values().any(|a| *a == Answered::Unclear);
    unclear || survey.cut.iter().any(|what| what.starts_with("suites"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::tls_endpoints::MAX_ENDPOINTS, host::Budget, probes::tls::Limits};

    #[test]
    fn slow_servers_take_no_time_from_those_behind_them() {
        let whole = Limits::default().time * MAX_ENDPOINTS;
        for check in CHECKS {
            let time = check.budget(Budget::default()).time;
            assert!(time > whole, "{} has {time:?}", check.meta().id);
        }
    }
}
