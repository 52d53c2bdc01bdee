//! Bad networks between the programs: the agent comes back by itself, and nothing is lost or doubled.
#![expect(clippy::print_stdout, reason = "prints figures")]

use std::{
    thread,
    time::{Duration, Instant},
};

use capdo_tests::{
    Running, Stage, eventually,
    proxy::{Proxy, Weather},
    scripted::{Scripted, peak_rss_kib},
};

struct Scene {
    stage: Stage,
    collector: Running,
    proxy: Proxy,
    agent: Scripted,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let stage = Stage::new();
        let collector = stage.serve();
        let proxy = Proxy::start(stage.agents);
        let mut agent = Scripted::enrol(&stage, "agent", seed);
        agent.call(proxy.port);
        Self {
            stage,
            collector,
            proxy,
            agent,
        }
    }

    /// Three starts, so three runs, in bad weather, each for so long; then the sky clears.
    fn storm(&self, weather: Weather, each: Duration) {
        let mut service = self.agent.one_more();
        self.proxy.set(weather);
        for _ in 0..3 {
            service.kill();
            service = self.agent.serve();
            thread::sleep(each);
        }
        self.proxy.set(Weather::Fair);
        let cleared = Instant::now();
        self.agent.drained();
        self.end(service, &format!("{weather:?}"), cleared.elapsed());
    }

    fn end(&self, mut service: Running, what: &str, took: Duration) {
        let (mine, theirs) = (
            peak_rss_kib(service.pid()),
            peak_rss_kib(self.collector.pid()),
        );
        service.stop();
        let tally = self.agent.compare(&self.stage);
        println!(
            "{what}: {} runs, all held once and in order; drained {took:.1?} after it cleared; {} connections; \
             peak memory {} MiB agent, {} MiB collector",
            tally.runs,
            self.proxy.connections(),
            mine / 1024,
            theirs / 1024
        );
        assert!(tally.runs >= 2, "{what}: {tally:?}");
        assert!(
            mine < 150 << 10 && theirs < 400 << 10,
            "{what}: {mine} and {theirs} KiB"
        );
    }
}

#[test]
fn a_network_that_is_parted_or_deaf_or_cut_only_delays() {
    for (n, weather) in [
        Weather::Partition,
        Weather::DeafCollector,
        Weather::DeafAgent,
        Weather::Reset,
    ]
    .into_iter()
    .enumerate()
    {
        Scene::new(n as u64).storm(weather, Duration::from_secs(2));
    }
}

#[test]
fn a_slow_network_carries_all() {
    for (n, weather) in [
        Weather::Delay(Duration::from_secs(2)),
        Weather::Throttle(2_000),
        Weather::Drip,
    ]
    .into_iter()
    .enumerate()
    {
        let scene = Scene::new(10 + n as u64);
        let mut service = scene.agent.one_more();
        scene.proxy.set(weather);
        let begun = Instant::now();
        for _ in 0..2 {
            service.kill();
            service = scene.agent.serve();
            let before = scene.agent.settled();
            eventually("a run over a slow network", || {
                (scene.agent.settled() > before).then_some(())
            });
        }
        scene.end(
            service,
            &format!("{weather:?} all the time"),
            begun.elapsed(),
        );
    }
}

#[test]
fn a_half_open_connection_is_noticed() {
    let scene = Scene::new(20);
    let service = scene.agent.one_more();
    let before = scene.proxy.connections();
    scene.proxy.set(Weather::HalfOpen);
    thread::sleep(Duration::from_secs(50)); // a ping goes into nowhere
    scene.proxy.set(Weather::Fair);
    let begun = Instant::now();
    eventually("a new connection", || {
        (scene.proxy.connections() > before).then_some(())
    });
    let noticed = begun.elapsed() + Duration::from_secs(50);
    println!("half-open: noticed after {noticed:.1?}");
    let mut service = service;
    service.kill();
    let service = scene.agent.one_more();
    scene.end(service, "HalfOpen", noticed);
    assert!(noticed < Duration::from_secs(120));
}
