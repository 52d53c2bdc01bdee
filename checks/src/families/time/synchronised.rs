use jiff::Timestamp;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::timesync::{self, Keeper},
    observation::{Gap, Seen, Vantage},
    verdict::Judgement,
};

use super::first;

/// The clock follows a source over the network and is close to it. chrony is asked for its offset;
/// the other programs only tell that the kernel counts its clock as synchronised, which it stops
/// doing some hours after the last good answer. A clock that only the virtual machine's host sets
/// does not count: nobody on this machine would notice when it stops.
pub(super) struct Synchronised;

const META: Meta = Meta {
    id: "time.synchronised",
    version: 1,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Live],
    thresholds: &["time.max-offset-ms"],
    always_applies: false,
};

impl Check for Synchronised {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let (facts, keepers, inside) = first(cx)?;
        if inside || keepers.0.is_empty() {
            return Ok(facts.into());
        }
        if keepers.0.contains(&Keeper::Chrony) {
            let seen = timesync::tracking(cx)?;
            let source = "chronyc tracking";
            let day = seen.last_update.div_euclid(86_400) * 86_400;
            let last = Timestamp::from_second(day).ok();
            return Ok(facts
                .effective("measured", true, source)
                .effective("synchronised", seen.synchronised, source)
                .effective("own_clock", seen.own_clock, source)
                .effective("stratum", seen.stratum, source)
                .effective("offset_within_ms", seen.within_ms, source)
                .maybe("last_update", Vantage::Effective, last, source)
                .into());
        }
        let synchronised = timesync::kernel_synchronised(cx)?;
        Ok(facts
            .effective("measured", false, "timedatectl show")
            .effective("synchronised", synchronised, "timedatectl show")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if case.flag("container")? {
            return Ok(Judgement::not_applicable("not-applicable"));
        }
        if case.list("services")?.is_empty() {
            return Ok(Judgement::fail("fail-no-service"));
        }
        if !case.flag("synchronised")? {
            return Ok(Judgement::fail("fail"));
        }
        if !case.flag("measured")? {
            return Ok(Judgement::pass("pass-kernel"));
        }
        let (offset, most) = (
            case.int("offset_within_ms")?,
            case.threshold("time.max-offset-ms"),
        );
        let stale = case.age_days("last_update")?;
        let judgement = if case.flag("own_clock")? {
            Judgement::fail("fail-own")
        } else if stale > 1 {
            Judgement::fail("fail-stale")
        } else if offset > most {
            Judgement::fail("fail-offset")
        } else {
            Judgement::pass("pass")
        };
        Ok(judgement
            .with("offset", offset)
            .with("most", most)
            .with("stratum", case.int("stratum")?))
    }
}
