use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::shell::ShellSetup,
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// A shell that nobody uses ends by itself, and users cannot lift that: `TMOUT` is set for every
/// login, read-only and exported. Shells that do not know `TMOUT` (`fish`), and programs that run
/// in a shell, are not covered.
pub(super) struct ShellTimeout;

const META: Meta = Meta {
    id: "session.shell-timeout",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &["session.user-idle-seconds"],
    always_applies: true,
};

const FILES: &str = "/etc/profile, /etc/profile.d/*.sh, /etc/bash.bashrc, /etc/bashrc";

impl Check for ShellTimeout {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let setup = cx.get::<ShellSetup>()?;
        let Some(timeout) = &setup.timeout else {
            return Ok(Facts::new().configured("set", false, FILES).into());
        };
        let source = &timeout.source;
        let facts = Facts::new()
            .configured("set", true, source)
            .configured("readonly", timeout.readonly, source)
            .configured("exported", timeout.exported, source)
            .configured("conditional", timeout.conditional, source);
        Ok(match timeout.seconds {
            Some(seconds) => facts.configured("seconds", seconds, source),
            None => facts,
        }
        .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !case.flag("set")? {
            return Ok(Judgement::fail("fail-none"));
        }
        let limit = case.threshold("session.user-idle-seconds");
        let seconds = case.int("seconds")?;
        let firm = case.flag("readonly")? && case.flag("exported")?;
        Ok(if seconds <= 0 {
            Judgement::fail("fail-none")
        } else if seconds > limit {
            Judgement::fail("fail-long")
        } else if case.flag("conditional")? {
            Judgement::partial("partial-conditional")
        } else if !firm {
            Judgement::partial("partial-not-firm")
        } else {
            Judgement::pass("pass")
        }
        .with("seconds", seconds)
        .with("limit", limit))
    }
}
