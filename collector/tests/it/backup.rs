//! A backup under load, put in place elsewhere, and what its agents bring by themselves.

#![expect(clippy::print_stdout, reason = "tells the figures that it measured")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use capdo_collector::{
    backup::{self, BackupError, Source},
    store::{Scope, finding, host, integrity},
};
use capdo_proto::v1::{
    Finding, ResyncDone, session_request::Payload as Out, session_response::Payload as In,
};
use tonic::Code;

use crate::{
    agent::{Agent, Run, Stream, blind, checks, enroll},
    site::Site,
};

fn source<'a>(site: &'a Site, scratch: &'a Path) -> Source<'a> {
    Source {
        data: site.dir.path(),
        config: scratch, // a folder is no configuration
        with_key: true,
        scratch,
    }
}

pub(crate) async fn backup_of(site: &Site) -> Vec<u8> {
    let scratch = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    backup::create(&source(site, scratch.path()), &mut bytes, site.now())
        .await
        .unwrap();
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    bytes
}

/// Sends runs that each change something until told to stop; when each began and ended.
async fn load(agent: Agent, stop: Arc<AtomicBool>) -> (Agent, Vec<(Instant, Instant)>) {
    let (mut stream, told) = agent.open().await;
    let (mut counter, mut times) = (0, Vec::new());
    while !stop.load(Ordering::SeqCst) {
        counter += 1;
        let state: Vec<_> = checks(40)
            .iter()
            .map(|c| blind(c, &format!("run {counter}")))
            .collect();
        let run = agent.run(counter, &told, &state);
        let begun = Instant::now();
        stream.complete(&run, &state).await;
        times.push((begun, Instant::now()));
        // A host may begin 120 runs in an hour, and the clock of the site stands still.
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    (agent, times)
}

/// A backup that is made while the agent sends runs, and how many it sent.
async fn under_load(site: &Site, agent: Agent) -> (Agent, Vec<u8>, u64) {
    let stop = Arc::new(AtomicBool::new(false));
    let sending = tokio::spawn(load(agent, stop.clone()));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let begun = Instant::now();
    let bytes = backup_of(site).await;
    let ended = Instant::now();
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::SeqCst);
    let (agent, times) = sending.await.unwrap();
    let counter = times.len() as u64;
    let (meanwhile, otherwise): (Vec<_>, Vec<_>) = times
        .iter()
        .partition(|(from, to)| *from < ended && *to > begun);
    let took = ended - begun;
    let slowest = |times: &[&(Instant, Instant)]| times.iter().map(|(a, b)| *b - *a).max();
    assert!(
        !meanwhile.is_empty(),
        "nothing was under way during the backup"
    );
    println!(
        "{counter} runs; the slowest during the backup took {:?}, of the others {:?}",
        slowest(&meanwhile),
        slowest(&otherwise)
    );
    println!("the backup took {took:?}");
    (agent, bytes, counter)
}

/// The run holds one change; the collector asks for the whole state by itself, and holds it.
async fn resend(site: &Site, mut stream: Stream, run: &Run, state: &[Finding]) {
    stream.send(Out::RunStarted(run.started.clone())).await;
    stream.acked(run.batch(0, &state[..1], false)).await;
    stream.send(Out::RunFinished(run.finished.clone())).await;
    let In::ResyncRequest(_) = stream.next().await else {
        panic!("the state is older and nobody asks for it")
    };
    stream.acked(run.batch(1, state, true)).await;
    let done = ResyncDone {
        run_id: run.started.run_id.clone(),
        state_findings: 40,
    };
    stream.send(Out::ResyncDone(done)).await;
    let In::Ack(_) = stream.next().await else {
        panic!("the whole state is not taken")
    };
    let mut db = site.collector.store.read().await.unwrap();
    let hosts = host::list(&mut db, &Scope::All, None).await.unwrap();
    let host_id = hosts[0].id.clone();
    let held = finding::of_host(&mut db, &Scope::All, &host_id).await;
    let mut held: Vec<_> = held.unwrap().into_iter().map(|h| h.bytes).collect();
    let mut sent: Vec<_> = state.iter().map(|f| f.observation.clone()).collect();
    held.sort();
    sent.sort();
    assert_eq!(held, sent);
    let events = integrity::list(&mut db, &Scope::All, None).await.unwrap();
    assert_eq!(events, [], "nobody is blamed for the restore");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_collector_restored_from_a_backup_made_under_load_is_brought_up_to_date() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut agent, bytes, counter) = under_load(&site, agent).await;
    let mut late = Agent::enrolled(&site).await; // after the backup

    let (_, told) = agent.open().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let into = elsewhere.path().join("data");
    let begun = Instant::now();
    site.clock.advance(1000);
    let restored = backup::restore(bytes.as_slice(), &into, "test", site.now())
        .await
        .unwrap();
    println!(
        "backup of {} runs in {} bytes; restore took {:?}",
        restored.manifest.heads.runs,
        bytes.len(),
        begun.elapsed(),
    );
    assert!(restored.manifest.heads.runs > 0);
    let site = site.moved(&into).await;
    agent.address = site.agents();
    late.address = site.agents();

    // What it was about to send is not blamed on it.
    let state: Vec<_> = checks(40).iter().map(|c| blind(c, "now")).collect();
    let mut before = agent.run(counter + 1, &told, &state);
    before.started.assignment_revision = 99;
    let (mut stream, told) = agent.open().await;
    let In::RunNow(all) = stream.next().await else {
        panic!("the record is behind and no run is asked for")
    };
    assert_eq!(all.check_ids, Vec::<String>::new());
    stream.send(Out::RunStarted(before.started)).await;
    assert_eq!(stream.refused().await.machine_code, "run.before-restore");
    let run = agent.run(counter + 2, &told, &state);
    resend(&site, stream, &run, &state).await;

    let Err(status) = late.dial().await else {
        panic!("a host that the record does not know was let in")
    };
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(
        status.message().contains("restored from a backup"),
        "{status}"
    );
    let back = enroll(&site, &site.token().await).await.unwrap();
    back.open().await;
}

#[tokio::test]
async fn a_backup_that_was_changed_or_cut_is_not_put_in_place() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    let good = backup_of(&site).await;
    let dir = tempfile::tempdir().unwrap();
    backup::verify(good.as_slice(), dir.path()).await.unwrap();

    // Within what the parts hold; the padding of a tar means nothing.
    let end = good.iter().rposition(|b| *b != 0).unwrap();
    for at in (0..end).step_by(good.len() / 60) {
        let cut = backup::verify(&good[..at], dir.path()).await;
        assert!(cut.is_err(), "cut at {at}");
    }
    for at in [3, 700, 5_000, good.len() / 3, good.len() / 2, end] {
        let mut bytes = good.clone();
        bytes[at] ^= 4;
        let into = dir.path().join("into");
        let changed = backup::restore(bytes.as_slice(), &into, "test", 1).await;
        assert!(changed.is_err(), "byte {at} was flipped");
        assert!(!into.exists(), "byte {at}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_that_is_in_use_is_left_alone() {
    let site = Site::start().await;
    let good = backup_of(&site).await;
    let into = site.dir.path();
    let refused = backup::restore(good.as_slice(), into, "test", 1).await;
    assert!(matches!(refused, Err(BackupError::InUse(_))));
    let empty = tempfile::tempdir().unwrap();
    backup::restore(good.as_slice(), empty.path(), "test", 1)
        .await
        .unwrap();
    for private in ["capdo.db", "ca-key.pem"] {
        use std::os::unix::fs::PermissionsExt as _;
        let meta = std::fs::metadata(empty.path().join(private)).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600, "{private}");
    }
}
