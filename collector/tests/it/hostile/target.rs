//! A collector that is a process of its own, so that its memory can be looked at.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the program that is under test"
)]

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU8, Ordering},
    },
};

use capdo_collector::{
    clock::{Clock, SystemClock},
    identity::{Authority, secret},
    store::{
        Scope, Store, integrity,
        integrity::IntegrityEvent,
        token::{self, NewToken},
    },
};
use capdo_proto::v1::EnrollRequest;
use tempfile::TempDir;

use crate::{
    agent::{Agent, connect_from, csr, facts, machine},
    site::{HOUR_MS, fill},
};

pub(super) struct Target {
    dir: TempDir,
    pub(super) store: Store,
    pub(super) ca: Vec<u8>,
    pub(super) system: String,
    pub(super) agents: SocketAddr,
    process: Child,
    next: AtomicU8,
    addresses: Mutex<HashMap<String, Ipv4Addr>>,
}

impl Drop for Target {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Target {
    pub(super) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemClock.now_ms();
        let ca = Authority::create(dir.path(), now).unwrap();
        let ca = ca.certificate().to_vec();
        let store = Store::open(dir.path()).await.unwrap();
        let (_, system) = fill(&store, now).await;
        let config = "[agents]\nlisten = \"127.0.0.1:0\"\nenrolments_per_minute = 10000\n\
                      [web]\nlisten = \"127.0.0.1:0\"\n";
        fs::write(dir.path().join("collector.toml"), config).unwrap();
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_capdo-collector"))
            .env_clear()
            .arg("--data")
            .arg(dir.path())
            .args(["serve", "--json"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        while !said.trim_end().ends_with('}') {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "it ended: {said}");
        }
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        Self {
            agents: said["agents"].as_str().unwrap().parse().unwrap(),
            dir,
            store,
            ca,
            system,
            process,
            next: AtomicU8::new(1),
            addresses: Mutex::default(),
        }
    }

    /// An address of this machine from which nobody came yet.
    pub(super) fn address(&self) -> Ipv4Addr {
        Ipv4Addr::new(127, 0, 1, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The address from which a host enrolled.
    pub(super) fn address_of(&self, agent: &Agent) -> Ipv4Addr {
        self.addresses.lock().unwrap()[&agent.host_id]
    }

    /// Enrols a host from an address of its own.
    pub(super) async fn host(&self) -> Agent {
        let secret = secret::text().unwrap().to_string();
        let now = SystemClock.now_ms();
        let new = NewToken {
            sha256: &secret::sha256(&secret),
            system_id: &self.system,
            host_id: None,
            created_by: "test",
            created_at: now,
            expires_at: now + HOUR_MS,
        };
        let mut tx = self.store.write().await.unwrap();
        token::add(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let (key, csr_der) = csr();
        let machine = machine();
        let request = EnrollRequest {
            token: secret,
            csr_der,
            facts: Some(facts(&machine)),
            clock_ms: now,
            previous: None,
        };
        let from = self.address();
        let mut client = connect_from(from, self.agents, &self.ca, None)
            .await
            .unwrap();
        let answer = client.enroll(request).await.unwrap().into_inner();
        let mut addresses = self.addresses.lock().unwrap();
        addresses.insert(answer.host_id.clone(), from);
        drop(addresses);
        Agent {
            host_id: answer.host_id,
            key,
            chain: answer.certificate_chain_der,
            ca: self.ca.clone(),
            anchors: vec![self.ca.clone()],
            address: self.agents,
            machine,
        }
    }

    /// The memory of the process in MiB: now, and the most there was.
    pub(super) fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let of = |name: &str| -> u64 {
            let line = status.lines().find(|l| l.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        (of("VmRSS:") / 1024, of("VmHWM:") / 1024)
    }

    /// What speaks against a host.
    pub(super) async fn events(&self, host: &str) -> Vec<IntegrityEvent> {
        let mut db = self.store.read().await.unwrap();
        integrity::list(&mut db, &Scope::All, Some(host))
            .await
            .unwrap()
    }

    /// Whether the log says that a host was cut off.
    pub(super) fn has_cut_off(&self, agent: &Agent) -> bool {
        let host = format!("host=\"{}\"", agent.host_id);
        let log = self.log();
        log.lines()
            .any(|l| l.contains("an offender is cut off") && l.contains(&host))
    }

    /// What the collector logged so far.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap()
    }
}
