//! What was acked and is no longer here, as after a restore: the agent must get in again.

use std::time::Instant;

use capdo_collector::store::{Scope, finding, integrity, integrity::IntegrityKind};
use capdo_proto::v1::{
    RefusalCode, ResyncDone, session_request::Payload as Out, session_response::Payload as In,
};

use crate::{
    agent::{Agent, Run, Stream, blind, checks},
    site::Site,
};

async fn held(site: &Site, agent: &Agent) -> Vec<finding::Finding> {
    let mut db = site.collector.store.read().await.unwrap();
    let held = finding::of_host(&mut db, &Scope::All, &agent.host_id).await;
    held.unwrap().into_iter().map(|h| h.finding).collect()
}

/// As after a restore, or when a run lay so long that its batches were cleared.
async fn lose_batches(site: &Site) {
    let mut tx = site.collector.store.write().await.unwrap();
    for table in ["staged_finding", "run_batch"] {
        let sql = format!("DELETE FROM {table}");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

/// An agent goes on behind what was acked; where that was lost here, the whole state must get in, else it
/// asks and is refused for ever.
#[tokio::test]
async fn a_run_whose_acked_batches_were_lost_gets_in_by_its_whole_state() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(3).iter().map(|c| blind(c, "x")).collect();
    let run = agent.run(1, &told, &state);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state[..1], false)).await;
    stream.acked(run.batch(1, &state[1..2], false)).await;
    lose_batches(&site).await;
    let begun = Instant::now();
    stream.send(Out::RunStarted(run.started.clone())).await;
    let rest = run.batch(2, &state[2..], false);
    stream.send(Out::FindingBatch(rest)).await;
    let refused = stream.refused().await;
    assert_eq!(refused.machine_code, "finding-batch.gap");
    assert!(refused.retry_after_ms > 0);
    stream.send(Out::RunFinished(run.finished.clone())).await;
    let In::ResyncRequest(asked) = stream.next().await else {
        panic!("no resync")
    };
    // It counts on from its own batches, of which none is here.
    stream.acked(run.batch(3, &state[..2], true)).await;
    stream.acked(run.batch(4, &state[2..], true)).await;
    stream
        .send(Out::ResyncDone(ResyncDone {
            run_id: asked.run_id,
            state_findings: 3,
        }))
        .await;
    let In::Ack(_) = stream.next().await else {
        panic!("no ack")
    };
    assert_eq!(held(&site, &agent).await.len(), 3);
    println!(
        "2 acked batches lost: 3 of 3 findings held {:.1?} after, by the whole state",
        begun.elapsed()
    );
}

/// An agent that is told of the gap sends the run from its beginning.
#[tokio::test]
async fn a_run_whose_acked_batches_were_lost_gets_in_from_its_beginning() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(2).iter().map(|c| blind(c, "x")).collect();
    let run = agent.run(1, &told, &state);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state[..1], false)).await;
    lose_batches(&site).await;
    let begun = Instant::now();
    let rest = run.batch(1, &state[1..], false);
    stream.send(Out::FindingBatch(rest.clone())).await;
    assert_eq!(stream.refused().await.machine_code, "finding-batch.gap");
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state[..1], false)).await;
    stream.acked(rest).await;
    stream.send(Out::RunFinished(run.finished.clone())).await;
    let In::Ack(_) = stream.next().await else {
        panic!("no ack")
    };
    assert_eq!(held(&site, &agent).await.len(), 2);
    println!(
        "1 acked batch lost: 2 of 2 findings held {:.1?} after, sent from the beginning",
        begun.elapsed()
    );
}

async fn taken(stream: &mut Stream) {
    let In::Ack(_) = stream.next().await else {
        panic!("no ack")
    };
}

/// Announces a run that changes nothing, and ends it.
async fn quiet(stream: &mut Stream, run: &Run) {
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.send(Out::RunFinished(run.finished.clone())).await;
}

#[tokio::test]
async fn a_list_of_checks_that_is_not_here_is_asked_for() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    assert!(told.takes_checks_sha256 && told.checks_sha256.is_empty());
    let state: Vec<_> = checks(3).iter().map(|c| blind(c, "x")).collect();
    let first = agent.run(1, &told, &state).naming(&agent, true);
    stream.complete(&first, &state).await;
    let run = agent.run(2, &told, &state);
    let (names, brings) = (run.clone().naming(&agent, false), run.naming(&agent, true));
    quiet(&mut stream, &names).await;
    taken(&mut stream).await;
    drop(stream);

    let (mut stream, told) = agent.open().await;
    assert_eq!(told.checks_sha256, brings.started.checks_sha256);
    let mut tx = site.collector.store.write().await.unwrap();
    for sql in [
        "UPDATE run SET checks_sha256 = NULL",
        "DELETE FROM check_list",
    ] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let begun = Instant::now();
    let run = agent.run(3, &told, &state);
    let (names, brings) = (run.clone().naming(&agent, false), run.naming(&agent, true));
    quiet(&mut stream, &names).await;
    let refused = stream.refused().await;
    assert_eq!(refused.machine_code, "run.checks-unknown");
    assert!(refused.retry_after_ms > 0);
    assert_eq!(stream.refused().await.machine_code, "run.unknown");
    quiet(&mut stream, &brings).await;
    taken(&mut stream).await;
    println!(
        "the list of checks lost: asked for and brought within {:.1?}",
        begun.elapsed()
    );
}

/// Else an agent could sign one list and be held to another.
#[tokio::test]
async fn the_signature_covers_the_list_that_is_named() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(2).iter().map(|c| blind(c, "x")).collect();
    let mut run = agent.run(1, &told, &state);
    let signature = run.finished.signature.clone();
    run = run.naming(&agent, true);
    run.finished.signature = signature;
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state, false)).await;
    stream.send(Out::RunFinished(run.finished.clone())).await;
    assert_eq!(stream.refused().await.code(), RefusalCode::SignatureInvalid);
}

/// A run that only names its list is held against the run before it as any other.
#[tokio::test]
async fn a_check_that_vanished_from_a_named_list_is_noticed() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(2).iter().map(|c| blind(c, "x")).collect();
    let whole = agent.run(1, &told, &state).naming(&agent, true);
    stream.complete(&whole, &state).await;
    let mut fewer = agent.run(2, &told, &state);
    fewer.started.checks.truncate(1);
    let fewer = fewer.naming(&agent, true);
    stream.complete(&fewer, &[]).await;
    let mut db = site.collector.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id)).await;
    let events: Vec<_> = events
        .unwrap()
        .into_iter()
        .map(|e| (e.kind, e.subject))
        .collect();
    let gone = (IntegrityKind::CheckVanished, checks(2)[1].to_owned());
    assert!(events.contains(&gone), "{events:?}");
}
