//! Where copies lie, seen from the data that they protect: the same disk, another, another machine.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Jobs, Sent, Starter,
    names::{Names, Whose},
    patterns::{self, Taken},
    sources::{Cover, Sources},
    tools::{THIS_MACHINE, Target, classify, host_of},
};
use crate::{
    context::{Cx, Gather},
    facts::storage::{Mount, Mounts, backing_file, disks_of, is_below, resolved},
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
        let mut flows = flows(&jobs, &here)?;
        settle_staging(&mut flows, &here);
        settle_hidden(&mut flows, &jobs.sent, &here);
        for flow in flows {
            places.every.extend(flow.found.iter().cloned());
            places.every.extend(flow.sent.clone());
            if flow.staged {
                places.all.extend(flow.sent);
                continue;
            }
            // What one command writes to several places is the same in all of them: the best one counts.
            match flow.found.into_iter().min_by_key(|p| p.kind) {
                Some(best) if flow.hidden => places.all.push(Place {
                    kind: Kind::Unclear,
                    ..best
                }),
                Some(best) => places.all.push(best),
                None => places.all.push(Place::new(&flow.at, Kind::Unnamed)),
            }
        }
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

/// What one command copies, and where to.
struct Flow {
    at: String,
    found: Vec<Place>,
    /// Files that it writes, as its words have them, and whether those may name others elsewhere.
    files: Vec<String>,
    renamed: bool,
    sources: Sources,
    /// Where its copies end, as far as other commands take them along.
    ends: Kind,
    /// Whether another command takes its copies to a better place, and which if that is no job by itself.
    staged: bool,
    sent: Option<Place>,
    /// Whether its copies may be taken to a better place, which does not show.
    hidden: bool,
}

impl Flow {
    /// Whether another command takes all of this one's copies along.
    fn taken_by(&self, other: &Sources, at: &str, here: &Here<'_>) -> Taken {
        let named = self.at == at && !self.renamed && !self.files.is_empty();
        let same_file = |f: &String| other.words.contains(f) && other.excluded.is_empty();
        if named && self.files.iter().all(same_file) {
            return Taken::Yes;
        }
        let same_fs = |a: &str, b: &str| here.mounts.same(a, b);
        let places = self.found.iter().map(|p| p.target.as_str());
        let best = places.map(|place| match other.cover(place, same_fs) {
            Cover::Yes if other.unclear => Taken::Perhaps,
            Cover::Yes => patterns::only(&other.only, place, &self.files),
            Cover::Excluded if other.unclear => Taken::Perhaps,
            Cover::No if other.excluded.is_empty() && !other.unclear => {
                patterns::taken(&other.paths, place, &self.files)
            }
            _ => Taken::No,
        });
        best.max().unwrap_or(Taken::No)
    }
}

/// What the started jobs copy, and where to. Services that take their orders from a backup server name no
/// target of their own.
fn flows(jobs: &Jobs, here: &Here<'_>) -> Result<Vec<Flow>, Gap> {
    let started = || jobs.started().filter(|j| j.starter != Starter::Service);
    let mut all = Vec::new();
    for job in started() {
        // What the same line or script put there a moment ago, such as a dump, is no data of the host.
        let beside = started().filter(|j| j.at == job.at);
        let own: Vec<&str> = beside
            .flat_map(|j| &j.targets)
            .filter_map(|t| match t {
                Target::Local(t) => Some(t.as_str()),
                Target::Remote(_) => None,
            })
            .collect();
        let staged = |s: &str| {
            let above = |t: &str| t.rsplit_once('/').is_some_and(|(dir, _)| dir == s);
            own.iter().any(|t| is_below(s, t) || above(t))
        };
        let mut data = job.sources.clone();
        data.paths.retain(|s| !staged(s));
        let found: Result<Vec<Place>, Gap> =
            job.targets.iter().map(|t| here.place(t, &data)).collect();
        let found = found?;
        let best = found.iter().map(|p| p.kind).min();
        all.push(Flow {
            at: job.at.clone(),
            ends: best.unwrap_or(Kind::Unnamed),
            found,
            files: job.files.clone(),
            renamed: job.renamed,
            sources: job.sources.clone(),
            staged: false,
            sent: None,
            hidden: false,
        });
    }
    for sent in &jobs.sent {
        let Some(target) = &sent.target else { continue };
        let place = here.place(target, &sent.sources)?;
        if place.kind != Kind::Remote {
            continue;
        }
        for flow in all.iter_mut().filter(|f| f.ends > Kind::Remote) {
            if flow.taken_by(&sent.sources, &sent.at, here) == Taken::Yes {
                flow.ends = Kind::Remote;
                flow.staged = true;
                flow.sent = Some(place.clone());
            }
        }
    }
    Ok(all)
}

/// How many commands may pack the copies of one another, and most flows for which that is asked.
const STEPS: usize = 4;
const MOST: usize = 300;

/// Copies that another command takes to a better place, perhaps packed by a third, are in no last place.
fn settle_staging(flows: &mut [Flow], here: &Here<'_>) {
    if flows.len() > MOST {
        return;
    }
    for _ in 0..STEPS {
        let mut better = Vec::new();
        for (n, flow) in flows.iter().enumerate() {
            let others = flows.iter().enumerate().filter(|(m, _)| *m != n);
            let takes = others
                .map(|(_, other)| other)
                .filter(|o| o.ends < flow.ends)
                .filter(|o| flow.taken_by(&o.sources, &o.at, here) == Taken::Yes);
            if let Some(ends) = takes.map(|o| o.ends).min() {
                better.push((n, ends));
            }
        }
        if better.is_empty() {
            return;
        }
        for (n, ends) in better {
            if let Some(flow) = flows.get_mut(n) {
                flow.ends = ends;
                flow.staged = true;
            }
        }
    }
}

/// Copies beside the data that another command may take to a place that does not show, or takes there
/// perhaps: they are neither sent away nor kept here for certain.
fn settle_hidden(flows: &mut [Flow], sent: &[Sent], here: &Here<'_>) {
    if flows.len() > MOST {
        return;
    }
    for _ in 0..STEPS {
        let mut found = Vec::new();
        let open = |f: &Flow| f.ends == Kind::Same && !f.hidden;
        for (n, flow) in flows.iter().enumerate().filter(|(_, f)| open(f)) {
            let by_sent = sent.iter().any(|s| {
                let taken = flow.taken_by(&s.sources, &s.at, here);
                taken == Taken::Perhaps || taken == Taken::Yes && s.target.is_none()
            });
            let mut others = flows.iter().enumerate().filter(|(m, _)| *m != n);
            let by_job = others.any(|(_, o)| {
                let nowhere = o.hidden || o.ends == Kind::Unnamed;
                match flow.taken_by(&o.sources, &o.at, here) {
                    Taken::Yes => nowhere,
                    Taken::Perhaps => nowhere || o.ends < flow.ends,
                    Taken::No => false,
                }
            });
            if by_sent || by_job {
                found.push(n);
            }
        }
        if found.is_empty() {
            return;
        }
        for n in found {
            if let Some(flow) = flows.get_mut(n) {
                flow.hidden = true;
            }
        }
    }
}

/// Folders whose data a backup protects, beside those that a job or the owner names.
const PROTECTED: [&str; 4] = ["/", "/var/lib/postgresql", "/var/lib/mysql", "/srv"];
/// How deep devices that are made of files may lie in one another.
const NESTED: usize = 4;

/// What places are compared with.
struct Here<'a> {
    cx: &'a Cx<'a>,
    mounts: Rc<Mounts>,
    names: Rc<Names>,
}

impl<'a> Here<'a> {
    fn gather(cx: &'a Cx<'a>) -> Result<Self, Gap> {
        Ok(Self {
            cx,
            mounts: cx.get::<Mounts>()?,
            names: cx.get::<Names>()?,
        })
    }

    /// Whether a host is this very machine, by its addresses and its name.
    fn is_this(&self, host: &str) -> bool {
        self.names.whose(host) == Whose::Own
    }

    /// Whether [`Target::Remote`] is this machine after all.
    fn is_own(&self, remote: &str) -> bool {
        remote == THIS_MACHINE
            || host_of(remote).is_some_and(|host| self.is_this(host))
            || self.names.is_local_remote(remote)
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
