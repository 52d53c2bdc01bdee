//! What speaks against a host is bounded, whatever the host makes up.

use capdo_collector::{
    store::{
        Scope, host,
        integrity::{self, IntegrityEvent, IntegrityKind, MOST, MOST_A_DAY},
    },
    verify::{self, Anchors, Wanted},
};

use crate::{
    agent::Agent,
    site::{HOUR_MS, Site},
};

const IDS: usize = 100_000;
const KIND: IntegrityKind = IntegrityKind::ObservationRefused;

async fn events(site: &Site, agent: &Agent) -> Vec<IntegrityEvent> {
    let mut db = site.collector.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id)).await;
    events.unwrap()
}

async fn note(site: &Site, agent: &Agent, kind: IntegrityKind, subjects: &[String], at: i64) {
    let mut tx = site.collector.store.write().await.unwrap();
    for subject in subjects {
        integrity::note(&mut tx, &agent.host_id, kind, subject, "x", at)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

fn of(events: &[IntegrityEvent], kind: IntegrityKind) -> Vec<&IntegrityEvent> {
    events.iter().filter(|e| e.kind == kind).collect()
}

#[tokio::test]
async fn a_hundred_thousand_made_up_names_take_a_hundred_rows_and_one() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let names: Vec<String> = (0..IDS).map(|n| format!("made.up-{n}")).collect();
    note(&site, &agent, KIND, &names, site.now()).await;
    let found = events(&site, &agent).await;
    let kept = usize::try_from(MOST_A_DAY).unwrap();
    assert_eq!(of(&found, KIND).len(), kept);
    let rest = of(&found, IntegrityKind::EventsNotKept);
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].subject, "observation_refused");
    assert_eq!(rest[0].count, i64::try_from(IDS - kept).unwrap());
    assert_eq!(found.len(), kept + 1);

    // What is known goes on being counted, and other kinds are heard.
    note(&site, &agent, KIND, &names[..1], site.now()).await;
    note(
        &site,
        &agent,
        IntegrityKind::TwoStreams,
        &[String::new()],
        site.now(),
    )
    .await;
    let found = events(&site, &agent).await;
    let first = found.iter().find(|e| e.subject == names[0]).unwrap();
    assert_eq!(first.count, 2);
    assert_eq!(of(&found, IntegrityKind::TwoStreams).len(), 1);
    assert_eq!(
        of(&found, IntegrityKind::EventsNotKept)[0].count,
        rest[0].count
    );
}

#[tokio::test]
async fn day_after_day_there_is_an_end_and_the_record_still_holds() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    for day in 0..15 {
        let names: Vec<String> = (0..150).map(|n| format!("day-{day}.{n}")).collect();
        let at = site.now() + day * 25 * HOUR_MS;
        note(&site, &agent, KIND, &names, at).await;
        // Another kind, so that there are more events than a page lists.
        note(&site, &agent, IntegrityKind::ClaimMismatch, &names, at).await;
    }
    let mut db = site.collector.store.read().await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM integrity_event WHERE kind = $1")
        .bind(KIND)
        .fetch_one(&mut *db)
        .await
        .unwrap();
    assert_eq!(rows, MOST);
    let host = host::find(&mut db, &Scope::All, &agent.host_id).await;
    assert_eq!(host.unwrap().id, agent.host_id);
    drop(db);
    let ca = Anchors::read(&[site.dir.path().join("ca.pem")]).unwrap();
    let report = verify::run(&site.collector.store, &ca, &Wanted::default()).await;
    let report = report.unwrap();
    assert!(report.holds(), "{:?}", report.broken);
}
