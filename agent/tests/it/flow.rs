//! What is on the way: how much at once, and how much over a day.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use capdo_agent::{
    budget::{Limits, Taken},
    chance,
    clock::{Clock as _, SystemClock},
    config::Config,
    identity::Identity,
    service::{Dialogue, Job, LiveObserver, Observe, Setup, Sighting, serve},
    spool::{NewRun, Spool},
    tpm::TpmUse,
};
use capdo_checks::host::Stop;
use capdo_proto::{
    digest::observation_sha256,
    limits::BATCH_WINDOW,
    v1::{self, session_request::Payload as Said, session_response::Payload as Say},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::{
    collector::Collector,
    session::{Agent, block_on, enrolled, eventually, facts},
};

fn large_run() -> NewRun {
    let findings = (0..300).map(|n| {
        let observation = format!("{n:060000}").into_bytes();
        v1::Finding {
            check_id: "a.one".to_owned(),
            check_version: 1,
            subject: Some(v1::Subject {
                kind: v1::SubjectKind::File.into(),
                name: format!("/{n}"),
            }),
            observation_sha256: observation_sha256(&observation).to_vec(),
            observation,
            claimed_verdict: v1::Verdict::Pass.into(),
            ..v1::Finding::default()
        }
    });
    NewRun {
        started: v1::RunStarted {
            run_id: chance::uuid_v7(1_700_000_000_000),
            ..v1::RunStarted::default()
        },
        findings: findings.collect(),
        complete: true,
        finished_ms: 1,
        taken: Taken::default(),
    }
}

/// A collector that acks nothing gets a window of batches and no more; each ack lets one go.
#[test]
fn no_more_than_a_window_is_on_the_way() {
    block_on(async {
        let (_collector, dir) = enrolled().await;
        let identity = Identity::load(dir.path(), &TpmUse::Off).unwrap();
        let mut spool = Spool::open(dir.path()).unwrap();
        spool.put(&large_run()).unwrap();
        let mut dialogue = Dialogue::default();
        let greeting = v1::Assignment::default();
        dialogue
            .hear(Say::Assignment(greeting), &mut spool, 0)
            .unwrap();
        let (mut acked, mut on_the_way) = (0, std::collections::VecDeque::new());
        let mut ended = false;
        while !ended {
            while dialogue.has_word(&spool, 0).unwrap() {
                let said = dialogue.next(&spool, &identity, 0).unwrap().unwrap();
                match said.payload.unwrap() {
                    Said::FindingBatch(batch) => on_the_way.push_back(batch),
                    Said::RunFinished(_) => ended = true,
                    _ => {}
                }
            }
            assert!(on_the_way.len() <= BATCH_WINDOW);
            let Some(batch) = on_the_way.pop_front() else {
                break;
            };
            acked += 1;
            let ack = v1::Ack {
                run_id: batch.run_id,
                durable: Some(v1::ack::Durable::BatchSequence(batch.sequence)),
            };
            dialogue.hear(Say::Ack(ack), &mut spool, 0).unwrap();
        }
        assert!(ended && acked + on_the_way.len() > BATCH_WINDOW, "{acked}");
    });
}

/// A collector that opens the stream and says nothing is not waited for without end.
#[test]
fn a_greeting_that_does_not_come_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(dir.path()).unwrap();
    let mut dialogue = Dialogue::default();
    assert!(!dialogue.is_stuck(100_000), "nothing is open");
    dialogue.open(100_000);
    assert!(!dialogue.is_stuck(160_000));
    assert!(dialogue.is_stuck(160_001));
    let greeting = Say::Assignment(v1::Assignment::default());
    dialogue.hear(greeting, &mut spool, 160_001).unwrap();
    assert!(
        !dialogue.is_stuck(900_000),
        "it is greeted, and no run waits"
    );
}

/// A collector that was restored in the middle of a run lacks what it acked. Were only the rest sent, it
/// would refuse that for ever.
#[test]
fn a_run_of_which_acked_batches_were_lost_is_sent_from_its_beginning() {
    block_on(async {
        let (_collector, dir) = enrolled().await;
        let identity = Identity::load(dir.path(), &TpmUse::Off).unwrap();
        let mut spool = Spool::open(dir.path()).unwrap();
        spool.put(&large_run()).unwrap();
        let mut dialogue = Dialogue::default();
        let greeting = Say::Assignment(v1::Assignment::default());
        dialogue.hear(greeting, &mut spool, 0).unwrap();
        let sent = |dialogue: &mut Dialogue, spool: &Spool, now: i64| {
            let mut sent = Vec::new();
            while dialogue.has_word(spool, now).unwrap() {
                let said = dialogue.next(spool, &identity, now).unwrap().unwrap();
                if let Said::FindingBatch(batch) = said.payload.unwrap() {
                    sent.push(batch.sequence);
                }
            }
            sent
        };
        assert_eq!(sent(&mut dialogue, &spool, 0), [0, 1, 2, 3]);
        let run_id = spool.oldest_pending().unwrap().unwrap().started.run_id;
        let ack = v1::Ack {
            run_id: run_id.clone(),
            durable: Some(v1::ack::Durable::BatchSequence(1)),
        };
        dialogue.hear(Say::Ack(ack), &mut spool, 0).unwrap();
        assert_eq!(sent(&mut dialogue, &spool, 0), [4, 5]);
        let refused = v1::Refused {
            machine_code: "finding-batch.gap".to_owned(),
            retry_after_ms: 5_000,
            run_id,
            ..v1::Refused::default()
        };
        dialogue.hear(Say::Refused(refused), &mut spool, 0).unwrap();
        assert!(sent(&mut dialogue, &spool, 4_999).is_empty());
        assert_eq!(sent(&mut dialogue, &spool, 5_000), [0, 1, 2, 3]);
    });
}

/// Shows the same findings again and again, or with one that changed.
struct Again(Mutex<Sighting>);

impl Observe for Again {
    fn observe(&self, _job: &Job) -> Sighting {
        let mut sighting = self.0.lock().unwrap().clone();
        let now = SystemClock.now_ms();
        (sighting.started_ms, sighting.finished_ms) = (now, now);
        sighting
            .findings
            .iter_mut()
            .for_each(|f| f.observed_at_ms = now);
        sighting
    }
}

async fn count(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    by: Arc<AtomicU64>,
) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        by.fetch_add(n as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

/// Hands bytes on to the collector and counts those that the agent sends.
async fn counting_proxy(collector: String) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sent = Arc::new(AtomicU64::new(0));
    let counter = sent.clone();
    tokio::spawn(async move {
        while let Ok((agent, _)) = listener.accept().await {
            let there = TcpStream::connect(&collector).await.unwrap();
            let ((from, to), (back, out)) = (agent.into_split(), there.into_split());
            tokio::spawn(count(from, out, counter.clone()));
            tokio::spawn(count(back, to, Arc::default()));
        }
    });
    (address, sent)
}

#[test]
fn an_unchanged_run_costs_little_on_the_wire() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        let (address, sent) = counting_proxy(collector.address.clone()).await;
        let limits = Limits::default();
        let live = LiveObserver::new(SystemClock, limits, Stop::default());
        let job = Job {
            level: 3,
            settings: capdo_checks::settings::Settings::default(),
            only: Vec::new(),
        };
        let mut seen = tokio::task::spawn_blocking(move || live.observe(&job))
            .await
            .unwrap();
        seen.inventory = None;
        let findings = seen.findings.len();
        let again = Arc::new(Again(Mutex::new(seen)));
        let setup = Setup {
            config: Config {
                state_dir: dir.path().to_owned(),
                collector: Some(address),
                tpm: TpmUse::Off,
                ..Config::empty()
            },
            identity: Identity::load(dir.path(), &TpmUse::Off).unwrap(),
            spool: Spool::open(dir.path()).unwrap(),
            clock: Arc::new(SystemClock),
            observer: again.clone(),
            facts: facts(),
            binary_sha256: [1; 32],
            guest: None,
            first_run_within: Duration::ZERO,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(setup, async move { drop(stopped.await) }));
        let mut cost = Vec::new();
        for n in 1..=3 {
            let before = sent.load(Ordering::Relaxed);
            if n > 1 {
                collector.say(Say::RunNow(v1::RunNow::default())).await;
            }
            if n == 3 {
                let mut seen = again.0.lock().unwrap();
                let finding = &mut seen.findings[0];
                finding.observation.push(b' ');
                finding.observation_sha256 = observation_sha256(&finding.observation).to_vec();
            }
            eventually("the run is taken", || collector.look(|b| b.runs.len() == n)).await;
            cost.push(sent.load(Ordering::Relaxed) - before);
        }
        println!(
            "on the wire, from the agent: the first state of {findings} findings {} bytes (with TLS \
             and greeting), an unchanged run {} bytes, a run with one change {} bytes",
            cost[0], cost[1], cost[2]
        );
        stop.send(()).unwrap();
        task.await.unwrap().unwrap();
        // 200 kB for a whole state, a few hundred bytes for an unchanged run; what an unchanged run sends is
        // its announcement and its signed end, two HTTP/2 frames in TLS records, and two frames that answer
        // the collector's.
        assert!(cost[0] <= 200_000 && cost[1] <= 600, "{cost:?}");
    });
}

/// Asks for another run, and waits until so many were taken.
async fn another(collector: &Collector, runs: usize) {
    collector.say(Say::RunNow(v1::RunNow::default())).await;
    eventually("another run", || collector.look(|b| b.runs.len() == runs)).await;
}

#[test]
fn a_list_of_checks_is_sent_once_and_again_where_it_was_lost() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("a run", || collector.look(|b| b.runs.len() == 1)).await;
        another(&collector, 2).await;
        assert_eq!(collector.look(|b| (b.lists_sent, b.lists_unknown)), (1, 0));
        // As after a restore: the next run names what is not there, and is then sent with it.
        collector.look(|b| b.lists.clear());
        another(&collector, 3).await;
        assert_eq!(collector.look(|b| (b.lists_sent, b.lists_unknown)), (2, 1));
        agent.stop().await;
        // A new session begins with what the collector says that it holds.
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("a run", || collector.look(|b| b.runs.len() == 4)).await;
        assert_eq!(collector.look(|b| b.lists_sent), 2);
        agent.stop().await;
    });
}

#[test]
fn a_collector_from_before_gets_the_list_with_each_run() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        collector.look(|b| b.old = true);
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("a run", || collector.look(|b| b.runs.len() == 1)).await;
        another(&collector, 2).await;
        agent.stop().await;
    });
}
