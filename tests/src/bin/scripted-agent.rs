//! The real service and the real spool, with observations that a script makes up, so that tests know what
//! was seen and a run takes no time.
//!
//! ```text
//! scripted-agent enroll STATE ADDRESS TOKEN CA_SHA256
//! scripted-agent run STATE ADDRESS SEED
//! ```
//!
//! The state folder also holds the journal of what was observed, a line for each run, on disk before the
//! spool is handed the run (`CAPDO_JOURNAL` names another place).
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use capdo_agent::{
    budget::Taken,
    clock::{Clock, SystemClock},
    config::{Config, parse_sha256},
    enroll,
    host_facts::HostFacts,
    identity::Identity,
    service::{Job, Observe, Setup, Sighting, serve},
    spool::Spool,
    state_dir::Existing,
    tls::Anchor,
    tpm::TpmUse,
};
use capdo_proto::{digest::observation_sha256, v1};
use capdo_tests::script;

/// Sees what the script says, and writes it down first.
struct Scripted {
    clock: Arc<dyn Clock>,
    journal: PathBuf,
    seed: u64,
}

impl Observe for Scripted {
    fn observe(&self, _job: &Job) -> Sighting {
        let now = self.clock.now_ms();
        let mut file = fs::File::options()
            .create(true)
            .append(true)
            .open(&self.journal)
            .unwrap();
        let pass = script::passes(&self.journal) + 1;
        let seen = script::seen(self.seed, pass);
        let mut line = script::line(pass, &seen);
        line.push('\n');
        file.write_all(line.as_bytes()).unwrap();
        file.sync_all().unwrap();
        let findings = seen.iter().map(|(check, bytes)| finding(check, bytes, now));
        Sighting {
            checks: script::checks()
                .map(|(id, version)| v1::CheckRef {
                    check_id: id.to_owned(),
                    check_version: version,
                })
                .collect(),
            findings: findings.collect(),
            complete: true,
            started_ms: now,
            finished_ms: now,
            taken: Taken::default(),
            inventory: None,
        }
    }
}

fn finding(check: &str, bytes: &[u8], now: i64) -> v1::Finding {
    v1::Finding {
        check_id: check.to_owned(),
        check_version: script::version(check),
        subject: Some(v1::Subject {
            kind: v1::SubjectKind::Host.into(),
            name: String::new(),
        }),
        observed_at_ms: now,
        observation: bytes.to_vec(),
        observation_sha256: observation_sha256(bytes).to_vec(),
        claimed_verdict: v1::Verdict::Unknown.into(),
        claimed_reason_key: "common-gap".to_owned(),
        deleted: false,
    }
}

fn facts(state: &Path) -> HostFacts {
    let name = state.display().to_string();
    HostFacts {
        hostname: "scripted".to_owned(),
        os_id: "debian".to_owned(),
        os_version: "12".to_owned(),
        machine_id_sha256: Some(observation_sha256(name.as_bytes())),
    }
}

fn main() {
    tracing_subscriber::fmt()
        .with_env_filter("warn,capdo_agent=debug")
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["enroll", state, address, token, pin] => runtime.block_on(async {
            let anchor = Anchor::Pin(parse_sha256(pin).unwrap());
            let request = enroll::Request {
                collector: address,
                token: token.to_owned().into(),
                anchor: &anchor,
                state_dir: Path::new(state),
                existing: Existing::Keep,
                facts: &facts(Path::new(state)),
                tpm: &TpmUse::Off,
            };
            enroll::enroll(&request, &SystemClock).await.unwrap();
        }),
        ["run", state, address, seed] => runtime.block_on(run(state, address, seed)),
        _ => panic!("enroll STATE ADDRESS TOKEN CA_SHA256 | run STATE ADDRESS SEED"),
    }
    runtime.shutdown_background();
}

async fn run(state: &str, address: &str, seed: &str) {
    let state = Path::new(state);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let journal = std::env::var_os("CAPDO_JOURNAL").map_or(state.join("journal"), PathBuf::from);
    let setup = Setup {
        config: Config {
            state_dir: state.to_owned(),
            collector: Some(address.to_owned()),
            tpm: TpmUse::Off,
            ..Config::empty()
        },
        identity: Identity::load(state, &TpmUse::Off).unwrap(),
        spool: Spool::open(state).unwrap(),
        clock: clock.clone(),
        observer: Arc::new(Scripted {
            clock,
            journal,
            seed: seed.parse().unwrap(),
        }),
        facts: facts(state),
        binary_sha256: [1; 32],
        first_run_within: Duration::ZERO,
        guest: None,
    };
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap();
    let stop = async move {
        terminate.recv().await;
    };
    serve(setup, stop).await.unwrap();
}
