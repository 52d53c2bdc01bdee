use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::audit::{Configured, Loaded, Status, Want},
    observation::{Gap, Seen},
    verdict::Judgement,
};

use super::audited;

/// The kernel records certain events: the rules for them are *loaded*, not only written in a file.
/// It proves that the rules are there and that nothing switches them off; not that anyone reads
/// the records. Watches count when they cover the file or its folder, calls when they cover
/// 64-bit programs.
pub(super) struct AuditRules {
    meta: &'static Meta,
    wants: &'static [Want],
}

const fn meta(id: &'static str, severity: Severity) -> Meta {
    Meta {
        id,
        version: 1,
        severity,
        confidence: Confidence::High,
        needs: &[Need::Root, Need::Live],
        thresholds: &[],
        always_applies: false,
    }
}

/// Log-ins and sessions.
pub(super) const LOGINS: AuditRules = AuditRules {
    meta: &meta("log.audit-logins", Severity::Medium),
    wants: &[
        Want::AnyWrite(&["/var/log/lastlog", "/var/lib/lastlog/lastlog2.db"]),
        Want::AnyWrite(&[
            "/var/run/faillock",
            "/var/log/faillock",
            "/run/faillock",
            "/var/log/faillog",
        ]),
        Want::AnyWrite(&["/var/log/wtmp", "/var/lib/wtmpdb/wtmp.db"]),
        Want::Write("/var/log/btmp"),
    ],
};

/// Changes of accounts and groups.
pub(super) const IDENTITY: AuditRules = AuditRules {
    meta: &meta("log.audit-identity", Severity::High),
    wants: &[
        Want::Write("/etc/passwd"),
        Want::Write("/etc/shadow"),
        Want::Write("/etc/group"),
        Want::Write("/etc/gshadow"),
        Want::Write("/etc/security/opasswd"),
    ],
};

/// What administrators do.
pub(super) const ADMIN: AuditRules = AuditRules {
    meta: &meta("log.audit-admin", Severity::Medium),
    wants: &[
        Want::Write("/etc/sudoers"),
        Want::Write("/etc/sudoers.d/"),
        Want::Call("execve"),
    ],
};

/// Changes of the clock and of the network's configuration.
pub(super) const TIME: AuditRules = AuditRules {
    meta: &meta("log.audit-time", Severity::Medium),
    wants: &[
        Want::Call("adjtimex"),
        Want::Call("settimeofday"),
        Want::Call("clock_settime"),
        Want::Write("/etc/localtime"),
        Want::Write("/etc/hosts"),
        Want::Call("sethostname"),
    ],
};

impl Check for AuditRules {
    fn meta(&self) -> &'static Meta {
        self.meta
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (facts, goes_on) = audited::facts(cx)?;
        if !goes_on {
            return Ok(facts.into());
        }
        let configured = cx.get::<Configured>()?;
        let loaded = cx.get::<Loaded>()?;
        let status = cx.get::<Status>()?;
        Ok(facts
            .configured(
                "missing",
                configured.0.missing(self.wants),
                "/etc/audit/rules.d",
            )
            .effective("missing", loaded.0.missing(self.wants), "auditctl -l")
            .effective("wanted", self.wants.len(), "capdo")
            .effective("suppressed", loaded.0.suppressed, "auditctl -l")
            .effective("enabled", status.enabled, "auditctl -s")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if let Some(early) = audited::judge(case)? {
            return Ok(early);
        }
        if case.int("enabled")? == 0 {
            return Ok(Judgement::fail("fail-off"));
        }
        if case.flag("suppressed")? {
            return Ok(Judgement::fail("fail-suppressed"));
        }
        let missing = case.list("missing")?;
        let wanted = case.int("wanted")?;
        let list = missing.to_vec();
        Ok(if missing.is_empty() {
            Judgement::pass("pass")
        } else if i64::try_from(missing.len()).is_ok_and(|n| n < wanted) {
            Judgement::partial("partial").with("missing", list)
        } else {
            Judgement::fail("fail").with("missing", list)
        })
    }
}
