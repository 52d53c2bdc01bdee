//! Runs that never come: stated, they are shown; not stated, they speak against the host.

use capdo_collector::{
    backup,
    store::{
        Scope,
        gap::{self, Gap},
        integrity::{self, IntegrityKind},
    },
};
use capdo_proto::v1::{Assignment, MissingRuns, session_response::Payload as In};

use crate::{
    agent::{Agent, Stream, blind, checks},
    backup::backup_of,
    site::Site,
};

async fn gaps(site: &Site, agent: &Agent) -> Vec<Gap> {
    let mut db = site.collector.store.read().await.unwrap();
    let gaps = gap::of_host(&mut db, &Scope::All, &agent.host_id).await;
    let other = Scope::Agency("other".to_owned());
    let theirs = gap::of_host(&mut db, &other, &agent.host_id).await;
    assert_eq!(theirs.unwrap(), []);
    gaps.unwrap()
}

async fn skipped(site: &Site, agent: &Agent) -> Option<String> {
    let mut db = site.collector.store.read().await.unwrap();
    let host = Some(agent.host_id.as_str());
    let events = integrity::list(&mut db, &Scope::All, host).await.unwrap();
    let of_kind = |e: &&integrity::IntegrityEvent| e.kind == IntegrityKind::CounterSkipped;
    events.iter().find(of_kind).map(|e| e.detail.clone())
}

#[tokio::test]
async fn a_gap_that_is_stated_is_kept_and_one_that_is_not_is_an_event() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x")];
    // Nobody knows where an agent began to count.
    stream.complete(&agent.run(7, &told, &state), &state).await;
    assert_eq!(
        (gaps(&site, &agent).await, skipped(&site, &agent).await),
        (vec![], None)
    );

    // Three are missing and four are stated: we may have taken one whose ack was lost.
    let mut run = agent.run(11, &told, &state);
    run.started.missing_before = Some(MissingRuns {
        runs: 4,
        first_ms: 1_794_000_000_000,
        last_ms: 1_794_500_000_000,
    });
    stream.complete(&run, &state).await;
    let found = gaps(&site, &agent).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].counter, found[0].runs), (11, 3));
    assert_eq!(found[0].first_at, 1_794_000_000_000);
    assert_eq!(found[0].last_at, 1_794_500_000_000);
    assert_eq!(skipped(&site, &agent).await, None);

    // Nothing is missing, whatever is stated.
    let mut run = agent.run(12, &told, &state);
    run.started.missing_before = Some(MissingRuns {
        runs: 1,
        first_ms: 1,
        last_ms: 1,
    });
    stream.complete(&run, &state).await;
    assert_eq!(gaps(&site, &agent).await.len(), 1);

    // Two are missing, one is stated.
    let mut run = agent.run(15, &told, &state);
    run.started.missing_before = Some(MissingRuns {
        runs: 1,
        first_ms: 1_794_600_000_000,
        last_ms: 1_794_600_000_000,
    });
    stream.complete(&run, &state).await;
    assert_eq!(gaps(&site, &agent).await.len(), 2);
    let detail = skipped(&site, &agent).await.unwrap();
    assert!(detail.contains("run 15 follows run 12"), "{detail}");
}

/// Opens a stream at a collector that was restored, which may ask for a run at once.
pub(crate) async fn reopened(agent: &Agent) -> (Stream, Assignment) {
    let (mut stream, told) = agent.open().await;
    let asked = stream.next_within(3).await.unwrap();
    assert!(matches!(asked, Some(In::RunNow(_)) | None), "{asked:?}");
    (stream, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_excuses_the_runs_that_it_lost_and_no_others() {
    let site = Site::start().await;
    let (mut agent, mut liar) = (Agent::enrolled(&site).await, Agent::enrolled(&site).await);
    let state = [blind(checks(1)[0], "x")];
    let mut streams = Vec::new();
    for one in [&agent, &liar] {
        let (mut stream, told) = one.open().await;
        stream.complete(&one.run(1, &told, &state), &state).await;
        streams.push((stream, told));
    }
    site.clock.advance(60_000);
    let copy = backup_of(&site).await;
    // Taken after the backup: the record that is restored knows nothing of them.
    for (one, (stream, told)) in [&agent, &liar].into_iter().zip(&mut streams) {
        for counter in 2..=3 {
            stream
                .complete(&one.run(counter, told, &state), &state)
                .await;
        }
    }
    drop(streams);
    site.clock.advance(60_000);
    let elsewhere = tempfile::tempdir().unwrap();
    let into = elsewhere.path().join("data");
    backup::restore(copy.as_slice(), &into, "test", site.now())
        .await
        .unwrap();
    site.clock.advance(60_000);
    let site = site.moved(&into).await;
    (agent.address, liar.address) = (site.agents(), site.agents());

    // Run 4 follows run 1, and nobody is blamed.
    let (mut stream, told) = reopened(&agent).await;
    stream.complete(&agent.run(4, &told, &state), &state).await;
    assert_eq!(skipped(&site, &agent).await, None);
    // From here on the record is whole: runs 5 and 6 are missing for another reason.
    site.clock.advance(60_000);
    stream.complete(&agent.run(7, &told, &state), &state).await;
    let detail = skipped(&site, &agent).await.unwrap();
    assert!(detail.contains("run 7 follows run 4"), "{detail}");
    assert_eq!(skipped(&site, &liar).await, None, "each host by itself");
    // The other one comes later.
    let (mut stream, told) = reopened(&liar).await;
    stream.complete(&liar.run(4, &told, &state), &state).await;
    assert_eq!(
        skipped(&site, &liar).await,
        None,
        "its runs were lost by the restore"
    );
    site.clock.advance(60_000);
    stream.complete(&liar.run(9, &told, &state), &state).await;
    let detail = skipped(&site, &liar).await.unwrap();
    assert!(detail.contains("run 9 follows run 4"), "{detail}");
}
