use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::units::{self, Daemon},
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A program that takes log messages runs and starts at boot. It proves that messages are taken,
/// not that they are kept or sent: other checks of this family look at that.
pub(super) struct LogDaemon;

const META: Meta = Meta {
    id: "log.daemon",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

const DAEMONS: [Daemon; 3] = [
    Daemon {
        unit: "rsyslog.service",
        process: "rsyslogd",
    },
    Daemon {
        unit: "syslog-ng.service",
        process: "syslog-ng",
    },
    Daemon {
        unit: "systemd-journald.service",
        process: "systemd-journald",
    },
];

impl Check for LogDaemon {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let seen = units::standings(cx, &DAEMONS)?;
        let names = |keep: fn(&units::Standing) -> bool| -> Vec<&str> {
            let both = DAEMONS.iter().zip(&seen.all);
            both.filter(|(_, s)| keep(s))
                .map(|(d, _)| d.process)
                .collect()
        };
        // journald is started by systemd itself and has no link to be enabled by.
        let mut at_boot = names(|s| s.enabled);
        if names(|s| s.running).contains(&"systemd-journald")
            && !at_boot.contains(&"systemd-journald")
        {
            at_boot.push("systemd-journald");
        }
        Ok(Facts::new()
            .effective("running", names(|s| s.running), &seen.source)
            .configured("at_boot", at_boot, &seen.source)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let running = case.list("running")?;
        let at_boot = case.list("at_boot")?;
        let names = running.to_vec();
        Ok(if running.is_empty() {
            Judgement::fail("fail")
        } else if running.iter().any(|r| at_boot.contains(r)) {
            Judgement::pass("pass").with("daemons", names)
        } else {
            Judgement::partial("partial-boot").with("daemons", names)
        })
    }
}
