//! Bounds on findings.

use std::collections::BTreeSet;

use prost::Message;

use super::rules;
use super::{Invalid, Validate};
use crate::digest::observation_sha256;
use crate::limits::{
    MAX_BATCH_BYTES, MAX_BATCH_SEQUENCE, MAX_FINDINGS_PER_BATCH, MAX_OBSERVATION_BYTES,
    MAX_SUBJECT_LEN,
};
use crate::v1::{Finding, FindingBatch, Subject, SubjectKind, Verdict};

impl Validate for FindingBatch {
    fn validate(&self) -> Result<(), Invalid> {
        rules::count(
            "finding_batch.findings",
            self.findings.len(),
            1,
            MAX_FINDINGS_PER_BATCH,
        )?;
        rules::length("finding_batch", self.encoded_len(), 0, MAX_BATCH_BYTES)?;
        rules::uuid("finding_batch.run_id", &self.run_id)?;
        rules::range(
            "finding_batch.sequence",
            self.sequence,
            0,
            MAX_BATCH_SEQUENCE,
        )?;

        let mut keys = BTreeSet::new();
        for (actual, finding) in self.findings.iter().enumerate() {
            finding.validate()?;
            rules::empty("finding.deleted", !(self.resync && finding.deleted))?;
            let subject = finding.subject.as_ref().map(|s| (s.kind, s.name.as_str()));
            if !keys.insert((finding.check_id.as_str(), subject)) {
                return Err(Invalid::Duplicate {
                    field: "finding_batch.findings",
                    actual,
                });
            }
        }
        Ok(())
    }
}

impl Validate for Finding {
    fn validate(&self) -> Result<(), Invalid> {
        rules::id("finding.check_id", &self.check_id)?;
        rules::range("finding.check_version", self.check_version, 1, u32::MAX)?;
        rules::required("finding.subject", self.subject.as_ref())?.validate()?;
        rules::time("finding.observed_at_ms", self.observed_at_ms)?;
        if self.deleted {
            validate_deleted(self)
        } else {
            validate_observed(self)
        }
    }
}

fn validate_deleted(finding: &Finding) -> Result<(), Invalid> {
    rules::empty("finding.observation", finding.observation.is_empty())?;
    rules::empty(
        "finding.observation_sha256",
        finding.observation_sha256.is_empty(),
    )?;
    rules::empty("finding.claimed_verdict", finding.claimed_verdict == 0)?;
    rules::empty(
        "finding.claimed_reason_key",
        finding.claimed_reason_key.is_empty(),
    )
}

fn validate_observed(finding: &Finding) -> Result<(), Invalid> {
    rules::length(
        "finding.observation",
        finding.observation.len(),
        1,
        MAX_OBSERVATION_BYTES,
    )?;
    rules::sha256("finding.observation_sha256", &finding.observation_sha256)?;
    rules::known::<Verdict>("finding.claimed_verdict", finding.claimed_verdict)?;
    rules::id_or_empty("finding.claimed_reason_key", &finding.claimed_reason_key)?;
    if observation_sha256(&finding.observation) != finding.observation_sha256[..] {
        return Err(Invalid::HashMismatch {
            field: "finding.observation_sha256",
        });
    }
    Ok(())
}

impl Validate for Subject {
    fn validate(&self) -> Result<(), Invalid> {
        match rules::known("subject.kind", self.kind)? {
            SubjectKind::Host => rules::empty("subject.name", self.name.is_empty()),
            _ => rules::plain_text("subject.name", &self.name, 1, MAX_SUBJECT_LEN),
        }
    }
}
