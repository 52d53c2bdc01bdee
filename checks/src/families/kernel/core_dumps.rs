//! Whether the memory of crashed programs is kept out of files.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        coredump::{self, Taker},
        sysctl,
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Programs that change user do not dump, and no dump is stored: the kernel hands it to nobody, or
/// systemd-coredump stores none. A limit for logins alone is partial: services do not pass by it.
pub(super) struct CoreDumps;

const META: Meta = Meta {
    id: "kernel.core-dumps",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for CoreDumps {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let pattern = host.text("/proc/sys/kernel/core_pattern")?;
        let taker = coredump::taker(&pattern);
        let facts = sysctl::add(cx, Facts::new(), "fs.suid_dumpable")?;
        let mut facts = facts
            .effective("taker", taker.word(), "/proc/sys/kernel/core_pattern")
            .configured(
                "limited",
                coredump::limited(host)?,
                "/etc/security/limits.conf, limits.d",
            );
        if taker == Taker::Systemd {
            facts = facts.configured(
                "storage",
                coredump::storage(host)?,
                "/etc/systemd/coredump.conf",
            );
        }
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.int("fs_suid_dumpable")? != 0 {
            return Ok(Judgement::fail("fail-suid"));
        }
        let kept = match case.text("taker")? {
            "nobody" => false,
            "systemd-coredump" => case.text("storage")? != "none",
            _ => true,
        };
        Ok(match (kept, case.flag("limited")?) {
            (false, _) => Judgement::pass("pass"),
            (true, true) => Judgement::partial("partial"),
            (true, false) => Judgement::fail("fail"),
        })
    }
}
