//! Judging anew: no verdict of an agent ever counts.

use capdo_checks::{
    Observation, Subject, Verdict,
    catalogue::Thresholds,
    check::{CRASHED, judge},
    observation::SubjectKind,
    registry,
    verdict::Judgement,
};
use capdo_proto::v1;
use jiff::Timestamp;

use crate::{clock::timestamp, store::staged::Staged};

/// A finding whose envelope and evidence agree, ready to be staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What is staged.
    pub staged: Staged,
    /// The evidence under its hash; none when the subject is gone.
    pub evidence: Option<([u8; 32], Vec<u8>)>,
}

/// The evidence is not what its envelope says, or cannot be read. The agent is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another check.
    #[error("the observation under {0} is of another check")]
    Check(String),
    /// Not the hash of the bytes.
    #[error("the observation under {0} does not have the hash that came with it")]
    Hash(String),
    /// Another subject.
    #[error("the observation under {0} is about another subject")]
    Subject(String),
    /// Not an observation.
    #[error("the observation under {0} cannot be read")]
    Unreadable(String),
    /// The collector makes it, and no agent.
    #[error("{0} is made by the collector; no agent may send it")]
    NotTheirs(String),
    /// Another version than the envelope says.
    #[error("the observation under {0} is of another version")]
    Version(String),
}

impl Mismatch {
    /// The check that the envelope names.
    pub fn check_id(&self) -> &str {
        match self {
            Self::Check(id)
            | Self::Hash(id)
            | Self::NotTheirs(id)
            | Self::Subject(id)
            | Self::Unreadable(id)
            | Self::Version(id) => id,
        }
    }
}

/// Compares a finding's envelope with its evidence, and the agent's claim with what follows from
/// it under the figures that the agent had. `finding` has been validated.
///
/// # Errors
/// When the evidence is not what the envelope says.
pub fn examine(finding: &v1::Finding, thresholds: &Thresholds) -> Result<Examined, Mismatch> {
    if registry::is_collected(&finding.check_id) {
        return Err(Mismatch::NotTheirs(finding.check_id.clone()));
    }
    let subject = finding.subject.clone().unwrap_or_default();
    let mut staged = Staged {
        check_id: finding.check_id.clone(),
        subject_kind: subject.kind,
        subject_name: subject.name.clone(),
        observation_sha256: None,
        claimed_verdict: None,
        claim_mismatch: false,
        observed_at: finding.observed_at_ms,
    };
    if finding.deleted {
        return Ok(Examined {
            staged,
            evidence: None,
        });
    }
    let id = || finding.check_id.clone();
    let hash = capdo_proto::digest::observation_sha256(&finding.observation);
    if hash != finding.observation_sha256[..] {
        return Err(Mismatch::Hash(id()));
    }
    let observation =
        Observation::from_bytes(&finding.observation).map_err(|_| Mismatch::Unreadable(id()))?;
    if observation.check != finding.check_id {
        return Err(Mismatch::Check(id()));
    }
    if observation.version != finding.check_version {
        return Err(Mismatch::Version(id()));
    }
    if !same_subject(&observation.subject, &subject) {
        return Err(Mismatch::Subject(id()));
    }
    let at = timestamp(finding.observed_at_ms);
    let ours = conclude(&observation, at, thresholds).verdict;
    let claimed = claimed_verdict(finding);
    staged.observation_sha256 = Some(hash.to_vec());
    staged.claimed_verdict = Some(claimed.map_or("unknown", Verdict::code).to_owned());
    staged.claim_mismatch = claimed != Some(ours) && registry::find(&observation.check).is_some();
    Ok(Examined {
        staged,
        evidence: Some((hash, finding.observation.clone())),
    })
}

/// The collector's conclusion. A check that this version does not have, or that panics on hostile
/// evidence, concludes nothing.
pub fn conclude(observation: &Observation, at: Timestamp, thresholds: &Thresholds) -> Judgement {
    let Some(check) = registry::find(&observation.check) else {
        return Judgement::unknown("common-unknown-check");
    };
    let judgement = judge(check, observation, at, thresholds);
    if judgement.reason.key == CRASHED {
        tracing::error!(
            check = observation.check,
            "a judge panicked; a defect of capdo"
        );
    }
    judgement
}

/// The collector's conclusion from stored bytes.
pub fn conclude_stored(bytes: &[u8], at: Timestamp, thresholds: &Thresholds) -> Judgement {
    match Observation::from_bytes(bytes) {
        Ok(observation) => conclude(&observation, at, thresholds),
        Err(_) => Judgement::unknown("common-unreadable"),
    }
}

fn claimed_verdict(finding: &v1::Finding) -> Option<Verdict> {
    Some(match v1::Verdict::try_from(finding.claimed_verdict).ok()? {
        v1::Verdict::Pass => Verdict::Pass,
        v1::Verdict::Partial => Verdict::Partial,
        v1::Verdict::Fail => Verdict::Fail,
        v1::Verdict::NotApplicable => Verdict::NotApplicable,
        v1::Verdict::Unknown => Verdict::Unknown,
        v1::Verdict::Unspecified => return None,
    })
}

fn same_subject(inside: &Subject, envelope: &v1::Subject) -> bool {
    let kind = match inside.kind {
        SubjectKind::Host => v1::SubjectKind::Host,
        SubjectKind::Endpoint => v1::SubjectKind::Endpoint,
        SubjectKind::Account => v1::SubjectKind::Account,
        SubjectKind::Package => v1::SubjectKind::Package,
        SubjectKind::File => v1::SubjectKind::File,
        SubjectKind::Service => v1::SubjectKind::Service,
    };
    i32::from(kind) == envelope.kind && inside.name == envelope.name
}
