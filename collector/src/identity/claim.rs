//! By what right an identity is asked for: a new host by a token, a host that was here before by the
//! key it had, or by a token that an officer made for that very host. A hostname or a machine id is
//! no right: whoever has root can say any.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use capdo_proto::{signing::again_bytes, v1::EnrollRequest};

use super::{IdentityError, secret};
use crate::store::{
    Db, Scope, StoreError, certificate,
    host::{self, Host, HostState},
    token::{self, Token},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// For how long after its certificate ran out a key still speaks for its host.
const KEY_OUTLIVES_MS: i64 = 180 * DAY_MS;

/// A right that was found good.
#[derive(Clone, Debug)]
pub(super) enum Claim {
    /// A token lets a new host in.
    New(Token),
    /// The host was here before, and holds the key it had. A token that came along is spent too.
    Again(Box<Host>, Option<Token>),
    /// An officer gave the host a new start: whatever keys it had are no longer good.
    Anew(Box<Host>, Token),
}

impl Claim {
    /// The token that the claim spends.
    pub(super) fn token(&self) -> Option<&Token> {
        match self {
            Self::New(token) | Self::Anew(_, token) => Some(token),
            Self::Again(_, token) => token.as_ref(),
        }
    }
}

/// Finds the right by which `request` asks.
///
/// # Errors
/// When there is none.
pub(super) async fn find(
    db: &mut Db,
    request: &EnrollRequest,
    now: i64,
) -> Result<Claim, IdentityError> {
    let token = token::usable(&mut *db, &secret::sha256(&request.token), now).await?;
    if let Some(host) = proved(&mut *db, request, now).await? {
        return match token {
            Some(token) if token.system_id != host.system_id => Err(IdentityError::Known),
            token => Ok(Claim::Again(Box::new(host), token)),
        };
    }
    let token = token.ok_or(IdentityError::Token)?;
    if let Some(id) = &token.host_id {
        let host = host::find(db, &Scope::All, id).await?;
        return if host.state == HostState::Active {
            Ok(Claim::Anew(Box::new(host), token))
        } else {
            Err(IdentityError::Token)
        };
    }
    let machine = request.facts.as_ref().map(|f| &f.machine_id_sha256);
    match machine.filter(|m| !m.is_empty()) {
        Some(machine) if host::has_machine(db, machine).await? => Err(IdentityError::Known),
        _ => Ok(Claim::New(token)),
    }
}

/// The active host whose key signed the request, where it names one.
pub(super) async fn proved(
    db: &mut Db,
    request: &EnrollRequest,
    now: i64,
) -> Result<Option<Host>, IdentityError> {
    let Some(previous) = &request.previous else {
        return Ok(None);
    };
    let signed = again_bytes(&previous.host_id, &request.csr_der);
    let keys = certificate::keys_since(&mut *db, &previous.host_id, now - KEY_OUTLIVES_MS).await?;
    let fits = keys.iter().any(|key| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
        key.verify(&signed, &previous.signature).is_ok()
    });
    if !fits {
        return Ok(None);
    }
    match host::find(db, &Scope::All, &previous.host_id).await {
        Ok(host) => Ok(Some(host).filter(|h| h.state == HostState::Active)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
