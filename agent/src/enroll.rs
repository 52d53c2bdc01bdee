//! Enrolment: a one-time token and a new key go in, an identity comes out.

use std::path::Path;

use capdo_checks::Value;
use capdo_proto::{
    Validate as _,
    limits::MAX_MESSAGE_BYTES,
    v1::{self, agent_service_client::AgentServiceClient},
};
use tonic::{Code, Status};
use zeroize::Zeroizing;

use crate::{
    clock::Clock,
    dial::{DialError, dial},
    host_facts::HostFacts,
    identity::{self, Grant, Identity, IdentityError},
    key::{HostKey, KeyError},
    say::{Args, Explain, english_error},
    state_dir::{self, Existing},
    tls::{self, Anchor},
    tpm::{TpmUse, WhyNot},
};

/// What enrolment needs.
pub struct Request<'a> {
    /// Where the collector is, as `HOST:PORT`.
    pub collector: &'a str,
    /// The one-time token.
    pub token: Zeroizing<String>,
    /// Whom to trust.
    pub anchor: &'a Anchor,
    /// Where to keep the identity.
    pub state_dir: &'a Path,
    /// Whether an identity that is there may go.
    pub existing: Existing,
    /// What the host says of itself.
    pub facts: &'a HostFacts,
    /// Where the new key is made.
    pub tpm: &'a TpmUse,
}

/// Why there is no identity.
#[derive(Debug)]
pub enum EnrollError {
    /// No collector, or not the right one.
    Dial(DialError),
    /// Keys or files.
    Identity(IdentityError),
    /// The CA certificate cannot be used. Whoever chose it.
    Ca(String),
    /// The token is unknown, used or expired; the collector does not tell which.
    Token,
    /// The machine has an identity at the collector, and this is not its key.
    Known,
    /// Too many attempts.
    TooOften,
    /// The collector's answer breaks the protocol. Its fault.
    Answer(String),
    /// The collector said no for another reason.
    Refused(String),
}

impl From<DialError> for EnrollError {
    fn from(error: DialError) -> Self {
        Self::Dial(error)
    }
}

impl From<IdentityError> for EnrollError {
    fn from(error: IdentityError) -> Self {
        Self::Identity(error)
    }
}

impl From<Status> for EnrollError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unauthenticated => Self::Token,
            Code::AlreadyExists => Self::Known,
            Code::ResourceExhausted => Self::TooOften,
            code => Self::Refused(format!("{code:?}: {}", status.message())),
        }
    }
}

impl Explain for EnrollError {
    fn sentence(&self) -> (&'static str, Args) {
        let detail = |text: &str| vec![("detail", Value::from(text))];
        match self {
            Self::Dial(e) => e.sentence(),
            Self::Identity(e) => e.sentence(),
            Self::Ca(text) => ("enroll-ca", detail(text)),
            Self::Token => ("enroll-token", vec![]),
            Self::Known => ("enroll-known", vec![]),
            Self::TooOften => ("enroll-too-often", vec![]),
            Self::Answer(text) => ("enroll-answer", detail(text)),
            Self::Refused(text) => ("enroll-refused", detail(text)),
        }
    }
}

english_error!(EnrollError);

/// Enrols the host and keeps its identity. Tells why the key is in a file where it is not in a TPM.
///
/// # Errors
/// When anything is in the way; then nothing was written.
pub async fn enroll(
    request: &Request<'_>,
    clock: &dyn Clock,
) -> Result<(Identity, Option<WhyNot>), EnrollError> {
    let file = request.state_dir.join(identity::FILE);
    if request.existing == Existing::Keep && file.exists() {
        return Err(IdentityError::Exists(file).into()); // before the token is spent
    }
    // One that cannot be read proves nothing, and is about to be replaced.
    let old = Identity::load(request.state_dir, request.tpm).ok();
    let user = state_dir::keeper(request.state_dir);
    let (key, why_not) = HostKey::make(request.tpm, user).map_err(IdentityError::from)?;
    let identity = ask(request, key, old.as_ref(), clock).await?;
    identity.save(request.state_dir, request.existing)?;
    Ok((identity, why_not))
}

/// Asks for an identity for `key`, by the token and by the key of the `old` identity where there is one.
///
/// # Errors
/// When the collector is not reached, or gives none.
pub async fn ask(
    request: &Request<'_>,
    key: HostKey,
    old: Option<&Identity>,
    clock: &dyn Clock,
) -> Result<Identity, EnrollError> {
    let csr_der = key.request().map_err(IdentityError::from)?;
    let previous = proof(old, &csr_der)?;
    let message = v1::EnrollRequest {
        token: request.token.to_string(),
        csr_der,
        facts: Some(request.facts.to_wire(key.place())),
        clock_ms: clock.now_ms(),
        previous,
    };
    if message.validate().is_err() {
        return Err(EnrollError::Token); // of what is bounded, only the token comes from outside
    }
    let tls = tls::anonymous(request.anchor).map_err(|e| EnrollError::Ca(e.to_string()))?;
    let channel = dial(request.collector, tls).await?;
    let mut client = AgentServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    let answer = client.enroll(message).await?.into_inner();
    answer
        .validate()
        .map_err(|e| EnrollError::Answer(e.to_string()))?;
    Ok(Identity::new(request.collector, key, Grant::from(answer))?)
}

/// Proof that the key of the `old` identity is held. One whose TPM is gone for good proves nothing: it is
/// about to be replaced, and whether that needs a token of an officer is the collector's to say.
///
/// # Errors
/// When the key does not sign, and may do so another time.
pub(crate) fn proof(
    old: Option<&Identity>,
    csr_der: &[u8],
) -> Result<Option<v1::PreviousIdentity>, IdentityError> {
    match old.map(|old| old.prove(csr_der)).transpose() {
        Err(IdentityError::Key(KeyError::Tpm(error))) if !error.may_pass() => {
            tracing::warn!(%error, "The old key proves nothing.");
            Ok(None)
        }
        proved => proved,
    }
}
