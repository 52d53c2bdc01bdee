//! A thousand hosts that come back at once, each over TLS, with a run that waited.
#![expect(clippy::disallowed_methods, reason = "starts the program under test")]

use std::{
    fs,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use capdo_collector::{
    clock::{Clock as _, SystemClock},
    identity::Authority,
    store::{
        Scope, Store,
        agency::{self, AgencyKind},
        certificate::{self, Certificate},
        finding, host, new_id,
        system::{self, Details, Dossier},
    },
};
use capdo_proto::{
    digest::observation_sha256,
    v1::{Assignment, session_request::Payload as Out, session_response::Payload as In},
};
use rcgen::{CertificateParams, KeyPair};
use tokio::time::sleep;

use crate::agent::{Agent, Stream, blind, checks, connect};

const HOSTS: usize = 1_000;
const FINDINGS: usize = 20;

/// A collector process, which ends with its owner.
struct Collector(Child);

impl Drop for Collector {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Collector {
    fn start(data: &std::path::Path) -> Self {
        let log = fs::File::create(data.join("log")).unwrap();
        let program = env!("CARGO_BIN_EXE_capdo-collector");
        let mut command = Command::new(program);
        command.arg("--data").arg(data).arg("serve");
        Self(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap(),
        )
    }

    /// Peak of resident memory in MiB, and processor time in seconds.
    fn cost(&self) -> (u64, f64) {
        let read = |name| fs::read_to_string(format!("/proc/{}/{name}", self.0.id())).unwrap();
        let status = read("status");
        let peak = status
            .lines()
            .find_map(|l| l.strip_prefix("VmHWM:"))
            .unwrap();
        let peak: u64 = peak.split_whitespace().next().unwrap().parse().unwrap();
        let stat = read("stat");
        let ticks: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks: u32 = ticks[11].parse::<u32>().unwrap() + ticks[12].parse::<u32>().unwrap();
        (peak / 1024, f64::from(ticks) / 100.0)
    }
}

/// Enters the hosts as if they had enrolled, all in one transaction.
#[expect(clippy::too_many_lines, reason = "rows with many columns")]
async fn enter(data: &std::path::Path, address: std::net::SocketAddr) -> Vec<Agent> {
    let now = SystemClock.now_ms();
    let authority = Authority::create(data, now).unwrap();
    let store = Store::open(data).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let agency = agency::add(&mut tx, "Sở Y tế", AgencyKind::Department, now)
        .await
        .unwrap();
    let details = Details {
        name: "Cổng thông tin",
        standard_id: "tcvn-14423-2026",
        proposed_level: 3,
        approved_level: None,
        dossier: Dossier::Draft,
        declared_hosts: u32::try_from(HOSTS).unwrap(),
    };
    let system = system::add(&mut tx, &agency, &details, now).await.unwrap();
    let mut agents = Vec::new();
    for _ in 0..HOSTS {
        let (id, key) = (new_id(), KeyPair::generate().unwrap());
        let csr = CertificateParams::default()
            .serialize_request(&key)
            .unwrap();
        let issued = authority.issue_host(&id, csr.der(), now).unwrap();
        let machine = observation_sha256(id.as_bytes()).to_vec();
        let claims = host::Claims {
            hostname: "web",
            machine_id_sha256: &machine,
            os_id: "debian",
            os_version: "13",
            agent_version: "0.1.0",
        };
        host::add(&mut tx, &id, &system, &claims, now)
            .await
            .unwrap();
        let row = Certificate {
            serial: issued.serial.clone(),
            host_id: id.clone(),
            public_key: issued.public_key.clone(),
            issued_at: now,
            not_after: issued.not_after_ms,
            revoked_at: None,
            revoked_why: None,
            authority: 1,
            told: 1,
            der: None,
        };
        certificate::add(&mut tx, &row).await.unwrap();
        agents.push(Agent {
            host_id: id,
            key,
            chain: vec![issued.der.to_vec()],
            ca: authority.certificate().to_vec(),
            anchors: vec![authority.certificate().to_vec()],
            address,
            machine,
        });
    }
    tx.commit().await.unwrap();
    store.close().await;
    agents
}

/// How often hosts were told to come again, and how often they had to connect again.
#[derive(Default)]
struct Counts {
    busy: AtomicU64,
    again: AtomicU64,
}

/// Comes, and comes again, until the run is taken; keeps the stream open.
async fn come(agent: &Agent, counts: &Counts) -> Stream {
    loop {
        let identity = Some((agent.chain.clone(), agent.key.serialize_der()));
        if let Ok(client) = connect(agent.address, &agent.ca, identity).await
            && let Ok(mut stream) = Stream::over(client).await
            && let Some(told) = greet(agent, &mut stream).await
            && bring(agent, &mut stream, &told, counts).await
        {
            return stream;
        }
        counts.again.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(500)).await;
    }
}

async fn greet(agent: &Agent, stream: &mut Stream) -> Option<Assignment> {
    stream.send(Out::Hello(agent.hello())).await;
    loop {
        match stream.next_within(120).await.ok()?? {
            In::Assignment(told) => return Some(told),
            In::Refused(_) => return None,
            _ => {}
        }
    }
}

/// Sends the run as agents do, without waiting for answers, until it is taken.
async fn bring(agent: &Agent, stream: &mut Stream, told: &Assignment, counts: &Counts) -> bool {
    let state: Vec<_> = checks(FINDINGS)
        .iter()
        .map(|c| blind(c, &agent.host_id))
        .collect();
    let run = agent.run(1, told, &state);
    loop {
        stream.send(Out::RunStarted(run.started.clone())).await;
        stream
            .send(Out::FindingBatch(run.batch(0, &state, false)))
            .await;
        stream.send(Out::RunFinished(run.finished.clone())).await;
        let (mut wait, mut answers) = (0, 0);
        // A run that finds no place is refused three times, one that does is acked twice.
        while answers < if wait > 0 { 3 } else { 2 } {
            match stream.next_within(120).await {
                Ok(Some(In::Refused(refused))) if refused.retry_after_ms > 0 => {
                    wait = wait.max(refused.retry_after_ms);
                    counts
                        .busy
                        .fetch_add(u64::from(answers == 0), Ordering::Relaxed);
                }
                Ok(Some(In::Ack(_))) => {}
                _ => return false,
            }
            answers += 1;
        }
        if wait == 0 {
            return true;
        }
        sleep(Duration::from_millis(wait)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_hosts_at_once_are_all_taken_at_the_collectors_own_pace() {
    let dir = tempfile::tempdir().unwrap();
    let free = || {
        std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
    };
    let (agents_at, web_at) = (free(), free());
    let config = format!("[agents]\nlisten = \"{agents_at}\"\n[web]\nlisten = \"{web_at}\"\n");
    fs::write(dir.path().join("collector.toml"), config).unwrap();
    let agents = enter(dir.path(), agents_at).await;
    let collector = Collector::start(dir.path());
    while tokio::net::TcpStream::connect(agents_at).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    let (idle, _) = collector.cost();
    let (begun, counts) = (Instant::now(), Arc::new(Counts::default()));
    let mut coming = tokio::task::JoinSet::new();
    for agent in agents {
        let counts = counts.clone();
        coming.spawn(async move { (come(&agent, &counts).await, begun.elapsed()) });
    }
    let (mut streams, mut times) = (Vec::new(), Vec::new());
    while let Some(done) = coming.join_next().await {
        let (stream, took) = done.unwrap();
        streams.push(stream); // all stay connected until the last has come
        times.push(took);
    }
    times.sort_unstable();
    let (peak, cpu) = collector.cost();
    println!(
        "{HOSTS} hosts with a run of {FINDINGS} findings each: half acked after {:.1?}, all after {:.1?}; told to \
         come again {} times, connected again {} times; collector: {idle} MiB idle, {peak} MiB at most, {cpu:.1} s \
         of processor",
        times[HOSTS / 2],
        times[HOSTS - 1],
        counts.busy.load(Ordering::Relaxed),
        counts.again.load(Ordering::Relaxed),
    );
    drop(streams);
    drop(collector);
    let store = Store::open(dir.path()).await.unwrap();
    let mut db = store.read().await.unwrap();
    let mut held = 0;
    for host in host::list(&mut db, &Scope::All, None).await.unwrap() {
        assert_eq!(host.last_counter, 1);
        let findings = finding::of_host(&mut db, &Scope::All, &host.id)
            .await
            .unwrap();
        assert_eq!(findings.len(), FINDINGS);
        held += 1;
    }
    assert_eq!(held, HOSTS);
    assert!(peak < 1_024, "{peak} MiB");
}
