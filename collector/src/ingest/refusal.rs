//! Why something was not taken, and what the agent and the record are told of it.

use capdo_proto::{
    limits::{MAX_ID_LEN, MAX_SENTENCE_LEN},
    v1::{RefusalCode, Refused},
};

use super::crowd::below;
use crate::store::{StoreError, integrity::IntegrityKind};

const SECOND_MS: u64 = 1000;
/// The least time after which to come again when the store failed, and half of the longest.
const STORE_WAIT_MS: u64 = 15 * SECOND_MS;

/// Something was not taken.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why, for programs.
    pub code: RefusalCode,
    /// Why in more detail.
    pub machine_code: String,
    /// Why, as a sentence.
    pub message: String,
    /// After how long to try again; 0 for never.
    pub retry_after_ms: u64,
    /// The run that was refused; empty for the session.
    pub run_id: String,
    /// Whether a bound of the protocol was broken, which no agent does.
    pub breaks_a_bound: bool,
    /// What it says about the host's honesty: kind and subject.
    pub integrity: Option<(IntegrityKind, String)>,
}

impl Refusal {
    /// Will never be taken.
    pub fn never(code: RefusalCode, machine_code: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            machine_code: machine_code.to_owned(),
            message: message.into(),
            retry_after_ms: 0,
            run_id: String::new(),
            breaks_a_bound: false,
            integrity: None,
        }
    }

    /// May be sent again after some seconds.
    pub fn later(code: RefusalCode, machine_code: &str, message: &str, seconds: u64) -> Self {
        let retry_after_ms = seconds * SECOND_MS;
        Self {
            retry_after_ms,
            ..Self::never(code, machine_code, message)
        }
    }

    /// Concerns this run.
    #[must_use]
    pub fn run(mut self, run_id: &str) -> Self {
        run_id.clone_into(&mut self.run_id);
        self
    }

    /// Speaks against the host's honesty.
    #[must_use]
    pub fn suspicious(mut self, kind: IntegrityKind, subject: &str) -> Self {
        self.integrity = Some((kind, subject.to_owned()));
        self
    }

    /// The message to send, within the bounds of the wire.
    pub fn to_message(&self) -> Refused {
        Refused {
            code: self.code.into(),
            machine_code: self.machine_code.chars().take(MAX_ID_LEN).collect(),
            message: self.message.chars().take(MAX_SENTENCE_LEN / 4).collect(),
            retry_after_ms: self.retry_after_ms,
            run_id: self.run_id.clone(),
        }
    }
}

/// The collector failed; the agent keeps what it has.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed during ingest");
        let text = "The collector failed.";
        let mut refusal = Self::later(RefusalCode::Internal, "collector.store", text, 1);
        // Not all hosts at once: the trouble may be that there are too many.
        refusal.retry_after_ms = STORE_WAIT_MS + below(STORE_WAIT_MS);
        refusal
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<capdo_proto::Invalid> for Refusal {
    fn from(invalid: capdo_proto::Invalid) -> Self {
        let message = format!("A bound of the protocol is broken: {invalid}.");
        Self {
            breaks_a_bound: true,
            ..Self::never(
                RefusalCode::InvalidMessage,
                &invalid.machine_code(),
                message,
            )
        }
    }
}

/// After how many seconds an agent may send a run again that lacks its beginning.
pub(super) const RETRY_S: u64 = 5;

/// The machine code of a run that was made under what a restored record knows nothing about.
pub(super) const BEFORE_RESTORE: &str = "run.before-restore";

/// The machine code of a run that names a list of checks which is not held here, as after a restore.
pub(super) const CHECKS_UNKNOWN: &str = "run.checks-unknown";

/// More evidence than one host may bring; named on the host.
pub(super) fn too_large(text: &str) -> Refusal {
    Refusal::never(RefusalCode::RunTooLarge, "run.too-large", text)
        .suspicious(IntegrityKind::SentTooMuch, "run.too-large")
}

/// A run that was not announced, or was since abandoned.
pub(super) fn unknown_run() -> Refusal {
    let text = "The run was not announced: send it from its beginning.";
    Refusal::later(RefusalCode::InvalidMessage, "run.unknown", text, RETRY_S)
}
