//! Whether USB sticks and disks can be used.

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{boot, container::Container, modprobe},
    observation::{Facts, Gap, Seen, Vantage},
    verdict::Judgement,
};

/// The module `usb-storage` is absent or blocked by an `install` line. USBGuard started at boot makes the
/// verdict partial: its rules may allow storage.
pub(super) struct UsbStorage;

const META: Meta = Meta {
    id: "kernel.usb-storage",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: false,
};

impl Check for UsbStorage {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let host = cx.host();
        let inside = cx.get::<Container>()?.inside;
        let facts = Facts::new().effective("container", inside, "/proc/self/ns/pid");
        if inside {
            return Ok(facts.into());
        }
        let states = modprobe::states(host, &["usb-storage"])?;
        let state = states.first().map(|(_, s)| s.word());
        let guard = boot::enabled(host, "usbguard.service")?.is_some();
        let facts = facts
            .maybe(
                "module",
                Vantage::Configured,
                state,
                "/etc/modprobe.d, /proc/modules",
            )
            .configured("usbguard", guard, "/etc/systemd/system/*.wants");
        Ok(facts.into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("container")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let (module, guard) = (case.text("module")?, case.flag("usbguard")?);
        Ok(match (module, guard) {
            ("absent" | "blocked", _) => Judgement::pass("pass"),
            (_, true) => Judgement::partial("partial-usbguard"),
            ("blacklisted", _) => Judgement::partial("partial-blacklist"),
            (state, _) => Judgement::fail("fail").with("state", state),
        })
    }
}
