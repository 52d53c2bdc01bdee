//! Endpoints, what was seen there, and the log of it.

use capdo_checks::{
    observation::{Facts, Observation, Subject, SubjectKind},
    outside::VERSION,
};

use super::seed::{NOW, get, plain, province};
use crate::store::{
    Db, Scope,
    authorisation::{self, NewAuthorisation},
    contradiction::{self, Contradiction},
    endpoint::{self, EndpointKind, LookState, NewEndpoint},
    outside_finding::{self, OutsideFinding},
    probe::{self, Event, Step},
};

/// An endpoint that was looked at, with everything around it. `name` goes wherever somebody else's
/// words may stand.
pub(super) async fn seed(
    db: &mut Db,
    agency: &str,
    system: &str,
    host: &str,
    name: &str,
) -> String {
    let new = NewEndpoint {
        system_id: system,
        host_id: Some(host),
        kind: EndpointKind::Https,
        host: name,
        port: 443,
        sni: "",
    };
    let id = endpoint::add(db, &new, NOW).await.unwrap();
    endpoint::set_state(db, &id, LookState::LookedAt, NOW)
        .await
        .unwrap();
    let new = NewAuthorisation {
        agency_id: agency,
        system_id: None,
        number: name,
        dated: "2026-11-01",
        signed_by: name,
        targets: "203.0.113.7:443",
        valid_from: NOW - 1,
        valid_until: NOW + 1,
        document: name.as_bytes(),
        recorded_by: "test",
    };
    let under = authorisation::add(db, &new, NOW).await.unwrap();
    let event = Event {
        step: Step::Begun,
        look_id: "look",
        endpoint_id: &id,
        agency_id: agency,
        authorisation_id: Some(&under),
        target: name,
        address: "203.0.113.7:443",
        what: "outside.tls",
        connections: None,
        outcome: "",
    };
    probe::append(db, &event, NOW).await.unwrap();
    outside_finding::replace(db, &id, &[found(&id, name)])
        .await
        .unwrap();
    let against = Contradiction {
        endpoint_id: id.clone(),
        host_id: host.to_owned(),
        check_id: "tls.versions".to_owned(),
        topic: "tls10".to_owned(),
        address: String::new(),
        claimed: name.to_owned(),
        seen: name.to_owned(),
        first_at: NOW,
        last_at: NOW,
        proved_at: Some(NOW),
        counts_until: NOW + 1,
    };
    contradiction::replace(db, &id, &[against], NOW)
        .await
        .unwrap();
    id
}

/// What was seen there.
fn found(id: &str, name: &str) -> OutsideFinding {
    let facts = Facts::new().observed("asked_name", name, name);
    let observation = Observation {
        check: "outside.tls".to_owned(),
        version: VERSION,
        subject: Subject::new(SubjectKind::Endpoint, name),
        facts: facts.facts,
        gap: None,
    };
    OutsideFinding {
        endpoint_id: id.to_owned(),
        part: "outside.tls".to_owned(),
        address: "203.0.113.7:443".to_owned(),
        observation: observation.to_bytes(),
        verdict: "fail".to_owned(),
        reason: serde_json::json!({ "key": "old-versions", "args": { "versions": [name] } })
            .to_string(),
        at: NOW,
    }
}

#[tokio::test]
async fn an_endpoint_shows_what_was_seen_and_what_contradicts_it() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let page = format!("/endpoints/{}?lang=en", province.a.endpoint);
    let (_, _, body) = get(&province.app, &page, &province.a.cookie).await;
    for part in [
        "may-a:443",
        "Old versions are offered: may-a",
        "Proved",
        "203.0.113.7:443",
        "No authorisation on record covers it now",
        "asked_name",
    ] {
        assert!(body.contains(part), "{part} is missing: {body}");
    }
    let page = format!("/systems/{}?lang=vi", province.a.system);
    let (_, _, body) = get(&province.app, &page, &province.a.cookie).await;
    assert!(body.contains(&format!("/endpoints/{}", province.a.endpoint)));
    assert!(body.contains("không cộng điểm"), "{body}");
    let (_, _, body) = get(&province.app, "/probes", &province.officer).await;
    assert!(body.contains("may-a") && body.contains("may-b"));
    // Both have one key: the officer sees whose it is, neither agency anything of the other.
    let (_, _, body) = get(&province.app, "/keys?lang=en", &province.officer).await;
    let key = "ab".repeat(32);
    for part in [key.as_str(), "may-a", "may-b", "Xã A", "Xã B"] {
        assert!(body.contains(part), "{part} is missing: {body}");
    }
    let (_, _, body) = get(&province.app, "/keys?lang=en", &province.a.cookie).await;
    assert!(!body.contains(&key) && !body.contains("may-b"), "{body}");
}

#[tokio::test]
async fn what_counts_no_more_is_shown_so() {
    let province = province(&plain("Xã A", "may-a"), &plain("Xã B", "may-b")).await;
    let id = &province.a.endpoint;
    let mut tx = province.store.write().await.unwrap();
    let mut rows = contradiction::of_endpoint(&mut tx, &Scope::All, id)
        .await
        .unwrap();
    rows[0].counts_until = NOW - 1;
    contradiction::replace(&mut tx, id, &rows, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for (lang, words) in [("en", "Lapsed"), ("vi", "Đã hết hiệu lực")] {
        let page = format!("/endpoints/{id}?lang={lang}");
        let (_, _, body) = get(&province.app, &page, &province.a.cookie).await;
        assert!(body.contains(words), "{body}");
    }
}
