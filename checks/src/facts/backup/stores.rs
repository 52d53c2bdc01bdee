//! What stands in a folder of copies: of which tool, from when, encrypted or not, whole or not.

use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};

use super::{
    Jobs,
    dumps::{is_dump, is_plain, is_whole},
    tools::Target,
};
use crate::{
    context::{Cx, Gather},
    facts::{access, storage::Mounts},
    host::{Entry, FileKind, Host, HostError},
    observation::Gap,
};

const LIST_CAP: usize = 10_000;
/// Most bytes that one store's sample may read.
const SAMPLE_BYTES: u64 = 12 << 20;
/// Most files of one store whose head is compared with what their name says.
const HEADS: usize = 64;
/// The form of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A restic repository.
    Restic,
    /// A borg repository.
    Borg,
    /// A pgBackRest repository.
    PgBackRest,
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
            Self::Rsnapshot => "rsnapshot",
            Self::Dumps => "dumps",
            Self::Unrecognised => "unrecognised",
            Self::Empty => "empty",
        }
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
    /// Whether copies are encrypted; `None` when that cannot be told.
    pub encrypted: Option<bool>,
    /// Whether anybody on the host may read or write in it.
    pub open_to_all: bool,
    /// Files whose content was compared with what it must be.
    pub sampled: usize,
    /// Those that did not match.
    pub damaged: Vec<String>,
}

/// Looks at a local target. `None` when nothing stands there.
///
/// # Errors
/// When it may not be looked at, or when what should be mounted there is not: an empty mount point
/// says nothing about the copies.
pub fn inspect(host: &dyn Host, target: &str, mounts: &Mounts) -> Result<Option<Store>, Gap> {
    if let Some(point) = mounts.unmounted_above(target) {
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
    let mut store = Store {
        path: path.to_owned(),
        form: form(&entries),
        newest_file: None,
        newest_record: None,
        encrypted: None,
        open_to_all: false,
        sampled: 0,
        damaged: Vec::new(),
    };
    match store.form {
        Form::Restic => restic(host, &mut store)?,
        Form::Borg => borg(host, &mut store, &entries)?,
        Form::PgBackRest => pgbackrest(host, &mut store)?,
        Form::Rsnapshot => rsnapshot(host, &mut store, &entries)?,
        Form::Dumps | Form::Unrecognised | Form::Empty => dumps(host, &mut store, &entries)?,
    }
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
        Form::Rsnapshot => mode & 0o004 != 0,
        Form::Dumps | Form::Unrecognised | Form::Empty => false,
    })
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
        let (all, gap) = inspect_all(cx.host(), &targets, &mounts);
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
    } else if entries.iter().any(|e| is_interval(&e.name)) {
        Form::Rsnapshot
    } else if entries.is_empty() {
        Form::Empty
    } else {
        Form::Unrecognised
    }
}

/// `daily.0`, `alpha.0`: rsnapshot's newest folder of an interval.
fn is_interval(name: &str) -> bool {
    let names = [
        "hourly", "daily", "weekly", "monthly", "alpha", "beta", "gamma", "delta",
    ];
    name.strip_suffix(".0").is_some_and(|n| names.contains(&n))
}

fn restic(host: &dyn Host, store: &mut Store) -> Result<(), Gap> {
    let snapshots = format!("{}/snapshots", store.path);
    for entry in host.list(&snapshots, LIST_CAP)? {
        let stat = host.stat(&format!("{snapshots}/{}", entry.name))?;
        store.newest_file = store.newest_file.max(day_of(stat.mtime));
    }
    // Every file bears the SHA-256 of its content as its name.
    let mut folders: Vec<String> = ["snapshots", "keys", "index"]
        .map(|f| format!("{}/{f}", store.path))
        .into();
    let data = format!("{}/data", store.path);
    let packs = host.list(&data, 300)?;
    folders.extend(
        packs
            .iter()
            .rev()
            .take(6)
            .map(|e| format!("{data}/{}", e.name)),
    );
    let mut left = SAMPLE_BYTES;
    for folder in folders {
        for entry in host.list(&folder, LIST_CAP)?.iter().rev().take(3) {
            let path = format!("{folder}/{}", entry.name);
            let size = host.stat(&path)?.size;
            if entry.name.len() != 64 || size > left {
                continue;
            }
            left -= size;
            let bytes = host.read(&path, usize::try_from(SAMPLE_BYTES).unwrap_or(usize::MAX))?;
            store.sampled += 1;
            if hex(&Sha256::digest(&bytes)) != entry.name {
                store.damaged.push(path);
            }
        }
    }
    // restic knows no other way; folders of the right names alone are no repository.
    store.encrypted = (store.sampled > store.damaged.len()).then_some(true);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, b| {
        let written = write!(out, "{b:02x}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
        out
    })
}

fn borg(host: &dyn Host, store: &mut Store, entries: &[Entry]) -> Result<(), Gap> {
    for entry in entries {
        if entry.name.starts_with("index.") || entry.name.starts_with("hints.") {
            let stat = host.stat(&format!("{}/{}", store.path, entry.name))?;
            store.newest_file = store.newest_file.max(day_of(stat.mtime));
        }
    }
    let data = format!("{}/data", store.path);
    for folder in host.list(&data, LIST_CAP)?.iter().take(2) {
        let folder = format!("{data}/{}", folder.name);
        for segment in host.list(&folder, LIST_CAP)?.iter().take(8) {
            let head = host.read_at(&format!("{folder}/{}", segment.name), 0, 256)?;
            store.encrypted = store.encrypted.or(borg_encrypted(&head));
        }
    }
    Ok(())
}

/// The first object of a segment says with which kind of key it was written.
fn borg_encrypted(segment: &[u8]) -> Option<bool> {
    const PUT: u8 = 0;
    let rest = segment.strip_prefix(b"BORG_SEG")?;
    let tag = *rest.get(8)?; // after checksum and size
    let kind = *rest.get(9 + 32)?; // after the object's name
    match (tag, kind) {
        (PUT, 0x00 | 0x01 | 0x03 | 0x04 | 0x05) => Some(true),
        (PUT, 0x02 | 0x06 | 0x07) => Some(false), // plain, or signed only
        _ => None,
    }
}

fn pgbackrest(host: &dyn Host, store: &mut Store) -> Result<(), Gap> {
    let root = format!("{}/backup", store.path);
    for stanza in host.list(&root, 100)? {
        let text = host.text_if_any(&format!("{root}/{}/backup.info", stanza.name))?;
        let Some(text) = text else {
            continue;
        };
        if text.starts_with("[") {
            let stops = text.split("\"backup-timestamp-stop\":").skip(1);
            let seconds = stops.filter_map(leading_number);
            let newest = seconds.max().and_then(|s| Timestamp::from_second(s).ok());
            store.newest_record = store.newest_record.max(newest.and_then(day_of));
            store.encrypted = Some(text.contains("[cipher]"));
        } else {
            store.encrypted = Some(true); // the file itself cannot be read without the key
        }
    }
    Ok(())
}

fn leading_number(text: &str) -> Option<i64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn rsnapshot(host: &dyn Host, store: &mut Store, entries: &[Entry]) -> Result<(), Gap> {
    store.encrypted = Some(false);
    for entry in entries.iter().filter(|e| is_interval(&e.name)) {
        let stat = host.stat(&format!("{}/{}", store.path, entry.name))?;
        store.newest_file = store.newest_file.max(day_of(stat.mtime));
    }
    let log = host
        .text_if_any("/var/log/rsnapshot.log")?
        .unwrap_or_default();
    store.newest_record = log.lines().filter_map(rsnapshot_success).max();
    Ok(())
}

/// `[2026-11-21T03:00:07] /usr/bin/rsnapshot daily: completed successfully`.
fn rsnapshot_success(line: &str) -> Option<Timestamp> {
    let date = line.strip_prefix('[')?.get(..10)?;
    if !line.trim_end().ends_with(": completed successfully") {
        return None;
    }
    let day: jiff::civil::Date = date.parse().ok()?;
    day.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

/// Dumps stand in the folder itself or one below, such as one a day.
fn dumps(host: &dyn Host, store: &mut Store, entries: &[Entry]) -> Result<(), Gap> {
    let mut files = Vec::new();
    for entry in entries {
        let path = format!("{}/{}", store.path, entry.name);
        if entry.kind == FileKind::Dir {
            let below = host.list(&path, LIST_CAP)?.into_iter();
            files.extend(
                below
                    .filter(|e| e.kind == FileKind::File)
                    .map(|e| format!("{path}/{}", e.name)),
            );
        } else if entry.kind == FileKind::File {
            files.push(path);
        }
    }
    files.retain(|f| is_dump(f));
    let mut newest: Option<(Timestamp, String)> = None;
    for (n, path) in files.iter().rev().take(2_000).enumerate() {
        let stat = host.stat(path)?;
        store.open_to_all |= stat.mode & 0o004 != 0;
        let mut closed = [".gpg", ".age", ".enc"].iter().any(|e| path.ends_with(e));
        if closed && n < HEADS {
            closed = !is_plain(&host.read_at(path, 0, 512)?); // a name is quickly changed
        }
        store.encrypted = Some(store.encrypted.unwrap_or(true) && closed);
        if newest.as_ref().is_none_or(|(at, _)| stat.mtime > *at) {
            newest = Some((stat.mtime, path.clone()));
        }
    }
    let Some((at, path)) = newest else {
        return Ok(());
    };
    store.form = Form::Dumps;
    store.newest_file = day_of(at);
    if let Some(whole) = is_whole(host, &path)? {
        store.sampled = 1;
        store.damaged = if whole { Vec::new() } else { vec![path] };
    }
    Ok(())
}

/// Start of the day: the hour of a copy changes from day to day and says nothing.
pub fn day_of(at: Timestamp) -> Option<Timestamp> {
    let day = at.to_zoned(TimeZone::UTC).date();
    day.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borg_says_how_it_writes() {
        let segment = |kind: u8| {
            let mut bytes = b"BORG_SEG".to_vec();
            bytes.extend([0; 9 + 32]);
            bytes.push(kind);
            bytes
        };
        assert_eq!(borg_encrypted(&segment(3)), Some(true));
        assert_eq!(borg_encrypted(&segment(2)), Some(false));
        assert_eq!(borg_encrypted(&segment(7)), Some(false));
        assert_eq!(borg_encrypted(b"BORG_SEG"), None);
    }

    #[test]
    fn only_success_counts_in_the_log_of_rsnapshot() {
        let line = "[2026-11-21T03:00:07] /usr/bin/rsnapshot daily: completed";
        assert!(rsnapshot_success(&format!("{line} successfully")).is_some());
        assert!(rsnapshot_success(&format!("{line}, but with some warnings")).is_none());
        assert!(rsnapshot_success("[é").is_none());
    }
}
