//! Bounds on what is carried in files.

use super::{Invalid, Validate, enroll::certificates, rules};
use crate::limits::{
    MAX_CARRIED_ASSIGNMENT_BYTES, MAX_CARRIED_RESPONSE_BYTES, MAX_CHAIN_CERTIFICATES, MAX_COUNTER,
    MAX_CSR_BYTES, MAX_SIGNATURE_BYTES, MAX_VERSION_LEN, MIN_SIGNATURE_BYTES,
};
use crate::v1::{
    CarriedClosing, CarriedEnrolment, CarriedGrant, CarriedHeader, CarriedRecord, carried_record,
};

impl Validate for CarriedRecord {
    fn validate(&self) -> Result<(), Invalid> {
        use carried_record::Record;
        match rules::required("carried_record.record", self.record.as_ref())? {
            Record::Header(m) => m.validate(),
            Record::RunStarted(m) => {
                rules::empty("carried_record.run_started.nonce", m.nonce.is_empty())?;
                m.validate()
            }
            Record::FindingBatch(m) => m.validate(),
            Record::RunFinished(m) => m.validate(),
            Record::ResyncDone(m) => m.validate(),
            Record::Closing(m) => m.validate(),
            Record::Enrolment(m) => m.validate(),
            Record::Grant(m) => m.validate(),
            Record::InventoryDelta(m) => m.validate(),
        }
    }
}

impl Validate for CarriedHeader {
    fn validate(&self) -> Result<(), Invalid> {
        rules::uuid("carried_header.host_id", &self.host_id)?;
        certificates(
            "carried_header.certificate_chain_der",
            &self.certificate_chain_der,
            MAX_CHAIN_CERTIFICATES,
        )?;
        rules::sha256("carried_header.ca_sha256", &self.ca_sha256)?;
        rules::counter("carried_header.from_counter", self.from_counter, 1)?;
        rules::range(
            "carried_header.to_counter",
            self.to_counter,
            self.from_counter,
            MAX_COUNTER,
        )?;
        rules::time("carried_header.made_ms", self.made_ms)?;
        let machine = "carried_header.machine_id_sha256";
        rules::sha256_or_empty(machine, &self.machine_id_sha256)?;
        rules::plain_text(
            "carried_header.agent_version",
            &self.agent_version,
            1,
            MAX_VERSION_LEN,
        )
    }
}

impl Validate for CarriedClosing {
    fn validate(&self) -> Result<(), Invalid> {
        rules::sha256("carried_closing.sha256", &self.sha256)?;
        signature("carried_closing.signature", &self.signature)
    }
}

impl Validate for CarriedEnrolment {
    fn validate(&self) -> Result<(), Invalid> {
        if let Some(previous) = &self.previous {
            previous.validate()?;
        }
        let csr = "carried_enrolment.csr_der";
        rules::length(csr, self.csr_der.len(), 1, MAX_CSR_BYTES)?;
        rules::required("carried_enrolment.facts", self.facts.as_ref())?.validate()?;
        rules::time("carried_enrolment.clock_ms", self.clock_ms)
    }
}

impl Validate for CarriedGrant {
    fn validate(&self) -> Result<(), Invalid> {
        rules::length(
            "carried_grant.enroll_response",
            self.enroll_response.len(),
            1,
            MAX_CARRIED_RESPONSE_BYTES,
        )?;
        rules::length(
            "carried_grant.assignment",
            self.assignment.len(),
            1,
            MAX_CARRIED_ASSIGNMENT_BYTES,
        )?;
        signature("carried_grant.signature", &self.signature)
    }
}

fn signature(field: &'static str, bytes: &[u8]) -> Result<(), Invalid> {
    rules::length(field, bytes.len(), MIN_SIGNATURE_BYTES, MAX_SIGNATURE_BYTES)
}
