use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{forwarding::Forwarding, rsyslog::Forward},
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Messages leave the host: a target that is not this machine is configured, the program that
/// serves it runs, and (over TCP) is connected. It does not prove that the other side keeps them.
pub(super) struct LogForwarding;
/// The way to the other machine is encrypted and the other machine proves who it is.
pub(super) struct ForwardingTls;
/// Messages that cannot be delivered at once are kept on disk and sent later.
pub(super) struct ForwardingQueue;

const fn meta(id: &'static str, severity: Severity) -> Meta {
    Meta {
        id,
        version: 1,
        severity,
        confidence: Confidence::Medium,
        needs: &[Need::Live],
        thresholds: &[],
        always_applies: true,
    }
}

const FORWARDING: Meta = meta("log.forwarding", Severity::High);
const TLS: Meta = meta("log.forwarding-tls", Severity::Medium);
const QUEUE: Meta = meta("log.forwarding-queue", Severity::Low);

/// The facts that all three start from, with the targets that `keep` keeps under `name`.
fn facts(seen: &Forwarding) -> Facts {
    let source = seen
        .targets
        .first()
        .map_or("/etc/rsyslog.conf", |t| t.source.as_str());
    Facts::new()
        .configured("targets", names(seen, |_| true), source)
        .observed("shippers", seen.shippers.clone(), "/proc/*/comm")
}

fn names(seen: &Forwarding, keep: impl Fn(&Forward) -> bool) -> Vec<Value> {
    let kept = seen.targets.iter().filter(|t| keep(t));
    kept.map(|t| {
        let port = t.port.map_or_else(String::new, |p| format!(":{p}"));
        Value::from(format!("{} {}{port} ({})", t.module, t.target, t.source))
    })
    .collect()
}

/// What holds where no target is known.
fn without_targets(case: &Case<'_>) -> Result<Option<Judgement>, Missing> {
    let shippers = case.list("shippers")?;
    Ok(if !case.list("targets")?.is_empty() {
        None
    } else if shippers.is_empty() {
        Some(Judgement::fail("fail-none"))
    } else {
        Some(Judgement::unknown("unknown-shipper").with("shippers", shippers.to_vec()))
    })
}

impl Check for LogForwarding {
    fn meta(&self) -> &'static Meta {
        &FORWARDING
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let seen = cx.get::<Forwarding>()?;
        let everything = seen.targets.iter().any(|t| t.everything);
        Ok(facts(&seen)
            .configured("everything", everything, "/etc/rsyslog.conf")
            .effective("running", seen.running, "/proc/*/comm")
            .observed("connected", seen.connected, "/proc/net/tcp")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let targets = case.list("targets")?.to_vec();
        let shippers = case.list("shippers")?;
        if targets.is_empty() {
            return Ok(if shippers.is_empty() {
                Judgement::fail("fail")
            } else {
                // It runs; where it sends what is in its own configuration, which is not read.
                Judgement::partial("partial-shipper").with("shippers", shippers.to_vec())
            });
        }
        let judgement = if !case.flag("running")? {
            Judgement::fail("fail-stopped")
        } else if !case.flag("everything")? {
            Judgement::partial("partial-some")
        } else if !case.flag("connected")? {
            Judgement::partial("partial-unconnected")
        } else {
            Judgement::pass("pass")
        };
        Ok(judgement.with("targets", targets))
    }
}

impl Check for ForwardingTls {
    fn meta(&self) -> &'static Meta {
        &TLS
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let seen = cx.get::<Forwarding>()?;
        let conf = "/etc/rsyslog.conf";
        Ok(facts(&seen)
            .configured("plain", names(&seen, |t| !t.tls), conf)
            .configured(
                "unchecked",
                names(&seen, |t| t.tls && !t.checked_name),
                conf,
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(early) = without_targets(case)? {
            return Ok(early);
        }
        let (plain, unchecked) = (case.list("plain")?, case.list("unchecked")?);
        Ok(if !plain.is_empty() {
            Judgement::fail("fail").with("targets", plain.to_vec())
        } else if !unchecked.is_empty() {
            Judgement::partial("partial").with("targets", unchecked.to_vec())
        } else {
            Judgement::pass("pass")
        })
    }
}

impl Check for ForwardingQueue {
    fn meta(&self) -> &'static Meta {
        &QUEUE
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let seen = cx.get::<Forwarding>()?;
        let conf = "/etc/rsyslog.conf";
        let half = |t: &Forward| t.disk_queue != t.retries_forever;
        Ok(facts(&seen)
            .configured(
                "losing",
                names(&seen, |t| !t.disk_queue && !t.retries_forever),
                conf,
            )
            .configured("half", names(&seen, half), conf)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(early) = without_targets(case)? {
            return Ok(early);
        }
        let (losing, half) = (case.list("losing")?, case.list("half")?);
        Ok(if !losing.is_empty() {
            Judgement::fail("fail").with("targets", losing.to_vec())
        } else if !half.is_empty() {
            Judgement::partial("partial").with("targets", half.to_vec())
        } else {
            Judgement::pass("pass")
        })
    }
}
