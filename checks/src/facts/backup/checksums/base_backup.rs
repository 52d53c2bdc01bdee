//! pg_basebackup's `backup_manifest`, against the files of a folder or of its tar archives.

use std::collections::BTreeMap;

use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::{LIST_CAP, PIECE, Run};
use crate::{
    facts::backup::{
        crc32c::Crc32c,
        forms::{
            barman,
            pg_base::{self, Listed, MANIFEST},
            restic::hex,
        },
        proof::{Fault, members},
    },
    observation::{Gap, GapReason},
};

impl Run<'_> {
    /// The newest copy whose manifest stands there.
    pub(super) fn base_backup(&mut self) -> Result<(), Gap> {
        let root = self.done.store.clone();
        let entries = self.host.list(&root, LIST_CAP)?;
        let mut newest = None;
        for folder in pg_base::folders(self.host, &root, &entries)? {
            let at = self.host.stat(&format!("{folder}/{MANIFEST}"))?.mtime;
            newest = newest.max(Some((at, folder)));
        }
        let Some((_, folder)) = newest else {
            return Ok(());
        };
        self.by_manifest(&folder)
    }

    /// Barman's copies by `backup_method = postgres`, and those for which it was told to write a manifest: the newest
    /// of each server.
    pub(super) fn barman(&mut self) -> Result<(), Gap> {
        for folder in barman::with_manifests(self.host, &self.done.store)? {
            self.by_manifest(&folder)?;
        }
        Ok(())
    }

    fn by_manifest(&mut self, folder: &str) -> Result<(), Gap> {
        let path = format!("{folder}/{MANIFEST}");
        let bytes = self.host.read(&path, pg_base::CAP)?;
        let Some(files) = pg_base::listed(&bytes) else {
            self.note(&path, Some(Fault::Corrupt));
            return Ok(());
        };
        let archives: Vec<(String, String)> = self
            .host
            .list(folder, LIST_CAP)?
            .into_iter()
            .filter_map(|e| prefix(&e.name).map(|p| (e.name, p)))
            .collect();
        if archives.is_empty() {
            self.plain(folder, &files)
        } else {
            self.packed(folder, files, &archives)
        }
    }

    fn plain(&mut self, folder: &str, files: &[Listed]) -> Result<(), Gap> {
        let total = files.iter().fold(0_u64, |n, f| n.saturating_add(f.size));
        let (turns, turn) = self.turns(total, self.share / 2);
        let mut before = 0_u64;
        for file in files {
            let mine = before.saturating_mul(turns) / total.max(1) == turn;
            before = before.saturating_add(file.size);
            if !mine {
                continue;
            }
            let path = format!("{folder}/{}", file.path);
            let fault = match self.host.stat_if_any(&path)? {
                None => Some(Fault::Missing),
                Some(stat) if stat.size < file.size => Some(Fault::Cut),
                Some(stat) if stat.size > file.size => Some(Fault::Corrupt),
                Some(_) => {
                    let sum = self.sum(file, &path)?;
                    sum.is_some_and(|s| s != file.checksum)
                        .then_some(Fault::Corrupt)
                }
            };
            self.note(&path, fault);
        }
        Ok(())
    }

    /// The sum of a file by the manifest's own kind; `None` where it names none.
    fn sum(&self, file: &Listed, path: &str) -> Result<Option<String>, Gap> {
        Ok(Some(match file.algorithm.as_str() {
            "CRC32C" => self.digest::<Crc32c>(path, 0, file.size)?.0,
            "SHA224" => self.digest::<Sha224>(path, 0, file.size)?.0,
            "SHA256" => self.digest::<Sha256>(path, 0, file.size)?.0,
            "SHA384" => self.digest::<Sha384>(path, 0, file.size)?.0,
            "SHA512" => self.digest::<Sha512>(path, 0, file.size)?.0,
            _ => return Ok(None),
        }))
    }

    /// Archives are read to their end in one run, or not at all.
    fn packed(
        &mut self,
        folder: &str,
        files: Vec<Listed>,
        archives: &[(String, String)],
    ) -> Result<(), Gap> {
        let mut total = 0_u64;
        for (name, _) in archives {
            let stat = self.host.stat(&format!("{folder}/{name}"))?;
            total = total.saturating_add(stat.size);
        }
        if total > self.share {
            let detail = format!("{folder}: too large to be read in one run");
            return Err(Gap::new(GapReason::OverBudget, detail));
        }
        let mut wanted: BTreeMap<String, Listed> =
            files.into_iter().map(|f| (f.path.clone(), f)).collect();
        for (name, prefix) in archives {
            let path = format!("{folder}/{name}");
            let mut wrong = Vec::new();
            let state = members(self.host, &path, &mut |member, size, content| {
                let member = format!("{prefix}{}", member.trim_start_matches("./"));
                let Some(file) = wanted.remove(&member) else {
                    return Ok(());
                };
                let sum = digest(&file.algorithm, content)?;
                if size != file.size || sum.is_some_and(|s| s != file.checksum) {
                    wrong.push(member);
                }
                Ok(())
            })?;
            self.note(&path, state);
            for member in wrong {
                self.note(&format!("{path}: {member}"), Some(Fault::Corrupt));
            }
        }
        let first = wanted.keys().next().cloned();
        if let Some(member) = first {
            self.note(&format!("{folder}: {member}"), Some(Fault::Missing));
        }
        Ok(())
    }
}

/// The folder that an archive holds: `base.tar` the whole, `16400.tar` a tablespace.
fn prefix(name: &str) -> Option<String> {
    let (stem, rest) = name.split_once(".tar")?;
    if !matches!(rest, "" | ".gz" | ".lz4" | ".zst") {
        return None;
    }
    match stem {
        "base" => Some(String::new()),
        "pg_wal" => Some("pg_wal/".to_owned()),
        oid if oid.bytes().all(|b| b.is_ascii_digit()) => Some(format!("pg_tblspc/{oid}/")),
        _ => None,
    }
}

fn digest(kind: &str, content: &mut dyn std::io::Read) -> std::io::Result<Option<String>> {
    fn of<D: Digest>(content: &mut dyn std::io::Read) -> std::io::Result<Option<String>> {
        let mut hash = D::new();
        let mut piece = vec![0; PIECE >> 4];
        loop {
            let got = content.read(&mut piece)?;
            if got == 0 {
                return Ok(Some(hex(&hash.finalize())));
            }
            hash.update(piece.get(..got).unwrap_or_default());
        }
    }
    match kind {
        "CRC32C" => of::<Crc32c>(content),
        "SHA224" => of::<Sha224>(content),
        "SHA256" => of::<Sha256>(content),
        "SHA384" => of::<Sha384>(content),
        "SHA512" => of::<Sha512>(content),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_known_by_name() {
        assert_eq!(prefix("base.tar.gz").as_deref(), Some(""));
        assert_eq!(prefix("16400.tar").as_deref(), Some("pg_tblspc/16400/"));
        assert_eq!(prefix("x.tar"), None);
        assert_eq!(prefix("base.tar.bak"), None);
    }
}
