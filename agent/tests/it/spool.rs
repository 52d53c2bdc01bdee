//! The spool against a model of the collector: whatever is put, acked, refused or cut off by a
//! crash, no finding is lost, and none that was acked is sent again.

use std::collections::{BTreeMap, BTreeSet};

use capdo_agent::{
    budget::Taken,
    chance,
    spool::{NewRun, Settled, Spool},
};
use capdo_proto::{
    Validate as _,
    digest::{StateItem, observation_sha256, state_digest},
    v1,
};
use proptest::prelude::*;

const CHECKS: [&str; 3] = ["a.one", "a.two", "b.three"];

type Key = (String, String);

/// What a host's findings are: for each check and subject, a value that may change.
type World = BTreeMap<Key, u8>;

fn finding((check, name): &Key, value: u8) -> v1::Finding {
    let observation = format!("{check} {name} {value}").into_bytes();
    v1::Finding {
        check_id: check.clone(),
        check_version: 1,
        subject: Some(v1::Subject {
            kind: v1::SubjectKind::File.into(),
            name: name.clone(),
        }),
        observed_at_ms: 1,
        observation_sha256: observation_sha256(&observation).to_vec(),
        observation,
        claimed_verdict: v1::Verdict::Pass.into(),
        claimed_reason_key: "pass".to_owned(),
        deleted: false,
    }
}

fn run(world: &World, only: Option<&str>) -> NewRun {
    let made: Vec<&str> = CHECKS
        .into_iter()
        .filter(|c| only.is_none_or(|o| o == *c))
        .collect();
    let checks = made.iter().map(|c| v1::CheckRef {
        check_id: (*c).to_owned(),
        check_version: 1,
    });
    NewRun {
        started: v1::RunStarted {
            run_id: chance::uuid_v7(1_700_000_000_000),
            nonce: vec![7; 32],
            started_ms: 1,
            catalogue_sha256: vec![1; 32],
            checks: checks.collect(),
            assignment_revision: 1,
            missing_before: None,
            checks_sha256: Vec::new(),
            counter: 0,
        },
        findings: world
            .iter()
            .filter(|((check, _), _)| made.contains(&check.as_str()))
            .map(|(key, value)| finding(key, *value))
            .collect(),
        complete: only.is_none(),
        finished_ms: 2,
        taken: Taken::default(),
    }
}

/// A collector that is durable, and checks what it is sent.
#[derive(Default)]
struct Collector {
    state: BTreeMap<Key, Vec<u8>>,
    staged: BTreeMap<String, BTreeMap<Key, Option<Vec<u8>>>>,
    acked: BTreeSet<(String, u32)>,
    last_counter: u64,
}

impl Collector {
    fn take_batch(&mut self, batch: &v1::FindingBatch) {
        batch.validate().unwrap();
        let at = (batch.run_id.clone(), batch.sequence);
        assert!(!self.acked.contains(&at), "an acked batch came again");
        let staged = self.staged.entry(batch.run_id.clone()).or_default();
        for f in &batch.findings {
            let key = (f.check_id.clone(), f.subject.clone().unwrap().name);
            staged.insert(key, (!f.deleted).then(|| f.observation.clone()));
        }
    }

    fn finish(&mut self, pending: &capdo_agent::spool::Pending) {
        assert!(pending.started.counter >= self.last_counter);
        self.last_counter = pending.started.counter;
        for (key, value) in self
            .staged
            .remove(&pending.started.run_id)
            .unwrap_or_default()
        {
            match value {
                Some(value) => drop(self.state.insert(key, value)),
                None => drop(self.state.remove(&key)),
            }
        }
        assert_eq!(
            self.digest()[..],
            pending.finished.state_sha256[..],
            "a finding was lost"
        );
        let findings = usize::try_from(pending.finished.state_findings).unwrap();
        assert_eq!(findings, self.state.len());
    }

    fn digest(&self) -> [u8; 32] {
        let hashed: Vec<_> = self
            .state
            .iter()
            .map(|(k, v)| (k, observation_sha256(v)))
            .collect();
        state_digest(hashed.iter().map(|((check, name), sha)| StateItem {
            check_id: check,
            subject_kind: v1::SubjectKind::File,
            subject_name: name,
            observation_sha256: sha,
        }))
    }

    fn holds(&self, world: &World) -> bool {
        let expected: BTreeMap<Key, Vec<u8>> = world
            .iter()
            .map(|(key, value)| (key.clone(), finding(key, *value).observation))
            .collect();
        self.state == expected
    }
}

/// How far the sending of one run gets.
#[derive(Clone, Copy, Debug)]
enum Reach {
    /// The batches, none of them acked.
    Batches,
    /// The batches, acked.
    AckedBatches,
    /// All of it, but the ack of the run is lost.
    LostAck,
    /// All of it.
    Acked,
    /// Refused for ever.
    Refused,
}

#[derive(Clone, Debug)]
enum Step {
    Change(usize, u8, Option<u8>),
    Run(Option<usize>),
    Send(Reach),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let reach = prop_oneof![
        Just(Reach::Batches),
        Just(Reach::AckedBatches),
        Just(Reach::LostAck),
        Just(Reach::Acked),
        Just(Reach::Refused),
    ];
    prop_oneof![
        4 => (0..CHECKS.len(), 0..3_u8, prop::option::of(0..3_u8))
            .prop_map(|(c, n, v)| Step::Change(c, n, v)),
        3 => prop::option::weighted(0.3, 0..CHECKS.len()).prop_map(Step::Run),
        4 => reach.prop_map(Step::Send),
        1 => Just(Step::Crash),
    ]
}

fn send(spool: &mut Spool, collector: &mut Collector, reach: Reach) -> bool {
    let Some(pending) = spool.oldest_pending().unwrap() else {
        return false;
    };
    let id = pending.started.run_id.as_str();
    for sequence in &pending.batches {
        collector.take_batch(&spool.batch(id, *sequence).unwrap());
        if matches!(reach, Reach::AckedBatches | Reach::Acked) {
            spool.ack_batches(id, *sequence).unwrap();
            collector.acked.insert((id.to_owned(), *sequence));
        }
    }
    match reach {
        Reach::Batches | Reach::AckedBatches => {}
        Reach::LostAck => collector.finish(&pending),
        Reach::Acked => {
            collector.finish(&pending);
            assert_eq!(spool.ack_run(id).unwrap(), Settled::Now);
        }
        Reach::Refused => {
            collector.staged.remove(id);
            assert_eq!(spool.set_aside(id).unwrap(), Settled::Now);
        }
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_acked_comes_again(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(dir.path()).unwrap();
        let mut collector = Collector::default();
        let mut world = World::new();
        for step in steps {
            match step {
                Step::Change(check, name, value) => {
                    let key = (CHECKS[check].to_owned(), format!("/{name}"));
                    match value {
                        Some(value) => drop(world.insert(key, value)),
                        None => drop(world.remove(&key)),
                    }
                }
                Step::Run(only) => {
                    spool.put(&run(&world, only.map(|c| CHECKS[c]))).unwrap();
                }
                Step::Send(reach) => drop(send(&mut spool, &mut collector, reach)),
                Step::Crash => {
                    drop(spool);
                    spool = Spool::open(dir.path()).unwrap();
                }
            }
        }
        spool.put(&run(&world, None)).unwrap();
        while send(&mut spool, &mut collector, Reach::Acked) {}
        prop_assert!(collector.holds(&world));
        prop_assert_eq!(spool.depth().unwrap(), 0);
        // An unchanged run sends no finding.
        spool.put(&run(&world, None)).unwrap();
        prop_assert!(spool.oldest_pending().unwrap().unwrap().batches.is_empty());
    }
}

fn world(n: u8) -> World {
    (0..n)
        .map(|i| ((CHECKS[0].to_owned(), format!("/{i}")), i))
        .collect()
}

#[test]
fn a_resync_sends_the_whole_state_after_the_runs_own_batches() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(dir.path()).unwrap();
    spool.put(&run(&world(5), None)).unwrap();
    let id = spool.oldest_pending().unwrap().unwrap().started.run_id;
    spool.ack_run(&id).unwrap();
    assert_eq!(
        spool.resync_run("gone").unwrap().as_deref(),
        Some(id.as_str())
    );
    let batches = spool.resync_batches(&id).unwrap();
    assert_eq!((batches.len(), batches[0].sequence), (1, 1));
    let batch = spool.resync_batch(&id, batches[0]).unwrap();
    batch.validate().unwrap();
    assert!(batch.resync && batch.findings.len() == 5);
}

#[test]
fn batches_keep_the_bounds_of_the_wire() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(dir.path()).unwrap();
    let mut big = run(&World::new(), None);
    big.findings = (0..600_u32)
        .map(|i| {
            let mut f = finding(&(CHECKS[0].to_owned(), format!("/{i}")), 0);
            f.observation = vec![b'x'; 60_000];
            f.observation.extend(i.to_string().bytes());
            f.observation_sha256 = observation_sha256(&f.observation).to_vec();
            f
        })
        .collect();
    spool.put(&big).unwrap();
    let pending = spool.oldest_pending().unwrap().unwrap();
    let id = pending.started.run_id;
    let sizes = pending.batches.iter().map(|n| {
        let batch = spool.batch(&id, *n).unwrap();
        batch.validate().unwrap();
        batch.findings.len()
    });
    assert_eq!(sizes.sum::<usize>(), 600);
    let resync = spool.resync_batches(&id).unwrap();
    for batch in &resync {
        spool.resync_batch(&id, *batch).unwrap().validate().unwrap();
    }
    assert_eq!(resync.iter().map(|b| b.count).sum::<usize>(), 600);
}

#[test]
fn over_the_bound_the_oldest_runs_go_and_a_gap_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open_bounded(dir.path(), 800_000).unwrap();
    let mut collector = Collector::default();
    for n in 0..30_u8 {
        let mut made = run(&world(3), None);
        for f in &mut made.findings {
            f.observation = vec![n; 20_000];
            f.observation
                .extend(f.subject.clone().unwrap().name.bytes());
            f.observation_sha256 = observation_sha256(&f.observation).to_vec();
        }
        assert_eq!(spool.put(&made).unwrap(), u64::from(n) + 1);
    }
    let gone = spool.gaps().unwrap();
    assert!(gone > 0);
    assert!(spool.depth().unwrap() < 30);
    let first = spool.oldest_pending().unwrap().unwrap();
    let missing = first.started.missing_before.unwrap();
    assert_eq!(
        (missing.runs, u64::from(gone) + 1),
        (gone, first.started.counter)
    );
    while send(&mut spool, &mut collector, Reach::Acked) {}
    assert_eq!(collector.last_counter, 30);
    assert!(collector.state.values().all(|v| v[0] == 29));
}

#[test]
fn a_collector_that_tells_the_highest_number_does_not_use_the_numbers_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(dir.path()).unwrap();
    for told in [u64::MAX, i64::MAX as u64, 1 << 63] {
        spool.count_from(told).unwrap();
        assert_eq!(spool.last_counter().unwrap(), 0, "{told}");
    }
    spool.count_from(7_000_000_000).unwrap();
    assert_eq!(spool.put(&run(&world(3), None)).unwrap(), 7_000_000_001);
}

/// Reads every pending run as a file holds it, and gives it to the collector; how many findings.
fn carry(spool: &Spool, collector: &mut Collector) -> (String, Vec<u8>, Vec<usize>) {
    let view = spool.view().unwrap();
    let (mut behind, mut last, mut sizes) = (None, Default::default(), Vec::new());
    for counter in spool.pending_counters().unwrap() {
        let run = spool.carried_run(counter, behind).unwrap().unwrap();
        behind = Some(counter);
        let mut size = 0;
        for sequence in 0..run.batches() {
            let batch = spool.carried_batch(&run, sequence).unwrap();
            size += batch.findings.len();
            collector.take_batch(&batch);
        }
        sizes.push(size);
        last = (
            run.started.run_id.clone(),
            run.finished.state_sha256.clone(),
        );
        collector.finish(&capdo_agent::spool::Pending {
            started: run.started,
            batches: Vec::new(),
            finished: run.finished,
        });
    }
    drop(view);
    (last.0, last.1, sizes)
}

#[test]
fn runs_that_wait_go_into_a_file_in_order_and_a_receipt_settles_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(dir.path()).unwrap();
    let key = |name: &str| ("a.one".to_owned(), name.to_owned());
    let worlds: [&[(&str, u8)]; 4] = [
        &[("x", 1), ("y", 1)],
        &[("x", 2), ("y", 1), ("z", 1)],
        &[("x", 1), ("z", 1)],
        &[("x", 3), ("z", 1)],
    ];
    let put = |spool: &mut Spool, world: &[(&str, u8)]| {
        let mut new = run(&world.iter().map(|(n, v)| (key(n), *v)).collect(), None);
        new.started.nonce = Vec::new();
        spool.put(&new).unwrap()
    };
    for world in &worlds[..3] {
        put(&mut spool, world);
    }
    let mut collector = Collector::default();
    // The file is lost: the next one holds the same again, and nothing was marked.
    let lost = carry(&spool, &mut Collector::default());
    let (run_id, state, sizes) = carry(&spool, &mut collector);
    assert_eq!((&lost.0, &lost.2), (&run_id, &sizes));
    assert_eq!(sizes, [2, 2, 2]);
    put(&mut spool, worlds[3]); // while the file is on its way
    let settled = spool.settle_to(&run_id, &state).unwrap();
    assert_eq!(settled, capdo_agent::spool::Receipted::Runs(3));
    assert_eq!(spool.depth().unwrap(), 1);
    let (_, _, sizes) = carry(&spool, &mut collector);
    assert_eq!(sizes, [1], "only what changed since the receipt");
}

/// `receipt` works beside the service, which may be writing just then: it waits for its turn.
#[test]
fn a_receipt_waits_for_who_is_writing() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(dir.path()).unwrap();
    let mut new = run(&[((CHECKS[0].to_owned(), "x".to_owned()), 1)].into(), None);
    new.started.nonce = Vec::new();
    spool.put(&new).unwrap();
    let (run_id, state, _) = carry(&spool, &mut Collector::default());
    let file = std::fs::read_dir(dir.path()).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        (path.extension()? == "db").then_some(path)
    });
    let mut other = rusqlite::Connection::open(file.unwrap()).unwrap();
    let writing = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    writing
        .execute("INSERT INTO meta (name, value) VALUES ('test', x'00')", [])
        .unwrap();
    let settled = std::thread::scope(|scope| {
        let settling = scope.spawn(|| spool.settle_to(&run_id, &state));
        std::thread::sleep(std::time::Duration::from_millis(500));
        writing.commit().unwrap();
        settling.join().unwrap()
    });
    assert_eq!(settled.unwrap(), capdo_agent::spool::Receipted::Runs(1));
}
