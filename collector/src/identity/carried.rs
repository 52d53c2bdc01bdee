//! Giving an identity to a host of a one-way site: the request and the answer are carried in files,
//! and instead of a token an officer at the collector says for which system it is.

use capdo_proto::{
    signing::grant_bytes,
    v1::{CarriedEnrolment, CarriedGrant, EnrollRequest, EnrollResponse},
};
use prost::Message as _;
use serde_json::json;

use super::{
    Authority, IdentityError, Snapshot, claim,
    enroll::{claims, key_place, row},
    secret,
};
use crate::{
    config::Agents,
    ingest::{assigned, declared},
    store::{
        Db, Scope, assignment,
        audit::{self, Event},
        authority, certificate,
        host::{self, Host, HostState},
        new_id,
        system::{self, System},
    },
};

/// For whom an officer gives an identity.
#[derive(Clone, Copy, Debug)]
pub enum For<'a> {
    /// A host of the system with this id or name: a new one, or one that proves its key.
    System(&'a str),
    /// The host with this id, which lost its key.
    Host(&'a str),
}

/// What was given.
#[derive(Debug)]
pub struct Given {
    /// The host.
    pub host: Host,
    /// The system it serves.
    pub system: System,
    /// Whether it was known before.
    pub again: bool,
    /// What is to be carried to it.
    pub grant: CarriedGrant,
}

/// Gives an identity, in the transaction `db`: the host is entered or found, marked as carried, and
/// all of it written to the audit log. `request` has been validated.
///
/// # Errors
/// When the request is not good, or the machine has an identity and does not prove it.
pub async fn enroll(
    db: &mut Db,
    trust: &Snapshot,
    settings: &Agents,
    request: &CarriedEnrolment,
    whom: For<'_>,
    (actor, now): (&str, i64),
) -> Result<Given, IdentityError> {
    Authority::check_request(&request.csr_der)?;
    let facts = request.facts.clone().unwrap_or_default();
    let (id, again) = enter(&mut *db, request, whom, now).await?;
    host::refresh(&mut *db, &id, &claims(&facts), now).await?;
    host::set_carried(&mut *db, &id, true).await?;
    let place = key_place(&facts);
    host::set_key_place(&mut *db, &id, place).await?;
    let issued = trust.issuer.issue_host(&id, &request.csr_der, now)?;
    certificate::add(&mut *db, &row(&id, &issued, trust, now)).await?;
    if !again {
        // It has no older certificate to sign with.
        authority::connected(&mut *db, &id, &issued.serial, now).await?;
    }
    let host = host::find(&mut *db, &Scope::All, &id).await?;
    let system = system::find(&mut *db, &Scope::All, &host.system_id).await?;
    let nonce = secret::random()?;
    let measured = (system.standard_id.as_str(), system.level());
    let revision = assignment::add(&mut *db, &id, &nonce, measured, now).await?;
    let endpoints = declared(&mut *db, &host).await?;
    let event = Event {
        actor,
        action: "host.enroll-carried",
        agency_id: Some(&system.agency_id),
        target: &id,
        detail: json!({ "hostname": facts.hostname, "serial": issued.serial, "again": again,
            "key": place }),
    };
    audit::append(&mut *db, &event, now).await?;
    let response = EnrollResponse {
        host_id: id,
        certificate_chain_der: vec![issued.der.to_vec()],
        ca_certificates_der: trust.to_wire(),
        server_time_ms: now,
        not_after_ms: issued.not_after_ms,
        renew_after_ms: issued.renew_after_ms,
        last_run_counter: host.last_counter.cast_unsigned(),
    };
    let assignment = assigned(&host, &system, (revision, &nonce), endpoints, settings);
    let (enroll_response, assignment) = (response.encode_to_vec(), assignment.encode_to_vec());
    let signature = trust
        .issuer
        .sign_bytes(&grant_bytes(&enroll_response, &assignment))?;
    let grant = CarriedGrant {
        enroll_response,
        assignment,
        signature,
    };
    Ok(Given {
        host,
        system,
        again,
        grant,
    })
}

/// The id of the host that asks, entered where it is new, and whether it was known.
async fn enter(
    db: &mut Db,
    request: &CarriedEnrolment,
    whom: For<'_>,
    now: i64,
) -> Result<(String, bool), IdentityError> {
    let facts = request.facts.clone().unwrap_or_default();
    let key = match whom {
        For::System(key) => key,
        For::Host(id) => {
            let host = host::find(&mut *db, &Scope::All, id).await?;
            if host.state != HostState::Active {
                return Err(IdentityError::Token);
            }
            certificate::revoke_all(&mut *db, id, "enrolled anew", now).await?;
            host::set_machine(db, id, &facts.machine_id_sha256).await?;
            return Ok((host.id, true));
        }
    };
    let system = system::find(&mut *db, &Scope::All, key).await?;
    let asked = EnrollRequest {
        token: String::new(),
        csr_der: request.csr_der.clone(),
        facts: Some(facts.clone()),
        clock_ms: request.clock_ms,
        previous: request.previous.clone(),
    };
    if let Some(host) = claim::proved(&mut *db, &asked, now).await? {
        return if host.system_id == system.id {
            Ok((host.id, true))
        } else {
            Err(IdentityError::Known)
        };
    }
    let machine = &facts.machine_id_sha256;
    if !machine.is_empty() && host::has_machine(&mut *db, machine).await? {
        return Err(IdentityError::Known);
    }
    let id = new_id();
    host::add(db, &id, &system.id, &claims(&facts), now).await?;
    Ok((id, false))
}
