//! What could not be measured, so that the true grade may be worse.

use super::{Chain, Subject};
use crate::{
    facts::tls::{ocsp::State, revocation::can_be_asked},
    probes::tls::{
        suites::suite,
        survey::{Answered, Protocol},
    },
};

/// Names it.
pub(super) fn unmeasured(subject: &Subject<'_>) -> Vec<String> {
    let survey = subject.survey;
    let unclear = |answer: Answered| answer == Answered::Unclear;
    let versions = survey.versions.iter().filter(|(_, a)| unclear(**a));
    // TLS 1.3 has none of these, so that nothing is missing where they were not asked for.
    let mut before = survey.versions.range(..Protocol::Tls13);
    let classic = before.any(|(_, a)| *a != Answered::No);
    let mut list: Vec<String> = versions.map(|(v, _)| v.name().to_owned()).collect();
    let weak = &survey.weaknesses;
    for (name, answer) in [
        ("heartbleed", weak.heartbleed),
        ("ccs_injection", weak.ccs_injection),
        ("robot", weak.robot),
        ("ticketbleed", weak.ticketbleed),
        ("compression", survey.traits.compression),
        ("secure_renegotiation", survey.traits.secure_renegotiation),
    ] {
        if unclear(answer) || classic && answer == Answered::NotAsked {
            list.push(name.to_owned());
        }
    }
    let codes = survey.suites.values().flat_map(|s| &s.codes);
    let unnamed = codes.filter(|code| suite(**code).is_none());
    list.extend(unnamed.map(|code| format!("suite 0x{code:04x}")));
    list.extend(survey.cut.iter().cloned());
    // No authority is asked here: what a leaf's own server does not staple is not known.
    let untold = |chain: &Chain| {
        let told = chain.revocation(subject.now);
        let leaf = chain.certificates.first();
        !matches!(told, Some(State::Good | State::Revoked)) && leaf.is_some_and(can_be_asked)
    };
    if subject.chains.iter().any(untold) {
        list.push("revocation".to_owned());
    }
    list
}
