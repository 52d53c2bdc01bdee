//! Renewing the certificate at two thirds of its life, with a new key.

use std::sync::Arc;

use capdo_checks::host::Live;
use capdo_proto::{
    Validate as _,
    v1::{self, agent_service_client::AgentServiceClient},
};

use crate::{
    clock::Clock,
    dial::{DialError, dial},
    enroll::EnrollError,
    host_facts::HostFacts,
    identity::{self, Grant, Identity},
    tls,
};

/// Asks for a new certificate over mutual TLS. The old identity stays valid; the caller keeps the
/// new one.
///
/// # Errors
/// As enrolment.
pub(super) async fn renew(
    identity: Arc<Identity>,
    address: String,
    clock: Arc<dyn Clock>,
) -> Result<Identity, EnrollError> {
    let key = identity::new_key()?;
    let request = v1::RenewRequest {
        csr_der: identity::request(&key)?,
        facts: Some(HostFacts::gather(&Live::new()).to_wire()),
        clock_ms: clock.now_ms(),
    };
    let tls = tls::mutual(&identity).map_err(|e| DialError::Tls {
        address: address.clone(),
        detail: e.to_string(),
    })?;
    let channel = dial(&address, tls).await?;
    let answer = AgentServiceClient::new(channel)
        .renew(request)
        .await?
        .into_inner();
    answer
        .validate()
        .map_err(|e| EnrollError::Answer(e.to_string()))?;
    if answer.host_id != identity.host_id() {
        return Err(EnrollError::Answer("another host's id".to_owned()));
    }
    Ok(Identity::new(
        identity.collector(),
        key,
        Grant::from(answer),
    )?)
}
