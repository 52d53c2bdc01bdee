//! A run that never ends: the service says so, and stops telling systemd that it is well.
#![expect(
    clippy::disallowed_methods,
    reason = "the service runs in a process of its own"
)]

use std::{
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use capdo_agent::{
    clock::{Clock, SystemClock},
    config::Config,
    identity::Identity,
    service::{Setup, serve},
    spool::Spool,
    status::ServiceStatus,
    tpm::TpmUse,
};
use tokio::{sync::oneshot, time::sleep};

use crate::session::{Slow, block_on, enrolled, eventually, facts};

/// The machine's clock, later by what has passed at once.
#[derive(Default)]
struct Later(AtomicI64);

impl Clock for Later {
    fn now(&self) -> jiff::Timestamp {
        let later = jiff::SignedDuration::from_millis(self.0.load(Ordering::SeqCst));
        SystemClock.now() + later
    }

    fn ticks_ms(&self) -> i64 {
        SystemClock.ticks_ms() + self.0.load(Ordering::SeqCst)
    }
}

/// Set for the process in which the test below watches the service: its environment is its own.
const WATCHED: &str = "CAPDO_TEST_STUCK";

/// Does its work only in the process that the test below starts and watches from outside.
#[test]
fn serves_beside_a_run_that_never_ends() {
    if std::env::var_os(WATCHED).is_none() {
        return;
    }
    block_on(async {
        let (_collector, dir) = enrolled().await;
        let (tell, begun) = mpsc::channel();
        let clock = Arc::new(Later::default());
        let setup = Setup {
            config: Config {
                state_dir: dir.path().to_owned(),
                tpm: TpmUse::Off,
                ..Config::empty()
            },
            identity: Identity::load(dir.path(), &TpmUse::Off).unwrap(),
            spool: Spool::open(dir.path()).unwrap(),
            clock: clock.clone(),
            observer: Arc::new(Slow(Duration::from_secs(12), tell)),
            facts: facts(),
            binary_sha256: [1; 32],
            guest: None,
            first_run_within: Duration::ZERO,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(setup, async move { drop(stopped.await) }));
        eventually("the observation begins", || begun.try_recv().is_ok()).await;
        let stuck = |dir: &Path| ServiceStatus::load(dir, 0).stuck_since_ms;
        let began = SystemClock.now_ms();
        sleep(Duration::from_secs(2)).await;
        assert_eq!(stuck(dir.path()), None);
        clock.0.store(86_400_000, Ordering::SeqCst);
        eventually("the word about it", || stuck(dir.path()).is_some()).await;
        let since = stuck(dir.path()).unwrap();
        assert!((since - began).abs() < 60_000, "{}", since - began);
        sleep(Duration::from_secs(5)).await;
        stop.send(()).unwrap();
        task.await.unwrap().unwrap();
    });
}

#[test]
fn the_watchdog_is_not_fed_beside_a_run_that_never_ends() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stuck::serves_beside_a_run_that_never_ends"])
        .env(WATCHED, "1")
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "1000000")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let limit = Some(Duration::from_secs(60));
    socket.set_read_timeout(limit).unwrap();
    let mut piece = [0; 512];
    let (mut pings, mut last) = (0, Instant::now());
    loop {
        let n = socket.recv(&mut piece).unwrap();
        let said = String::from_utf8_lossy(&piece[..n]).into_owned();
        if said.contains("STOPPING=1") {
            break;
        }
        if said.contains("WATCHDOG=1") {
            (pings, last) = (pings + 1, Instant::now());
        }
    }
    assert!(child.wait().unwrap().success());
    assert!(pings >= 2, "{pings} while all was well");
    let silence = last.elapsed();
    assert!(
        silence > Duration::from_secs(3),
        "fed {silence:?} before the end"
    );
}
