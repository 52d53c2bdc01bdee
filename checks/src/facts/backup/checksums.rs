//! Repositories compared with their own checksums, without a password: restic's names, borg's CRCs,
//! the manifests of pgBackRest, pg_basebackup and duplicity.
//!
//! What does not fit into one run is read in turns chosen by the date, so that nothing need be
//! remembered: every part is read once in as many days as there are turns.

mod base_backup;
mod pgbackrest;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{
    forms::{duplicity, restic::hex},
    proof::{Fault, borg},
    stores::{Form, Store, Stores},
};
use crate::{
    context::{Cx, Gather},
    host::Host,
    observation::Gap,
};

/// Bytes read of all repositories together in one run.
const SHARE: u64 = 768 << 20;
const LIST_CAP: usize = 50_000;
const PIECE: usize = 1 << 20;
/// Most damaged files that are named.
const NAMED: usize = 50;

/// One repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its folder.
    pub store: String,
    /// Its form.
    pub form: Form,
    /// Files compared in this run.
    pub files: usize,
    /// In how many daily runs every file is compared once.
    pub turns: u64,
    /// What did not match.
    pub damaged: Vec<(String, Fault)>,
    /// Set when some part could not be read.
    pub gap: Option<Gap>,
}

/// All repositories with checksums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums(pub Vec<Checked>);

impl Gather for Checksums {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let stores = cx.get::<Stores>()?;
        let with: Vec<&Store> = stores
            .all
            .iter()
            .filter(|s| s.form.has_checksums())
            .collect();
        let share = SHARE / u64::try_from(with.len().max(1)).unwrap_or(1);
        let day = u64::try_from(cx.host().now().as_second().div_euclid(86_400)).unwrap_or(0);
        let all = with.into_iter().map(|store| {
            let mut run = Run {
                host: cx.host(),
                share,
                day,
                done: Checked {
                    store: store.path.clone(),
                    form: store.form,
                    files: 0,
                    turns: 1,
                    damaged: Vec::new(),
                    gap: None,
                },
            };
            let result = match store.form {
                Form::Restic => run.restic(),
                Form::Borg => run.borg(),
                Form::PgBackRest => run.pgbackrest(),
                Form::BaseBackup => run.base_backup(),
                Form::Barman => run.barman(),
                _ => run.duplicity(),
            };
            run.done.gap = result.err();
            run.done
        });
        // Barman's copies by rsync have no checksums.
        let silent = |c: &Checked| c.form == Form::Barman && c.files == 0 && c.gap.is_none();
        Ok(Self(all.filter(|c| !silent(c)).collect()))
    }
}

struct Run<'a> {
    host: &'a dyn Host,
    share: u64,
    day: u64,
    done: Checked,
}

impl Run<'_> {
    fn note(&mut self, path: &str, fault: Option<Fault>) {
        self.done.files += 1;
        if let Some(fault) = fault
            && self.done.damaged.len() < NAMED
        {
            self.done.damaged.push((path.to_owned(), fault));
        }
    }

    /// Splits `total` bytes into turns of at most `share`: how many, and whose it is today.
    fn turns(&mut self, total: u64, share: u64) -> (u64, u64) {
        let turns = total.div_ceil(share.max(1)).max(1);
        self.done.turns = self.done.turns.max(turns);
        (turns, self.day % turns)
    }

    fn digest<D: Digest>(&self, path: &str, from: u64, len: u64) -> Result<(String, u64), Gap> {
        let mut hash = D::new();
        let mut at = from;
        let end = from.saturating_add(len);
        while at < end {
            let want = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            let piece = self.host.read_at(path, at, want)?;
            if piece.is_empty() {
                break;
            }
            hash.update(&piece);
            at += piece.len() as u64;
        }
        Ok((hex(&hash.finalize()), at - from))
    }

    /// Every file bears the SHA-256 of its content as its name. Packs are chosen by their names,
    /// which are spread evenly.
    fn restic(&mut self) -> Result<(), Gap> {
        let root = self.done.store.clone();
        for folder in ["keys", "snapshots", "index"] {
            self.named_files(&format!("{root}/{folder}"), self.share / 8)?;
        }
        let data = format!("{root}/data");
        let folders = self.host.list(&data, 300)?;
        // The size of all is told from a few folders: names are hashes, so that all are alike.
        let mut sampled = 0_u64;
        let some = folders.len().div_ceil(16).max(1);
        for folder in folders.iter().step_by(some) {
            for file in self
                .host
                .list(&format!("{data}/{}", folder.name), LIST_CAP)?
            {
                let stat = self
                    .host
                    .stat(&format!("{data}/{}/{}", folder.name, file.name))?;
                sampled = sampled.saturating_add(stat.size);
            }
        }
        let (turns, turn) = self.turns(sampled.saturating_mul(some as u64), self.share / 2);
        let before = self.done.files;
        for folder in &folders {
            let place = u64::from_str_radix(&folder.name, 16).unwrap_or(0);
            if turns <= 256 && place * turns / 256 != turn {
                continue;
            }
            for file in self
                .host
                .list(&format!("{data}/{}", folder.name), LIST_CAP)?
            {
                let digits = file
                    .name
                    .get(..6)
                    .and_then(|d| u64::from_str_radix(d, 16).ok());
                if turns > 256 && digits.unwrap_or(0) * turns / (1 << 24) != turn {
                    continue;
                }
                self.named_file(&format!("{data}/{}/{}", folder.name, file.name), &file.name)?;
            }
        }
        // Even the snapshot of an empty folder needs a pack for the folder's own entry.
        let snapshots = format!("{root}/snapshots");
        if turns == 1
            && before == self.done.files
            && !self.host.list(&snapshots, LIST_CAP)?.is_empty()
        {
            self.note(&data, Some(Fault::Missing));
        }
        Ok(())
    }

    /// The files of a folder, in turns where they are too many.
    fn named_files(&mut self, folder: &str, share: u64) -> Result<(), Gap> {
        let files = self.host.list(folder, LIST_CAP)?;
        let mut total = 0_u64;
        for file in &files {
            let size = self.host.stat(&format!("{folder}/{}", file.name))?.size;
            total = total.saturating_add(size);
        }
        let (turns, turn) = self.turns(total, share);
        for file in &files {
            let digits = file
                .name
                .get(..6)
                .and_then(|d| u64::from_str_radix(d, 16).ok());
            if digits.unwrap_or(0) * turns / (1 << 24) == turn {
                self.named_file(&format!("{folder}/{}", file.name), &file.name)?;
            }
        }
        Ok(())
    }

    fn named_file(&mut self, path: &str, name: &str) -> Result<(), Gap> {
        let is_hash = name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit());
        let size = match self.host.stat_if_any(path)? {
            Some(stat) if is_hash => stat.size,
            _ => return Ok(()), // a file that is being written, or one that pruning took away
        };
        if size == 0 {
            self.note(path, Some(Fault::Empty)); // its name may be right, but restic seals all that it writes
            return Ok(());
        }
        let (digest, _) = self.digest::<Sha256>(path, 0, size)?;
        self.note(path, (digest != name).then_some(Fault::Corrupt));
        Ok(())
    }

    /// Turns are stretches of the repository as if all segments stood in one file.
    fn borg(&mut self) -> Result<(), Gap> {
        let data = format!("{}/data", self.done.store);
        let mut segments: Vec<(u64, String, u64)> = Vec::new();
        let mut total = 0_u64;
        for folder in self.host.list(&data, LIST_CAP)? {
            for file in self
                .host
                .list(&format!("{data}/{}", folder.name), LIST_CAP)?
            {
                let Ok(number) = file.name.parse() else {
                    continue;
                };
                let path = format!("{data}/{}/{}", folder.name, file.name);
                let size = self.host.stat(&path)?.size;
                total = total.saturating_add(size);
                segments.push((number, path, size));
            }
        }
        segments.sort();
        let (turns, turn) = self.turns(total, self.share / 2);
        let (from, to) = (
            total / turns * turn,
            if turn + 1 == turns {
                total
            } else {
                total / turns * (turn + 1)
            },
        );
        let mut before = 0_u64;
        for (_, path, size) in segments {
            let start = before;
            before = before.saturating_add(size);
            if before < from || start > to {
                continue;
            }
            let part = (from.saturating_sub(start), to.saturating_sub(start));
            let fault = borg::check(self.host, &path, size, part)?;
            self.note(&path, fault);
        }
        Ok(())
    }

    /// A manifest that is not encrypted names its volumes with their SHA-1.
    fn duplicity(&mut self) -> Result<(), Gap> {
        let root = self.done.store.clone();
        let entries = self.host.list(&root, LIST_CAP)?;
        let mut volumes = Vec::new();
        for entry in entries.iter().filter(|e| e.name.ends_with(".manifest")) {
            let stem = entry.name.trim_end_matches("manifest");
            let text = self.host.text(&format!("{root}/{}", entry.name))?;
            for (number, sha1) in duplicity::hashes(&text) {
                let start = format!("{stem}vol{number}.difftar");
                let file = entries.iter().find(|e| e.name.starts_with(&start));
                match file {
                    Some(file) => {
                        let path = format!("{root}/{}", file.name);
                        let size = self.host.stat(&path)?.size;
                        volumes.push((path, size, sha1));
                    }
                    None => self.note(&format!("{root}/{start}"), Some(Fault::Missing)),
                }
            }
        }
        let total = volumes.iter().fold(0_u64, |n, v| n.saturating_add(v.1));
        let (turns, turn) = self.turns(total, self.share / 2);
        let mut before = 0_u64;
        for (path, size, sha1) in volumes {
            let mine = before.saturating_mul(turns) / total.max(1) == turn;
            before = before.saturating_add(size);
            if mine {
                let (digest, _) = self.digest::<Sha1>(&path, 0, size)?;
                self.note(&path, (digest != sha1).then_some(Fault::Corrupt));
            }
        }
        Ok(())
    }
}
