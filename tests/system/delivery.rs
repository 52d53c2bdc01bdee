//! Killing either side at any moment loses nothing, doubles nothing and keeps the order.

use std::{thread, time::Duration, time::Instant};

use capdo_tests::{
    Running, Stage, eventually,
    script::{checks, scramble},
    scripted::Scripted,
};

/// How many times something is killed.
const ROUNDS: u64 = 240;
const AGENTS: u64 = 6;
/// Another course of events: `CAPDO_SEED=…`.
const SEED: &str = "CAPDO_SEED";

fn seed() -> u64 {
    let given = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
    let made = || uuid_seed(&tempfile::tempdir().unwrap());
    given.unwrap_or_else(made)
}

/// Whatever a fresh temporary name gives.
fn uuid_seed(dir: &tempfile::TempDir) -> u64 {
    let name = dir.path().display().to_string();
    name.bytes()
        .fold(7, |seed, byte| scramble(seed, byte.into(), 0))
        % 1_000_000
}

#[test]
fn killing_both_sides_at_random_loses_and_doubles_nothing() {
    let (seed, begun) = (seed(), Instant::now());
    println!("{SEED}={seed}");
    let stage = Stage::new();
    let mut collector = stage.serve();
    let agents: Vec<Scripted> = (0..AGENTS)
        .map(|n| Scripted::enrol(&stage, &format!("agent-{n}"), seed + n))
        .collect();
    let mut running: Vec<Running> = agents.iter().map(Scripted::serve).collect();
    let mut kills = (0, 0);
    for round in 0..ROUNDS {
        let pause = scramble(seed, round, 1) % 350;
        thread::sleep(Duration::from_millis(pause));
        let victim = usize::try_from(scramble(seed, round, 2) % AGENTS).unwrap();
        let what = scramble(seed, round, 3) % 8; // the collector alone, both, or an agent
        if what != 0 {
            running[victim].kill();
            kills.0 += 1;
        }
        if what < 2 {
            collector.kill();
            kills.1 += 1;
            collector = stage.serve();
        }
        if what != 0 {
            running[victim] = agents[victim].serve();
        }
    }
    let killed_for = begun.elapsed();
    agents.iter().for_each(Scripted::drained);
    drop(running);
    for agent in &agents {
        agent.one_more().stop();
    }
    collector.stop();
    let (mut observed, mut runs, mut heard, mut changes) = (0, 0, 0, 0);
    for agent in &agents {
        let tally = agent.compare(&stage);
        observed += tally.observed;
        runs += tally.runs;
        heard += tally.heard;
        changes += tally.changes;
    }
    the_ledger_notices(&stage, &agents[0]);
    println!(
        "{ROUNDS} rounds in {killed_for:.1?}: {} kills of {AGENTS} agents, {} of the collector; {observed} passes \
         of {} checks observed, {runs} runs spooled, all held once and in order, {heard} acks heard, {changes} \
         changes in the history",
        kills.0,
        kills.1,
        checks().count(),
    );
    assert!(runs >= 100, "too few runs to prove anything: {runs}");
}

/// The comparison is worth something: it fails over a store in which anything is missing or doubled.
fn the_ledger_notices(stage: &Stage, agent: &Scripted) {
    let db = rusqlite::Connection::open(stage.data().join("capdo.db")).unwrap();
    let host = &agent.host;
    for tamper in [
        "DELETE FROM finding_change WHERE host_id = ?1 AND seq = 3",
        "UPDATE finding_change SET kind = 'appeared' WHERE host_id = ?1 AND kind = 'changed'",
        "DELETE FROM finding WHERE host_id = ?1 AND check_id = \
         (SELECT min(check_id) FROM finding WHERE host_id = ?1)",
        "UPDATE run SET counter = counter + 1 WHERE host_id = ?1 AND counter = 2",
        "UPDATE run SET state = 'abandoned' WHERE host_id = ?1 AND counter = 2",
        "UPDATE run SET state_sha256 = (SELECT state_sha256 FROM run WHERE host_id = ?1 \
         AND counter = 1) WHERE host_id = ?1 AND counter = 2",
    ] {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("capdo.db");
        db.execute("VACUUM INTO ?1", [file.to_str().unwrap()])
            .unwrap();
        assert!(
            agent.compare_with(copy.path()).is_ok(),
            "{host}: an honest copy"
        );
        let copied = rusqlite::Connection::open(&file).unwrap();
        without_triggers(&copied);
        assert!(copied.execute(tamper, [host]).unwrap() > 0, "{tamper}");
        drop(copied);
        assert!(
            agent.compare_with(copy.path()).is_err(),
            "not noticed: {tamper}"
        );
    }
}

/// Takes away what keeps the history from being changed.
fn without_triggers(db: &rusqlite::Connection) {
    let sql = "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'";
    let mut statement = db.prepare(sql).unwrap();
    let drops = statement.query_map([], |r| r.get::<_, String>(0)).unwrap();
    let drops: Vec<String> = drops.map(Result::unwrap).collect();
    db.execute_batch(&drops.join(";")).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
}

#[test]
fn a_killed_agent_of_the_real_kind_comes_back_too() {
    let stage = Stage::new();
    let mut collector = stage.serve();
    let agent = stage.enrol("agent");
    for round in 0_u64..4 {
        let mut service = agent.serve();
        thread::sleep(Duration::from_millis(400 + 700 * round));
        collector.kill();
        collector = stage.serve();
        service.kill();
    }
    let _service = agent.serve();
    let host = stage.ok(&["host", "list"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    eventually("every check has a finding", || {
        let held = stage.ok(&["host", "findings", &host]);
        let mut seen: Vec<String> = held
            .as_array()?
            .iter()
            .map(|f| {
                format!(
                    "{}{}{}",
                    f["check_id"], f["subject_kind"], f["subject_name"]
                )
            })
            .collect();
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "a finding stands twice");
        let checks: std::collections::BTreeSet<String> = held
            .as_array()?
            .iter()
            .map(|f| f["check_id"].to_string())
            .collect();
        (checks.len() >= capdo_checks::registry::all().len()).then_some(())
    });
}
