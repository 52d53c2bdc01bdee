//! What does not stay for ever.

use capdo_collector::store::{
    finding_change,
    purge::{self, ABANDON_MS, Cursor, Purged},
};
use capdo_proto::v1::session_request::Payload as Out;

use crate::{
    agent::{Agent, blind, checks},
    site::Site,
};

async fn count(site: &Site, sql: &'static str) -> i64 {
    let mut db = site.collector.store.read().await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut *db).await.unwrap()
}

async fn observations(site: &Site) -> i64 {
    count(site, "SELECT count(*) FROM observation").await
}

async fn batches(site: &Site) -> i64 {
    count(site, "SELECT count(*) FROM run_batch").await
}

async fn pass(site: &Site) -> Purged {
    let store = &site.collector.store;
    purge::pass(store, &mut Cursor::default(), site.now())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_holds_or_held_stays_and_its_batches_go() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let first = [blind(checks(1)[0], "first")];
    let second = [blind(checks(1)[0], "second")];
    stream.complete(&agent.run(1, &told, &first), &first).await;
    let run = agent.run(2, &told, &second);
    stream.complete(&run, &second).await;
    assert_eq!((observations(&site).await, batches(&site).await), (2, 2));
    let done = pass(&site).await;
    assert_eq!((done.runs, done.observations, done.abandoned), (2, 0, 0));
    assert_eq!((observations(&site).await, batches(&site).await), (2, 0));
    assert_eq!(pass(&site).await, Purged::default());
    // An agent whose acks were lost sends all of it again.
    stream.complete(&run, &second).await;
    let mut db = site.collector.store.read().await.unwrap();
    let broken = finding_change::verify(&mut db, &agent.host_id).await;
    assert_eq!(broken.unwrap(), None);
}

#[tokio::test]
async fn what_a_refused_run_brought_goes() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    let mut run = agent.run(1, &told, &state);
    run.finished.finished_ms -= 1; // the signature no longer fits
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state, false)).await;
    stream.send(Out::RunFinished(run.finished)).await;
    stream.refused().await;
    let done = pass(&site).await;
    assert_eq!((done.runs, done.observations, done.abandoned), (1, 1, 0));
    assert_eq!((observations(&site).await, batches(&site).await), (0, 0));
}

#[tokio::test]
async fn a_run_that_nobody_ends_goes_after_a_week_and_can_be_sent_again() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    let run = agent.run(1, &told, &state);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state, false)).await;
    site.clock.advance(ABANDON_MS);
    assert_eq!(pass(&site).await, Purged::default());
    site.clock.advance(1);
    let done = pass(&site).await;
    assert_eq!((done.runs, done.observations, done.abandoned), (1, 1, 1));
    stream.complete(&run, &state).await;
    assert_eq!(pass(&site).await.observations, 0);
    assert_eq!(observations(&site).await, 1);
}

#[tokio::test]
async fn the_worker_does_it() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    drop(stream);
    let site = site.restart().await;
    for _ in 0..200 {
        if batches(&site).await == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the batches are still there");
}
