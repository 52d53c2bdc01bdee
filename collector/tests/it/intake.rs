//! How much new evidence one host may bring on a day.

use capdo_checks::{Facts, Value};
use capdo_collector::{
    ingest::budget::MOST_A_DAY,
    store::{Scope, intake, integrity, integrity::IntegrityKind},
};
use capdo_proto::v1::{Finding, RefusalCode, Verdict, session_request::Payload as Out};

use crate::{
    agent::{Agent, checks, seen},
    site::{HOUR_MS, Site},
};

/// Evidence of nearly 2 MiB that nobody brought before.
fn large(letter: &str) -> Vec<Finding> {
    let text = Value::Text(letter.repeat(60_000));
    let one = |check: &&str| {
        let facts = Facts::new().configured("x", text.clone(), "/x");
        seen(check, facts, Verdict::Unknown)
    };
    checks(30).iter().map(one).collect()
}

async fn brought(site: &Site, agent: &Agent) -> i64 {
    let mut tx = site.collector.store.write().await.unwrap();
    intake::add(&mut tx, &agent.host_id, 0, site.now())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_host_that_changes_everything_is_put_off_and_named_and_others_are_served() {
    let site = Site::start().await;
    let mut greedy = Agent::enrolled(&site).await;
    let (mut stream, told) = greedy.open().await;
    let first = large("a");
    stream.complete(&greedy.run(1, &told, &first), &first).await;
    let once = brought(&site, &greedy).await;
    assert!(once > 30 * 60_000, "{once}");
    // What is known costs nothing.
    stream.complete(&greedy.run(2, &told, &first), &first).await;
    assert_eq!(brought(&site, &greedy).await, once);
    let mut tx = site.collector.store.write().await.unwrap();
    let rest = MOST_A_DAY - once - 1_000_000;
    intake::add(&mut tx, &greedy.host_id, rest, site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    drop(stream);
    let site = site.restart().await;
    greedy.address = site.agents();

    let (mut stream, told) = greedy.open().await;
    let second = large("b");
    let run = greedy.run(3, &told, &second);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream
        .send(Out::FindingBatch(run.batch(0, &second, false)))
        .await;
    let refused = stream.refused().await;
    assert_eq!(refused.code(), RefusalCode::Busy);
    assert_eq!(refused.machine_code, "host.over-budget");
    assert!(refused.retry_after_ms > 0);
    let mut db = site.collector.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(&greedy.host_id))
        .await
        .unwrap();
    let named = |kind| events.iter().any(|e| e.kind == kind);
    assert!(named(IntegrityKind::SentTooMuch), "{events:?}");
    drop(db);
    // What it has, it may confirm; and others bring what they have.
    stream.complete(&greedy.run(4, &told, &first), &first).await;
    let honest = Agent::enrolled(&site).await;
    let (mut other, told) = honest.open().await;
    let third = large("c");
    other.complete(&honest.run(1, &told, &third), &third).await;

    site.clock.advance(24 * HOUR_MS);
    let (mut stream, told) = greedy.open().await;
    stream
        .complete(&greedy.run(5, &told, &second), &second)
        .await;
}
