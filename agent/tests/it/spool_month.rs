//! Thirty days without a collector: what the findings of this very host take in the spool, on the
//! disk and not by its own account.

#![expect(clippy::print_stdout, reason = "the figures are what is wanted")]

use std::path::Path;

use capdo_agent::{
    budget::{Limits, Taken},
    chance,
    clock::SystemClock,
    service::{Job, LiveObserver, Observe as _},
    spool::{BOUND, NewRun, Spool},
};
use capdo_checks::{host::Stop, settings::Settings};
use capdo_proto::{digest::observation_sha256, v1};

/// More than the findings of a host with many packages, accounts and addresses.
const FINDINGS: usize = 2_000;
const RUNS: usize = 30 * 24;
/// So many of them are sent at the end.
const SENT: usize = 24;
/// In this hour the host is upgraded: a fifth of its findings change at once.
const UPGRADE: usize = 14 * 24;

/// What this host shows, made up to [`FINDINGS`] by other subjects of the same checks.
fn findings() -> (Vec<v1::CheckRef>, Vec<v1::Finding>) {
    let observer = LiveObserver::new(SystemClock, Limits::default(), Stop::default());
    let seen = observer.observe(&Job {
        level: 3,
        settings: Settings::default(),
        only: Vec::new(),
    });
    let own = seen.findings.len();
    let mut findings = seen.findings.clone();
    for n in own..FINDINGS {
        let mut copy = seen.findings[n % own].clone();
        copy.subject = Some(v1::Subject {
            kind: v1::SubjectKind::File.into(),
            name: format!("/srv/ung-dung/{n}/cau-hinh.conf"),
        });
        touch(&mut copy, n);
        findings.push(copy);
    }
    let bytes: usize = findings.iter().map(|f| f.observation.len()).sum();
    println!(
        "this host: {own} findings of {} checks; made up to {} with {bytes} bytes of evidence",
        seen.checks.len(),
        findings.len()
    );
    (seen.checks, findings)
}

/// Other evidence of about the same length.
fn touch(finding: &mut v1::Finding, n: usize) {
    let mark = format!("{n:020}");
    let at = finding.observation.len().saturating_sub(mark.len());
    finding.observation.truncate(at);
    finding.observation.extend(mark.bytes());
    finding.observation_sha256 = observation_sha256(&finding.observation).to_vec();
}

fn on_disk(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).unwrap();
    files.map(|f| f.unwrap().metadata().unwrap().len()).sum()
}

fn run(checks: &[v1::CheckRef], findings: &[v1::Finding], at_ms: i64) -> NewRun {
    NewRun {
        started: v1::RunStarted {
            run_id: chance::uuid_v7(at_ms),
            counter: 0,
            nonce: vec![7; 32],
            started_ms: at_ms,
            catalogue_sha256: vec![1; 32],
            checks: checks.to_vec(),
            assignment_revision: 1,
            missing_before: None,
            checks_sha256: Vec::new(),
        },
        findings: findings.to_vec(),
        complete: true,
        finished_ms: at_ms,
        taken: Taken::default(),
    }
}

#[test]
fn a_month_of_a_normal_server_fits() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(dir.path()).unwrap();
    let (checks, mut findings) = findings();
    let (mut most, mut changed, mut changed_until) = (0, 0, Vec::<usize>::new());
    for hour in 0..RUNS {
        let share = if hour == UPGRADE { 5 } else { 100 };
        for (n, finding) in findings.iter_mut().enumerate() {
            finding.observed_at_ms = i64::try_from(hour).unwrap() * 3_600_000;
            if hour > 0 && (n + 37 * hour) % share == 0 {
                touch(finding, hour * FINDINGS + n);
                changed += 1;
            }
        }
        let at = i64::try_from(hour).unwrap() * 3_600_000 + 1;
        spool.put(&run(&checks, &findings, at)).unwrap();
        most = most.max(on_disk(dir.path()));
        changed_until.push(changed);
    }
    println!(
        "{RUNS} runs, {changed} changed findings: at most {most} of {BOUND} bytes on the disk"
    );
    assert!(most <= BOUND);
    assert_eq!(spool.gaps().unwrap(), 0, "a part of the month was given up");
    assert_eq!(spool.depth().unwrap(), u32::try_from(RUNS).unwrap());

    // The collector is back: what travels is the first state, and then each change once.
    let mut sent = 0;
    for expected in &changed_until[..SENT] {
        let pending = spool.oldest_pending().unwrap().unwrap();
        let id = pending.started.run_id;
        for n in pending.batches {
            sent += spool.batch(&id, n).unwrap().findings.len();
        }
        assert_eq!(sent, findings.len() + *expected);
        spool.ack_run(&id).unwrap();
    }
    println!("{SENT} runs sent with {sent} findings");
}

/// Ten times as much changes as fits: the bound holds at every moment, the latest state stays.
#[test]
fn the_files_never_pass_the_bound() {
    const SMALL: u64 = 4 << 20;
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::open_bounded(dir.path(), SMALL).unwrap();
    let watched = dir.path().to_owned();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        while stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
            most = most.max(on_disk(&watched)); // also while a transaction is under way
            std::thread::yield_now();
        }
        most
    });
    let checks = [v1::CheckRef {
        check_id: "a.one".to_owned(),
        check_version: 1,
    }];
    let mut findings: Vec<v1::Finding> = (0..400)
        .map(|n| v1::Finding {
            check_id: "a.one".to_owned(),
            check_version: 1,
            subject: Some(v1::Subject {
                kind: v1::SubjectKind::File.into(),
                name: format!("/{n}"),
            }),
            observation: vec![b'x'; 1_500],
            claimed_verdict: v1::Verdict::Pass.into(),
            ..v1::Finding::default()
        })
        .collect();
    for n in 0..100 {
        findings.iter_mut().for_each(|f| touch(f, n));
        for (i, f) in findings.iter_mut().enumerate() {
            f.observation[..8].copy_from_slice(&(n * 400 + i).to_be_bytes());
            f.observation_sha256 = observation_sha256(&f.observation).to_vec();
        }
        spool.put(&run(&checks, &findings, 1 + n as i64)).unwrap();
    }
    drop(stop);
    let most = watch.join().unwrap();
    let (kept, gone) = (spool.depth().unwrap(), spool.gaps().unwrap());
    println!("at most {most} of {SMALL} bytes on the disk; {kept} runs kept, {gone} given up");
    assert!(most <= SMALL);
    assert_eq!(kept + gone, 100);
    // What is left is sent, says what is missing, and ends in the latest state.
    let mut said = 0;
    let mut last = Vec::new();
    while let Some(pending) = spool.oldest_pending().unwrap() {
        let id = pending.started.run_id;
        said += pending.started.missing_before.map_or(0, |m| m.runs);
        for n in pending.batches {
            last = spool.batch(&id, n).unwrap().findings;
        }
        spool.ack_run(&id).unwrap();
    }
    assert_eq!(said, gone);
    let latest = findings.iter().map(|f| &f.observation);
    assert!(
        last.iter()
            .all(|f| latest.clone().any(|o| *o == f.observation))
    );
}
