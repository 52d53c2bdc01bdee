//! Bounds on both directions of a session.

use std::collections::BTreeSet;

use super::rules;
use super::{Invalid, Validate};
use crate::digest::announced;
use crate::limits::{
    MAX_BATCH_SEQUENCE, MAX_CHECKS_PER_RUN, MAX_CPU_MS, MAX_ENDPOINTS, MAX_FINDINGS_PER_RUN,
    MAX_HOST_LEN, MAX_LANG_LEN, MAX_RETRY_AFTER_MS, MAX_RSS_KIB, MAX_RUN_INTERVAL_S,
    MAX_SENTENCE_LEN, MAX_SIGNATURE_BYTES, MAX_SPOOL_DEPTH, MAX_SYSTEM_LEVEL, MAX_THRESHOLDS,
    MAX_TIME_MS, MAX_VERSION_LEN, MIN_RUN_INTERVAL_S, MIN_SIGNATURE_BYTES,
};
use crate::v1::{
    Ack, Assignment, CheckRef, Endpoint, EndpointKind, Hello, MissingRuns, RefusalCode, Refused,
    ResyncDone, ResyncReason, ResyncRequest, RunFinished, RunNow, RunStarted, ServerTime,
    SessionRequest, SessionResponse, ack, session_request, session_response,
};

impl Validate for SessionRequest {
    fn validate(&self) -> Result<(), Invalid> {
        use session_request::Payload;
        match rules::required("session_request.payload", self.payload.as_ref())? {
            Payload::Hello(message) => message.validate(),
            Payload::RunStarted(message) => message.validate(),
            Payload::FindingBatch(message) => message.validate(),
            Payload::RunFinished(message) => message.validate(),
            Payload::ResyncDone(message) => message.validate(),
            Payload::InventoryDelta(message) => message.validate(),
            Payload::TrustAnchorsHeld(message) => message.validate(),
        }
    }
}

impl Validate for SessionResponse {
    fn validate(&self) -> Result<(), Invalid> {
        use session_response::Payload;
        match rules::required("session_response.payload", self.payload.as_ref())? {
            Payload::Assignment(message) => message.validate(),
            Payload::RunNow(message) => message.validate(),
            Payload::Ack(message) => message.validate(),
            Payload::ResyncRequest(message) => message.validate(),
            Payload::Refused(message) => message.validate(),
            Payload::ServerTime(message) => message.validate(),
            Payload::InventoryAck(message) => message.validate(),
            Payload::InventoryRequest(message) => message.validate(),
            Payload::TrustAnchors(message) => message.validate(),
        }
    }
}

impl Validate for Hello {
    fn validate(&self) -> Result<(), Invalid> {
        rules::range("hello.protocol_version", self.protocol_version, 1, u32::MAX)?;
        rules::plain_text(
            "hello.agent_version",
            &self.agent_version,
            1,
            MAX_VERSION_LEN,
        )?;
        rules::sha256("hello.agent_binary_sha256", &self.agent_binary_sha256)?;
        rules::counter("hello.last_run_counter", self.last_run_counter, 0)?;
        rules::time("hello.clock_ms", self.clock_ms)?;
        rules::range("hello.spool_depth", self.spool_depth, 0, MAX_SPOOL_DEPTH)?;
        rules::sha256_or_empty("hello.machine_id_sha256", &self.machine_id_sha256)
    }
}

impl Validate for RunStarted {
    fn validate(&self) -> Result<(), Invalid> {
        rules::uuid("run_started.run_id", &self.run_id)?;
        rules::counter("run_started.counter", self.counter, 1)?;
        rules::sha256_or_empty("run_started.nonce", &self.nonce)?;
        rules::time("run_started.started_ms", self.started_ms)?;
        rules::sha256("run_started.catalogue_sha256", &self.catalogue_sha256)?;
        let digest = "run_started.checks_sha256";
        rules::sha256_or_empty(digest, &self.checks_sha256)?;
        // A list that is left out must be named.
        let least = usize::from(self.checks_sha256.is_empty());
        rules::count(
            "run_started.checks",
            self.checks.len(),
            least,
            MAX_CHECKS_PER_RUN,
        )?;
        self.checks.iter().try_for_each(Validate::validate)?;
        once(
            "run_started.checks",
            self.checks.iter().map(|check| check.check_id.as_str()),
        )?;
        let named = !self.checks.is_empty() && !self.checks_sha256.is_empty();
        if named && self.checks_sha256 != announced(&self.checks) {
            return Err(Invalid::HashMismatch { field: digest });
        }
        rules::counter(
            "run_started.assignment_revision",
            self.assignment_revision,
            0,
        )?;
        self.missing_before.iter().try_for_each(Validate::validate)
    }
}

impl Validate for MissingRuns {
    fn validate(&self) -> Result<(), Invalid> {
        rules::range("missing_runs.runs", self.runs, 1, MAX_SPOOL_DEPTH)?;
        rules::time("missing_runs.first_ms", self.first_ms)?;
        rules::time("missing_runs.last_ms", self.last_ms)?;
        rules::range(
            "missing_runs.last_ms",
            self.last_ms,
            self.first_ms,
            MAX_TIME_MS,
        )
    }
}

impl Validate for CheckRef {
    fn validate(&self) -> Result<(), Invalid> {
        rules::id("check_ref.check_id", &self.check_id)?;
        rules::range("check_ref.check_version", self.check_version, 1, u32::MAX)
    }
}

impl Validate for RunFinished {
    fn validate(&self) -> Result<(), Invalid> {
        rules::uuid("run_finished.run_id", &self.run_id)?;
        rules::time("run_finished.finished_ms", self.finished_ms)?;
        rules::sha256("run_finished.state_sha256", &self.state_sha256)?;
        state_findings("run_finished.state_findings", self.state_findings)?;
        rules::range(
            "run_finished.unchanged_findings",
            self.unchanged_findings,
            0,
            self.state_findings,
        )?;
        rules::range("run_finished.cpu_ms", self.cpu_ms, 0, MAX_CPU_MS)?;
        rules::range(
            "run_finished.peak_rss_kib",
            self.peak_rss_kib,
            0,
            MAX_RSS_KIB,
        )?;
        rules::range(
            "run_finished.cpu_limit_ms",
            self.cpu_limit_ms,
            0,
            MAX_CPU_MS,
        )?;
        rules::range(
            "run_finished.rss_limit_kib",
            self.rss_limit_kib,
            0,
            MAX_RSS_KIB,
        )?;
        rules::range(
            "run_finished.checks_over_budget",
            u64::from(self.checks_over_budget),
            0,
            MAX_CHECKS_PER_RUN as u64,
        )?;
        rules::length(
            "run_finished.signature",
            self.signature.len(),
            MIN_SIGNATURE_BYTES,
            MAX_SIGNATURE_BYTES,
        )
    }
}

impl Validate for ResyncDone {
    fn validate(&self) -> Result<(), Invalid> {
        rules::uuid("resync_done.run_id", &self.run_id)?;
        state_findings("resync_done.state_findings", self.state_findings)
    }
}

impl Validate for Assignment {
    fn validate(&self) -> Result<(), Invalid> {
        rules::counter("assignment.revision", self.revision, 1)?;
        rules::counter("assignment.last_run_counter", self.last_run_counter, 0)?;
        rules::range(
            "assignment.system_level",
            self.system_level,
            1,
            MAX_SYSTEM_LEVEL,
        )?;
        rules::id("assignment.standard_id", &self.standard_id)?;
        rules::count(
            "assignment.thresholds",
            self.thresholds.len(),
            0,
            MAX_THRESHOLDS,
        )?;
        self.thresholds
            .keys()
            .try_for_each(|key| rules::id("assignment.thresholds", key))?;
        rules::count(
            "assignment.endpoints",
            self.endpoints.len(),
            0,
            MAX_ENDPOINTS,
        )?;
        self.endpoints.iter().try_for_each(Validate::validate)?;
        rules::range(
            "assignment.run_interval_s",
            self.run_interval_s,
            MIN_RUN_INTERVAL_S,
            MAX_RUN_INTERVAL_S,
        )?;
        rules::range(
            "assignment.run_jitter_s",
            self.run_jitter_s,
            0,
            self.run_interval_s,
        )?;
        rules::sha256("assignment.nonce", &self.nonce)?;
        rules::sha256_or_empty("assignment.checks_sha256", &self.checks_sha256)?;
        rules::ascii(
            "assignment.lang",
            &self.lang,
            2,
            MAX_LANG_LEN,
            rules::is_id_byte,
        )
    }
}

impl Validate for Endpoint {
    fn validate(&self) -> Result<(), Invalid> {
        rules::ascii("endpoint.host", &self.host, 1, MAX_HOST_LEN, is_host_byte)?;
        rules::ascii("endpoint.sni", &self.sni, 0, MAX_HOST_LEN, is_host_byte)?;
        match rules::known("endpoint.kind", self.kind)? {
            EndpointKind::MailDomain | EndpointKind::DnsZone => {
                rules::empty("endpoint.port", self.port == 0)
            }
            _ => rules::range("endpoint.port", self.port, 1, u16::MAX),
        }
    }
}

impl Validate for RunNow {
    fn validate(&self) -> Result<(), Invalid> {
        rules::count(
            "run_now.check_ids",
            self.check_ids.len(),
            0,
            MAX_CHECKS_PER_RUN,
        )?;
        self.check_ids
            .iter()
            .try_for_each(|id| rules::id("run_now.check_ids", id))
    }
}

impl Validate for Ack {
    fn validate(&self) -> Result<(), Invalid> {
        use ack::Durable;
        rules::uuid("ack.run_id", &self.run_id)?;
        match rules::required("ack.durable", self.durable.as_ref())? {
            Durable::BatchSequence(sequence) => {
                rules::range("ack.batch_sequence", *sequence, 0, MAX_BATCH_SEQUENCE)
            }
            Durable::RunFinished(true) | Durable::ResyncDone(true) => Ok(()),
            Durable::RunFinished(false) => Err(Invalid::Missing {
                field: "ack.run_finished",
            }),
            Durable::ResyncDone(false) => Err(Invalid::Missing {
                field: "ack.resync_done",
            }),
        }
    }
}

impl Validate for ResyncRequest {
    fn validate(&self) -> Result<(), Invalid> {
        rules::uuid("resync_request.run_id", &self.run_id)?;
        rules::known::<ResyncReason>("resync_request.reason", self.reason).map(|_| ())
    }
}

impl Validate for Refused {
    fn validate(&self) -> Result<(), Invalid> {
        rules::known::<RefusalCode>("refused.code", self.code)?;
        rules::id("refused.machine_code", &self.machine_code)?;
        rules::plain_text("refused.message", &self.message, 0, MAX_SENTENCE_LEN)?;
        rules::range(
            "refused.retry_after_ms",
            self.retry_after_ms,
            0,
            MAX_RETRY_AFTER_MS,
        )?;
        if self.run_id.is_empty() {
            Ok(())
        } else {
            rules::uuid("refused.run_id", &self.run_id)
        }
    }
}

impl Validate for ServerTime {
    fn validate(&self) -> Result<(), Invalid> {
        rules::time("server_time.server_time_ms", self.server_time_ms)
    }
}

/// The size of a state.
fn state_findings(field: &'static str, actual: u32) -> Result<(), Invalid> {
    rules::range(field, actual, 0, MAX_FINDINGS_PER_RUN as i128)
}

/// Every id once.
fn once<'a>(field: &'static str, ids: impl Iterator<Item = &'a str>) -> Result<(), Invalid> {
    let mut seen = BTreeSet::new();
    for (actual, id) in ids.enumerate() {
        if !seen.insert(id) {
            return Err(Invalid::Duplicate { field, actual });
        }
    }
    Ok(())
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':')
}
