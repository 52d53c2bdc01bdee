//! Giving a host its identity, and keeping it fresh.

use std::{net::IpAddr, sync::Arc};

use capdo_proto::v1::{
    self, EnrollRequest, EnrollResponse, HostFacts, RenewRequest, RenewResponse,
};
use serde_json::json;

use super::{
    Authority, IdentityError, Snapshot, Trust,
    authority::Issued,
    claim::{self, Claim},
    secret,
};
use crate::{
    clock::Clock,
    limit::Limiter,
    store::{
        Db, Scope, Store,
        audit::{self, Event},
        authority,
        certificate::{self, Certificate},
        host::{self, Claims},
        new_id, system, token,
    },
};

const MINUTE_MS: i64 = 60 * 1000;
/// Enrolments that one address may try in a minute; behind one address may stand a whole agency.
const PER_ADDRESS: u32 = 20;
/// Enrolments that may be tried in a minute with one token that is good.
const PER_TOKEN: u32 = 5;

/// Gives out and renews the identities of hosts.
pub struct Enrolment {
    store: Store,
    trust: Arc<Trust>,
    clock: Arc<dyn Clock>,
    limiter: Limiter<IpAddr>,
    /// Counts those with a good token apart. Nobody guesses 256 bits, so that the limits are there against load
    /// alone; and strangers behind the address of an agency, or anywhere, must not use up its tries.
    invited: Limiter<[u8; 32]>,
}

impl Enrolment {
    /// Lets `per_minute` enrolments through in all, and as many with good tokens.
    pub fn new(store: Store, trust: Arc<Trust>, clock: Arc<dyn Clock>, per_minute: u32) -> Self {
        let limiter = Limiter::new(MINUTE_MS, PER_ADDRESS, per_minute);
        Self {
            store,
            trust,
            clock,
            limiter,
            invited: Limiter::new(MINUTE_MS, PER_TOKEN, per_minute),
        }
    }

    /// Whether an enrolment may be tried now. Looks a token up beside the writer: strangers hold up nobody.
    async fn may_try(
        &self,
        request: &EnrollRequest,
        from: IpAddr,
        now: i64,
    ) -> Result<bool, IdentityError> {
        let hash = secret::sha256(&request.token);
        let mut db = self.store.read().await?;
        let invited = token::usable(&mut db, &hash, now).await?.is_some();
        Ok(if invited {
            self.invited.allow(hash, now)
        } else {
            self.limiter.allow(from, now)
        })
    }

    /// Gives an identity to who has a right to one: see [`super::claim`]. The token is spent, the host
    /// entered, the certificate issued and all of it written to the audit log in one transaction.
    /// `request` has been validated.
    ///
    /// # Errors
    /// When tried too often, or the right or the request is not good.
    pub async fn enroll(
        &self,
        request: &EnrollRequest,
        from: IpAddr,
    ) -> Result<EnrollResponse, IdentityError> {
        let now = self.clock.now_ms();
        if !self.may_try(request, from, now).await? {
            return Err(IdentityError::TooMany);
        }
        // Before the transaction: a bad request must not hold the writer.
        Authority::check_request(&request.csr_der)?;
        let mut tx = self.store.write().await?;
        let claim = match claim::find(&mut tx, request, now).await {
            Ok(claim) => claim,
            Err(error) => {
                drop(tx);
                self.note_refusal(request, &error, from, now).await;
                return Err(error);
            }
        };
        let facts = request.facts.clone().unwrap_or_default();
        let host_id = self.enter(&mut tx, &claim, &claims(&facts), now).await?;
        let trust = self.trust.now();
        let issued = trust.issuer.issue_host(&host_id, &request.csr_der, now)?;
        let row = row(&host_id, &issued, &trust, now);
        certificate::add(&mut tx, &row).await?;
        if !matches!(claim, Claim::Again(..)) {
            // It has no older certificate to connect with.
            authority::connected(&mut tx, &host_id, &row.serial, now).await?;
        }
        let action = match claim {
            Claim::New(_) => "host.enroll",
            Claim::Again(..) => "host.enroll-again",
            Claim::Anew(..) => "host.enroll-anew",
        };
        let place = key_place(&facts);
        host::set_key_place(&mut tx, &host_id, place).await?;
        let detail = json!({ "hostname": facts.hostname, "from": from.to_string(),
            "serial": issued.serial, "token": claim.token().map(|t| &t.id), "key": place });
        self.audit(&mut tx, action, &host_id, detail, now).await?;
        let last_counter = host::find(&mut tx, &Scope::All, &host_id)
            .await?
            .last_counter;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        tracing::info!(host = %host_id, action, "host enrolled");
        Ok(EnrollResponse {
            host_id,
            certificate_chain_der: vec![issued.der.to_vec()],
            ca_certificates_der: trust.to_wire(),
            server_time_ms: now,
            not_after_ms: issued.not_after_ms,
            renew_after_ms: issued.renew_after_ms,
            last_run_counter: last_counter.cast_unsigned(),
        })
    }

    /// Renews the certificate `serial` of `host_id`, by which the caller has identified it. `request` has been
    /// validated.
    ///
    /// # Errors
    /// When the request is not good, or the certificate was revoked meanwhile.
    pub async fn renew(
        &self,
        request: &RenewRequest,
        host_id: &str,
        serial: &str,
    ) -> Result<RenewResponse, IdentityError> {
        let now = self.clock.now_ms();
        let facts = request.facts.clone().unwrap_or_default();
        let trust = self.trust.now();
        let issued = trust.issuer.issue_host(host_id, &request.csr_der, now)?;
        let mut tx = self.store.write().await?;
        // Looked at again where nobody else writes: a certificate made after a revocation would survive it.
        let standing = certificate::standing(&mut tx, serial).await?;
        if !standing.is_some_and(|s| s.is_good() && s.host_id == host_id) {
            return Err(IdentityError::Fallen);
        }
        host::refresh(&mut tx, host_id, &claims(&facts), now).await?;
        certificate::add(&mut tx, &row(host_id, &issued, &trust, now)).await?;
        let place = key_place(&facts);
        host::set_key_place(&mut tx, host_id, place).await?;
        let detail = json!({ "serial": issued.serial, "key": place });
        self.audit(&mut tx, "host.renew", host_id, detail, now)
            .await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        Ok(RenewResponse {
            host_id: host_id.to_owned(),
            certificate_chain_der: vec![issued.der.to_vec()],
            ca_certificates_der: trust.to_wire(),
            server_time_ms: now,
            not_after_ms: issued.not_after_ms,
            renew_after_ms: issued.renew_after_ms,
        })
    }

    /// Enters the host that a claim lets in, or finds it; its id. The token is spent. An officer's new
    /// start ends the certificates that were there before; a key that is still held ends none, or a
    /// thief could lock the host out with it.
    async fn enter(
        &self,
        db: &mut Db,
        claim: &Claim,
        told: &Claims<'_>,
        now: i64,
    ) -> Result<String, IdentityError> {
        let host_id = match claim {
            Claim::New(token) => {
                let id = new_id();
                host::add(&mut *db, &id, &token.system_id, told, now).await?;
                id
            }
            Claim::Again(host, _) | Claim::Anew(host, _) => {
                host::refresh(&mut *db, &host.id, told, now).await?;
                host.id.clone()
            }
        };
        if matches!(claim, Claim::Anew(..)) {
            certificate::revoke_all(&mut *db, &host_id, "enrolled anew", now).await?;
            host::set_machine(&mut *db, &host_id, told.machine_id_sha256).await?;
        }
        match claim.token() {
            Some(token) if !token::spend(db, &token.id, &host_id, now).await? => {
                Err(IdentityError::Token)
            }
            _ => Ok(host_id),
        }
    }

    /// A token that somebody still tries after its time may have leaked: its agency can see that. One
    /// that was never given out belongs to nobody, and strangers must not fill the log.
    async fn note_refusal(
        &self,
        request: &EnrollRequest,
        error: &IdentityError,
        from: IpAddr,
        now: i64,
    ) {
        let noted = async {
            let mut tx = self.store.write().await?;
            let hash = secret::sha256(&request.token);
            let Some(token) = token::known(&mut tx, &hash).await? else {
                return Ok(());
            };
            let system = system::find(&mut tx, &Scope::All, &token.system_id).await?;
            let hostname = request.facts.as_ref().map(|f| f.hostname.as_str());
            let detail = json!({ "from": from.to_string(), "hostname": hostname,
                "why": error.to_string() });
            let event = Event {
                actor: "collector",
                action: "token.refused",
                agency_id: Some(&system.agency_id),
                target: &token.id,
                detail,
            };
            audit::append(&mut tx, &event, now).await?;
            Ok::<_, crate::store::StoreError>(tx.commit().await?)
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, "a refused token could not be recorded");
        }
    }

    async fn audit(
        &self,
        db: &mut Db,
        action: &'static str,
        host_id: &str,
        detail: serde_json::Value,
        now: i64,
    ) -> Result<(), IdentityError> {
        let host = host::find(&mut *db, &Scope::All, host_id).await?;
        let system = system::find(&mut *db, &Scope::All, &host.system_id).await?;
        let actor = format!("host:{host_id}");
        let agency_id = Some(system.agency_id.as_str());
        let event = Event {
            actor: &actor,
            action,
            agency_id,
            target: host_id,
            detail,
        };
        Ok(audit::append(db, &event, now).await?)
    }
}

pub(super) fn claims(facts: &HostFacts) -> Claims<'_> {
    Claims {
        hostname: &facts.hostname,
        machine_id_sha256: &facts.machine_id_sha256,
        os_id: &facts.os_id,
        os_version: &facts.os_version,
        agent_version: &facts.agent_version,
    }
}

/// Where the host says that its key is.
pub(super) fn key_place(facts: &HostFacts) -> Option<host::KeyPlace> {
    match facts.key_place() {
        v1::KeyPlace::File => Some(host::KeyPlace::File),
        v1::KeyPlace::Tpm => Some(host::KeyPlace::Tpm),
        v1::KeyPlace::Unspecified => None,
    }
}

pub(super) fn row(host_id: &str, issued: &Issued, trust: &Snapshot, now: i64) -> Certificate {
    Certificate {
        serial: issued.serial.clone(),
        host_id: host_id.to_owned(),
        public_key: issued.public_key.clone(),
        issued_at: now,
        not_after: issued.not_after_ms,
        revoked_at: None,
        revoked_why: None,
        authority: trust.number,
        told: trust.newest,
        der: Some(issued.der.to_vec()),
    }
}
