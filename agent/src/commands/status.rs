//! `status`: identity, certificate, last run, what waits, and the connection.

use capdo_checks::{Value, lang::Lang};
use jiff::Timestamp;
use serde::Serialize;

use super::failed;
use crate::{
    cli::Format,
    clock::{Clock as _, SystemClock},
    config::Config,
    exit::Exit,
    identity::{Identity, IdentityError},
    out,
    report::json,
    say,
    spool::{Spool, SpoolError},
    status::{Connection, ServiceStatus},
};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Status {
    format: &'static str,
    enrolled: bool,
    host_id: Option<String>,
    collector: Option<String>,
    certificate_days_left: Option<i64>,
    spool_depth: Option<u32>,
    service: ServiceStatus,
}

/// Carries out `status`.
pub(super) fn run(format: Format, config: &Config, lang: Lang) -> Exit {
    let now = SystemClock.now_ms();
    let identity = match Identity::load(&config.state_dir) {
        Ok(identity) => Some(identity),
        Err(IdentityError::None(_)) => None,
        Err(error) => return failed(&error, Exit::Internal, lang),
    };
    let spool_depth = match Spool::peek_depth(&config.state_dir) {
        Ok(depth) => depth,
        Err(error @ SpoolError::Database { .. }) | Err(error @ SpoolError::Broken { .. }) => {
            return failed(&error, Exit::Internal, lang);
        }
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
        spool_depth,
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
        line(connection, &[("collector", collector.into())]),
    ];
    if let Some(error) = &service.last_error {
        lines.push(line("status-error", &[("detail", error.as_str().into())]));
    }
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
    if let Some(at) = service.last_ack_ms {
        lines.push(line("status-last-ack", &[("at", time(at))]));
    }
    if let Some(at) = service.next_run_ms {
        lines.push(line("status-next-run", &[("at", time(at))]));
    }
    let depth = Value::from(status.spool_depth.unwrap_or(0));
    lines.push(line("status-spool", &[("runs", depth)]));
    lines
}

fn time(ms: i64) -> Value {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    let zoned = at.to_zoned(jiff::tz::TimeZone::system());
    Value::from(zoned.strftime("%Y-%m-%d %H:%M").to_string())
}
