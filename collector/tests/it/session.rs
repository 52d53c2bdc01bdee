//! What agents send, and what becomes of it.

use std::time::{Duration, Instant};

use capdo_collector::store::{
    Scope, certificate, finding, finding_change, host, host::HostState, integrity,
    integrity::IntegrityKind, score,
};
use capdo_proto::{
    limits::{MAX_COUNTER, MAX_COUNTER_JUMP},
    v1::{
        self, RefusalCode, ResyncDone, Verdict, session_request::Payload as Out,
        session_response::Payload as In,
    },
};

use crate::{
    agent::{Agent, blind, checks},
    site::Site,
};

#[tokio::test]
async fn findings_are_acked_and_outlive_the_process() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    assert_eq!(
        (told.system_level, told.standard_id.as_str()),
        (3, "tcvn-14423-2026")
    );
    assert!(told.thresholds.contains_key("password.min-length"));
    let state: Vec<_> = checks(3).iter().map(|c| blind(c, "x")).collect();
    stream.complete(&agent.run(1, &told, &state), &state).await;
    drop(stream);

    let site = site.restart().await;
    let mut db = site.collector.store.read().await.unwrap();
    let held = finding::of_host(&mut db, &Scope::All, &agent.host_id)
        .await
        .unwrap();
    assert_eq!(held.len(), 3);
    for held in &held {
        assert_eq!(held.finding.verdict, "unknown");
        assert!(!held.finding.claim_mismatch);
        assert!(
            held.finding.confirmed_at <= site.now(),
            "the agent's clock runs ahead"
        );
    }
    let other = Scope::Agency("other".to_owned());
    assert!(
        finding::of_host(&mut db, &other, &agent.host_id)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        finding_change::verify(&mut db, &agent.host_id)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn what_was_acked_outlives_a_crash() {
    let site = Site::start().await;
    let mut agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let first = [blind(checks(1)[0], "first")];
    stream.complete(&agent.run(1, &told, &first), &first).await;
    let state: Vec<_> = checks(2).iter().map(|c| blind(c, "second")).collect();
    let run = agent.run(2, &told, &state);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state[..1], false)).await;
    let site = site.crash().await;
    drop(stream);

    let held = held(&site, &agent).await;
    assert_eq!(held.len(), 1);
    assert_eq!(changes(&site, &agent).await, 1);
    // The rest of the second run; its first batch is durable.
    agent.address = site.agents();
    let (mut stream, _) = agent.open().await;
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(1, &state[1..], false)).await;
    stream.send(Out::RunFinished(run.finished.clone())).await;
    let In::Ack(_) = stream.next().await else {
        panic!("no ack")
    };
    assert_eq!(self::held(&site, &agent).await.len(), 2);
}

#[tokio::test]
async fn an_unchanged_run_confirms_and_a_deleted_subject_is_gone() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(2).iter().map(|c| blind(c, "x")).collect();
    stream.complete(&agent.run(1, &told, &state), &state).await;
    site.clock.advance(1000);
    stream.complete(&agent.run(2, &told, &state), &[]).await;
    let held = held(&site, &agent).await;
    assert!(
        held.iter().all(|f| f.confirmed_at == site.now()),
        "{held:?}"
    );
    assert_eq!(changes(&site, &agent).await, 2);

    let mut gone = state[1].clone();
    gone.deleted = true;
    gone.observation.clear();
    gone.observation_sha256.clear();
    gone.claimed_verdict = 0;
    gone.claimed_reason_key.clear();
    stream
        .complete(&agent.run(3, &told, &state[..1]), &[gone])
        .await;
    assert_eq!(self::held(&site, &agent).await.len(), 1);
    assert_eq!(changes(&site, &agent).await, 3);
}

#[tokio::test]
async fn a_false_verdict_is_corrected_and_flagged() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let mut lie = blind(checks(1)[0], "x");
    lie.claimed_verdict = Verdict::Pass.into();
    stream
        .complete(&agent.run(1, &told, &[lie.clone()]), &[lie.clone()])
        .await;
    let held = held(&site, &agent).await;
    assert_eq!(
        (held[0].verdict.as_str(), held[0].claimed_verdict.as_str()),
        ("unknown", "pass")
    );
    assert!(held[0].claim_mismatch);
    assert_eq!(
        events(&site, &agent).await,
        [(IntegrityKind::ClaimMismatch, lie.check_id)]
    );
}

#[tokio::test]
async fn a_check_that_is_not_known_concludes_nothing() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind("future.check", "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    assert_eq!(held(&site, &agent).await[0].verdict, "unknown");
}

#[tokio::test]
async fn what_is_sent_again_is_kept_once() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    let run = agent.run(1, &told, &state);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state, false)).await;
    drop(stream);
    let (mut stream, _) = agent.open().await;
    stream.complete(&run, &state).await;
    stream.complete(&run, &state).await;
    assert_eq!(held(&site, &agent).await.len(), 1);
    assert_eq!(changes(&site, &agent).await, 1);
}

#[tokio::test]
async fn a_counter_that_does_not_grow_is_refused() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(5, &told, &state), &state).await;
    stream
        .send(Out::RunStarted(agent.run(5, &told, &state).started))
        .await;
    assert_eq!(stream.refused().await.code(), RefusalCode::CounterReplayed);
    let mut foreign = agent.run(6, &told, &state).started;
    foreign.nonce = vec![9; 32];
    stream.send(Out::RunStarted(foreign)).await;
    assert_eq!(stream.refused().await.code(), RefusalCode::NonceMismatch);
    let kinds: Vec<_> = events(&site, &agent)
        .await
        .into_iter()
        .map(|e| e.0)
        .collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&IntegrityKind::CounterReplayed));
    assert!(kinds.contains(&IntegrityKind::NonceMismatch));
}

#[tokio::test]
async fn a_counter_far_ahead_does_not_use_the_numbers_up() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    for counter in [MAX_COUNTER, MAX_COUNTER_JUMP + 2] {
        let ahead = agent.run(counter, &told, &state).started;
        stream.send(Out::RunStarted(ahead)).await;
        let refused = stream.refused().await;
        assert_eq!(refused.machine_code, "run.counter-jumped");
        assert_eq!(refused.retry_after_ms, 0);
    }
    let kinds = events(&site, &agent).await;
    assert_eq!(kinds.len(), 1);
    assert_eq!(kinds[0].0, IntegrityKind::CounterJumped);
    stream.complete(&agent.run(2, &told, &state), &state).await;
    let ahead = agent.run(MAX_COUNTER_JUMP + 2, &told, &state);
    stream.complete(&ahead, &state).await;
}

#[tokio::test]
async fn nothing_holds_without_the_signature() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    let mut run = agent.run(1, &told, &state);
    run.finished.finished_ms -= 1;
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state, false)).await;
    stream.send(Out::RunFinished(run.finished)).await;
    assert_eq!(stream.refused().await.code(), RefusalCode::SignatureInvalid);
    assert!(held(&site, &agent).await.is_empty());
}

#[tokio::test]
async fn a_digest_that_differs_leads_to_a_whole_resend() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(2).iter().map(|c| blind(c, "x")).collect();
    let run = agent.run(1, &told, &state);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state[..1], false)).await;
    stream.send(Out::RunFinished(run.finished.clone())).await;
    let In::ResyncRequest(asked) = stream.next().await else {
        panic!("no resync")
    };
    assert_eq!(asked.run_id, run.started.run_id);
    assert!(held(&site, &agent).await.is_empty());
    stream.acked(run.batch(1, &state, true)).await;
    stream
        .send(Out::ResyncDone(ResyncDone {
            run_id: asked.run_id,
            state_findings: 2,
        }))
        .await;
    let In::Ack(_) = stream.next().await else {
        panic!("no ack")
    };
    assert_eq!(held(&site, &agent).await.len(), 2);
}

#[tokio::test]
async fn an_envelope_about_something_else_is_refused() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let ids = checks(2);
    let mut wrong = blind(ids[0], "x");
    wrong.check_id = ids[1].to_owned();
    let run = agent.run(1, &told, &[wrong.clone()]);
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream
        .send(Out::FindingBatch(run.batch(0, &[wrong], false)))
        .await;
    let refused = stream.refused().await;
    assert_eq!(
        (refused.code(), refused.retry_after_ms),
        (RefusalCode::InvalidMessage, 0)
    );
    let wanted = [(IntegrityKind::ObservationRefused, ids[1].to_owned())];
    assert_eq!(events(&site, &agent).await, wanted);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_stream() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let mut huge = blind(checks(1)[0], "x");
    huge.observation = vec![b'['; 5 << 20];
    let run = agent.run(1, &told, &[]);
    stream
        .send(Out::FindingBatch(run.batch(0, &[huge], false)))
        .await;
    assert_eq!(
        stream.try_next().await.unwrap_err().code(),
        tonic::Code::OutOfRange
    );
}

#[tokio::test]
async fn revoking_ends_an_open_stream_at_its_next_message() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let mut tx = site.collector.store.write().await.unwrap();
    certificate::revoke_all(&mut tx, &agent.host_id, "stolen", site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let state = [blind(checks(1)[0], "x")];
    stream
        .send(Out::RunStarted(agent.run(1, &told, &state).started))
        .await;
    assert_eq!(stream.refused().await.code(), RefusalCode::HostDisabled);
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_copied_identity_is_noticed() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, ()) = agent.dial().await.unwrap();
    let mut copied = agent.hello();
    copied.machine_id_sha256 = vec![7; 32];
    stream.send(Out::Hello(copied)).await;
    stream.next().await;
    let events = events(&site, &agent).await;
    assert_eq!(events, [(IntegrityKind::MachineChanged, String::new())]);
}

#[tokio::test]
async fn a_score_follows_an_accepted_run() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state: Vec<_> = checks(3).iter().map(|c| blind(c, "x")).collect();
    stream.complete(&agent.run(1, &told, &state), &state).await;
    for _ in 0..200 {
        let mut db = site.collector.store.read().await.unwrap();
        let found = score::latest(&mut db, &Scope::All, Some(&site.system))
            .await
            .unwrap();
        if found
            .first()
            .is_some_and(|s| s.card.contains("\"enrolled_hosts\":1"))
        {
            return;
        }
        drop(db);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no score");
}

async fn held(site: &Site, agent: &Agent) -> Vec<finding::Finding> {
    let mut db = site.collector.store.read().await.unwrap();
    let held = finding::of_host(&mut db, &Scope::All, &agent.host_id)
        .await
        .unwrap();
    held.into_iter().map(|h| h.finding).collect()
}

async fn changes(site: &Site, agent: &Agent) -> usize {
    let mut db = site.collector.store.read().await.unwrap();
    assert_eq!(
        finding_change::verify(&mut db, &agent.host_id)
            .await
            .unwrap(),
        None
    );
    finding_change::list(&mut db, &Scope::All, &agent.host_id, None, 100)
        .await
        .unwrap()
        .len()
}

async fn events(site: &Site, agent: &Agent) -> Vec<(IntegrityKind, String)> {
    let mut db = site.collector.store.read().await.unwrap();
    let events = integrity::list(&mut db, &Scope::All, Some(&agent.host_id))
        .await
        .unwrap();
    // That a refusal also counts as an offence is what the hostile agents are for.
    let named = |e: &integrity::IntegrityEvent| e.kind != IntegrityKind::Misbehaved;
    let events = events.into_iter().filter(named);
    events.map(|e| (e.kind, e.subject)).collect()
}

/// Changes the standing of a host while its stream is open and says nothing; how long the stream
/// then stays open, and what it is told.
async fn cut_off(change: &str) -> (v1::Refused, Duration) {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, _) = agent.open().await;
    let mut tx = site.collector.store.write().await.unwrap();
    if change == "revoked" {
        let done = certificate::revoke_all(&mut tx, &agent.host_id, "stolen", site.now()).await;
        done.map(drop).unwrap();
    } else {
        let done = host::set_state(&mut tx, &Scope::All, &agent.host_id, HostState::Disabled);
        done.await.unwrap();
    }
    tx.commit().await.unwrap();
    let since = Instant::now();
    let refused = stream.refused().await;
    assert!(!matches!(stream.try_next().await, Ok(Some(_))));
    (refused, since.elapsed())
}

#[tokio::test]
async fn a_stream_that_is_open_ends_within_seconds_of_a_revocation() {
    for change in ["revoked", "disabled"] {
        let (refused, took) = cut_off(change).await;
        assert_eq!(refused.code(), RefusalCode::HostDisabled, "{change}");
        assert!(took < Duration::from_secs(10), "{change}: {took:?}");
    }
}

#[tokio::test]
async fn a_revoked_agent_that_reads_nothing_is_cut_off() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (stream, _) = agent.open().await;
    let live = site.collector.live.clone();
    assert!(live.is_connected(&agent.host_id));
    let mut tx = site.collector.store.write().await.unwrap();
    certificate::revoke_all(&mut tx, &agent.host_id, "stolen", site.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // The agent reads nothing, so that it is never told; its connection ends all the same.
    let since = Instant::now();
    while !stream.sender.is_closed() {
        assert!(since.elapsed() < Duration::from_secs(20), "still open");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!live.is_connected(&agent.host_id));
}
