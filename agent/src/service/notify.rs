//! What systemd is told. Outside systemd all of it does nothing.

use std::time::Duration;

use sd_notify::NotifyState;

/// The service is up.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The service is going down.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// A line for `systemctl status`.
pub(super) fn status(line: &str) {
    tell(&[NotifyState::Status(line)]);
}

/// The service is alive.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often systemd wants to be told that the service is alive.
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told.");
    }
}
