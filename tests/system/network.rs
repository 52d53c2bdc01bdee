//! Bad networks between the programs: the agent comes back by itself, and nothing is lost or doubled.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "prints figures, and makes a network that loses packets"
)]

use std::{
    fs,
    process::Command,
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

/// Set for the process in which the test below runs: it is in a network of its own.
const LOSSY: &str = "CAPDO_TEST_LOSSY";

/// Drops so many of a hundred packets on their way to the proxy and back, at random.
fn lose(port: u16, percent: u32) {
    let rule = |end: &str| format!("tcp {end} {port} numgen random mod 100 < {percent} drop");
    let rules = format!(
        "table inet lossy {{}}\ndelete table inet lossy\ntable inet lossy {{\nchain in {{\n\
         type filter hook input priority 0\n{}\n{}\n}}\n}}\n",
        rule("dport"),
        rule("sport")
    );
    let done = Command::new("nft").arg(rules).output().unwrap();
    let words = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "nft: {words}");
}

/// Segments that the kernel had to send again, in this network.
fn retransmitted() -> u64 {
    let text = fs::read_to_string("/proc/self/net/snmp").unwrap();
    let mut lines = text.lines().filter_map(|l| l.strip_prefix("Tcp: "));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let mut both = names.split(' ').zip(values.split(' '));
    let (_, value) = both.find(|(name, _)| *name == "RetransSegs").unwrap();
    value.parse().unwrap()
}

/// Does its work only in the network that the test below makes.
#[test]
fn runs_are_brought_over_a_network_that_loses_packets() {
    if std::env::var_os(LOSSY).is_none() {
        return;
    }
    for percent in [0, 2, 10, 25] {
        let scene = Scene::new(30 + u64::from(percent));
        let mut service = scene.agent.one_more();
        lose(scene.proxy.port, percent);
        let (begun, before) = (Instant::now(), retransmitted());
        for _ in 0..10 {
            service.kill();
            service = scene.agent.one_more();
        }
        let (took, again) = (begun.elapsed(), retransmitted() - before);
        let what = format!("{percent}% of packets lost, {again} sent again");
        // The connections of a killed agent cost a few even where nothing is lost.
        assert!(percent < 10 || again >= 5, "{what}");
        scene.end(service, &what, took);
    }
}

#[test]
fn a_network_that_loses_packets_carries_all() {
    // Packets as small as on a wire: the loopback's own are 64 kB.
    let network = "ip link set lo up mtu 1500 gso_max_segs 1 && exec \"$@\"";
    let done = Command::new("unshare")
        .args(["--net", "sh", "-c", network, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "network::runs_are_brought_over_a_network_that_loses_packets",
        ])
        .arg("--nocapture")
        .env(LOSSY, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{said}");
    let words = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{words}");
    assert!(said.contains("25% of packets lost"), "{said}");
}
