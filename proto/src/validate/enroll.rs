//! Bounds on enrolment, renewal and what is trusted.

use super::rules;
use super::{Invalid, Validate};
use crate::limits::{
    MAX_CA_CERTIFICATES, MAX_CERTIFICATE_BYTES, MAX_CHAIN_CERTIFICATES, MAX_CSR_BYTES,
    MAX_HOST_LEN, MAX_RENEW_WITHIN_MS, MAX_SIGNATURE_BYTES, MAX_TOKEN_LEN, MAX_VERSION_LEN,
    MIN_SIGNATURE_BYTES,
};
use crate::v1::{
    EnrollRequest, EnrollResponse, HostFacts, PreviousIdentity, RenewRequest, RenewResponse,
    TrustAnchors, TrustAnchorsHeld,
};

impl Validate for EnrollRequest {
    fn validate(&self) -> Result<(), Invalid> {
        if let Some(previous) = &self.previous {
            previous.validate()?;
        }
        rules::ascii(
            "enroll_request.token",
            &self.token,
            usize::from(self.previous.is_none()),
            MAX_TOKEN_LEN,
            is_token_byte,
        )?;
        rules::length(
            "enroll_request.csr_der",
            self.csr_der.len(),
            1,
            MAX_CSR_BYTES,
        )?;
        rules::required("enroll_request.facts", self.facts.as_ref())?.validate()?;
        rules::time("enroll_request.clock_ms", self.clock_ms)
    }
}

impl Validate for PreviousIdentity {
    fn validate(&self) -> Result<(), Invalid> {
        rules::uuid("previous_identity.host_id", &self.host_id)?;
        rules::length(
            "previous_identity.signature",
            self.signature.len(),
            MIN_SIGNATURE_BYTES,
            MAX_SIGNATURE_BYTES,
        )
    }
}

impl Validate for RenewRequest {
    fn validate(&self) -> Result<(), Invalid> {
        rules::length(
            "renew_request.csr_der",
            self.csr_der.len(),
            1,
            MAX_CSR_BYTES,
        )?;
        rules::required("renew_request.facts", self.facts.as_ref())?.validate()?;
        rules::time("renew_request.clock_ms", self.clock_ms)
    }
}

impl Validate for HostFacts {
    fn validate(&self) -> Result<(), Invalid> {
        rules::plain_text("host_facts.hostname", &self.hostname, 1, MAX_HOST_LEN)?;
        rules::sha256_or_empty("host_facts.machine_id_sha256", &self.machine_id_sha256)?;
        rules::plain_text("host_facts.os_id", &self.os_id, 0, MAX_VERSION_LEN)?;
        rules::plain_text(
            "host_facts.os_version",
            &self.os_version,
            0,
            MAX_VERSION_LEN,
        )?;
        rules::plain_text(
            "host_facts.agent_version",
            &self.agent_version,
            1,
            MAX_VERSION_LEN,
        )
    }
}

/// The two responses share these fields; only the names in the errors differ.
macro_rules! validate_identity {
    ($message:ty, $name:literal) => {
        impl $message {
            fn validate_identity(&self) -> Result<(), Invalid> {
                rules::uuid(concat!($name, ".host_id"), &self.host_id)?;
                certificates(
                    concat!($name, ".certificate_chain_der"),
                    &self.certificate_chain_der,
                    MAX_CHAIN_CERTIFICATES,
                )?;
                certificates(
                    concat!($name, ".ca_certificates_der"),
                    &self.ca_certificates_der,
                    MAX_CA_CERTIFICATES,
                )?;
                rules::time(concat!($name, ".server_time_ms"), self.server_time_ms)?;
                rules::time(concat!($name, ".not_after_ms"), self.not_after_ms)?;
                let renew_after = concat!($name, ".renew_after_ms");
                rules::range(renew_after, self.renew_after_ms, 0, self.not_after_ms)
            }
        }
    };
}

validate_identity!(EnrollResponse, "enroll_response");
validate_identity!(RenewResponse, "renew_response");

impl Validate for EnrollResponse {
    fn validate(&self) -> Result<(), Invalid> {
        self.validate_identity()?;
        let counter = "enroll_response.last_run_counter";
        rules::counter(counter, self.last_run_counter, 0)
    }
}

impl Validate for RenewResponse {
    fn validate(&self) -> Result<(), Invalid> {
        self.validate_identity()
    }
}

impl Validate for TrustAnchors {
    fn validate(&self) -> Result<(), Invalid> {
        let (field, list) = (
            "trust_anchors.ca_certificates_der",
            &self.ca_certificates_der,
        );
        certificates(field, list, MAX_CA_CERTIFICATES)?;
        let within = "trust_anchors.renew_within_ms";
        rules::range(within, self.renew_within_ms, 0, MAX_RENEW_WITHIN_MS)
    }
}

impl Validate for TrustAnchorsHeld {
    fn validate(&self) -> Result<(), Invalid> {
        let field = "trust_anchors_held.sha256";
        rules::count(field, self.sha256.len(), 1, MAX_CA_CERTIFICATES)?;
        self.sha256
            .iter()
            .try_for_each(|sha256| rules::sha256(field, sha256))
    }
}

pub(super) fn certificates(
    field: &'static str,
    list: &[Vec<u8>],
    max: usize,
) -> Result<(), Invalid> {
    rules::count(field, list.len(), 1, max)?;
    list.iter()
        .try_for_each(|der| rules::length(field, der.len(), 1, MAX_CERTIFICATE_BYTES))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}
