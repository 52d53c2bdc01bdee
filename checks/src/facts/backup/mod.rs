//! Backup jobs of the host: what is configured, what starts it, and where it writes.
//!
//! A job that exists proves no copy; what the stores hold is looked at in [`stores`].

mod aliases;
mod assigned;
pub mod bacula;
pub mod checksums;
mod commands;
mod configs;
mod configured;
mod copiers;
mod crc32c;
mod destinations;
mod documents;
pub mod dumps;
mod flags;
mod flows;
mod followed;
mod forms;
mod harmless;
mod jobs;
pub mod keys;
pub mod kinds;
mod lexer;
mod lists;
mod lookups;
pub mod masked;
pub mod names;
mod opened;
mod options;
mod otherwise;
mod parts;
mod patterns;
mod pipes;
pub mod places;
pub mod proof;
mod proxmox;
pub mod reach;
pub mod readings;
pub mod remotes;
pub mod retention;
mod room;
pub mod runs;
mod scripts;
mod secrets;
mod sends;
pub mod sources;
mod starts;
mod statements;
pub mod stores;
mod tab;
pub mod targets;
pub mod tools;
mod trial;
mod variables;
pub mod veeam;
mod wrappers;

use std::rc::Rc;

use self::{
    commands::Command,
    configs::Dumped,
    lookups::Lookups,
    masked::Masked,
    retention::Prune,
    room::Room,
    sources::Sources,
    tools::{Target, classify},
};
use crate::observation::Gap;

/// What starts a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starter {
    /// cron.
    Cron,
    /// A systemd timer that is enabled, or the scheduler of Proxmox VE.
    Timer,
    /// A service that is enabled and takes its orders from elsewhere.
    Service,
    /// Nothing: it is configured only.
    Nothing,
}

/// One job: one command that makes copies, with what starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The tool.
    pub tool: &'static str,
    /// File (with line) or unit that shows it.
    pub at: String,
    /// What starts it.
    pub starter: Starter,
    /// The service whose exit status is the tool's own, where one runs it directly.
    pub service: Option<String>,
    /// Where it writes, as far as the text says.
    pub targets: Vec<Target>,
    /// What it takes along, as far as the text says.
    pub sources: Sources,
    /// Whether its configuration says that copies are encrypted.
    pub encrypted: Option<bool>,
    /// Files that hold its password or key, by path.
    pub credentials: Vec<String>,
    /// Files that it writes, as its words have them, variables included.
    pub files: Vec<String>,
    /// Whether a variable in these words is set more than once: elsewhere they may name another file.
    pub renamed: bool,
    /// Which of the scripts behind its line runs it.
    pub script: usize,
    /// The command itself, where there is one; never for an observation.
    pub command: Option<Command>,
    /// Databases that its configuration tells it to dump.
    pub dumps: Vec<Dumped>,
    /// Text of its configuration; never for an observation.
    pub text: Rc<str>,
}

impl Job {
    fn new(tool: &'static str, at: &str, starter: Starter) -> Self {
        Self {
            tool,
            at: at.to_owned(),
            starter,
            service: None,
            targets: Vec::new(),
            sources: Sources::default(),
            encrypted: None,
            credentials: Vec::new(),
            files: Vec::new(),
            renamed: false,
            script: 0,
            command: None,
            dumps: Vec::new(),
            text: "".into(),
        }
    }
}

/// Files that a command sends to another machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// File (with line) or unit that shows it.
    pub at: String,
    /// Which of the scripts behind that line runs it.
    pub script: usize,
    /// Where to; nothing where a variable hides it.
    pub target: Option<Target>,
    /// Which.
    pub sources: Sources,
}

/// All jobs that may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jobs {
    /// The jobs.
    pub all: Vec<Job>,
    /// What takes snapshots on the disk of the data: tool and place. No backup.
    pub snapshots: Vec<String>,
    /// Commands that send files to another machine and are no backup by themselves.
    pub sent: Vec<Sent>,
    /// What the jobs take away of their copies.
    pub prunes: Vec<Prune>,
    /// Where a job would hide that it failed.
    pub masked: Masked,
    /// Set when some place may not be looked at.
    pub gap: Option<Gap>,
    /// What all of them take up.
    room: Room,
    /// What was looked at for them.
    lookups: Lookups,
}

impl Jobs {
    /// All targets, declared ones included, without repetition.
    pub fn targets(&self, declared: &[String]) -> Vec<Target> {
        let from_jobs = self.all.iter().flat_map(|j| j.targets.clone());
        let mut all: Vec<Target> = from_jobs.collect();
        all.extend(declared.iter().filter_map(|t| classify(t)));
        all.sort();
        all.dedup();
        all
    }

    /// The targets of the jobs that something starts, without repetition.
    pub fn started_targets(&self) -> Vec<Target> {
        let mut all: Vec<Target> = self.started().flat_map(|j| j.targets.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Jobs that something on this host starts.
    pub fn scheduled(&self) -> impl Iterator<Item = &Job> {
        self.started().filter(|j| j.starter != Starter::Service)
    }

    /// Jobs that something starts, from here or from elsewhere.
    pub fn started(&self) -> impl Iterator<Item = &Job> {
        self.all.iter().filter(|j| j.starter != Starter::Nothing)
    }
}
