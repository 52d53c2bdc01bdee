//! `run`: the service.

use std::{
    fs::File,
    future::Future,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use capdo_checks::{
    host::{Live, Stop},
    lang::Lang,
};
use sha2::{Digest as _, Sha256};
use tokio::signal::unix::{SignalKind, signal};

use super::failed;
use crate::{
    alone::Alone,
    clock::SystemClock,
    config::{Config, LogFormat},
    exit::Exit,
    guest::{self, Guest, Needs},
    host_facts::HostFacts,
    identity::{self, Identity, IdentityError},
    out,
    service::{self, LiveObserver, Setup},
    spool::Spool,
    state_dir,
};

/// How long a command that a check ran may take to be gone, at the end.
const LAST_COMMAND: Duration = Duration::from_secs(1);
/// Agents that begin at the same moment, after a power cut say, are spread over this.
const FIRST_RUN_WITHIN: Duration = Duration::from_secs(60);

/// Carries out `run`.
pub(super) fn run(config: Config, lang: Lang) -> Exit {
    log_to_stderr(config.log_format);
    // Landlock can only except a folder that is there. Where it cannot be made, opening what belongs
    // into it says why.
    drop(state_dir::create(&config.state_dir));
    let guest = become_guest(&config); // before any thread
    let _alone = match Alone::take(&config.state_dir) {
        Ok(alone) => alone,
        Err(error) => return failed(&error, Exit::Usage, lang),
    };
    let identity = match usable_identity(&config) {
        Ok(identity) => identity,
        Err(error) => return failed(&error, Exit::Usage, lang),
    };
    let spool = match Spool::open(&config.state_dir) {
        Ok(spool) => spool,
        Err(error) => return failed(&error, Exit::Internal, lang),
    };
    let stop = Stop::default();
    let setup = Setup {
        observer: Arc::new(LiveObserver::new(SystemClock, config.limits, stop.clone())),
        config,
        identity,
        spool,
        clock: Arc::new(SystemClock),
        facts: HostFacts::gather(&Live::new()),
        binary_sha256: sha256_of(Path::new("/proc/self/exe")).unwrap_or_default(),
        guest: Some(guest),
        first_run_within: FIRST_RUN_WITHIN,
    };
    match serve(setup, &stop) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            tracing::error!(%error, "The service ends.");
            out::error(&error.to_string());
            Exit::Internal
        }
    }
}

/// The identity, with a key that signs. Nothing else takes the place of one that does not.
fn usable_identity(config: &Config) -> Result<Identity, IdentityError> {
    let identity = Identity::load(&config.state_dir, &config.tpm)?;
    if let Some(mode) = state_dir::close(&config.state_dir.join(identity::FILE)) {
        tracing::warn!(
            mode = format!("{mode:o}"),
            "Others could read the host's key; that is taken away. Where somebody may have copied it, enrol anew."
        );
    }
    identity.key().try_out()?;
    Ok(identity)
}

fn serve(setup: Setup, stop: &Stop) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(4)
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let signalled = stop_signal()?;
        let stopping = async move {
            signalled.await;
            stop.ask(); // the commands of a run under way end at once
        };
        service::serve(setup, stopping).await?;
        Ok(())
    });
    // A run under way is not waited for; the next start repeats it.
    stop.ask();
    if !stop.wait_for_commands(LAST_COMMAND) {
        tracing::warn!("A command of a check could not be ended.");
    }
    runtime.shutdown_background();
    served
}

fn become_guest(config: &Config) -> Guest {
    let guest = guest::confine(&Needs {
        state_dir: &config.state_dir,
        granted: config.granted(),
        memory_kib: config.limits.rss_kib,
        tpm: config.tpm.place(),
    });
    tracing::info!(
        uid = guest.uid,
        no_new_privs = guest.no_new_privs,
        capabilities = guest.capabilities.join(" "),
        landlock_abi = guest.landlock_abi,
        seccomp = guest.seccomp,
        nice = guest.nice,
        idle_io = guest.idle_io,
        "The service is bound."
    );
    if guest.uid == 0 {
        tracing::warn!("The service runs as root; the unit file runs it as a user of its own.");
    }
    guest
}

fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn sha256_of(path: &Path) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut chunk = vec![0; 64 << 10];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            n => hasher.update(&chunk[..n]),
        }
    }
    Ok(hasher.finalize().into())
}

fn log_to_stderr(format: LogFormat) {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_from_env("CAPDO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false);
    match format {
        LogFormat::Text => builder.without_time().with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}
