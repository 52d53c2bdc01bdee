//! `serve`: runs the collector until it is told to stop.

use std::{sync::Arc, time::Duration};

use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, Context, Output};
use crate::{clock::SystemClock, logging, say::text, serve::Collector};

pub(super) async fn run(cx: &Context, output: &Output) -> Result<(), CliError> {
    logging::start(&cx.config.log)?;
    if !cx.is_set_up() {
        return Err(CliError::NotSetUp(cx.data.clone()));
    }
    let clock = Arc::new(SystemClock);
    let mut collector = Collector::start(&cx.data, cx.config.clone(), clock).await?;
    let shown = serde_json::json!({ "agents": collector.agents, "web": collector.web });
    output.show(&shown, |_| {
        let (agents, web) = (text(collector.agents), text(collector.web));
        output.say("serve-addresses", &[("agents", agents), ("web", web)])
    });
    let mut term = signal(SignalKind::terminate()).map_err(CliError::Runtime)?;
    let mut int = signal(SignalKind::interrupt()).map_err(CliError::Runtime)?;
    tell(&[NotifyState::Ready]);
    let done = tokio::select! {
        _ = term.recv() => Ok(()),
        _ = int.recv() => Ok(()),
        failed = collector.failed() => failed,
        () = watchdog() => Ok(()),
    };
    tell(&[NotifyState::Stopping]);
    collector.stop().await;
    Ok(done?)
}

/// Tells systemd at half its interval that the collector is alive.
async fn watchdog() {
    let Some(every) = sd_notify::watchdog_enabled() else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep((every / 2).max(Duration::from_millis(100))).await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd was not told");
    }
}
