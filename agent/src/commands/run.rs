//! `run`: the service.

use std::{
    fs::File,
    future::Future,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use capdo_checks::{host::Live, lang::Lang};
use sha2::{Digest as _, Sha256};
use tokio::signal::unix::{SignalKind, signal};

use super::failed;
use crate::{
    clock::SystemClock,
    config::{Config, LogFormat},
    exit::Exit,
    host_facts::HostFacts,
    identity::Identity,
    out,
    service::{self, LiveObserver, Setup},
    spool::Spool,
};

/// By how much the agent steps back behind what the host is there for.
pub(super) const NICE: i32 = 10;
const FIRST_RUN_WITHIN: Duration = Duration::from_secs(30);

/// Carries out `run`.
pub(super) fn run(config: Config, lang: Lang) -> Exit {
    log_to_stderr(config.log_format);
    let identity = match Identity::load(&config.state_dir) {
        Ok(identity) => identity,
        Err(error) => return failed(&error, Exit::Usage, lang),
    };
    let spool = match Spool::open(&config.state_dir) {
        Ok(spool) => spool,
        Err(error) => return failed(&error, Exit::Internal, lang),
    };
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "The priority stays as it is.");
    }
    let setup = Setup {
        config,
        identity,
        spool,
        clock: Arc::new(SystemClock),
        observer: Arc::new(LiveObserver::new(SystemClock)),
        facts: HostFacts::gather(&Live::new()),
        binary_sha256: sha256_of(Path::new("/proc/self/exe")).unwrap_or_default(),
        first_run_within: FIRST_RUN_WITHIN,
    };
    match serve(setup) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            tracing::error!(%error, "The service ends.");
            out::error(&error.to_string());
            Exit::Internal
        }
    }
}

fn serve(setup: Setup) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(4)
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let stop = stop_signal()?;
        service::serve(setup, stop).await?;
        Ok(())
    });
    runtime.shutdown_background(); // a run under way is not waited for; the next start repeats it
    served
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
