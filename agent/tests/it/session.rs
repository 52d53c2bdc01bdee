//! The service against a collector on loopback: enrolment, sessions, refusals, resync, renewal.

use std::{
    future::Future,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use capdo_agent::{
    budget::Taken,
    clock::{Clock, SystemClock},
    config::Config,
    dial::DialError,
    enroll::{EnrollError, Request, enroll},
    host_facts::HostFacts,
    identity::{Identity, IdentityError},
    service::{Job, Observe, Setup, Sighting, serve},
    spool::Spool,
    state_dir::Existing,
    status::{Connection, ServiceStatus},
    tls::Anchor,
    tpm::TpmUse,
};
use capdo_proto::{digest::observation_sha256, v1, v1::session_response::Payload as Say};
use sha2::{Digest as _, Sha256};
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};
use zeroize::Zeroizing;

use crate::collector::{Collector, HOST_ID, TOKEN};

const CHECK: &str = "account.uid-zero";

pub(crate) fn facts() -> HostFacts {
    HostFacts {
        hostname: "may-chu-1".to_owned(),
        os_id: "debian".to_owned(),
        os_version: "12".to_owned(),
        machine_id_sha256: Some([5; 32]),
    }
}

pub(crate) async fn join(
    collector: &Collector,
    dir: &Path,
    token: &str,
    anchor: Anchor,
    existing: Existing,
) -> Result<Identity, EnrollError> {
    join_with(collector, (dir, &TpmUse::Off), token, anchor, existing).await
}

/// As [`join`], with a key in a TPM where that is said.
pub(crate) async fn join_with(
    collector: &Collector,
    (dir, tpm): (&Path, &TpmUse),
    token: &str,
    anchor: Anchor,
    existing: Existing,
) -> Result<Identity, EnrollError> {
    let facts = facts();
    let request = Request {
        collector: &collector.address,
        token: Zeroizing::new(token.to_owned()),
        anchor: &anchor,
        state_dir: dir,
        existing,
        facts: &facts,
        tpm,
    };
    Ok(enroll(&request, &SystemClock).await?.0)
}

pub(crate) fn pin(collector: &Collector) -> Anchor {
    Anchor::Pin(Sha256::digest(&collector.ca_der).into())
}

/// Sees whatever the test wrote down.
#[derive(Default)]
struct Script(Mutex<Vec<String>>);

impl Observe for Script {
    fn observe(&self, _job: &Job) -> Sighting {
        let now = SystemClock.now_ms();
        let findings = self
            .0
            .lock()
            .unwrap()
            .clone()
            .into_iter()
            .map(|text| v1::Finding {
                check_id: CHECK.to_owned(),
                check_version: 1,
                subject: Some(v1::Subject {
                    kind: v1::SubjectKind::Account.into(),
                    name: text.split('=').next().unwrap().to_owned(),
                }),
                observed_at_ms: now,
                observation: text.clone().into_bytes(),
                observation_sha256: observation_sha256(text.as_bytes()).to_vec(),
                claimed_verdict: v1::Verdict::Pass.into(),
                claimed_reason_key: "pass".to_owned(),
                deleted: false,
            });
        Sighting {
            findings: findings.collect(),
            checks: vec![v1::CheckRef {
                check_id: CHECK.to_owned(),
                check_version: 1,
            }],
            complete: true,
            started_ms: now,
            finished_ms: now,
            taken: Taken::default(),
            inventory: Some(capdo_checks::facts::inventory::Inventory {
                scheme: capdo_checks::facts::versions::Scheme::Dpkg,
                os: "debian".to_owned(),
                os_version: "12".to_owned(),
                kernel: String::new(),
                kernel_build: String::new(),
                channels: Vec::new(),
                packages: Vec::new(),
            }),
        }
    }
}

pub(crate) struct Agent {
    script: Arc<Script>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Agent {
    pub(crate) fn start(dir: &Path, sees: &[&str]) -> Self {
        Self::start_by(dir, sees, Arc::new(SystemClock))
    }

    /// As [`Self::start`], by another clock.
    pub(crate) fn start_by(dir: &Path, sees: &[&str], clock: Arc<dyn Clock>) -> Self {
        Self::start_with((dir, &TpmUse::Off), sees, clock)
    }

    /// As [`Self::start_by`], with a TPM.
    pub(crate) fn start_with(
        (dir, tpm): (&Path, &TpmUse),
        sees: &[&str],
        clock: Arc<dyn Clock>,
    ) -> Self {
        let script = Arc::new(Script::default());
        *script.0.lock().unwrap() = sees.iter().map(|s| (*s).to_owned()).collect();
        let setup = Setup {
            config: Config {
                state_dir: dir.to_owned(),
                tpm: tpm.clone(),
                ..Config::empty()
            },
            identity: Identity::load(dir, tpm).unwrap(),
            spool: Spool::open(dir).unwrap(),
            clock,
            observer: script.clone(),
            facts: facts(),
            binary_sha256: [1; 32],
            guest: None,
            first_run_within: Duration::ZERO,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            serve(setup, async move { drop(stopped.await) })
                .await
                .unwrap();
        });
        Self {
            script,
            stop: Some(stop),
            task,
        }
    }

    pub(crate) fn sees(&self, texts: &[&str]) {
        *self.script.0.lock().unwrap() = texts.iter().map(|s| (*s).to_owned()).collect();
    }

    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.task.await.unwrap();
    }
}

pub(crate) async fn eventually(what: &str, holds: impl FnMut() -> bool) {
    eventually_within(20, what, holds).await;
}

pub(crate) async fn eventually_within(seconds: u64, what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..seconds * 50 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

pub(crate) fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(test);
}

pub(crate) async fn enrolled() -> (Collector, tempfile::TempDir) {
    let collector = Collector::start().await;
    let dir = tempfile::tempdir().unwrap();
    let anchor = pin(&collector);
    join(&collector, dir.path(), TOKEN, anchor, Existing::Keep)
        .await
        .unwrap();
    (collector, dir)
}

#[test]
fn enrolment_gives_an_identity_once() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        let identity = Identity::load(dir.path(), &TpmUse::Off).unwrap();
        assert_eq!(identity.host_id(), HOST_ID);
        let anchor = Anchor::Ca(vec![collector.ca_der.clone()]);
        let again = join(
            &collector,
            dir.path(),
            TOKEN,
            anchor.clone(),
            Existing::Keep,
        )
        .await;
        let error = again.unwrap_err();
        assert!(
            matches!(error, EnrollError::Identity(IdentityError::Exists(_))),
            "{error}"
        );
        join(&collector, dir.path(), TOKEN, anchor, Existing::Replace)
            .await
            .unwrap();
    });
}

#[test]
fn enrolment_fails_with_a_clear_reason_and_leaves_nothing() {
    block_on(async {
        let collector = Collector::start().await;
        let dir = tempfile::tempdir().unwrap();
        let join = |token, anchor| join(&collector, dir.path(), token, anchor, Existing::Keep);
        let error = join("WRONG", pin(&collector)).await.unwrap_err();
        assert!(matches!(error, EnrollError::Token), "{error}");
        let error = join(TOKEN, Anchor::Pin([0; 32])).await.unwrap_err();
        assert!(
            matches!(error, EnrollError::Dial(DialError::Untrusted { .. })),
            "{error}"
        );
        let other = Collector::start().await;
        let error = join(TOKEN, Anchor::Ca(vec![other.ca_der.clone()]))
            .await
            .unwrap_err();
        assert!(
            matches!(error, EnrollError::Dial(DialError::Untrusted { .. })),
            "{error}"
        );
        let error = join(TOKEN, pin(&other)).await.unwrap_err();
        assert!(
            matches!(error, EnrollError::Dial(DialError::Untrusted { .. })),
            "{error}"
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    });
}

#[test]
fn only_changes_travel() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        let agent = Agent::start(dir.path(), &["a=1", "b=1", "c=1"]);
        eventually("the first run", || collector.look(|b| b.runs.len() == 1)).await;
        agent.sees(&["a=1", "b=2"]);
        collector
            .say(Say::RunNow(v1::RunNow { check_ids: vec![] }))
            .await;
        eventually("the second run", || collector.look(|b| b.runs.len() == 2)).await;
        collector.look(|b| {
            assert_eq!(b.runs, [(1, 3, 0), (2, 2, 1)]);
            assert_eq!(b.findings_received, 3 + 2, "one changed, one gone");
            assert_eq!(b.hellos[0].machine_id_sha256, [5; 32]);
        });
        let status = ServiceStatus::load(dir.path(), SystemClock.now_ms());
        assert_eq!(status.connection, Connection::Connected);
        assert_eq!(status.level, Some(3));
        agent.stop().await;
        let status = ServiceStatus::load(dir.path(), SystemClock.now_ms());
        assert_eq!(status.connection, Connection::Down);
        assert_eq!(Spool::peek_depth(dir.path()).unwrap(), Some(0));
    });
}

#[test]
fn a_cut_session_is_taken_up_again() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        collector.look(|b| b.cut = 2);
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("the run", || collector.look(|b| b.runs.len() == 1)).await;
        collector.look(|b| assert_eq!(b.hellos.len(), 3));
        agent.stop().await;
    });
}

#[test]
fn a_refused_run_is_sent_again_after_the_pause_that_was_asked_for() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        collector.look(|b| b.refuse.push(refusal(v1::RefusalCode::Busy, 300)));
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("the run", || collector.look(|b| b.runs == [(1, 1, 0)])).await;
        agent.stop().await;
    });
}

#[test]
fn a_run_that_is_never_taken_is_set_aside_and_its_findings_come_with_the_next() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        collector.look(|b| b.refuse.push(refusal(v1::RefusalCode::NonceMismatch, 0)));
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("the refusal", || collector.look(|b| b.refuse.is_empty())).await;
        collector
            .say(Say::RunNow(v1::RunNow {
                check_ids: vec![CHECK.to_owned()],
            }))
            .await;
        eventually("the next run", || collector.look(|b| b.runs == [(2, 1, 0)])).await;
        agent.stop().await;
    });
}

pub(crate) fn refusal(code: v1::RefusalCode, retry_after_ms: u64) -> v1::Refused {
    v1::Refused {
        code: code.into(),
        machine_code: "test.refused".to_owned(),
        message: "not now".to_owned(),
        retry_after_ms,
        run_id: String::new(),
    }
}

#[test]
fn a_collector_that_lost_its_state_gets_all_of_it() {
    block_on(async {
        let (collector, dir) = enrolled().await;
        let agent = Agent::start(dir.path(), &["a=1", "b=1"]);
        eventually("the first run", || collector.look(|b| b.runs.len() == 1)).await;
        collector.look(|b| b.state.clear());
        collector
            .say(Say::RunNow(v1::RunNow { check_ids: vec![] }))
            .await;
        eventually("the resync", || collector.look(|b| b.resyncs == 1)).await;
        eventually("the state", || collector.look(|b| b.state.len() == 2)).await;
        let depth = || Spool::peek_depth(dir.path()).unwrap();
        eventually("the spool is empty", || depth() == Some(0)).await;
        agent.stop().await;
    });
}

#[test]
fn the_certificate_is_renewed_in_time_and_the_session_goes_on() {
    block_on(async {
        let collector = Collector::start().await;
        collector.look(|b| b.renew_in_ms = 300);
        let dir = tempfile::tempdir().unwrap();
        let anchor = pin(&collector);
        let first = join(&collector, dir.path(), TOKEN, anchor, Existing::Keep)
            .await
            .unwrap();
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("the renewal", || collector.look(|b| b.renewals == 1)).await;
        let renewed = || {
            Identity::load(dir.path(), &TpmUse::Off)
                .unwrap()
                .key()
                .public()
                != first.key().public()
        };
        eventually("the new identity", renewed).await;
        let hellos = collector.look(|b| b.hellos.len());
        eventually("a new session", || {
            collector.look(|b| b.hellos.len() >= hellos.max(1))
        })
        .await;
        collector
            .say(Say::RunNow(v1::RunNow { check_ids: vec![] }))
            .await;
        eventually("a run", || collector.look(|b| !b.runs.is_empty())).await;
        agent.stop().await;
    });
}

fn another_ca() -> Vec<u8> {
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let key = rcgen::KeyPair::generate().unwrap();
    params.self_signed(&key).unwrap().der().to_vec()
}

#[test]
fn the_next_ca_is_kept_before_it_is_confirmed_and_a_strange_one_is_not() {
    block_on(async {
        let collector = Collector::start().await;
        let dir = tempfile::tempdir().unwrap();
        let anchor = pin(&collector);
        join(&collector, dir.path(), TOKEN, anchor, Existing::Keep)
            .await
            .unwrap();
        let agent = Agent::start(dir.path(), &["a=1"]);
        eventually("a run", || collector.look(|b| !b.runs.is_empty())).await;
        assert!(collector.look(|b| b.hellos[0].takes_trust_anchors));
        let tell = async |ca: Vec<Vec<u8>>, renew_within_ms| {
            let anchors = v1::TrustAnchors {
                ca_certificates_der: ca,
                renew_within_ms,
            };
            collector.look(|b| b.trusted.clear());
            collector.say(Say::TrustAnchors(anchors)).await;
            eventually("the answer", || collector.look(|b| !b.trusted.is_empty())).await;
            collector.look(|b| b.trusted.clone())
        };
        let hash = |der: &Vec<u8>| Sha256::digest(der).to_vec();
        let (old, next) = (collector.ca_der.clone(), another_ca());
        let held = tell(vec![old.clone(), next.clone()], 0).await;
        assert_eq!(held, [hash(&old), hash(&next)]);
        let kept = Identity::load(dir.path(), &TpmUse::Off).unwrap();
        assert_eq!(kept.ca().collect::<Vec<_>>(), [&old[..], &next[..]]);
        // Without any of those that are held, nothing is taken, and the agent does not say otherwise.
        let held = tell(vec![another_ca()], 0).await;
        assert_eq!(held, [hash(&old), hash(&next)]);
        assert_eq!(
            Identity::load(dir.path(), &TpmUse::Off)
                .unwrap()
                .ca()
                .count(),
            2
        );

        assert_eq!(collector.look(|b| b.renewals), 0);
        tell(vec![old.clone(), next], 1).await;
        eventually("the renewal", || collector.look(|b| b.renewals == 1)).await;
        let renewed = || {
            Identity::load(dir.path(), &TpmUse::Off)
                .unwrap()
                .key()
                .public()
                != kept.key().public()
        };
        eventually("the new key", renewed).await;
        agent.stop().await;
    });
}

/// Observes for a long time, as the checks of large backups do.
pub(crate) struct Slow(pub(crate) Duration, pub(crate) std::sync::mpsc::Sender<()>);

impl Observe for Slow {
    fn observe(&self, _job: &Job) -> Sighting {
        self.1.send(()).unwrap();
        std::thread::sleep(self.0);
        let now = SystemClock.now_ms();
        Sighting {
            findings: Vec::new(),
            checks: Vec::new(),
            complete: false,
            started_ms: now,
            finished_ms: now,
            taken: Taken::default(),
            inventory: None,
        }
    }
}

/// Set for the process in which the test below watches the service: its environment is its own.
const WATCHED: &str = "CAPDO_TEST_WATCHED";

/// Does its work only in the process that the test below starts and watches from outside.
#[test]
fn serves_beside_a_long_observation() {
    if std::env::var_os(WATCHED).is_none() {
        return;
    }
    block_on(async {
        let (_collector, dir) = enrolled().await;
        let (tell, begun) = std::sync::mpsc::channel();
        let setup = Setup {
            config: Config {
                state_dir: dir.path().to_owned(),
                tpm: TpmUse::Off,
                ..Config::empty()
            },
            identity: Identity::load(dir.path(), &TpmUse::Off).unwrap(),
            spool: Spool::open(dir.path()).unwrap(),
            clock: Arc::new(SystemClock),
            observer: Arc::new(Slow(Duration::from_secs(8), tell)),
            facts: facts(),
            binary_sha256: [1; 32],
            guest: None,
            first_run_within: Duration::ZERO,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(setup, async move { drop(stopped.await) }));
        eventually("the observation begins", || begun.try_recv().is_ok()).await;
        sleep(Duration::from_secs(5)).await;
        stop.send(()).unwrap();
        let asked = std::time::Instant::now();
        task.await.unwrap().unwrap();
        let took = asked.elapsed();
        assert!(took < Duration::from_secs(2), "stopping took {took:?}");
    });
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the service runs in a process of its own"
)]
fn a_long_observation_delays_neither_the_watchdog_nor_the_stop() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let program = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(program)
        .args(["--exact", "session::serves_beside_a_long_observation"])
        .env(WATCHED, "1")
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "1000000")
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut piece = [0; 512];
    let (mut pings, mut longest) = (0, Duration::ZERO);
    let mut last: Option<std::time::Instant> = None;
    loop {
        let n = socket.recv(&mut piece).unwrap();
        let said = String::from_utf8_lossy(&piece[..n]).into_owned();
        if said.contains("STOPPING=1") {
            break;
        }
        if said.contains("WATCHDOG=1") {
            let gap = last.map(|at| at.elapsed()).unwrap_or_default();
            longest = longest.max(gap);
            last = Some(std::time::Instant::now());
            pings += 1;
        }
    }
    assert!(child.wait().unwrap().success());
    assert!(pings >= 10, "{pings} in five seconds");
    assert!(
        longest < Duration::from_secs(1),
        "{longest:?} without a word"
    );
}
