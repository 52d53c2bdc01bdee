//! Attacks with messages: each is well-formed gRPC and none is what an agent would say.

use capdo_collector::store::{Scope, finding, new_id};
use capdo_proto::{
    digest::observation_sha256,
    v1::{
        Assignment, Finding, InventoryDelta, InventoryHeader, Package, RenewRequest,
        SessionRequest, session_request::Payload as Out, session_response::Payload as In,
    },
};

use super::{lost_run, target::Target};
use crate::agent::{Agent, Stream, blind, checks, connect_from, csr, facts};

const TRIES: usize = 60;

/// A session from the foe's own address; nothing where it is not let in.
async fn open(target: &Target, foe: &Agent) -> Option<(Stream, Assignment)> {
    let from = target.address_of(foe);
    let identity = Some((foe.chain.clone(), foe.key.serialize_der()));
    let mut client = connect_from(from, target.agents, &foe.ca, identity)
        .await
        .ok()?;
    let (sender, receiver) = tokio::sync::mpsc::channel(16);
    let outbound = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let hello = SessionRequest {
        payload: Some(Out::Hello(foe.hello())),
    };
    sender.send(hello).await.ok()?;
    let inbound = client.session(outbound).await.ok()?.into_inner();
    let mut stream = Stream { sender, inbound };
    loop {
        match stream.try_next().await {
            Ok(Some(In::Assignment(told))) => return Some((stream, told)),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Says what `say` gives, for the n-th time, in session after session until nobody is let in.
async fn insist(target: &Target, foe: &Agent, mut say: impl FnMut(u64, &Assignment) -> Vec<Out>) {
    let mut n = 0;
    for _ in 0..TRIES {
        let Some((stream, told)) = open(target, foe).await else {
            return;
        };
        let Stream {
            sender,
            mut inbound,
        } = stream;
        let heard = tokio::spawn(async move { while let Ok(Some(_)) = inbound.message().await {} });
        'session: while !heard.is_finished() {
            n += 1;
            for payload in say(n, &told) {
                let message = SessionRequest {
                    payload: Some(payload),
                };
                if sender.send(message).await.is_err() {
                    break 'session;
                }
            }
        }
        heard.await.unwrap();
    }
    panic!("let in {TRIES} times");
}

pub(super) async fn endless_beginnings(target: &Target, foe: &Agent) {
    let state = [blind(checks(1)[0], "x")];
    insist(target, foe, |n, told| {
        vec![Out::RunStarted(foe.run(n, told, &state).started)]
    })
    .await;
}

pub(super) async fn tiny_messages(target: &Target, foe: &Agent) {
    let state = [blind(checks(1)[0], "x")];
    let mut run = None;
    insist(target, foe, |n, told| {
        let run = run.get_or_insert_with(|| foe.run(n, told, &state));
        vec![Out::RunStarted(run.started.clone())]
    })
    .await;
}

pub(super) async fn tiny_batches(target: &Target, foe: &Agent) {
    let state = [blind(checks(1)[0], "x")];
    let mut run = None;
    insist(target, foe, |n, told| {
        let sequence = u32::try_from(n).unwrap() - 1;
        let first = run.is_none();
        let run = run.get_or_insert_with(|| foe.run(n, told, &state));
        let batch = Out::FindingBatch(run.batch(sequence, &state, false));
        if first {
            vec![Out::RunStarted(run.started.clone()), batch]
        } else {
            vec![batch]
        }
    })
    .await;
}

pub(super) async fn out_of_order(target: &Target, foe: &Agent) {
    let state = [blind(checks(1)[0], "x")];
    insist(target, foe, |n, told| {
        let run = foe.run(n, told, &state);
        vec![
            Out::RunStarted(run.started.clone()),
            Out::FindingBatch(run.batch(7, &state, false)),
            Out::RunFinished(run.finished),
        ]
    })
    .await;
}

/// An observation that is no observation.
fn bomb(n: u64) -> Finding {
    let mut finding = blind(checks(1)[0], "x");
    let id = &finding.check_id;
    finding.observation = match n % 4 {
        0 => b"[".repeat(60_000),
        1 => format!("{{\"check\":\"{id}\",\"version\":{}}}", "9".repeat(60_000)).into_bytes(),
        2 => format!("{{{}\"check\":\"{id}\"}}", "\"version\":1,".repeat(4_000)).into_bytes(),
        _ => format!("{{\"check\":\"{id}\",\"version\":\"\\ud800\",\"facts\":[]}}").into_bytes(),
    };
    finding.observation_sha256 = observation_sha256(&finding.observation).to_vec();
    finding
}

pub(super) async fn observation_bombs(target: &Target, foe: &Agent) {
    insist(target, foe, |n, told| {
        let state = [bomb(n)];
        let run = foe.run(n, told, &state);
        let batch = run.batch(0, &state, false);
        vec![Out::RunStarted(run.started), Out::FindingBatch(batch)]
    })
    .await;
}

pub(super) async fn inventory_bombs(target: &Target, foe: &Agent) {
    let package = |n: usize| Package {
        name: format!("p{n}"),
        version: "1".to_owned(),
        arch: "all".to_owned(),
        ..Package::default()
    };
    let upserts: Vec<Package> = (0..2_000).map(package).collect();
    insist(target, foe, |n, _| {
        vec![Out::InventoryDelta(InventoryDelta {
            sha256: vec![u8::try_from(n % 256).unwrap(); 32],
            base_sha256: Vec::new(),
            sequence: 0,
            upserts: upserts.clone(),
            removals: Vec::new(),
            last: true,
            header: Some(InventoryHeader {
                scheme: "dpkg".to_owned(),
                os: "debian".to_owned(),
                os_version: "12".to_owned(),
                ..InventoryHeader::default()
            }),
        })]
    })
    .await;
}

/// Speaks of a run of a host of somebody else.
pub(super) async fn wrong_tenant(target: &Target, foe: &Agent) {
    let victim = target.host().await;
    let (mut stream, told) = open(target, &victim).await.unwrap();
    let state = [blind(checks(1)[0], "honest")];
    let honest = victim.run(1, &told, &state);
    stream.send(Out::RunStarted(honest.started.clone())).await;
    stream.acked(honest.batch(0, &state, false)).await;
    let forged = [blind(checks(1)[0], "forged")];
    insist(target, foe, |n, told| {
        let mut run = foe.run(n, told, &forged);
        run.started.run_id.clone_from(&honest.started.run_id);
        run.finished.run_id.clone_from(&honest.started.run_id);
        vec![
            Out::RunStarted(run.started.clone()),
            Out::FindingBatch(run.batch(1, &forged, false)),
            Out::RunFinished(run.finished),
        ]
    })
    .await;
    stream.send(Out::RunFinished(honest.finished.clone())).await;
    let In::Ack(_) = stream.next().await else {
        panic!("the victim's run is lost")
    };
    let mut db = target.store.read().await.unwrap();
    let held = finding::of_host(&mut db, &Scope::All, &foe.host_id)
        .await
        .unwrap();
    assert_eq!(held.len(), 0);
}

/// Sends again what was recorded of a session that is over.
pub(super) async fn replay(target: &Target, foe: &Agent) {
    let (mut stream, told) = open(target, foe).await.unwrap();
    let state = [blind(checks(1)[0], "x")];
    let old = foe.run(1, &told, &state);
    stream.complete(&old, &state).await;
    let other = [blind(checks(1)[0], "y")];
    stream.complete(&foe.run(2, &told, &other), &other).await;
    drop(stream);
    insist(target, foe, |_, _| {
        vec![
            Out::RunStarted(old.started.clone()),
            Out::FindingBatch(old.batch(0, &state, false)),
            Out::RunFinished(old.finished.clone()),
        ]
    })
    .await;
    let mut db = target.store.read().await.unwrap();
    let held = finding::of_host(&mut db, &Scope::All, &foe.host_id)
        .await
        .unwrap();
    let now: &[u8] = &held[0].finding.observation_sha256;
    assert_eq!(now, other[0].observation_sha256, "the old state came back");
}

/// A second machine with the same key, while the first is heard.
pub(super) async fn stolen_certificate(target: &Target, foe: &Agent) {
    for _ in 0..20 {
        let (first, _) = open(target, foe).await.unwrap();
        let (second, _) = open(target, foe).await.unwrap();
        drop((first, second));
    }
}

pub(super) async fn retired(target: &Target, foe: &Agent) {
    use capdo_collector::store::host::{self, HostState};
    let mut tx = target.store.write().await.unwrap();
    host::set_state(&mut tx, &Scope::All, &foe.host_id, HostState::Retired)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for _ in 0..TRIES {
        assert!(open(target, foe).await.is_none(), "let in");
    }
}

/// Asks for certificates with requests that others made, again and again.
pub(super) async fn renew(target: &Target, foe: &Agent) {
    let from = target.address_of(foe);
    let (_, csr_der) = csr();
    for n in 0..TRIES {
        let identity = Some((foe.chain.clone(), foe.key.serialize_der()));
        let Ok(mut client) = connect_from(from, target.agents, &foe.ca, identity).await else {
            return;
        };
        let request = RenewRequest {
            csr_der: csr_der.clone(),
            facts: Some(facts(&foe.machine)),
            ..RenewRequest::default()
        };
        match client.renew(request).await {
            Ok(answer) => {
                assert_eq!(answer.into_inner().host_id, foe.host_id);
                assert!(n < 30, "{n} certificates");
            }
            Err(status) if n == 0 => panic!("{status}"),
            Err(_) => {}
        }
    }
}

/// Guesses tokens from one address.
pub(super) async fn guessed_tokens(target: &Target, foe: &Agent) {
    use capdo_proto::v1::EnrollRequest;
    let from = target.address_of(foe);
    let (_, csr_der) = csr();
    for n in 0..200 {
        let Ok(mut client) = connect_from(from, target.agents, &foe.ca, None).await else {
            continue;
        };
        let request = EnrollRequest {
            token: format!("guess-{n}-{}", new_id()),
            csr_der: csr_der.clone(),
            facts: Some(facts(&foe.machine)),
            clock_ms: 1,
            previous: None,
        };
        client.enroll(request).await.unwrap_err();
    }
}

/// Ends runs that never began.
pub(super) async fn lost_ends(target: &Target, foe: &Agent) {
    insist(target, foe, |_, _| vec![Out::RunFinished(lost_run())]).await;
}
