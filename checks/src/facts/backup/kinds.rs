//! What the copies in each place are copies of: copies of different data are no copies of each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Job, Jobs, Starter, tools::Target};
use crate::facts::storage::is_below;

/// Anything but databases that a tool of their own dumps.
pub const FILES: &str = "files";

/// The kinds of data that each target holds, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(BTreeMap<String, BTreeSet<&'static str>>);

impl Kinds {
    /// As the jobs that something starts say. A job that takes along another's copies holds what they hold.
    pub fn of(jobs: &Jobs) -> Self {
        let scheduled = || jobs.started().filter(|j| j.starter != Starter::Service);
        let targets = scheduled().flat_map(|j| &j.targets);
        let mut kinds = Self(targets.map(|t| (name(t), BTreeSet::new())).collect());
        // Copies of copies of copies are as far as this goes.
        for _ in 0..3 {
            let mut next = Self::default();
            for job in scheduled() {
                let held = kinds.held(job);
                for target in &job.targets {
                    next.0.entry(name(target)).or_default().extend(&held);
                }
            }
            kinds = next;
        }
        kinds
    }

    /// Every kind of data that some job copies.
    pub fn all(&self) -> BTreeSet<&'static str> {
        self.0.values().flatten().copied().collect()
    }

    /// Whether a place holds this kind; one that no job names may hold anything.
    pub fn has(&self, target: &str, kind: &str) -> bool {
        self.0.get(target).is_none_or(|kinds| kinds.contains(kind))
    }

    fn held(&self, job: &Job) -> BTreeSet<&'static str> {
        if let Some(kind) = database(job.tool) {
            return BTreeSet::from([kind]);
        }
        let mut held = BTreeSet::new();
        let paths = &job.sources.paths;
        for (target, kinds) in &self.0 {
            let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
            let reached = |path: &String| is_below(target, path) || path == folder;
            if target.starts_with('/') && paths.iter().any(reached) {
                held.extend(kinds);
            }
        }
        let is_copy = |path: &String| {
            let mut targets = self.0.keys().filter(|t| t.starts_with('/'));
            targets.any(|t| is_below(path, t) || t.rsplit_once('/').is_some_and(|(f, _)| f == path))
        };
        if paths.is_empty() || !paths.iter().all(is_copy) {
            held.insert(FILES);
        }
        held
    }
}

/// The kind of database that a tool dumps.
fn database(tool: &str) -> Option<&'static str> {
    Some(match tool {
        "pg_dump" | "pgbackrest" | "barman" => "postgresql",
        "mysqldump" | "mariabackup" => "mysql",
        "mongodump" => "mongodb",
        "redis" => "redis",
        "slapcat" => "ldap",
        "sqlite" => "sqlite",
        _ => return None,
    })
}

fn name(target: &Target) -> String {
    match target {
        Target::Local(path) => path.clone(),
        Target::Remote(name) => name.clone(),
    }
}
