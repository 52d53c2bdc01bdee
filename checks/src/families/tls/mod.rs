//! TLS as the host's own addresses offer it.

mod certificate_trust;
mod certificate_validity;
mod key_strength;
mod versions;
mod weak_suites;

use crate::{
    check::{Case, Check},
    context::Cx,
    facts::tls_endpoints::{Endpoint, Endpoints},
    observation::{Facts, Gap, Seen, Subject, SubjectKind},
    verdict::Judgement,
};

/// The checks of this family.
pub const CHECKS: &[&dyn Check] = &[
    &certificate_trust::CertificateTrust,
    &certificate_validity::CertificateValidity,
    &key_strength::KeyStrength,
    &versions::Versions,
    &weak_suites::WeakSuites,
];

/// Observes each endpoint by itself; a gap at one leaves the others alone. Without any, the host
/// itself says so.
fn each(
    cx: &Cx<'_>,
    observe: impl Fn(usize, &Endpoint) -> Result<Facts, Gap>,
) -> Result<Seen, Gap> {
    let endpoints = cx.get::<Endpoints>()?;
    if endpoints.0.is_empty() {
        let source = "settings endpoints, /proc/net/tcp";
        return Ok(Facts::new().observed("endpoints", 0_usize, source).into());
    }
    Ok(Seen::each(endpoints.0.iter().enumerate().map(
        |(n, endpoint)| {
            let facts = observe(n, endpoint).unwrap_or_else(Facts::unseen);
            let source = "settings endpoints";
            let facts = facts.configured("declared", endpoint.declared, source);
            (Subject::new(SubjectKind::Endpoint, &endpoint.label), facts)
        },
    )))
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
