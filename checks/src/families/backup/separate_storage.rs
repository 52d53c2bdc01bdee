use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::backup::{
        Jobs,
        places::{Kind, Places},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// The copies of every job go to another machine. Another disk in the same machine is half of that;
/// the same disk is no backup: one failure, one fire or one intruder takes both. The worst
/// command counts; a copy here counts as sent where another command certainly takes it along to another machine. What is compared is the
/// whole disk under partitions, LVM, RAID and encryption, not the name of the folder.
///
/// It shows where copies are sent, not that they arrive, and not whether the other machine stands in
/// the same rack.
pub(super) struct SeparateStorage;

const META: Meta = Meta {
    id: "backup.separate-storage",
    version: 5,
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Root, Need::Live],
    thresholds: &[],
    always_applies: true,
};

impl Check for SeparateStorage {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let places = cx.get::<Places>()?;
        let of = |kind| places.of(kind);
        let from = "findmnt -T TARGET; lsblk -s";
        Ok(Facts::new()
            .observed("remote", of(Kind::Remote), from)
            .configured("declared_remote", of(Kind::Declared), "backup_targets")
            .observed("other_disk", of(Kind::Other), from)
            .observed("same_disk", of(Kind::Same), from)
            .observed("unmounted", of(Kind::Unmounted), from)
            .observed("unclear", of(Kind::Unclear), from)
            .configured(
                "unnamed",
                of(Kind::Unnamed),
                "crontab -l; systemctl list-timers",
            )
            .configured(
                "job_count",
                jobs.started().count(),
                "crontab -l; systemctl list-timers",
            )
            .observed(
                "all_seen",
                jobs.gap.is_none(),
                "crontab -l; systemctl list-timers",
            )
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        let list = |name: &str| case.list(name).map(<[_]>::to_vec);
        let (same, unmounted) = (list("same_disk")?, list("unmounted")?);
        let (other, remote) = (list("other_disk")?, list("remote")?);
        if !same.is_empty() {
            return Ok(Judgement::fail("fail").with("targets", same));
        }
        if !unmounted.is_empty() {
            return Ok(Judgement::unknown("unknown-unmounted").with("targets", unmounted));
        }
        if !list("unclear")?.is_empty() || !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown"));
        }
        if !list("unnamed")?.is_empty() {
            return Ok(Judgement::unknown("unknown-no-target"));
        }
        Ok(if !other.is_empty() {
            Judgement::partial("partial").with("targets", other)
        } else if !remote.is_empty() {
            Judgement::pass("pass").with("targets", remote)
        } else if !list("declared_remote")?.is_empty() {
            Judgement::unknown("unknown-declared")
        } else if case.int("job_count")? == 0 {
            Judgement::fail("fail-none")
        } else {
            Judgement::unknown("unknown-no-target")
        })
    }
}
