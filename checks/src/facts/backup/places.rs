//! Where copies lie, seen from the data that they protect: the same disk, another, another machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{
    Job, Jobs, Starter,
    aliases::Aliases,
    sources::Sources,
    tools::{THIS_MACHINE, Target, classify, host_of, is_loopback, paths_in},
};
use crate::{
    context::{Cx, Gather},
    facts::{
        own_addresses::OwnAddresses,
        storage::{Mount, Mounts, backing_file, disks_of, is_below, resolved},
    },
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
        let mut places = Self::default();
        let here = Here::gather(cx)?;
        for (at, (targets, sources)) in by_place(&jobs) {
            let found: Result<Vec<Place>, Gap> =
                targets.iter().map(|t| here.place(t, &sources)).collect();
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
                Target::Remote(name) if !here.is_own(name) => Place {
                    medium: host_of(name).map(str::to_owned),
                    ..Place::new(name, Kind::Declared)
                },
                other => here.place(other, &Sources::default())?,
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

/// The targets and the sources of the started jobs, by the line or unit that starts them. Services that
/// take their orders from a backup server name no target of their own.
fn by_place(jobs: &Jobs) -> BTreeMap<String, (Vec<Target>, Sources)> {
    let mut all: BTreeMap<String, (Vec<Target>, Sources)> = BTreeMap::new();
    for job in jobs.started().filter(|j| j.starter != Starter::Service) {
        let (targets, sources) = all.entry(job.at.clone()).or_default();
        targets.extend(job.targets.clone());
        sources.merge(job.sources.clone());
    }
    for (targets, sources) in all.values_mut() {
        // What the job itself put there a moment ago, such as a dump, is no data of the host.
        let staged = |s: &str| {
            targets.iter().any(|t| match t {
                Target::Local(t) => {
                    is_below(s, t) || t.rsplit_once('/').is_some_and(|(dir, _)| dir == s)
                }
                Target::Remote(_) => false,
            })
        };
        sources.paths.retain(|s| !staged(s));
    }
    all
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

/// Folders whose data a backup protects, beside those that a job or the owner names.
const PROTECTED: [&str; 4] = ["/", "/var/lib/postgresql", "/var/lib/mysql", "/srv"];
/// How deep devices that are made of files may lie in one another.
const NESTED: usize = 4;

/// What places are compared with.
struct Here<'a> {
    cx: &'a Cx<'a>,
    mounts: Rc<Mounts>,
    own: Rc<OwnAddresses>,
    name: String,
    aliases: Aliases,
}

impl<'a> Here<'a> {
    fn gather(cx: &'a Cx<'a>) -> Result<Self, Gap> {
        let name = cx.host().text_if_any("/proc/sys/kernel/hostname")?;
        Ok(Self {
            cx,
            mounts: cx.get::<Mounts>()?,
            own: cx.get::<OwnAddresses>()?,
            aliases: Aliases::gather(cx.host())?,
            name: name.unwrap_or_default().trim().to_ascii_lowercase(),
        })
    }

    /// Whether a host is this very machine, by its addresses and its name.
    fn is_this(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if let Some(real) = self.aliases.of(&host).filter(|r| *r != host) {
            return is_loopback(real) || self.is_named(real);
        }
        self.is_named(&host)
    }

    fn is_named(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let own = self.name.as_str();
        let short = own.split('.').next().unwrap_or(own);
        self.own.contain(&host) || !own.is_empty() && (host == own || host == short)
    }

    /// Whether [`Target::Remote`] is this machine after all.
    fn is_own(&self, remote: &str) -> bool {
        remote == THIS_MACHINE
            || host_of(remote).is_some_and(|host| self.is_this(host))
            || self.aliases.is_local_remote(remote)
    }

    fn place(&self, target: &Target, sources: &Sources) -> Result<Place, Gap> {
        Ok(match target {
            Target::Remote(name) if self.is_own(name) => Place::new(name, Kind::Same),
            Target::Remote(name) => Place {
                medium: host_of(name).map(str::to_owned),
                ..Place::new(name, Kind::Remote)
            },
            Target::Local(path) => {
                let (kind, medium) = self.local(path, sources, NESTED)?;
                Place {
                    medium,
                    ..Place::new(path, kind)
                }
            }
        })
    }

    /// Where a local target lies, seen from the data that it protects, and on what.
    fn local(
        &self,
        path: &str,
        sources: &Sources,
        depth: usize,
    ) -> Result<(Kind, Option<String>), Gap> {
        let (host, mounts) = (self.cx.host(), &self.mounts);
        let unclear = Ok((Kind::Unclear, None));
        let path = resolved(host, path)?; // the name of a link says nothing of the disk
        if mounts.unmounted_above(&path).is_some() {
            return Ok((Kind::Unmounted, None));
        }
        let Some(mount) = mounts.of(&path) else {
            return unclear;
        };
        let own = mount.is_network() && self.is_this(mount.server());
        if own || mount.is_own() || mount.is_memory() {
            return Ok((Kind::Same, None));
        }
        if mount.is_network() {
            return Ok((Kind::Remote, Some(mount.server().to_owned())));
        }
        if !mount.is_disk() {
            return unclear;
        }
        if let Ok(Some(file)) = backing_file(host, &mount.device)
            && depth > 0
        {
            return self.local(&file, sources, depth - 1);
        }
        let Ok(disks) = disks_of(host, mount) else {
            return unclear;
        };
        let kind = self.beside(mount, &disks, sources);
        let medium = (kind != Kind::Unclear).then(|| named(&disks));
        Ok((kind, medium))
    }

    /// Whether data that is protected lies on the disks of a target.
    fn beside(&self, target: &Mount, disks: &BTreeSet<String>, sources: &Sources) -> Kind {
        let declared = self.cx.settings().backup_sources.iter();
        let taken = sources.paths.iter().filter(|s| s.starts_with('/'));
        let named = declared.chain(taken).map(String::as_str);
        let mut kind = Kind::Other;
        for data in PROTECTED.into_iter().chain(named) {
            let Some(data) = self
                .mounts
                .of(data)
                .filter(|m| !m.is_network() && !m.is_memory())
            else {
                continue;
            };
            if data.device == target.device {
                return Kind::Same;
            }
            match disks_of(self.cx.host(), data) {
                Ok(others) if others.is_disjoint(disks) => {}
                Ok(_) => return Kind::Same,
                Err(_) => kind = Kind::Unclear,
            }
        }
        kind
    }
}

fn named(disks: &BTreeSet<String>) -> String {
    let names: Vec<&str> = disks.iter().map(String::as_str).collect();
    names.join("+")
}
