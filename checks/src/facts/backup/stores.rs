//! What stands in a folder of copies: of which tool, from when, encrypted or not, open or not.
//!
//! Only what is cheap is looked at here; [`super::checksums`] and [`super::readings`] read copies
//! to their end.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Jobs,
    dumps::{self, Series, is_dump},
    forms::{
        barman, borg, duplicity, mariabackup, pbs, pg_base, pgbackrest, restic, rsnapshot, vzdump,
    },
    proof::Fault,
    tools::{Target, classify},
};
use crate::{
    context::{Cx, Gather},
    facts::{
        access, dates,
        storage::{Mounts, is_below, resolved},
    },
    host::{Entry, FileKind, Host, HostError},
    observation::{Gap, GapReason},
};

const LIST_CAP: usize = 10_000;

/// The form of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A restic repository.
    Restic,
    /// A borg repository.
    Borg,
    /// A pgBackRest repository.
    PgBackRest,
    /// The home of Barman.
    Barman,
    /// Volumes of duplicity.
    Duplicity,
    /// Folders of pg_basebackup with their manifests.
    BaseBackup,
    /// Folders of mariabackup or xtrabackup.
    Mariabackup,
    /// A datastore of Proxmox Backup Server.
    ProxmoxBackup,
    /// Archives of Proxmox VE.
    Vzdump,
    /// Folders such as `daily.0`.
    Rsnapshot,
    /// Dump files and archives.
    Dumps,
    /// Something whose form is not known here.
    Unrecognised,
    /// Nothing at all.
    Empty,
}

impl Form {
    /// Its name in facts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restic => "restic",
            Self::Borg => "borg",
            Self::PgBackRest => "pgbackrest",
            Self::Barman => "barman",
            Self::Duplicity => "duplicity",
            Self::BaseBackup => "pg_basebackup",
            Self::Mariabackup => "mariabackup",
            Self::ProxmoxBackup => "proxmox-backup",
            Self::Vzdump => "vzdump",
            Self::Rsnapshot => "rsnapshot",
            Self::Dumps => "dumps",
            Self::Unrecognised => "unrecognised",
            Self::Empty => "empty",
        }
    }

    /// Whether the tool keeps checksums beside its data, which need no password.
    pub const fn has_checksums(self) -> bool {
        matches!(
            self,
            Self::Restic
                | Self::Borg
                | Self::PgBackRest
                | Self::Barman
                | Self::Duplicity
                | Self::BaseBackup
        )
    }

    /// Whether copies are files that can be read from their first byte to their last.
    pub const fn has_files(self) -> bool {
        matches!(self, Self::Dumps | Self::Vzdump)
    }

    /// Whether copies share their data, so that no copy has a size of its own.
    pub const fn shares_data(self) -> bool {
        matches!(
            self,
            Self::Restic | Self::Borg | Self::Rsnapshot | Self::ProxmoxBackup
        )
    }
}

/// One store on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Its folder.
    pub path: String,
    /// Its form.
    pub form: Form,
    /// Day of the newest copy by times of files: easily set, and touched by housekeeping.
    pub newest_file: Option<Timestamp>,
    /// Day of the newest copy by the tool's own record of success.
    pub newest_record: Option<Timestamp>,
    /// The day of each copy by the tool's own records.
    pub records: Vec<Timestamp>,
    /// The day of each copy by times of files.
    pub files: Vec<Timestamp>,
    /// How many copies there are.
    pub points: usize,
    /// Whether copies are encrypted; `None` when that cannot be told.
    pub encrypted: Option<bool>,
    /// Whether anybody on the host may read or write in it.
    pub open_to_all: bool,
    /// Since when a lock stands in it.
    pub locked_since: Option<Timestamp>,
    /// Whether it shows that no copy is in it, although the tool's own files are there.
    pub hollow: bool,
    /// Whether its own configuration lets it only grow.
    pub append_only: bool,
    /// Day of the newest check of the repository that the tool recorded as good.
    pub verified: Option<Timestamp>,
    /// What the tool's own records show to be wrong.
    pub faults: Vec<(String, Fault)>,
    /// Copies that say that they must be prepared before they can be restored.
    pub unprepared: Vec<String>,
    /// Copies with sizes of their own, series by series.
    pub series: Vec<Series>,
    /// Day of the newest success of each stanza, server or guest, where the tool keeps them apart; nothing for one
    /// that has none.
    pub parts: BTreeMap<String, Option<Timestamp>>,
}

impl Store {
    /// Notes a success that the tool recorded.
    pub(super) fn record(&mut self, at: Timestamp) {
        self.newest_record = self.newest_record.max(Some(at));
        self.records.push(at);
    }

    /// Notes a stanza, server or guest, and a success of it.
    pub(super) fn part(&mut self, name: &str, success: Option<Timestamp>) {
        const MOST: usize = 200;
        if self.parts.len() < MOST || self.parts.contains_key(name) {
            let newest = self.parts.entry(name.to_owned()).or_default();
            *newest = (*newest).max(success);
        }
    }

    /// Notes the time of the file that stands for a copy.
    pub(super) fn filed(&mut self, at: Timestamp) {
        let at = dates::day(at);
        self.newest_file = self.newest_file.max(Some(at));
        self.files.push(at);
    }

    /// Notes that no copy is in it.
    pub(super) fn holds_none(&mut self) {
        self.hollow = true;
        self.points = 0;
        self.newest_file = None;
        self.files.clear();
        self.faults.push((self.path.clone(), Fault::Empty));
    }

    /// Notes a lock; the oldest one counts.
    pub(super) fn locked(&mut self, since: Option<Timestamp>) {
        self.locked_since = match (self.locked_since, since.map(dates::day)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// Whether it holds any copy, as far as can be seen.
    pub fn has_copies(&self) -> bool {
        self.newest_file.or(self.newest_record).is_some()
    }
}

/// Looks at a local target. `None` when nothing stands there.
///
/// # Errors
/// When it may not be looked at, or when what should be mounted there is not: an empty mount point
/// says nothing about the copies.
pub fn inspect(host: &dyn Host, target: &str, mounts: &Mounts) -> Result<Option<Store>, Gap> {
    let real = resolved(host, target)?;
    if let Some(point) = mounts.unmounted_above(&real) {
        return Err(HostError::Unreachable(format!("{point}: not mounted")).into());
    }
    // A target may be a file, such as the dump that a job writes: then its folder is the store.
    let folder_of = |path| str::rsplit_once(path, '/').map_or("/", |(dir, _)| dir);
    let path = match host.stat_if_any(target)? {
        Some(stat) if stat.kind == FileKind::File => folder_of(target),
        Some(_) => target,
        None if is_dump(target) => folder_of(target),
        None => return Ok(None),
    };
    if host.stat_if_any(path)?.is_none() {
        return Ok(None);
    }
    let entries = host.list(path, LIST_CAP)?;
    let folder = host.stat(path)?;
    if entries.is_empty() && mounts.is_bare(&resolved(host, path)?) {
        return Err(HostError::Unreachable(format!("{path}: nothing is mounted there")).into());
    }
    let mut store = Store {
        path: path.to_owned(),
        form: form(&entries),
        newest_file: None,
        newest_record: None,
        records: Vec::new(),
        files: Vec::new(),
        points: 0,
        encrypted: None,
        open_to_all: false,
        locked_since: None,
        hollow: false,
        append_only: false,
        verified: None,
        faults: Vec::new(),
        unprepared: Vec::new(),
        series: Vec::new(),
        parts: BTreeMap::new(),
    };
    look(host, &mut store, &entries)?;
    if folder.mode & 0o001 == 0 || !access::open_to_all(host, path)? {
        store.open_to_all = false; // a closed folder protects whatever is in it
    } else {
        store.open_to_all |= folder.mode & 0o002 != 0 || is_open(host, &store, folder.mode)?;
    }
    Ok(Some(store))
}

/// Whether others may read in a repository, whose folder they may enter.
fn is_open(host: &dyn Host, store: &Store, mode: u32) -> Result<bool, Gap> {
    let may_read = |name: &str| -> Result<bool, HostError> {
        let stat = host.stat_if_any(&format!("{}/{name}", store.path))?;
        Ok(stat.is_some_and(|s| s.mode & 0o004 != 0))
    };
    Ok(match store.form {
        Form::Restic | Form::Borg => may_read("config")? && may_read("data")?,
        Form::PgBackRest => may_read("backup")?,
        Form::Rsnapshot
        | Form::Barman
        | Form::BaseBackup
        | Form::Mariabackup
        | Form::ProxmoxBackup
        | Form::Duplicity => mode & 0o004 != 0,
        Form::Unrecognised => holds_open(host, &store.path)?,
        Form::Dumps | Form::Vzdump | Form::Empty => false,
    })
}

/// Whether others may read a file in a folder that they may enter, or below. Whoever writes there may make any
/// number of files: a bounded number is looked at.
fn holds_open(host: &dyn Host, root: &str) -> Result<bool, Gap> {
    const MOST: usize = 2_000;
    const DEPTH: usize = 4;
    let mut seen = 0;
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        for entry in host.list(&folder, LIST_CAP)? {
            seen += 1;
            if seen > MOST {
                let detail = format!("{root}: more than {MOST} files");
                return Err(Gap::new(GapReason::OverBudget, detail));
            }
            let path = format!("{folder}/{}", entry.name);
            match entry.kind {
                FileKind::File if host.stat(&path)?.mode & 0o004 != 0 => return Ok(true),
                FileKind::Dir if depth < DEPTH && host.stat(&path)?.mode & 0o001 != 0 => {
                    open.push((path, depth + 1));
                }
                _ => {}
            }
        }
    }
    Ok(false)
}

/// The stores of all targets that jobs name or the owner declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stores {
    /// Those that stand on this host.
    pub all: Vec<Store>,
    /// Set when one may not be looked at, or is not mounted.
    pub gap: Option<Gap>,
    /// Targets on other machines, by scheme.
    pub remote: Vec<String>,
}

impl Gather for Stores {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let jobs = cx.get::<Jobs>()?;
        let targets = jobs.targets(&cx.settings().backup_targets);
        let mounts = cx.get::<Mounts>()?;
        let (mut all, gap) = inspect_all(cx.host(), &targets, &mounts);
        // A package may ship a configuration that names an empty folder: nothing was meant by it.
        let declared = cx
            .settings()
            .backup_targets
            .iter()
            .filter_map(|t| classify(t));
        let meant: Vec<Target> = jobs.started_targets().into_iter().chain(declared).collect();
        let is_meant = |path: &str| {
            let at = |t: &Target| matches!(t, Target::Local(p) if is_below(p, path));
            meant.iter().any(at)
        };
        all.retain(|s| s.form != Form::Empty || is_meant(&s.path));
        let remote = targets.iter().filter_map(|t| match t {
            Target::Remote(scheme) => Some(scheme.clone()),
            Target::Local(_) => None,
        });
        Ok(Self {
            all,
            gap,
            remote: remote.collect(),
        })
    }
}

/// The local targets, each with what stands there.
fn inspect_all(host: &dyn Host, targets: &[Target], mounts: &Mounts) -> (Vec<Store>, Option<Gap>) {
    let mut stores: Vec<Store> = Vec::new();
    let mut gap = None;
    for target in targets {
        let Target::Local(path) = target else {
            continue;
        };
        match inspect(host, path, mounts) {
            Ok(Some(store)) if !stores.iter().any(|s| s.path == store.path) => stores.push(store),
            Ok(_) => {}
            Err(e) => {
                gap.get_or_insert(e);
            }
        }
    }
    (stores, gap)
}

fn form(entries: &[Entry]) -> Form {
    let has = |name: &str| entries.iter().any(|e| e.name == name);
    if ["config", "data", "index", "keys", "snapshots"]
        .into_iter()
        .all(has)
    {
        Form::Restic
    } else if has("config") && has("data") {
        Form::Borg
    } else if has("backup") && has("archive") {
        Form::PgBackRest
    } else if pbs::is_store(entries) {
        Form::ProxmoxBackup
    } else if duplicity::is_store(entries) {
        Form::Duplicity
    } else if vzdump::is_store(entries) {
        Form::Vzdump
    } else if entries.iter().any(|e| rsnapshot::is_interval(&e.name)) {
        Form::Rsnapshot
    } else if entries.is_empty() {
        Form::Empty
    } else {
        Form::Unrecognised
    }
}

/// Looks into a store of that form.
fn look(host: &dyn Host, store: &mut Store, entries: &[Entry]) -> Result<(), Gap> {
    match store.form {
        Form::Restic => restic::look(host, store),
        Form::Borg => borg::look(host, store, entries),
        Form::PgBackRest => pgbackrest::look(host, store),
        Form::ProxmoxBackup => pbs::look(host, store),
        Form::Duplicity => duplicity::look(host, store, entries),
        Form::Vzdump => {
            vzdump::look(host, store, entries)?;
            store.form = Form::Vzdump;
            Ok(())
        }
        Form::Rsnapshot => rsnapshot::look(host, store, entries),
        Form::Empty => Ok(()),
        _ => {
            // Before Barman: a folder of data has a folder `base` too.
            let folders = pg_base::folders(host, &store.path, entries)?;
            if !folders.is_empty() {
                store.form = Form::BaseBackup;
                return pg_base::look(host, store, &folders);
            }
            let bases = barman::servers(host, &store.path, entries)?;
            if !bases.is_empty() {
                store.form = Form::Barman;
                return barman::look(host, store, &bases);
            }
            let folders = mariabackup::folders(host, &store.path, entries)?;
            if !folders.is_empty() {
                store.form = Form::Mariabackup;
                return mariabackup::look(host, store, &folders);
            }
            dumps::look(host, store, entries)
        }
    }
}

/// Start of the day: the hour of a copy changes from day to day and says nothing.
pub fn day_of(at: Timestamp) -> Option<Timestamp> {
    Some(dates::day(at))
}
