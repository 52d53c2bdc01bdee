use std::collections::BTreeMap;

use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Need, Severity},
    context::Cx,
    facts::{
        backup::{
            Job, Jobs, Starter,
            tools::{THIS_MACHINE, Target, classify, paths_in},
        },
        storage::{Mount, Mounts, disks},
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// The copies of every job go to another machine. Another disk in the same machine is half of that;
/// the same disk is no backup: one failure, one fire or one intruder takes both. The worst job
/// counts; a store here that another job sends away counts as sent. What is compared is the
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
        for (at, targets) in by_place(&jobs) {
            let found: Result<Vec<Place>, Gap> =
                targets.iter().map(|t| place(cx, &mounts, t)).collect();
            // What one job puts on the disk here before it sends it away is no fault.
            match found?.into_iter().min_by_key(|p| p.kind) {
                Some(best) => places.push(best),
                None => places.push(Place::new(&at, Kind::Unnamed)),
            }
        }
        settle_staging(&jobs, &mut places);
        let started = jobs.started_targets();
        let declared = &cx.settings().backup_targets;
        let declared = declared.iter().filter_map(|t| classify(t));
        for target in declared.filter(|t| !started.contains(t)) {
            places.push(match &target {
                Target::Remote(scheme) if scheme != THIS_MACHINE => {
                    Place::new(scheme, Kind::Declared)
                }
                other => place(cx, &mounts, other)?,
            });
        }
        places.sort_by(|a, b| a.target.cmp(&b.target));
        places.dedup();
        let of = |kind: Kind| -> Vec<String> {
            let same = places.iter().filter(|p| p.kind == kind);
            same.map(|p| p.target.clone()).collect()
        };
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

/// Where a copy lies, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Remote,
    Other,
    Unmounted,
    Unclear,
    Same,
    Declared,
    /// The job does not say where it writes.
    Unnamed,
}

#[derive(PartialEq, Eq)]
struct Place {
    target: String,
    kind: Kind,
}

impl Place {
    fn new(target: &str, kind: Kind) -> Self {
        let target = target.to_owned();
        Self { target, kind }
    }
}

/// The targets of the started jobs, by the line or unit that starts them. Services that take
/// their orders from a backup server name no target of their own.
fn by_place(jobs: &Jobs) -> BTreeMap<String, Vec<Target>> {
    let mut all: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    for job in jobs.started().filter(|j| j.starter != Starter::Service) {
        let targets = all.entry(job.at.clone()).or_default();
        targets.extend(job.targets.clone());
    }
    all
}

fn place(cx: &Cx<'_>, mounts: &Mounts, target: &Target) -> Result<Place, Gap> {
    Ok(match target {
        Target::Remote(scheme) if scheme == THIS_MACHINE => Place::new(scheme, Kind::Same),
        Target::Remote(scheme) => Place::new(scheme, Kind::Remote),
        Target::Local(path) => Place::new(path, local(cx, mounts, path)?),
    })
}

/// A store on this machine that another job sends to another machine is no last place.
fn settle_staging(jobs: &Jobs, places: &mut Vec<Place>) {
    let sends = |j: &&Job| {
        let away = |t: &Target| matches!(t, Target::Remote(s) if s != THIS_MACHINE);
        j.targets.iter().any(away)
    };
    let sources: Vec<&str> = jobs
        .started()
        .filter(sends)
        .flat_map(|j| paths_in(&j.text))
        .collect();
    places.retain(|p| {
        let below = |s: &&str| {
            let rest = p.target.strip_prefix(s.trim_end_matches('/'));
            rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        matches!(p.kind, Kind::Remote | Kind::Unnamed) || !sources.iter().any(below)
    });
}

/// Folders whose data a backup protects, beside those that the owner declared.
const PROTECTED: [&str; 4] = ["/", "/var/lib/postgresql", "/var/lib/mysql", "/srv"];

/// Where a local target lies, seen from the data that it protects.
fn local(cx: &Cx<'_>, mounts: &Mounts, path: &str) -> Result<Kind, Gap> {
    if mounts.unmounted_above(path).is_some() {
        return Ok(Kind::Unmounted);
    }
    let Some(mount) = mounts.of(path) else {
        return Ok(Kind::Unclear);
    };
    if mount.is_own() {
        return Ok(Kind::Same);
    }
    if mount.is_network() {
        return Ok(Kind::Remote);
    }
    if !mount.is_disk() {
        return Ok(Kind::Unclear);
    }
    let Ok(own) = disks(cx.host(), &mount.device) else {
        return Ok(Kind::Unclear);
    };
    let declared = cx.settings().backup_sources.iter().map(String::as_str);
    let protected: Vec<&Mount> = PROTECTED
        .into_iter()
        .chain(declared)
        .filter_map(|p| mounts.of(p))
        .collect();
    for data in protected {
        if data.device == mount.device {
            return Ok(Kind::Same);
        }
        match disks(cx.host(), &data.device) {
            Ok(disks) if disks.is_disjoint(&own) => {}
            Ok(_) => return Ok(Kind::Same),
            Err(_) => return Ok(Kind::Unclear),
        }
    }
    Ok(Kind::Other)
}
