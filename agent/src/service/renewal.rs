//! Renewing the certificate at two thirds of its life, with a new key.

use std::{path::Path, sync::Arc};

use capdo_checks::host::Live;
use capdo_proto::{
    Validate as _,
    v1::{self, agent_service_client::AgentServiceClient},
};
use zeroize::Zeroizing;

use crate::{
    clock::Clock,
    dial::{DialError, dial},
    enroll::{self, EnrollError},
    host_facts::HostFacts,
    identity::{Grant, Identity, IdentityError},
    key::{HostKey, KeyError},
    state_dir::Existing,
    tls::{self, Anchor},
    tpm::TpmUse,
};

/// Asks for a new certificate over mutual TLS. The old identity stays valid; the caller keeps the
/// new one. `heard_ms` is the latest time that the collector told.
///
/// # Errors
/// As enrolment.
pub(super) async fn renew(
    identity: Arc<Identity>,
    address: String,
    heard_ms: i64,
    clock: Arc<dyn Clock>,
    tpm: TpmUse,
) -> Result<Identity, EnrollError> {
    let (key, csr_der) = next_key(&identity, &tpm).await?;
    let request = v1::RenewRequest {
        csr_der,
        facts: Some(HostFacts::gather(&Live::new()).to_wire(key.place())),
        clock_ms: clock.now_ms(),
    };
    let tls = tls::mutual(&identity, heard_ms).map_err(|e| DialError::Tls {
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

/// Asks for a new certificate where TLS no longer takes the old one, such as after months without a
/// connection: the key alone proves who asks. The CA is the one that was always trusted.
///
/// # Errors
/// As enrolment.
pub(super) async fn come_back(
    identity: Arc<Identity>,
    address: String,
    clock: Arc<dyn Clock>,
    tpm: TpmUse,
) -> Result<Identity, EnrollError> {
    let (key, _) = next_key(&identity, &tpm).await?;
    let anchor = Anchor::Ca(identity.ca().map(<[u8]>::to_vec).collect());
    let request = enroll::Request {
        collector: &address,
        token: Zeroizing::default(),
        anchor: &anchor,
        state_dir: Path::new(""), // nothing is read or written here
        existing: Existing::Replace,
        facts: &HostFacts::gather(&Live::new()),
        tpm: &tpm,
    };
    let back = enroll::ask(&request, key, Some(&identity), clock.as_ref()).await?;
    if back.host_id() == identity.host_id() {
        Ok(back)
    } else {
        Err(EnrollError::Answer("another host's id".to_owned()))
    }
}

/// The next key and a request for it, made aside: a TPM may take half a minute for them.
async fn next_key(old: &Arc<Identity>, tpm: &TpmUse) -> Result<(HostKey, Vec<u8>), EnrollError> {
    let (old, tpm) = (old.clone(), tpm.clone());
    let made = tokio::task::spawn_blocking(move || {
        let key = old.key().make_next(&tpm)?;
        let csr_der = key.request()?;
        Ok::<_, KeyError>((key, csr_der))
    });
    let made = made.await;
    let made = made.map_err(|e| EnrollError::Refused(e.to_string()))?;
    Ok(made.map_err(IdentityError::from)?)
}
