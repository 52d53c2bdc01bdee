use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::sudoers::Sudoers,
    host::{Command, HostError},
    observation::{Gap, Seen},
    verdict::Judgement,
};

/// `sudo` runs commands in a terminal of their own, so that none lives on and types into the
/// caller's, and records each use. From sudo 1.9.14 on the former is so unless switched off. That
/// the record reaches a log that is kept is for the family `log`.
pub(super) struct PtyAndLog;

const META: Meta = Meta {
    id: "sudo.pty-and-log",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Root],
    thresholds: &[],
    always_applies: false,
};

const SOURCE: &str = "/etc/sudoers and what it includes";

impl Check for PtyAndLog {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let sudoers = cx.get::<Sudoers>()?;
        let facts = super::presence(&sudoers);
        if !sudoers.present {
            return Ok(facts.into());
        }
        let said = |name: &str| sudoers.global(name).map(|d| d.on);
        let logfile = sudoers
            .global("logfile")
            .is_some_and(|d| d.on && !d.value.is_empty());
        let exceptions: Vec<String> = sudoers
            .defaults
            .iter()
            .filter(|d| !d.scope.is_empty() && !d.on)
            .filter(|d| ["use_pty", "syslog", "log_allowed"].contains(&d.name.as_str()))
            .map(|d| format!("Defaults{} !{} ({})", d.scope, d.name, d.source))
            .collect();
        let version = match cx.host().run(&Command::SudoVersion) {
            Ok(output) => version(&output.text()),
            Err(HostError::NotFound(_) | HostError::NotLive(_) | HostError::NoPermission(_)) => {
                None
            }
            Err(error) => return Err(error.into()),
        };
        let default_pty = version.is_some_and(|v| v >= (1, 9, 14));
        Ok(facts
            .configured("use_pty", said("use_pty").unwrap_or(default_pty), SOURCE)
            .configured("logfile", logfile, SOURCE)
            .configured("syslog", said("syslog").unwrap_or(true), SOURCE)
            .configured("log_allowed", said("log_allowed").unwrap_or(true), SOURCE)
            .configured("exceptions", exceptions, SOURCE)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("sudo_present")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let recorded = case.flag("syslog")? || case.flag("logfile")?;
        let exceptions = case.list("exceptions")?;
        Ok(if !recorded || !case.flag("log_allowed")? {
            Judgement::fail("fail-no-log")
        } else if !case.flag("use_pty")? {
            Judgement::partial("partial-no-pty")
        } else if !exceptions.is_empty() {
            Judgement::partial("partial-exceptions").with("lines", exceptions.to_vec())
        } else {
            Judgement::pass("pass")
        })
    }
}

/// `Sudo version 1.9.16p2`.
fn version(text: &str) -> Option<(u32, u32, u32)> {
    let word = text.lines().next()?.strip_prefix("Sudo version ")?;
    let mut parts = word.split('.').map(|part| {
        let digits = part.split(|c: char| !c.is_ascii_digit()).next();
        digits.and_then(|d| d.parse().ok())
    });
    Some((parts.next()??, parts.next()??, parts.next()??))
}
