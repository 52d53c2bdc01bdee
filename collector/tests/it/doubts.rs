//! What speaks against a host: each kind of it, and what does not.

use capdo_checks::{Facts, Value};
use capdo_collector::{
    assess::compute::compute,
    store::{
        Scope, audit, integrity,
        integrity::{IntegrityEvent, IntegrityKind},
        overview,
        release::{self, Binary},
    },
};
use capdo_proto::v1::{Finding, Verdict};
use jiff::SignedDuration;

use crate::{
    agent::{Agent, blind, checks, gone, seen, seen_at},
    site::{HOUR_MS, Site},
};

const LISTS: &str = "patch.inventory";

async fn events(site: &Site, agent: &Agent) -> Vec<IntegrityEvent> {
    let mut db = site.collector.store.read().await.unwrap();
    integrity::list(&mut db, &Scope::All, Some(&agent.host_id))
        .await
        .unwrap()
}

async fn kinds(site: &Site, agent: &Agent) -> Vec<(IntegrityKind, String)> {
    let all = events(site, agent).await;
    all.into_iter().map(|e| (e.kind, e.subject)).collect()
}

async fn register(site: &Site, byte: u8) {
    let mut tx = site.collector.store.write().await.unwrap();
    let binary = Binary {
        sha256: vec![byte; 32],
        release: format!("0.{byte}.0"),
        name: "capdo-agent".to_owned(),
        added_at: site.now(),
    };
    assert!(release::add(&mut tx, &binary).await.unwrap());
    tx.commit().await.unwrap();
}

/// A package list of so many packages.
fn list(packages: i64) -> Finding {
    let facts = Facts::new()
        .observed("packages", packages, "package database (dpkg)")
        .observed("lists_itself", true, "package database (dpkg)")
        .observed("sha256", "ab".repeat(32), "package database (dpkg)");
    seen(LISTS, facts, Verdict::Pass)
}

#[tokio::test]
async fn a_program_is_compared_only_once_a_release_is_registered() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    drop(agent.open().await);
    assert_eq!(kinds(&site, &agent).await, []);
    register(&site, 2).await; // the one that the agent says it runs
    drop(agent.open().await);
    assert_eq!(kinds(&site, &agent).await, []);
    let mut tx = site.collector.store.write().await.unwrap();
    assert_eq!(release::remove(&mut tx, "0.2.0").await.unwrap(), 1);
    tx.commit().await.unwrap();
    register(&site, 3).await;
    site.clock.advance(HOUR_MS);
    drop(agent.open().await);
    let wanted = [(IntegrityKind::UnknownBinary, String::new())];
    assert_eq!(kinds(&site, &agent).await, wanted);
}

/// Evidence that cannot be read any more counts 0; the score goes on.
#[tokio::test]
async fn unreadable_evidence_counts_nothing_and_holds_up_no_score() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x"), list(400)];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    let store = &site.collector.store;
    let score = || async {
        let age = SignedDuration::from_hours(72);
        compute(store, &site.system, age, site.now()).await.unwrap()
    };
    let before = score().await;
    let mut tx = store.write().await.unwrap();
    let garbage = "UPDATE observation SET bytes = $1 WHERE sha256 IN \
                   (SELECT observation_sha256 FROM finding WHERE check_id = $2)";
    let done = sqlx::query(garbage)
        .bind(b"garbage".as_slice())
        .bind(LISTS)
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    tx.commit().await.unwrap();
    let after = score().await;
    assert!(after.score_bp < before.score_bp, "{before:?}");
    assert!(after.coverage_bp < before.coverage_bp);
}

#[tokio::test]
async fn a_check_that_vanished_is_named_and_counts_nothing() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x"), list(400)];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    assert_eq!(kinds(&site, &agent).await, []);
    let score = || async {
        let age = SignedDuration::from_hours(72);
        let store = &site.collector.store;
        compute(store, &site.system, age, site.now()).await.unwrap()
    };
    let before = score().await;

    // The agent makes it no more and says nothing of it: its evidence stays, and grows old.
    let mut silent = agent.run(2, &told, &state);
    silent.started.checks.truncate(1);
    silent.finished.signature = agent.sign(&silent.started, &silent.finished);
    stream.complete(&silent, &[]).await;
    let wanted = [(IntegrityKind::CheckVanished, LISTS.to_owned())];
    assert_eq!(kinds(&site, &agent).await, wanted);
    site.clock.advance(73 * HOUR_MS);
    let stale = score().await;
    assert!(stale.score_bp < before.score_bp, "{stale:?}");

    // It even says that its subject is gone: then it is missing, which counts nothing either.
    let left = &state[..1];
    stream
        .complete(&agent.run(3, &told, left), &[gone(&state[1])])
        .await;
    assert_eq!(score().await.score_bp, stale.score_bp);
    assert_eq!(score().await.coverage_bp, stale.coverage_bp);
}

#[tokio::test]
async fn a_check_that_was_made_and_brings_nothing_has_vanished() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [blind(checks(1)[0], "x"), list(400)];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    let mut run = agent.run(2, &told, &state[..1]);
    run.started.checks = agent.run(2, &told, &state).started.checks;
    stream.complete(&run, &[gone(&state[1])]).await;
    let wanted = [(IntegrityKind::CheckVanished, LISTS.to_owned())];
    assert_eq!(kinds(&site, &agent).await, wanted);
}

#[tokio::test]
async fn what_cannot_all_be_true_is_noted() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let state = [list(0)];
    stream.complete(&agent.run(1, &told, &state), &state).await;
    let events_now = events(&site, &agent).await;
    assert_eq!(events_now.len(), 1, "{events_now:?}");
    assert_eq!(events_now[0].kind, IntegrityKind::SelfContradiction);
    assert_eq!(events_now[0].subject, LISTS);

    let mut early = blind(checks(1)[0], "y");
    early.observed_at_ms -= 30 * 24 * HOUR_MS;
    let state = [early.clone(), list(0)];
    // The clock of the light agent lies days behind; its drift is allowed for.
    let drift = site.now() - 1_795_000_000_000;
    early.observed_at_ms -= drift.abs();
    let state = [early, state[1].clone()];
    stream
        .complete(&agent.run(2, &told, &state), &state[..1])
        .await;
    let wanted = (IntegrityKind::SelfContradiction, checks(1)[0].to_owned());
    assert!(kinds(&site, &agent).await.contains(&wanted));
}

#[tokio::test]
async fn a_comparison_that_hides_a_difference_contradicts_the_others() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let two = |effective: &str| {
        let facts = Facts::new()
            .configured("x", "no", "/etc/x")
            .effective("x", effective, "x -T");
        seen("ssh.root-login", facts, Verdict::Unknown)
    };
    let compared = |conflicts: i64| {
        let lines = vec![Value::from("ssh.root-login: x"); usize::try_from(conflicts).unwrap()];
        let facts = Facts::new()
            .observed("compared", 1_i64, "the other checks")
            .observed("conflicts", conflicts, "the other checks")
            .observed("conflict_list", lines, "the other checks");
        let claim = if conflicts == 0 {
            Verdict::Pass
        } else {
            Verdict::Fail
        };
        seen("integrity.vantage-points", facts, claim)
    };
    for (counter, effective, conflicts, contradicted) in [
        (1, "no", 0, false),
        (2, "yes", 1, false),
        (3, "yes", 0, true),
    ] {
        let state = [two(effective), compared(conflicts)];
        stream
            .complete(&agent.run(counter, &told, &state), &state)
            .await;
        let all = kinds(&site, &agent).await;
        let found = all.iter().any(|e| e.0 == IntegrityKind::SelfContradiction);
        assert_eq!(found, contradicted, "{counter}: {all:?}");
    }
}

#[tokio::test]
async fn what_was_judged_and_now_steps_aside_is_shown_and_can_be_acknowledged() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let clock = |container: bool, claim| {
        let facts = Facts::new()
            .effective("container", container, "/proc")
            .effective("services", Vec::<Value>::new(), "systemctl");
        seen("time.synchronised", facts, claim)
    };
    let first = [clock(false, Verdict::Fail)];
    stream.complete(&agent.run(1, &told, &first), &first).await;
    assert_eq!(kinds(&site, &agent).await, []);
    let then = [clock(true, Verdict::NotApplicable)];
    stream.complete(&agent.run(2, &told, &then), &then).await;
    let kind = IntegrityKind::WasJudgedNowNotApplicable;
    let subject = "time.synchronised".to_owned();
    assert_eq!(kinds(&site, &agent).await, [(kind, subject.clone())]);
    assert_eq!(open(&site).await, 1);

    let acknowledge = |at: i64| {
        let (store, host) = (site.collector.store.clone(), agent.host_id.clone());
        let subject = subject.clone();
        async move {
            let mut tx = store.write().await.unwrap();
            let what = (host.as_str(), kind, subject.as_str());
            let done = integrity::acknowledge(&mut tx, what, ("lan", "seen"), at).await;
            assert!(done.unwrap());
            let other = (host.as_str(), IntegrityKind::TwoStreams, "");
            assert!(
                !integrity::acknowledge(&mut tx, other, ("lan", "x"), at)
                    .await
                    .unwrap()
            );
            tx.commit().await.unwrap();
        }
    };
    acknowledge(site.now()).await;
    assert_eq!(open(&site).await, 0);
    assert_eq!(events(&site, &agent).await.len(), 1, "it stays");

    // It comes again: it is open again.
    site.clock.advance(HOUR_MS);
    for (counter, state) in [(3, &first), (4, &then)] {
        stream
            .complete(&agent.run(counter, &told, state), state)
            .await;
    }
    assert_eq!(open(&site).await, 1);
    assert_eq!(events(&site, &agent).await[0].count, 2);
    let mut db = site.collector.store.read().await.unwrap();
    assert_eq!(audit::verify(&mut db).await.unwrap(), None);
}

/// Who fails at an address, and then says that there is no address at all, steps aside no less.
#[tokio::test]
async fn what_was_judged_by_its_subjects_and_now_has_none_is_shown() {
    let site = Site::start().await;
    let agent = Agent::enrolled(&site).await;
    let (mut stream, told) = agent.open().await;
    let at = |label: &str, tls10: &str, claim| {
        let mut facts = Facts::new().observed("tls", true, label);
        for version in ["ssl2", "ssl3", "tls11"] {
            facts = facts.observed(version, "refused", label);
        }
        for version in ["tls12", "tls13"] {
            facts = facts.observed(version, "offered", label);
        }
        let facts = facts.observed("tls10", tls10, label);
        seen_at(label, "tls.versions", facts, claim)
    };
    let facts = Facts::new().observed("endpoints", 0_i64, "/proc/net/tcp");
    let none = seen("tls.versions", facts, Verdict::NotApplicable);
    let bad = at("x:443", "offered", Verdict::Fail);
    let good = at("x:8443", "refused", Verdict::Pass);
    let kind = IntegrityKind::WasJudgedNowNotApplicable;
    let change = |new: &[&Finding], left: &[&Finding]| -> Vec<Finding> {
        let left = left.iter().map(|f| gone(f));
        new.iter().map(|f| (*f).clone()).chain(left).collect()
    };
    for (counter, state, sent, told_of) in [
        (1, vec![&bad, &good], change(&[&bad, &good], &[]), 0),
        (2, vec![&good], change(&[], &[&bad]), 0), // the other one is still judged
        (3, vec![&bad], change(&[&bad], &[&good]), 0),
        (4, vec![&none], change(&[&none], &[&bad]), 1),
        (5, vec![&none], vec![], 1),
    ] {
        let state: Vec<Finding> = state.into_iter().cloned().collect();
        let run = agent.run(counter, &told, &state);
        stream.complete(&run, &sent).await;
        let all = kinds(&site, &agent).await;
        let found: Vec<_> = all.iter().filter(|e| e.0 == kind).collect();
        assert_eq!(found.len(), told_of, "{counter}: {all:?}");
    }
    assert_eq!(
        kinds(&site, &agent).await,
        [(kind, "tls.versions".to_owned())]
    );
}

/// How many events the system shows beside its score.
async fn open(site: &Site) -> u32 {
    let mut db = site.collector.store.read().await.unwrap();
    let lines = overview::systems(&mut db, &Scope::All, None).await.unwrap();
    lines[0].integrity_events
}
