//! Where copies lie, seen from the data that they protect: the same disk, another, another machine.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Job, Jobs, Starter,
    tools::{THIS_MACHINE, Target, classify, host_of, paths_in},
};
use crate::{
    context::{Cx, Gather},
    facts::storage::{Mount, Mounts, disks, is_below},
    observation::Gap,
};

/// Where a copy lies, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// On another machine.
    Remote,
    /// On another disk of this machine.
    Other,
    /// In a place where nothing is mounted now.
    Unmounted,
    /// It cannot be told.
    Unclear,
    /// On a disk of the data.
    Same,
    /// On another machine, by the owner's word only.
    Declared,
    /// The job does not say where it writes.
    Unnamed,
}

/// A place of copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder, or scheme and host.
    pub target: String,
    /// Where that is.
    pub kind: Kind,
    /// What tells this medium from others: disks, or the other machine.
    pub medium: Option<String>,
}

impl Place {
    fn new(target: &str, kind: Kind) -> Self {
        Self {
            target: target.to_owned(),
            kind,
            medium: None,
        }
    }

    /// The other machine that holds the copies, where its name shows.
    pub fn host(&self) -> Option<&str> {
        let remote = matches!(self.kind, Kind::Remote | Kind::Declared);
        self.medium.as_deref().filter(|_| remote)
    }
}

/// The places of all jobs that something starts, and those that the owner declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The last place of each job's copies: staging is left out.
    pub all: Vec<Place>,
    /// Every place, staging included.
    pub every: Vec<Place>,
}

impl Places {
    /// Names of the places of that kind.
    pub fn of(&self, kind: Kind) -> Vec<String> {
        let same = self.all.iter().filter(|p| p.kind == kind);
        same.map(|p| p.target.clone()).collect()
    }
}

impl Gather for Places {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let mounts = cx.get::<Mounts>()?;
        let mut places = Self::default();
        for (at, targets) in by_place(&jobs) {
            let found: Result<Vec<Place>, Gap> =
                targets.iter().map(|t| place(cx, &mounts, t)).collect();
            let found = found?;
            places.every.extend(found.iter().cloned());
            // What one job puts on the disk here before it sends it away is no fault.
            match found.into_iter().min_by_key(|p| p.kind) {
                Some(best) => places.all.push(best),
                None => places.all.push(Place::new(&at, Kind::Unnamed)),
            }
        }
        settle_staging(&jobs, &mut places.all);
        let started = jobs.started_targets();
        let declared = &cx.settings().backup_targets;
        let declared = declared.iter().filter_map(|t| classify(t));
        for target in declared.filter(|t| !started.contains(t)) {
            let found = match &target {
                Target::Remote(name) if name != THIS_MACHINE => Place {
                    medium: host_of(name).map(str::to_owned),
                    ..Place::new(name, Kind::Declared)
                },
                other => place(cx, &mounts, other)?,
            };
            places.every.push(found.clone());
            places.all.push(found);
        }
        for list in [&mut places.all, &mut places.every] {
            list.sort_by(|a, b| a.target.cmp(&b.target));
            list.dedup();
        }
        Ok(places)
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
        Target::Remote(name) if name == THIS_MACHINE => Place::new(name, Kind::Same),
        Target::Remote(name) => Place {
            medium: host_of(name).map(str::to_owned),
            ..Place::new(name, Kind::Remote)
        },
        Target::Local(path) => {
            let (kind, medium) = local(cx, mounts, path)?;
            Place {
                medium,
                ..Place::new(path, kind)
            }
        }
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
        matches!(p.kind, Kind::Remote | Kind::Unnamed)
            || !sources.iter().any(|s| is_below(&p.target, s))
    });
}

/// Folders whose data a backup protects, beside those that the owner declared.
const PROTECTED: [&str; 4] = ["/", "/var/lib/postgresql", "/var/lib/mysql", "/srv"];

/// Where a local target lies, seen from the data that it protects, and on what.
fn local(cx: &Cx<'_>, mounts: &Mounts, path: &str) -> Result<(Kind, Option<String>), Gap> {
    let unclear = Ok((Kind::Unclear, None));
    if mounts.unmounted_above(path).is_some() {
        return Ok((Kind::Unmounted, None));
    }
    let Some(mount) = mounts.of(path) else {
        return unclear;
    };
    if mount.is_own() {
        return Ok((Kind::Same, None));
    }
    if mount.is_network() {
        return Ok((Kind::Remote, Some(mount.server().to_owned())));
    }
    if !mount.is_disk() {
        return unclear;
    }
    let Ok(own) = disks(cx.host(), &mount.device) else {
        return unclear;
    };
    let medium = Some(named(&own));
    let declared = cx.settings().backup_sources.iter().map(String::as_str);
    let protected: Vec<&Mount> = PROTECTED
        .into_iter()
        .chain(declared)
        .filter_map(|p| mounts.of(p))
        .collect();
    for data in protected {
        if data.device == mount.device {
            return Ok((Kind::Same, medium));
        }
        match disks(cx.host(), &data.device) {
            Ok(disks) if disks.is_disjoint(&own) => {}
            Ok(_) => return Ok((Kind::Same, medium)),
            Err(_) => return unclear,
        }
    }
    Ok((Kind::Other, medium))
}

fn named(disks: &BTreeSet<String>) -> String {
    let names: Vec<&str> = disks.iter().map(String::as_str).collect();
    names.join("+")
}
