//! Where copies lie, seen from the data that they protect: the same disk, another, another machine.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Jobs,
    flows::flows,
    names::{Names, Whose},
    sources::Sources,
    tools::{THIS_MACHINE, Target, classify, host_of},
};
use crate::{
    context::{Cx, Gather},
    facts::storage::{Mount, Mounts, backing_file, disks_of, resolved},
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
    pub(super) fn new(target: &str, kind: Kind) -> Self {
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
        for flow in flows(&jobs, &here)? {
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

/// Folders whose data a backup protects, beside those that a job or the owner names.
const PROTECTED: [&str; 4] = ["/", "/var/lib/postgresql", "/var/lib/mysql", "/srv"];
/// How deep devices that are made of files may lie in one another.
const NESTED: usize = 4;

/// What places are compared with.
pub(super) struct Here<'a> {
    cx: &'a Cx<'a>,
    pub(super) mounts: Rc<Mounts>,
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

    pub(super) fn place(&self, target: &Target, sources: &Sources) -> Result<Place, Gap> {
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
