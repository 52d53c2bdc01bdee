use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        timesync::{Keeper, Servers},
        units::{self, Daemon},
    },
    observation::{Gap, Seen},
    verdict::Judgement,
};

use super::first;

/// One program keeps the clock, starts at boot and has a server to ask. Whether the clock is right
/// is another check's matter.
pub(super) struct ConfiguredService;

const META: Meta = Meta {
    id: "time.configured-service",
    version: 1,
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &[],
    always_applies: false,
};

const fn daemon(unit: &'static str, process: &'static str) -> Daemon {
    Daemon { unit, process }
}

/// Units differ between distributions.
const UNITS: [Daemon; 7] = [
    daemon("chrony.service", "chronyd"),
    daemon("chronyd.service", "chronyd"),
    daemon("systemd-timesyncd.service", "systemd-timesyncd"),
    daemon("ntp.service", "ntpd"),
    daemon("ntpd.service", "ntpd"),
    daemon("ntpsec.service", "ntpd"),
    daemon("ntpd-rs.service", "ntp-daemon"),
];

impl Check for ConfiguredService {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (facts, keepers, inside) = first(cx)?;
        if inside {
            return Ok(facts.into());
        }
        let standings = units::standings(cx, &UNITS)?;
        let at_boot = standings.all.iter().any(|s| s.running && s.enabled);
        let servers = cx.get::<Servers>()?;
        // timesyncd brings its distributor's servers along.
        let has_server = keepers
            .0
            .iter()
            .any(|&k| k == Keeper::Timesyncd || !servers.of(k).is_empty());
        Ok(facts
            .configured("at_boot", at_boot, &standings.source)
            .configured(
                "has_server",
                has_server,
                "chrony.conf timesyncd.conf ntp.conf",
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("container")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        let services = case.list("services")?;
        let judgement = if services.is_empty() {
            Judgement::fail("fail")
        } else if !case.flag("has_server")? {
            Judgement::fail("fail-no-server")
        } else if services.len() > 1 {
            Judgement::partial("partial-two")
        } else if !case.flag("at_boot")? {
            Judgement::partial("partial-boot")
        } else {
            Judgement::pass("pass")
        };
        Ok(judgement.with("services", services.to_vec()))
    }
}
