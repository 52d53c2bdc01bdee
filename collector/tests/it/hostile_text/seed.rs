//! A store in which everything that somebody else may call is called something hostile.

use std::{collections::BTreeMap, path::Path};

use capdo_checks::{
    Facts, Observation, Subject,
    catalogue::{Catalogue, Level, Thresholds},
    check::judge,
    facts::inventory::Installed,
    observation::SubjectKind,
    registry,
};
use capdo_collector::{
    clock::{Clock as _, SystemClock, timestamp},
    identity::{Authority, secret},
    store::{
        Db, Store,
        agency::{self, AgencyKind},
        audit,
        authorisation::{self, NewAuthorisation},
        contradiction::{self, Contradiction},
        endpoint::{self, EndpointKind, LookState, NewEndpoint},
        finding::{self, Finding},
        host::{self, Claims},
        integrity::{self, IntegrityKind},
        inventory, observation,
        probe::{self, Event, Step},
        release::{self, Binary},
        session,
        system::{self, Details, Dossier},
        token::{self, NewToken},
        user::{self, NewUser, Role},
    },
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::HOSTILE;
use crate::{
    inventory::{deb, debian},
    site::HOUR_MS,
};

/// The session of an officer.
pub(super) const COOKIE: &str = "cookie-of-an-officer";

/// The store's folder, and the ids of what bears all hostile names at once.
pub(super) struct Seeded {
    dir: TempDir,
    pub(super) agency: String,
    pub(super) system: String,
    pub(super) host: String,
    pub(super) endpoint: String,
}

impl Seeded {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemClock.now_ms();
        Authority::create(dir.path(), now).unwrap();
        let config = "[agents]\nlisten = \"127.0.0.1:0\"\n[web]\nlisten = \"127.0.0.1:0\"\n";
        std::fs::write(dir.path().join("collector.toml"), config).unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let mut db = store.write().await.unwrap();
        officer(&mut db, now).await;
        let [agency, system, host, endpoint] = fill(&mut db, &HOSTILE.concat(), now).await;
        for name in HOSTILE {
            fill(&mut db, name, now).await;
        }
        db.commit().await.unwrap();
        store.close().await;
        Self {
            dir,
            agency,
            system,
            host,
            endpoint,
        }
    }

    pub(super) fn data(&self) -> &Path {
        self.dir.path()
    }
}

async fn officer(db: &mut Db, now: i64) {
    let new = NewUser {
        login: "officer",
        name: "officer",
        role: Role::Officer,
        agency_id: None,
        password_hash: "",
    };
    let id = user::add(db, &new, now).await.unwrap();
    session::add(db, &Sha256::digest(COOKIE).into(), &id, now)
        .await
        .unwrap();
}

/// An agency and what belongs to it, all of that name.
async fn fill(db: &mut Db, name: &str, now: i64) -> [String; 4] {
    let agency = agency::add(db, name, AgencyKind::Commune, now)
        .await
        .unwrap();
    let details = Details {
        name,
        standard_id: "tcvn-14423-2026",
        proposed_level: 2,
        approved_level: Some(2),
        dossier: Dossier::Approved,
        declared_hosts: 2,
    };
    let system = system::add(db, &agency, &details, now).await.unwrap();
    let host = capdo_collector::store::new_id();
    let claims = Claims {
        hostname: name,
        machine_id_sha256: &[],
        os_id: name,
        os_version: name,
        agent_version: name,
    };
    host::add(db, &host, &system, &claims, now).await.unwrap();
    findings(db, &host, name, now).await;
    integrity::note(db, &host, IntegrityKind::ClaimMismatch, name, name, now)
        .await
        .unwrap();
    let package = Installed {
        version: name.into(),
        ..deb("libhostile", "1", name)
    };
    inventory::put(db, &host, &BTreeMap::new(), &debian(vec![package]), now)
        .await
        .unwrap();
    people(db, &agency, &system, name, now).await;
    let endpoint = outside(db, &agency, &system, &host, name, now).await;
    [agency, system, host, endpoint]
}

async fn findings(db: &mut Db, host: &str, name: &str, now: i64) {
    let thresholds = Thresholds::of(Catalogue::embedded().current(), Level::ALL[1]);
    for check in registry::all().iter().copied().take(12) {
        let meta = check.meta();
        let facts = Facts::new().observed("uid_zero", vec!["root", name], name);
        let observation = Observation {
            check: meta.id.to_owned(),
            version: meta.version,
            subject: Subject::new(SubjectKind::Account, name),
            facts: facts.facts,
            gap: None,
        };
        let judged = judge(check, &observation, timestamp(now), &thresholds);
        let sha256 = observation.sha256();
        observation::keep(db, &sha256, &observation.to_bytes(), now)
            .await
            .unwrap();
        let finding = Finding {
            host_id: host.to_owned(),
            check_id: meta.id.to_owned(),
            subject_kind: 3,
            subject_name: name.to_owned(),
            observation_sha256: sha256.to_vec(),
            verdict: judged.verdict.code().to_owned(),
            reason: serde_json::to_string(&judged.reason).unwrap(),
            claimed_verdict: "pass".to_owned(),
            claim_mismatch: true,
            observed_at: now,
            confirmed_at: now,
            since: now,
        };
        finding::put(db, &finding).await.unwrap();
    }
}

async fn people(db: &mut Db, agency: &str, system: &str, name: &str, now: i64) {
    let new = NewUser {
        login: name,
        name,
        role: Role::Viewer,
        agency_id: Some(agency),
        password_hash: "",
    };
    user::add(db, &new, now).await.unwrap();
    let secret = secret::text().unwrap().to_string();
    let new = NewToken {
        sha256: &secret::sha256(&secret),
        system_id: system,
        host_id: None,
        created_by: name,
        created_at: now,
        expires_at: now + HOUR_MS,
    };
    token::add(db, &new).await.unwrap();
    let binary = Binary {
        sha256: Sha256::digest(name).to_vec(),
        release: name.to_owned(),
        name: name.to_owned(),
        added_at: now,
    };
    release::add(db, &binary).await.unwrap();
    let event = audit::Event {
        actor: name,
        action: "token.add",
        agency_id: Some(agency),
        target: name,
        detail: serde_json::json!({ "why": name }),
    };
    audit::append(db, &event, now).await.unwrap();
}

async fn outside(
    db: &mut Db,
    agency: &str,
    system: &str,
    host: &str,
    name: &str,
    now: i64,
) -> String {
    let new = NewEndpoint {
        system_id: system,
        host_id: Some(host),
        kind: EndpointKind::Https,
        host: name,
        port: 443,
        sni: "",
    };
    let id = endpoint::add(db, &new, now).await.unwrap();
    endpoint::set_state(db, &id, LookState::LookedAt, now)
        .await
        .unwrap();
    let new = NewAuthorisation {
        agency_id: agency,
        system_id: None,
        number: name,
        dated: "2026-11-01",
        signed_by: name,
        targets: "203.0.113.7:443",
        valid_from: now - 2,
        valid_until: now - 1, // over: nothing is looked at
        document: name.as_bytes(),
        recorded_by: name,
    };
    let under = authorisation::add(db, &new, now).await.unwrap();
    let event = Event {
        step: Step::Begun,
        look_id: name,
        endpoint_id: &id,
        agency_id: agency,
        authorisation_id: Some(&under),
        target: name,
        address: name,
        what: "outside.tls",
        connections: None,
        outcome: name,
    };
    probe::append(db, &event, now).await.unwrap();
    let against = Contradiction {
        endpoint_id: id.clone(),
        host_id: host.to_owned(),
        check_id: "tls.versions".to_owned(),
        topic: "tls10".to_owned(),
        address: String::new(),
        claimed: name.to_owned(),
        seen: name.to_owned(),
        first_at: now,
        last_at: now,
        proved_at: Some(now),
        counts_until: now,
    };
    contradiction::replace(db, &id, &[against], now)
        .await
        .unwrap();
    id
}
