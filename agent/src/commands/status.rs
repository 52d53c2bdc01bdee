//! `status`: identity, certificate, last run, what waits, and the connection.

use std::path::{Path, PathBuf};

use capdo_checks::{Value, lang::Lang};
use capdo_cli::disk::{self, Trouble};
use jiff::Timestamp;
use serde::Serialize;

use super::failed;
use crate::{
    cli::Format,
    clock::{Clock as _, SystemClock},
    config::Config,
    exit::Exit,
    guest::Guest,
    identity::{Identity, IdentityError},
    out,
    report::json,
    say::{self, Explain as _},
    spool::Spool,
    status::{Connection, LastRun, ServiceStatus},
    tpm::TpmError,
};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Status {
    format: &'static str,
    enrolled: bool,
    host_id: Option<String>,
    collector: Option<String>,
    certificate_days_left: Option<i64>,
    /// Where the host's key is: `file` or `tpm`.
    key: Option<&'static str>,
    /// The TPM that it is in, where the configuration says to use one.
    tpm: Option<PathBuf>,
    spool_depth: Option<u32>,
    /// Why that cannot be told now, though there is a spool: it has no room, or is read by the service alone.
    spool_unread: Option<String>,
    /// How many runs the collector will never get.
    runs_given_up: Option<u32>,
    /// Why nothing can be kept in the state folder: `full` or `read_only`.
    disk: Option<Trouble>,
    service: ServiceStatus,
}

/// Carries out `status`.
pub(super) fn run(format: Format, config: &Config, lang: Lang) -> Exit {
    let now = SystemClock.now_ms();
    let identity = match Identity::load(&config.state_dir, &config.tpm) {
        Ok(identity) => Some(identity),
        Err(IdentityError::None(_)) => None,
        Err(error) => return failed(&error, Exit::Internal, lang),
    };
    let (spool_depth, spool_unread) = match Spool::peek_depth(&config.state_dir) {
        Ok(depth) => (depth, None),
        Err(error) if error.may_pass() => (None, Some(error.to_string())),
        Err(error) => return failed(&error, Exit::Internal, lang),
    };
    let collector = config.collector.clone();
    let status = Status {
        format: "capdo-status/1",
        enrolled: identity.is_some(),
        host_id: identity.as_ref().map(|i| i.host_id().to_owned()),
        collector: collector.or_else(|| identity.as_ref().map(|i| i.collector().to_owned())),
        certificate_days_left: identity
            .as_ref()
            .map(|i| (i.not_after_ms() - now).div_euclid(86_400_000)),
        key: identity.as_ref().map(|i| {
            let in_tpm = i.key().is_in_tpm();
            if in_tpm { "tpm" } else { "file" }
        }),
        tpm: identity
            .as_ref()
            .and_then(|i| i.key().tpm().map(Path::to_owned)),
        spool_depth,
        spool_unread,
        // A spool of an older version has no such count, and an unread one is told above.
        runs_given_up: Spool::peek_gaps(&config.state_dir).ok().flatten(),
        disk: disk::trouble(&config.state_dir),
        service: ServiceStatus::load(&config.state_dir, now),
    };
    if format.json {
        out::line(&json::render(&status));
    } else {
        lines(&status, lang).iter().for_each(|l| out::line(l));
    }
    Exit::Fine
}

fn lines(status: &Status, lang: Lang) -> Vec<String> {
    let line = |key: &str, args: &[(&str, Value)]| say::with(lang, key, args);
    let Some(host_id) = &status.host_id else {
        return vec![line("status-not-enrolled", &[])];
    };
    let service = &status.service;
    let collector = status.collector.as_deref().unwrap_or_default();
    let days = Value::Int(status.certificate_days_left.unwrap_or(0));
    let connection = match service.connection {
        Connection::Down => "status-down",
        Connection::Connecting => "status-connecting",
        Connection::Connected => "status-connected",
        Connection::Carried => "status-carried",
    };
    let mut lines = vec![
        line("status-identity", &[("host", host_id.as_str().into())]),
        line("status-certificate", &[("days", days)]),
        key_line(status, lang),
        line(connection, &[("collector", collector.into())]),
    ];
    lines.extend(troubles(status, lang));
    lines.push(match &service.last_run {
        None => line("status-no-run", &[]),
        Some(run) => {
            let counter = ("counter", Value::from(run.counter));
            let findings = ("findings", Value::from(run.findings));
            line(
                "status-last-run",
                &[("at", time(run.finished_ms)), counter, findings],
            )
        }
    });
    lines.extend(service.last_run.iter().flat_map(|run| cost(run, lang)));
    if let Some(at) = service.last_ack_ms {
        lines.push(line("status-last-ack", &[("at", time(at))]));
    }
    if let Some(at) = service.next_run_ms {
        lines.push(line("status-next-run", &[("at", time(at))]));
    }
    lines.push(match &status.spool_unread {
        Some(error) => line("status-spool-unread", &[("detail", error.as_str().into())]),
        None => {
            let depth = Value::from(status.spool_depth.unwrap_or(0));
            line("status-spool", &[("runs", depth)])
        }
    });
    if let Some(runs @ 1..) = status.runs_given_up {
        lines.push(line("status-given-up", &[("runs", Value::from(runs))]));
    }
    lines.extend(service.guest.iter().flat_map(|guest| bound(guest, lang)));
    lines
}

/// What is wrong, each with what to do about it.
fn troubles(status: &Status, lang: Lang) -> Vec<String> {
    let line = |key: &str, args: &[(&str, Value)]| say::with(lang, key, args);
    let service = &status.service;
    let mut lines = Vec::new();
    if let Some(error) = &service.last_error {
        lines.push(line("status-error", &[("detail", error.as_str().into())]));
    }
    if let Some(error) = &service.spool_error {
        lines.push(line(
            "status-spool-error",
            &[("detail", error.as_str().into())],
        ));
    }
    lines.extend(status.disk.map(|disk| match disk {
        Trouble::Full => line("status-disk-full", &[]),
        Trouble::ReadOnly => line("status-disk-read-only", &[]),
    }));
    lines.extend(skew(service, lang));
    if let Some(at) = service.stuck_since_ms {
        lines.push(line("status-stuck", &[("at", time(at))]));
    }
    lines
}

/// How wrong the clock is, where it is. A service that does not run says nothing about now.
fn skew(service: &ServiceStatus, lang: Lang) -> Option<String> {
    let runs = service.connection != Connection::Down;
    let ahead = service.skew_ms().filter(|_| runs)?;
    let key = if ahead > 0 {
        "status-clock-ahead"
    } else {
        "status-clock-behind"
    };
    let seconds = Value::from(ahead.unsigned_abs() / 1_000);
    Some(say::with(lang, key, &[("seconds", seconds)]))
}

/// Where the host's key is.
fn key_line(status: &Status, lang: Lang) -> String {
    match (status.key, &status.tpm) {
        (Some("tpm"), Some(place)) => {
            let place = Value::from(place.display().to_string());
            say::with(lang, "status-key-tpm", &[("tpm", place)])
        }
        (Some("tpm"), None) => TpmError::Off.say(lang),
        _ => say::plain(lang, "status-key-file"),
    }
}

/// What a run cost, and whether that was all it might.
fn cost(run: &LastRun, lang: Lang) -> Vec<String> {
    let mib = |kib: u64| Value::from(kib.div_ceil(1_024));
    let mut args = vec![
        ("cpu", Value::from(run.cpu_ms)),
        ("rss", mib(run.peak_rss_kib)),
    ];
    let mut key = "status-cost";
    if let (Some(cpu), Some(rss)) = (run.cpu_limit_ms, run.rss_limit_kib) {
        key = "status-cost-limited";
        args.extend([
            ("cpu_limit", Value::from(cpu / 1_000)),
            ("rss_limit", mib(rss)),
        ]);
    }
    let mut lines = vec![say::with(lang, key, &args)];
    if run.checks_over_budget > 0 {
        let checks = [("checks", Value::from(run.checks_over_budget))];
        lines.push(say::with(lang, "status-over-budget", &checks));
    }
    lines
}

/// What binds the service.
fn bound(guest: &Guest, lang: Lang) -> Vec<String> {
    let line = |key: &str, args: &[(&str, Value)]| say::with(lang, key, args);
    let yes = |is: bool| Value::from(if is { "yes" } else { "no" });
    let user = if guest.uid == 0 { "root" } else { "own" };
    let names = if guest.capabilities.is_empty() {
        line("status-guest-no-capabilities", &[])
    } else {
        guest.capabilities.join(", ")
    };
    let abi = Value::from(guest.landlock_abi);
    let ports = yes(guest.landlock_abi >= 4); // the first version that knows of ports
    vec![
        line(
            "status-guest-user",
            &[
                ("user", user.into()),
                ("uid", Value::from(guest.uid.to_string())),
            ],
        ),
        line("status-guest-capabilities", &[("names", names.into())]),
        line(
            "status-guest-no-new-privs",
            &[("in_force", yes(guest.no_new_privs))],
        ),
        line("status-guest-landlock", &[("abi", abi), ("ports", ports)]),
        line("status-guest-seccomp", &[("in_force", yes(guest.seccomp))]),
        line(
            "status-guest-priority",
            &[
                ("nice", Value::Int(guest.nice.into())),
                ("idle", yes(guest.idle_io)),
            ],
        ),
    ]
}

fn time(ms: i64) -> Value {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    let zoned = at.to_zoned(jiff::tz::TimeZone::system());
    Value::from(zoned.strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_and_lost_runs_are_told() {
        let said = |clock_ahead_ms, runs, lang| {
            let status = Status {
                format: "",
                enrolled: true,
                host_id: Some("h".to_owned()),
                collector: None,
                certificate_days_left: None,
                key: None,
                tpm: None,
                spool_depth: Some(0),
                spool_unread: None,
                runs_given_up: Some(runs),
                disk: None,
                service: ServiceStatus {
                    connection: Connection::Connected,
                    clock_ahead_ms: Some(clock_ahead_ms),
                    ..ServiceStatus::default()
                },
            };
            lines(&status, lang).join("\n")
        };
        let fine = said(59_000, 0, Lang::En);
        assert!(
            !fine.contains("clock") && !fine.contains("never got"),
            "{fine}"
        );
        let ahead = said(3_600_000, 7, Lang::En);
        assert!(ahead.contains("3600 s ahead"), "{ahead}");
        assert!(ahead.contains("never got: 7"), "{ahead}");
        let behind = said(-61_000, 7, Lang::Vi);
        assert!(behind.contains("chậm hơn máy thu thập 61 giây"), "{behind}");
        assert!(behind.contains("không bao giờ nhận được: 7"), "{behind}");
    }
}
