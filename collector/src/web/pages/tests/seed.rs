//! A small province to look at: two agencies, each with a system, a host and its findings.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use capdo_checks::{
    catalogue::{Catalogue, Level, Thresholds},
    check::judge,
    observation::{Facts, Observation, Subject, SubjectKind},
    registry,
    score::{DEFAULT_MAX_AGE, Evidence, HostEvidence, Scorecard, SystemInput, assess},
    shared_keys::{Key, Kind},
};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::outside;
use crate::{
    clock::{FixedClock, day, timestamp},
    store::{
        Db, Store,
        agency::{self, AgencyKind},
        finding::{self, Finding},
        host::{self, Claims},
        integrity::{self, IntegrityKind},
        key, observation,
        score::{self, Score},
        session,
        system::{self, Details, Dossier},
        user::{self, NewUser, Role},
    },
};

/// Now: 22 November 2026, 14:54 in Viet Nam.
pub(super) const NOW: i64 = 1_795_334_040_000;

/// What one agency has.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    /// The agency.
    pub(super) agency: String,
    /// Its system.
    pub(super) system: String,
    /// Its host.
    pub(super) host: String,
    /// Its endpoint, with a permission, a log and what was seen.
    pub(super) endpoint: String,
    /// The session of its viewer.
    pub(super) cookie: String,
    /// The agency's name.
    pub(super) name: String,
}

/// A province to look at.
pub(super) struct Province {
    /// Where it is kept.
    pub(super) store: Store,
    /// The store's folder, removed at the end.
    _dir: tempfile::TempDir,
    /// The pages.
    pub(super) app: Router,
    /// One agency.
    pub(super) a: Ids,
    /// Another.
    pub(super) b: Ids,
    /// The session of an officer.
    pub(super) officer: String,
}

/// What to call things, so that a test can make them hostile.
pub(super) struct Names<'a> {
    /// The agency.
    pub(super) agency: &'a str,
    /// The host.
    pub(super) host: &'a str,
    /// An account on it, with a fact's value alike.
    pub(super) account: &'a str,
}

/// Names that mean no harm.
pub(super) fn plain<'a>(agency: &'a str, host: &'a str) -> Names<'a> {
    Names {
        agency,
        host,
        account: "toor",
    }
}

/// Builds a province in a new store.
pub(super) async fn province(a: &Names<'_>, b: &Names<'_>) -> Province {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let mut db = store.write().await.unwrap();
    let a = agency_with_all(&mut db, a, 1).await;
    let b = agency_with_all(&mut db, b, 2).await;
    let officer = sign_in(&mut db, "officer", None).await;
    db.commit().await.unwrap();
    let app = super::app(store.clone(), Arc::new(FixedClock::at(NOW)));
    Province {
        _dir: dir,
        store,
        app,
        a,
        b,
        officer,
    }
}

async fn agency_with_all(db: &mut Db, names: &Names<'_>, number: u8) -> Ids {
    let agency = agency::add(db, names.agency, AgencyKind::Commune, NOW)
        .await
        .unwrap();
    let details = Details {
        name: &format!("Cổng thông tin {}", names.agency),
        standard_id: "tcvn-14423-2026",
        proposed_level: 2,
        approved_level: Some(2),
        dossier: Dossier::Approved,
        declared_hosts: 3,
    };
    let system = system::add(db, &agency, &details, NOW).await.unwrap();
    let host = crate::store::new_id();
    let claims = Claims {
        hostname: names.host,
        machine_id_sha256: &[],
        os_id: "debian",
        os_version: "12",
        agent_version: "0.1.0",
    };
    host::add(db, &host, &system, &claims, NOW).await.unwrap();
    host::ran(db, &host, 7, &[number; 32], NOW).await.unwrap();
    let evidence = findings(db, &host, names.account).await;
    integrity::note(
        db,
        &host,
        IntegrityKind::ClaimMismatch,
        "x.y",
        names.account,
        NOW,
    )
    .await
    .unwrap();
    put_score(db, &system, &host, evidence).await;
    // The same key with both agencies: neither may learn of the other by it.
    let key = Key {
        held: true,
        names: vec![names.host.to_owned()],
    };
    let keys = BTreeMap::from([("ab".repeat(32), key)]);
    key::put(db, &host, Kind::Tls, &keys).await.unwrap();
    let endpoint = outside::seed(db, &agency, &system, &host, names.host).await;
    let cookie = sign_in(db, &format!("viewer{number}"), Some(&agency)).await;
    Ids {
        agency,
        system,
        host,
        endpoint,
        cookie,
        name: names.agency.to_owned(),
    }
}

async fn findings(db: &mut Db, host: &str, account: &str) -> Vec<Evidence> {
    let standard = Catalogue::embedded().current();
    let thresholds = Thresholds::of(standard, Level::ALL[1]);
    let mut kept = Vec::new();
    for check in registry::all() {
        let meta = check.meta();
        let subject = Subject::new(SubjectKind::Account, account);
        let facts = Facts::new()
            .observed("uid_zero", vec!["root", account], "/etc/passwd")
            .configured("accounts", vec!["root", account], account);
        let observation = Observation {
            check: meta.id.to_owned(),
            version: meta.version,
            subject,
            facts: facts.facts,
            gap: None,
        };
        let judged = judge(check, &observation, timestamp(NOW), &thresholds);
        let sha256 = observation.sha256();
        observation::keep(db, &sha256, &observation.to_bytes(), NOW)
            .await
            .unwrap();
        let finding = Finding {
            host_id: host.to_owned(),
            check_id: meta.id.to_owned(),
            subject_kind: 3,
            subject_name: account.to_owned(),
            observation_sha256: sha256.to_vec(),
            verdict: judged.verdict.code().to_owned(),
            reason: serde_json::to_string(&judged.reason).unwrap(),
            claimed_verdict: "pass".to_owned(),
            claim_mismatch: true,
            observed_at: NOW,
            confirmed_at: NOW,
            since: NOW,
        };
        finding::put(db, &finding).await.unwrap();
        kept.push(Evidence::of(&observation, timestamp(NOW), standard));
    }
    kept
}

async fn put_score(db: &mut Db, system: &str, host: &str, findings: Vec<Evidence>) {
    let catalogue = Catalogue::embedded();
    let card = assess(&SystemInput {
        catalogue,
        standard: catalogue.current(),
        level: Level::ALL[1],
        declared_hosts: 3,
        hosts: &[HostEvidence {
            host_id: host.to_owned(),
            findings,
            contests: Vec::new(),
        }],
        rulings: &BTreeMap::new(),
        at: timestamp(NOW),
        max_age: DEFAULT_MAX_AGE,
    });
    store_card(db, system, &card).await;
}

/// Stores a card as the latest score.
pub(super) async fn store_card(db: &mut Db, system: &str, card: &Scorecard) {
    let score = Score {
        system_id: system.to_owned(),
        at: NOW,
        level: card.level.number(),
        standard_id: card.standard.to_string(),
        score_bp: card.score_bp,
        coverage_bp: card.coverage_bp,
        exempt_bp: card.exempt_bp,
        before_waivers_bp: card.before_waivers_bp,
        attained: card.attained.map(Level::number),
        card: serde_json::to_string(card).unwrap(),
    };
    score::put(db, &score, &day(NOW)).await.unwrap();
}

/// Enters a viewer with a session; returns its cookie.
pub(super) async fn sign_in(db: &mut Db, login: &str, agency: Option<&str>) -> String {
    let new = NewUser {
        login,
        name: login,
        role: agency.map_or(Role::Officer, |_| Role::Viewer),
        agency_id: agency,
        password_hash: "",
    };
    let id = user::add(db, &new, NOW).await.unwrap();
    let cookie = format!("cookie-of-{login}");
    session::add(db, &Sha256::digest(cookie.as_bytes()).into(), &id, NOW)
        .await
        .unwrap();
    cookie
}

/// Asks for a page; answers its status, headers and body.
pub(super) async fn get(app: &Router, path: &str, cookie: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path)
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, format!("capdo={cookie}"))
        .body(Body::empty())
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (
        parts.status,
        parts.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

impl Ids {
    /// The path of a route with this agency's ids filled in.
    pub(super) fn path(&self, route: &str) -> String {
        let id = match route.split('/').nth(1).unwrap_or_default() {
            "agencies" => &self.agency,
            "systems" => &self.system,
            "hosts" => &self.host,
            "checks" => "account.uid-zero",
            "controls" => "TK-14",
            "endpoints" => &self.endpoint,
            "" | "audit" | "keys" | "probes" | "software" => "",
            other => panic!("say here which id the route /{other} takes"),
        };
        route
            .replace("{standard}", "tcvn-14423-2026")
            .replace("{id}", id)
    }

    /// Whether a page of this route belongs to one agency.
    pub(super) fn owns(&self, route: &str) -> bool {
        [&self.agency, &self.system, &self.host, &self.endpoint]
            .into_iter()
            .any(|id| self.path(route).contains(id.as_str()))
    }
}
