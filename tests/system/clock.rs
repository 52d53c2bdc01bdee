//! The real programs under a clock that is set by ten years while they run: first the agent's, then the
//! collector's (libfaketime: the monotonic clock goes on as it does when an administrator sets the time).

use std::{thread, time::Duration, time::Instant};

use capdo_tests::{Stage, eventually, scripted::Scripted};

const TEN_YEARS: [&str; 2] = ["-3653d", "+3653d"];

#[test]
fn a_clock_that_is_set_while_an_agent_runs_loses_nothing() {
    let stage = Stage::new();
    let collector = stage.serve();
    for (n, jump) in TEN_YEARS.into_iter().enumerate() {
        let agent = Scripted::enrol(&stage, &format!("agent-{n}"), 51);
        let clock = stage.path().join(format!("clock-{n}"));
        agent.one_more_by(&clock, "+0").kill();
        let mut service = agent.one_more_by(&clock, "+0");
        let connected = agent.said("No session with the collector");
        capdo_tests::set_clock(&clock, jump);
        thread::sleep(Duration::from_secs(20)); // several looks around
        assert!(service.runs());
        assert_eq!(
            agent.said("No session with the collector"),
            connected,
            "the session ended"
        );
        service.kill();
        // Started under the wrong clock: TLS is looked at by it.
        let begun = Instant::now();
        agent.one_more_by(&clock, jump).kill();
        let wrong = begun.elapsed();
        agent.one_more_by(&clock, "+0").stop();
        let tally = agent.compare(&stage);
        println!(
            "agent's clock {jump} and back: in session all the time; started under it, a run was taken \
                  after {wrong:.1?}; {tally:?}"
        );
        assert_eq!(tally.runs, 4);
    }
    drop(collector);
}

#[test]
fn a_clock_that_is_wrong_is_told_to_whoever_keeps_the_host() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = Scripted::enrol(&stage, "agent", 52);
    let clock = stage.path().join("clock");
    let warned = || agent.said("The clock of this host differs");
    let told = || agent.status().contains("ahead of the collector");
    agent.one_more_by(&clock, "+0").stop();
    assert!(warned() == 0 && !told(), "{}", agent.log());
    let mut service = agent.one_more_by(&clock, "+100");
    assert_eq!(warned(), 1, "{}", agent.log());
    assert!(told(), "{}", agent.status());
    // Set right, and wrong once more, within one session.
    capdo_tests::set_clock(&clock, "+0");
    eventually("it is right again", || (!told()).then_some(()));
    capdo_tests::set_clock(&clock, "+100");
    eventually("it is wrong again", || told().then_some(()));
    assert_eq!(warned(), 2, "{}", agent.log());
    assert_eq!(agent.said("No session with the collector"), 0);
    service.kill();
    // Put right while the service is down.
    let _service = agent.one_more_by(&clock, "+0");
    assert!(warned() == 2 && !told(), "{}", agent.status());
}

#[test]
fn a_clock_that_is_set_while_the_collector_runs_loses_nothing() {
    for jump in TEN_YEARS {
        let stage = Stage::new();
        let clock = stage.path().join("clock");
        capdo_tests::set_clock(&clock, "+0");
        let mut collector = stage.serve_by(Some(&clock));
        let agent = Scripted::enrol(&stage, "agent", 61);
        let service = agent.one_more();
        capdo_tests::set_clock(&clock, jump);
        thread::sleep(Duration::from_secs(8));
        drop(service);
        let service = agent.serve(); // a new connection under the wrong clock: taken or not, nothing is lost
        eventually("a run", || (agent.observed() >= 2).then_some(()));
        thread::sleep(Duration::from_secs(8));
        let meanwhile = agent.settled();
        assert!(collector.runs());
        capdo_tests::set_clock(&clock, "+0");
        drop(service);
        let begun = Instant::now();
        agent.one_more().stop();
        println!(
            "collector's clock {jump} and back: {meanwhile} of 2 runs taken under it; caught up {:.1?} after; \
                  {:?}",
            begun.elapsed(),
            agent.compare(&stage)
        );
        collector.kill();
    }
}
