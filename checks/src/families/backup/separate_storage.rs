use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Jobs,
            tools::{Target, classify},
        },
        storage::{Mount, Mounts, disks},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// At least one copy goes to another machine. Another disk in the same machine is half of that; the
/// same disk is no backup: one failure, one fire or one intruder takes both. What is compared is the
/// whole disk under partitions, LVM, RAID and encryption, not the name of the folder.
///
/// It shows where copies are sent, not that they arrive, and not whether the other machine stands in
/// the same rack.
pub(super) struct SeparateStorage;

const META: Meta = Meta {
    id: "backup.separate-storage",
    version: 1,
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
        let mounts = cx.get::<Mounts>()?;
        let mut places = Vec::new();
        let started = jobs.started_targets();
        let declared = &cx.settings().backup_targets;
        let declared = declared.iter().filter_map(|t| classify(t));
        let declared: Vec<Target> = declared.filter(|t| !started.contains(t)).collect();
        let all = started.iter().map(|t| (t, true));
        for (target, has_job) in all.chain(declared.iter().map(|t| (t, false))) {
            places.push(match target {
                Target::Remote(scheme) if has_job => Place::new(scheme, "remote"),
                Target::Remote(scheme) => Place::new(scheme, "declared"),
                Target::Local(path) => {
                    let kind = local(cx, &mounts, path)?;
                    Place::new(path, kind)
                }
            });
        }
        let of = |kind: &str| -> Vec<String> {
            let same = places.iter().filter(|p| p.kind == kind);
            same.map(|p| p.target.clone()).collect()
        };
        let from = "findmnt -T TARGET; lsblk -s";
        Ok(Facts::new()
            .observed("remote", of("remote"), from)
            .configured("declared_remote", of("declared"), "backup_targets")
            .observed("other_disk", of("other"), from)
            .observed("same_disk", of("same"), from)
            .observed("unmounted", of("unmounted"), from)
            .observed("unclear", of("unclear"), from)
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
        let remote = list("remote")?;
        if !remote.is_empty() {
            return Ok(Judgement::pass("pass").with("targets", remote));
        }
        if !list("declared_remote")?.is_empty() {
            return Ok(Judgement::unknown("unknown-declared"));
        }
        let unmounted = list("unmounted")?;
        if !unmounted.is_empty() {
            return Ok(Judgement::unknown("unknown-unmounted").with("targets", unmounted));
        }
        let other = list("other_disk")?;
        if !other.is_empty() {
            return Ok(Judgement::partial("partial").with("targets", other));
        }
        if !list("unclear")?.is_empty() || !case.flag("all_seen")? {
            return Ok(Judgement::unknown("unknown"));
        }
        let same = list("same_disk")?;
        Ok(if !same.is_empty() {
            Judgement::fail("fail").with("targets", same)
        } else if case.int("job_count")? == 0 {
            Judgement::fail("fail-none")
        } else {
            Judgement::unknown("unknown-no-target")
        })
    }
}

struct Place {
    target: String,
    kind: &'static str,
}

impl Place {
    fn new(target: &str, kind: &'static str) -> Self {
        let target = target.to_owned();
        Self { target, kind }
    }
}

/// Folders whose data a backup protects, beside those that the owner declared.
const PROTECTED: [&str; 4] = ["/", "/var/lib/postgresql", "/var/lib/mysql", "/srv"];

/// Where a local target lies, seen from the data that it protects.
fn local(cx: &Cx<'_>, mounts: &Mounts, path: &str) -> Result<&'static str, Gap> {
    if mounts.unmounted_above(path).is_some() {
        return Ok("unmounted");
    }
    let Some(mount) = mounts.of(path) else {
        return Ok("unclear");
    };
    if mount.is_network() {
        return Ok("remote");
    }
    if !mount.is_disk() {
        return Ok("unclear");
    }
    let Ok(own) = disks(cx.host(), &mount.device) else {
        return Ok("unclear");
    };
    let declared = cx.settings().backup_sources.iter().map(String::as_str);
    let protected: Vec<&Mount> = PROTECTED
        .into_iter()
        .chain(declared)
        .filter_map(|p| mounts.of(p))
        .collect();
    for data in protected {
        if data.device == mount.device {
            return Ok("same");
        }
        match disks(cx.host(), &data.device) {
            Ok(disks) if disks.is_disjoint(&own) => {}
            Ok(_) => return Ok("same"),
            Err(_) => return Ok("unclear"),
        }
    }
    Ok("other")
}
