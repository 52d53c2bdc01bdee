//! What a host claims against what its endpoint shows.

use capdo_checks::{Facts, Observation, Subject, observation::SubjectKind, registry};
use capdo_collector::{
    assess::compute::compute,
    identity::{Authority, authority::CERTIFICATE_FILE},
    store::{
        Scope, contradiction,
        endpoint::EndpointKind,
        finding::{self, Finding},
        host::{self, Claims},
        integrity::{self, IntegrityKind},
        observation,
    },
    verify::{self, Anchors, Wanted},
};

use super::{HOUR, NAME, NOW, OpenSsl, Place};

pub(super) const CHECK: &str = "tls.versions";
pub(super) const OLD: [&str; 3] = ["-tls1", "-cipher", "ALL:@SECLEVEL=0"];

/// The host's claim that TLS 1.0 is refused at a port, confirmed now.
async fn claim(place: &Place, host: &str, port: u16, tls10: &str, at: i64) {
    let label = format!("{NAME}:{port}");
    let mut facts = Facts::new()
        .observed("tls", true, &label)
        .observed("tls10", tls10, &label);
    for (name, word) in [
        ("ssl2", "refused"),
        ("ssl3", "refused"),
        ("tls11", "refused"),
        ("tls12", "offered"),
        ("tls13", "offered"),
    ] {
        facts = facts.observed(name, word, &label);
    }
    let subject = Subject::new(SubjectKind::Endpoint, &label);
    say(place, host, (CHECK, "pass"), (subject, facts), at).await;
}

/// The host's word that no address of it offers TLS.
async fn claim_none(place: &Place, host: &str, at: i64) {
    let facts = Facts::new().observed("endpoints", 0_i64, "/proc/net/tcp");
    let said = (Subject::host(), facts);
    say(place, host, (CHECK, "not_applicable"), said, at).await;
}

/// What a host says by a check, confirmed now.
pub(super) async fn say(
    place: &Place,
    host: &str,
    (check, verdict): (&str, &str),
    (subject, facts): (Subject, Facts),
    at: i64,
) {
    let observed = Observation {
        check: check.to_owned(),
        version: registry::find(check).unwrap().meta().version,
        subject,
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
        check_id: check.to_owned(),
        subject_kind: if observed.subject.kind == SubjectKind::Host {
            1
        } else {
            2
        },
        subject_name: observed.subject.name,
        observation_sha256: sha256.to_vec(),
        verdict: verdict.to_owned(),
        reason: format!("{{\"key\":\"{verdict}\"}}"),
        claimed_verdict: verdict.to_owned(),
        claim_mismatch: false,
        observed_at: at,
        confirmed_at: at,
        since: at,
    };
    finding::put(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

/// A host whose endpoint `NAME` leads to, where the collector may look for so many hours.
pub(super) async fn declared(leads_to: &[&str], port: u16, hours: i64) -> (Place, String, String) {
    let place = Place::new(leads_to, None).await;
    let host = with_host(&place).await;
    let targets = format!("{NAME}:{port}\n127.0.0.0/30:{port}");
    place.permit_for(&targets, hours).await;
    let id = place
        .endpoint_on(EndpointKind::Tls, NAME, port, Some(&host))
        .await;
    (place, host, id)
}

pub(super) async fn with_host(place: &Place) -> String {
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

pub(super) async fn events(place: &Place, host: &str) -> Vec<(IntegrityKind, String)> {
    let mut db = place.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(host))
        .await
        .unwrap();
    events.into_iter().map(|e| (e.kind, e.subject)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_denies_an_old_version_is_caught() {
    let server = OpenSsl::serve(&OLD);
    let port = server.1.port();
    let (place, host, id) = declared(&["127.0.0.1"], port, 2).await;
    claim(&place, &host, port, "refused", NOW).await;
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

/// The checks of the host that do not count in the score at a moment.
pub(super) async fn uncounted(place: &Place, at: i64) -> Vec<String> {
    let day = jiff::SignedDuration::from_hours(72);
    let card = compute(&place.store, &place.system, day, at).await.unwrap();
    card.contested.into_iter().map(|c| c.check).collect()
}

/// The score takes the collector's own look above the agent's word: at once against what was said
/// before, against what is said again once it is proved, and no longer than until the next look is due.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_look_denies_does_not_count_in_the_score() {
    let mut server = OpenSsl::serve(&OLD);
    let at = server.1;
    let port = at.port();
    let (place, host, id) = declared(&["127.0.0.1"], port, 2).await;
    let none: [&str; 0] = [];
    claim(&place, &host, port, "refused", NOW).await;
    assert_eq!(uncounted(&place, NOW).await, none);
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    assert_eq!(uncounted(&place, NOW + 1000).await, [CHECK]);
    // The agent says it again: the server may have been mended since, so it counts until it is proved.
    claim(&place, &host, port, "refused", NOW + 2000).await;
    assert_eq!(uncounted(&place, NOW + 2000).await, none);
    place.clock.advance(2000);
    place.outside.look(&id).await.unwrap();
    claim(&place, &host, port, "refused", NOW + 4000).await;
    assert_eq!(uncounted(&place, NOW + 4000).await, [CHECK]);
    // A look that could not be made settles nothing, nor does silence last for ever.
    drop(server);
    place.clock.advance(2000);
    place.outside.look(&id).await.unwrap();
    assert_eq!(uncounted(&place, NOW + 5000).await, [CHECK]);
    assert_eq!(uncounted(&place, NOW + 3000 + 31 * HOUR).await, none);
    let report = verified(&place).await;
    assert!(report.is_empty(), "{report:?}");
    // What was mended counts with the next look.
    server = OpenSsl::serve_at(at, &[]);
    place.outside.look(&id).await.unwrap();
    assert_eq!(uncounted(&place, NOW + 5000).await, none);
    drop(server);
    // Nobody puts one into the store unnoticed.
    let mut tx = place.store.write().await.unwrap();
    sqlx::query(
        "INSERT INTO contradiction SELECT endpoint.id, host.id, 'tls.versions', 'tls10', 'a', 'b', \
         1, 1, 1, 9, '' FROM endpoint JOIN host",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let wrong = verified(&place).await;
    assert_eq!(wrong, [("contradiction", "differs")]);
}

/// Saying that there is nothing to look at escapes no look.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_says_that_there_is_no_tls_is_caught_too() {
    let server = OpenSsl::serve(&OLD);
    let port = server.1.port();
    let (place, host, id) = declared(&["127.0.0.1"], port, 2).await;
    claim_none(&place, &host, NOW).await;
    place.clock.advance(1000);
    place.outside.look(&id).await.unwrap();
    assert_eq!(uncounted(&place, NOW + 1000).await, [CHECK]);
    claim_none(&place, &host, NOW + 2000).await;
    place.clock.advance(2000);
    place.outside.look(&id).await.unwrap();
    claim_none(&place, &host, NOW + 4000).await;
    assert_eq!(uncounted(&place, NOW + 4000).await, [CHECK]);
    let caught = (IntegrityKind::OutsideContradiction, CHECK.to_owned());
    assert_eq!(events(&place, &host).await, vec![caught]);
    assert_eq!(verified(&place).await, []);
    // Nothing but an answer settles it, and then it counts again.
    drop(server);
    place.clock.advance(3000);
    place.outside.look(&id).await.unwrap();
    assert_eq!(uncounted(&place, NOW + 6000).await, [CHECK]);
    claim(&place, &host, port, "refused", NOW + 7000).await;
    let server = OpenSsl::serve_at(std::net::SocketAddr::from(([127, 0, 0, 1], port)), &[]);
    place.clock.advance(2000);
    place.outside.look(&id).await.unwrap();
    let none: [&str; 0] = [];
    assert_eq!(uncounted(&place, NOW + 8000).await, none);
    drop(server);
}

/// A host that is caught and shuts the collector out is not forgiven for it, while the collector tries.
#[tokio::test(flavor = "multi_thread")]
async fn silence_forgives_nothing_while_the_collector_looks() {
    let server = OpenSsl::serve(&OLD);
    let port = server.1.port();
    let (place, host, id) = declared(&["127.0.0.1"], port, 80).await;
    prove(&place, &host, &id, port).await;
    drop(server);
    for day in 1..=3 {
        place.clock.advance(24 * HOUR);
        let now = NOW + 3000 + day * 24 * HOUR;
        claim(&place, &host, port, "refused", now).await;
        place.outside.look(&id).await.unwrap();
        assert_eq!(uncounted(&place, now).await, [CHECK], "day {day}");
    }
    assert_eq!(verified(&place).await, []);
    // Where nobody may look any more, what was seen lapses as ever.
    place.clock.advance(24 * HOUR);
    place.outside.look(&id).await.unwrap();
    let late = NOW + 3000 + 103 * HOUR;
    claim(&place, &host, port, "refused", late).await;
    let none: [&str; 0] = [];
    assert_eq!(uncounted(&place, late).await, none);
}

/// What one address shows says nothing of another one that fell silent.
#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_answer_for_another() {
    let old = OpenSsl::serve(&OLD);
    let at = old.1;
    let port = at.port();
    let second = std::net::SocketAddr::from(([127, 0, 0, 2], port));
    let modern = OpenSsl::serve_at(second, &[]);
    let (place, host, id) = declared(&["127.0.0.1", "127.0.0.2"], port, 2).await;
    prove(&place, &host, &id, port).await;
    drop(old);
    place.clock.advance(2000);
    place.outside.look(&id).await.unwrap();
    claim(&place, &host, port, "refused", NOW + 6000).await;
    assert_eq!(uncounted(&place, NOW + 6000).await, [CHECK]);
    assert_eq!(verified(&place).await, []);
    let mended = OpenSsl::serve_at(at, &[]);
    place.clock.advance(2000);
    place.outside.look(&id).await.unwrap();
    let none: [&str; 0] = [];
    assert_eq!(uncounted(&place, NOW + 7000).await, none);
    drop((modern, mended));
}

/// Has the host deny TLS 1.0 on both sides of a look, the second one at `NOW + 3000`.
pub(super) async fn prove(place: &Place, host: &str, endpoint: &str, port: u16) {
    claim(place, host, port, "refused", NOW).await;
    place.clock.advance(1000);
    place.outside.look(endpoint).await.unwrap();
    claim(place, host, port, "refused", NOW + 2000).await;
    place.clock.advance(2000);
    place.outside.look(endpoint).await.unwrap();
    claim(place, host, port, "refused", NOW + 4000).await;
    assert_eq!(uncounted(place, NOW + 4000).await, [CHECK]);
}

/// What the offline proof says of contradictions.
pub(super) async fn verified(place: &Place) -> Vec<(&'static str, &'static str)> {
    let dir = tempfile::tempdir().unwrap();
    Authority::create(dir.path(), NOW).unwrap();
    let ca = Anchors::read(&[dir.path().join(CERTIFICATE_FILE)]).unwrap();
    let report = verify::run(&place.store, &ca, &Wanted::default())
        .await
        .unwrap();
    let broken = report.broken.into_iter().map(|b| (b.table, b.what));
    broken.filter(|b| b.0 == "contradiction").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_agent_is_not_accused() {
    let server = OpenSsl::serve(&OLD);
    let port = server.1.port();
    let (place, host, id) = declared(&["127.0.0.1"], port, 2).await;
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
    // The key that it shows under its name is kept, for hosts that say they have the same one.
    let seen: Vec<String> = sqlx::query_scalar("SELECT address FROM key_seen")
        .fetch_all(&mut *place.store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(seen, [format!("127.0.0.1:{port}")]);
}
