//! Giving a host its identity, and keeping it fresh.

use std::{net::IpAddr, sync::Arc};

use capdo_proto::v1::{EnrollRequest, EnrollResponse, HostFacts, RenewRequest, RenewResponse};
use serde_json::json;

use super::{Authority, IdentityError, authority::Issued, secret};
use crate::{
    clock::Clock,
    limit::Limiter,
    store::{
        Db, Scope, Store,
        audit::{self, Event},
        certificate::{self, Certificate},
        host::{self, Claims},
        new_id, system, token,
    },
};

const MINUTE_MS: i64 = 60 * 1000;
/// Enrolments that one address may try in a minute; behind one address may stand a whole agency.
const PER_ADDRESS: u32 = 20;

/// Gives out and renews the identities of hosts.
pub struct Enrolment {
    store: Store,
    authority: Arc<Authority>,
    clock: Arc<dyn Clock>,
    limiter: Limiter<IpAddr>,
}

impl Enrolment {
    /// Lets `per_minute` enrolments through in all.
    pub fn new(
        store: Store,
        authority: Arc<Authority>,
        clock: Arc<dyn Clock>,
        per_minute: u32,
    ) -> Self {
        let limiter = Limiter::new(MINUTE_MS, PER_ADDRESS, per_minute);
        Self {
            store,
            authority,
            clock,
            limiter,
        }
    }

    /// Trades a token for an identity. The token is spent, the host entered, the certificate
    /// issued and all of it written to the audit log in one transaction. `request` has been
    /// validated.
    ///
    /// # Errors
    /// When tried too often, or the token or the request is not good.
    pub async fn enroll(
        &self,
        request: &EnrollRequest,
        from: IpAddr,
    ) -> Result<EnrollResponse, IdentityError> {
        let now = self.clock.now_ms();
        if !self.limiter.allow(from, now) {
            return Err(IdentityError::TooMany);
        }
        let facts = request.facts.clone().unwrap_or_default();
        let host_id = new_id();
        // Before the transaction: a bad request must not hold the writer, nor spend the token.
        let issued = self.authority.issue_host(&host_id, &request.csr_der, now)?;
        let mut tx = self.store.write().await?;
        // The host must be there for the token to name it; both are undone together.
        let hash = secret::sha256(&request.token);
        self.enter(&mut tx, &hash, &host_id, &facts, now).await?;
        certificate::add(&mut tx, &row(&host_id, &issued, now))
            .await
            .map_err(IdentityError::from)?;
        let detail = json!({ "hostname": facts.hostname, "from": from.to_string(),
            "serial": issued.serial });
        self.audit(&mut tx, "host.enroll", &host_id, detail, now)
            .await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        tracing::info!(host = %host_id, "host enrolled");
        Ok(EnrollResponse {
            host_id,
            certificate_chain_der: vec![issued.der.to_vec()],
            ca_certificates_der: vec![self.authority.certificate().to_vec()],
            server_time_ms: now,
            not_after_ms: issued.not_after_ms,
            renew_after_ms: issued.renew_after_ms,
        })
    }

    /// Renews the certificate of `host_id`, whom the caller has identified and found in good
    /// standing. `request` has been validated.
    ///
    /// # Errors
    /// When the request is not good.
    pub async fn renew(
        &self,
        request: &RenewRequest,
        host_id: &str,
    ) -> Result<RenewResponse, IdentityError> {
        let now = self.clock.now_ms();
        let facts = request.facts.clone().unwrap_or_default();
        let issued = self.authority.issue_host(host_id, &request.csr_der, now)?;
        let mut tx = self.store.write().await?;
        host::refresh(&mut tx, host_id, &claims(&facts), now).await?;
        certificate::add(&mut tx, &row(host_id, &issued, now)).await?;
        let detail = json!({ "serial": issued.serial });
        self.audit(&mut tx, "host.renew", host_id, detail, now)
            .await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        Ok(RenewResponse {
            host_id: host_id.to_owned(),
            certificate_chain_der: vec![issued.der.to_vec()],
            ca_certificates_der: vec![self.authority.certificate().to_vec()],
            server_time_ms: now,
            not_after_ms: issued.not_after_ms,
            renew_after_ms: issued.renew_after_ms,
        })
    }

    async fn enter(
        &self,
        db: &mut Db,
        hash: &[u8; 32],
        host_id: &str,
        facts: &HostFacts,
        now: i64,
    ) -> Result<(), IdentityError> {
        let found = token::usable(&mut *db, hash, now)
            .await?
            .ok_or(IdentityError::Token)?;
        host::add(&mut *db, host_id, &found.system_id, &claims(facts), now).await?;
        if token::spend(db, &found.id, host_id, now).await? {
            Ok(())
        } else {
            Err(IdentityError::Token)
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

fn claims(facts: &HostFacts) -> Claims<'_> {
    Claims {
        hostname: &facts.hostname,
        machine_id_sha256: &facts.machine_id_sha256,
        os_id: &facts.os_id,
        os_version: &facts.os_version,
        agent_version: &facts.agent_version,
    }
}

fn row(host_id: &str, issued: &Issued, now: i64) -> Certificate {
    Certificate {
        serial: issued.serial.clone(),
        host_id: host_id.to_owned(),
        public_key: issued.public_key.clone(),
        issued_at: now,
        not_after: issued.not_after_ms,
        revoked_at: None,
        revoked_why: None,
    }
}
