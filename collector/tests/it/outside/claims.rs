//! What a host claims against what its endpoint shows.

use capdo_checks::{Facts, Observation, Subject, observation::SubjectKind};
use capdo_collector::store::{
    Scope, contradiction,
    endpoint::EndpointKind,
    finding::{self, Finding},
    host::{self, Claims},
    integrity::{self, IntegrityKind},
    observation,
};

use super::{NAME, NOW, OpenSsl, Place};

/// The host's claim that TLS 1.0 is refused at a port, confirmed now.
async fn claim(place: &Place, host: &str, port: u16, tls10: &str, at: i64) {
    let label = format!("{NAME}:{port}");
    let facts = Facts::new()
        .observed("tls", true, &label)
        .observed("tls10", tls10, &label);
    let observed = Observation {
        check: "tls.versions".to_owned(),
        version: 2,
        subject: Subject::new(SubjectKind::Endpoint, &label),
        facts: facts.facts,
        gap: None,
    };
    let sha256 = observed.sha256();
    let mut tx = place.store.write().await.unwrap();
    observation::keep(&mut tx, &sha256, &observed.to_bytes(), at)
        .await
        .unwrap();
    let row = Finding {
        host_id: host.to_owned(),
        check_id: "tls.versions".to_owned(),
        subject_kind: 2,
        subject_name: label,
        observation_sha256: sha256.to_vec(),
        verdict: "pass".to_owned(),
        reason: "{\"key\":\"pass\"}".to_owned(),
        claimed_verdict: "pass".to_owned(),
        claim_mismatch: false,
        observed_at: at,
        confirmed_at: at,
        since: at,
    };
    finding::put(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

async fn with_host(place: &Place) -> String {
    let id = capdo_collector::store::new_id();
    let claims = Claims {
        hostname: "web-1",
        machine_id_sha256: &[],
        os_id: "debian",
        os_version: "12",
        agent_version: "0.1.0",
    };
    let mut tx = place.store.write().await.unwrap();
    host::add(&mut tx, &id, &place.system, &claims, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn events(place: &Place, host: &str) -> Vec<(IntegrityKind, String)> {
    let mut db = place.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(host))
        .await
        .unwrap();
    events.into_iter().map(|e| (e.kind, e.subject)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_denies_an_old_version_is_caught() {
    let server = OpenSsl::serve(&["-tls1", "-cipher", "ALL:@SECLEVEL=0"]);
    let port = server.1.port();
    let place = Place::new(&["127.0.0.1"], None).await;
    let host = with_host(&place).await;
    claim(&place, &host, port, "refused", NOW).await;
    place
        .permit(&format!("{NAME}:{port}\n127.0.0.1:{port}"))
        .await;
    let id = place
        .endpoint_on(EndpointKind::Tls, NAME, port, Some(&host))
        .await;
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    let tls = ("outside.tls".to_owned(), "fail".to_owned());
    let verdicts = place.verdicts().await;
    assert!(verdicts.contains(&tls), "{verdicts:?}");
    // Once is not enough: the server may have been changed after the agent's run.
    assert_eq!(events(&place, &host).await, vec![]);
    let mut db = place.store.read().await.unwrap();
    let noted = contradiction::of_endpoint(&mut db, &Scope::All, &id)
        .await
        .unwrap();
    drop(db);
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert_eq!(
        (noted[0].topic.as_str(), noted[0].proved_at),
        ("tls10", None)
    );
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    assert_eq!(events(&place, &host).await, vec![]);
    // The host says it again, and it is seen again.
    place.clock.advance(1000);
    claim(&place, &host, port, "refused", NOW + 3000).await;
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    let caught = (
        IntegrityKind::OutsideContradiction,
        "tls.versions".to_owned(),
    );
    assert_eq!(events(&place, &host).await, vec![caught]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_agent_is_not_accused() {
    let server = OpenSsl::serve(&["-tls1", "-cipher", "ALL:@SECLEVEL=0"]);
    let port = server.1.port();
    let place = Place::new(&["127.0.0.1"], None).await;
    let host = with_host(&place).await;
    place
        .permit(&format!("{NAME}:{port}\n127.0.0.1:{port}"))
        .await;
    let id = place
        .endpoint_on(EndpointKind::Tls, NAME, port, Some(&host))
        .await;
    let nobody = place.endpoint(EndpointKind::Tls, "127.0.0.1", port).await;
    for at in 1..4 {
        claim(&place, &host, port, "offered", NOW + at * 2000 - 1000).await;
        place.clock.advance(2000);
        place.outside.look(&id).await.unwrap();
    }
    // Nor is a host of which nobody said that it answers there.
    for at in 4..7 {
        claim(&place, &host, port, "refused", NOW + at * 2000 - 1000).await;
        place.clock.advance(2000);
        place.outside.look(&nobody).await.unwrap();
    }
    assert_eq!(events(&place, &host).await, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modern_server_passes() {
    let server = OpenSsl::serve(&[]);
    let port = server.1.port();
    let place = Place::new(&["127.0.0.1"], None).await;
    place
        .permit(&format!("{NAME}:{port}\n127.0.0.1:{port}"))
        .await;
    let id = place.endpoint(EndpointKind::Tls, NAME, port).await;
    place.outside.look(&id).await.unwrap();
    let tls = ("outside.tls".to_owned(), "pass".to_owned());
    let verdicts = place.verdicts().await;
    assert!(verdicts.contains(&tls), "{verdicts:?}");
}
