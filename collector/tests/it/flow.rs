//! A store that does not get on: what agents go on sending waits with them, not in our memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use capdo_proto::{
    digest::observation_sha256,
    v1::{Finding, FindingBatch, SessionRequest, session_request::Payload as Out},
};
use tokio::{sync::mpsc, time::sleep};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    agent::{Agent, blind, checks},
    site::Site,
};

const AGENTS: usize = 50;
/// What each agent wants to send: 80 batches of a quarter of a MiB.
const BATCHES: u32 = 80;
const BATCH: usize = 256 << 10;

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

fn batch(run_id: &str, sequence: u32) -> SessionRequest {
    let findings = checks(4).into_iter().map(|check| {
        let observation = vec![b'x'; BATCH / 4];
        Finding {
            observation_sha256: observation_sha256(&observation).to_vec(),
            observation,
            ..blind(check, "x")
        }
    });
    let batch = FindingBatch {
        run_id: run_id.to_owned(),
        sequence,
        findings: findings.collect(),
        resync: false,
    };
    message(Out::FindingBatch(batch))
}

fn message(payload: Out) -> SessionRequest {
    SessionRequest {
        payload: Some(payload),
    }
}

/// Sends as fast as it is let, without waiting for any ack.
async fn push(agent: Agent, may_go: Arc<tokio::sync::Barrier>, sent: Arc<AtomicUsize>) {
    let (sender, receiver) = mpsc::channel(1);
    let mut client = agent.client().await;
    sender
        .send(message(Out::Hello(agent.hello())))
        .await
        .unwrap();
    let answer = client.session(ReceiverStream::new(receiver)).await.unwrap();
    let mut inbound = answer.into_inner();
    let told = loop {
        use capdo_proto::v1::session_response::Payload::Assignment;
        if let Some(Assignment(told)) = inbound.message().await.unwrap().unwrap().payload {
            break told;
        }
    };
    may_go.wait().await; // all are greeted
    may_go.wait().await; // the store stands still
    let run = agent.run(1, &told, &[blind(checks(1)[0], "x")]);
    let run_id = run.started.run_id.clone();
    sender
        .send(message(Out::RunStarted(run.started)))
        .await
        .unwrap();
    for n in 0..BATCHES {
        if sender.send(batch(&run_id, n)).await.is_err() {
            return;
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_agents_and_a_store_that_stands_still_cost_no_memory() {
    let site = Site::start().await;
    let may_go = Arc::new(tokio::sync::Barrier::new(AGENTS + 1));
    let sent = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for _ in 0..AGENTS {
        site.clock.advance(60_000); // so many enrolments at once would be refused
        let agent = Agent::enrolled(&site).await;
        tasks.push(tokio::spawn(push(agent, may_go.clone(), sent.clone())));
    }
    may_go.wait().await;
    let standing_still = site.collector.store.write().await.unwrap();
    let before = resident();
    may_go.wait().await;
    let (mut last, mut quiet) = (0, 0);
    while quiet < 4 {
        sleep(Duration::from_millis(500)).await;
        let now = sent.load(Ordering::Relaxed);
        quiet = if now > 0 && now == last { quiet + 1 } else { 0 };
        last = now;
    }
    let grown = resident().saturating_sub(before);
    let each = last * BATCH / AGENTS;
    println!(
        "{AGENTS} agents wanted to send {} bytes each; {each} left each of them, and both ends \
         together took {} bytes more for each",
        BATCH * BATCHES as usize,
        grown / AGENTS,
    );
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    drop(standing_still);
    // The window of a stream, a message being put together, and one in the sender's channel.
    assert!(each <= 3 << 20, "{each}");
    assert!(grown / AGENTS <= 6 << 20, "{grown}");
}
