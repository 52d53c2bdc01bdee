//! pgBackRest's `backup.manifest`.

use sha1::{Digest, Sha1};

use super::{LIST_CAP, Run};
use crate::{
    facts::backup::{forms::restic::hex, proof::Fault},
    observation::Gap,
};

/// Most bytes of a manifest, or of the list of backups.
const CAP: usize = 16 << 20;

impl Run<'_> {
    /// The manifest of the newest backup names its files with the SHA-1 of what is stored (`rck`), or
    /// of the content where that is the same.
    pub(super) fn pgbackrest(&mut self) -> Result<(), Gap> {
        let root = format!("{}/backup", self.done.store);
        for stanza in self.host.list(&root, 100)? {
            let dir = format!("{root}/{}", stanza.name);
            self.own_sum(&format!("{dir}/backup.info"))?;
            let labels = match self.host.list(&dir, LIST_CAP) {
                Err(crate::host::HostError::WrongKind(_)) => continue,
                labels => labels?,
            };
            let is_label = |n: &&str| n.len() > 15 && n.starts_with("20");
            let newest = labels
                .iter()
                .map(|e| e.name.as_str())
                .filter(is_label)
                .max();
            let Some(label) = newest else { continue };
            let path = format!("{dir}/{label}/backup.manifest");
            let bytes = self.host.read(&path, CAP)?;
            let text = String::from_utf8_lossy(&bytes);
            if is_sealed(&bytes) {
                continue;
            }
            if !is_as_written(&bytes) {
                self.note(&path, Some(Fault::Corrupt)); // what it lists may be anything
                continue;
            }
            self.own_sum(&format!("{path}.copy"))?;
            let files = manifest(&text);
            let total = files.iter().fold(0_u64, |n, f| n.saturating_add(f.size));
            let (turns, turn) = self.turns(total, self.share / 2);
            let mut before = 0_u64;
            for file in files {
                let mine = before.saturating_mul(turns) / total.max(1) == turn;
                before = before.saturating_add(file.size);
                if mine {
                    self.listed(&dir, label, &file)?;
                }
            }
        }
        Ok(())
    }

    /// Compares a file, if it is there, with the checksum in itself, and so its copy.
    fn own_sum(&mut self, path: &str) -> Result<(), Gap> {
        for path in [path.to_owned(), format!("{path}.copy")] {
            if self.host.stat_if_any(&path)?.is_some() {
                let bytes = self.host.read(&path, CAP)?;
                if !is_sealed(&bytes) && !is_as_written(&bytes) {
                    self.note(&path, Some(Fault::Corrupt));
                }
            }
        }
        Ok(())
    }

    fn listed(&mut self, dir: &str, label: &str, file: &Listed) -> Result<(), Gap> {
        let label = file.reference.as_deref().unwrap_or(label);
        let base = match file.bundle {
            Some((id, _)) => format!("{dir}/{label}/bundle/{id}"),
            None => format!("{dir}/{label}/{}", file.name),
        };
        let mut found = None;
        for ending in ["", ".gz", ".lz4", ".zst", ".bz2"] {
            let path = format!("{base}{ending}");
            if self.host.stat_if_any(&path)?.is_some() {
                found = Some(path);
                break;
            }
        }
        let Some(path) = found else {
            self.note(&base, Some(Fault::Missing));
            return Ok(());
        };
        let from = file.bundle.map_or(0, |(_, offset)| offset);
        let (digest, got) = self.digest::<Sha1>(&path, from, file.size)?;
        let fault = if got < file.size {
            Some(Fault::Cut)
        } else {
            (digest != file.sha1).then_some(Fault::Corrupt)
        };
        self.note(&path, fault);
        Ok(())
    }
}

/// Whether a file is encrypted by pgBackRest: by OpenSSL's format.
fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"Salted__")
}

/// Whether a file matches the checksum that it ends with: SHA-1 over all its other values as one JSON object of
/// objects, one for each section, in the order and with the bytes of the file.
fn is_as_written(bytes: &[u8]) -> bool {
    let mut sum = Sha1::new();
    let (mut section, mut sections, mut values): (&[u8], u64, u64) = (b"", 0, 0);
    let mut told = None;
    for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        if let Some(name) = line.strip_prefix(b"[").and_then(|l| l.strip_suffix(b"]")) {
            (section, values) = (name, 0);
            continue;
        }
        let Some((key, value)) = split(line) else {
            return false;
        };
        if section == b"backrest" && key == b"backrest-checksum" {
            told = Some(value);
            continue;
        }
        if values == 0 {
            sum.update(if sections == 0 { &b"{"[..] } else { b"}," });
            for part in [&b"\""[..], section, b"\":{"] {
                sum.update(part);
            }
            sections += 1;
        } else {
            sum.update(b",");
        }
        values += 1;
        let key = serde_json::to_vec(&String::from_utf8_lossy(key)).unwrap_or_default();
        sum.update(key);
        sum.update(b":");
        sum.update(value);
    }
    sum.update(b"}}");
    let digest = format!("\"{}\"", hex(&sum.finalize()));
    told == Some(digest.as_bytes())
}

/// `KEY=VALUE`, where the key, such as the name of a file, may hold a `=` too and the value is JSON.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    const TRIES: usize = 16;
    let places = line.iter().enumerate().filter(|(_, b)| **b == b'=');
    let mut parts = places.take(TRIES).filter_map(|(at, _)| {
        let (key, value) = line.split_at_checked(at)?;
        Some((key, value.get(1..)?))
    });
    parts.find(|(_, value)| serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok())
}

/// A file of a manifest.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    name: String,
    size: u64,
    sha1: String,
    reference: Option<String>,
    /// Number of the bundle, and where in it.
    bundle: Option<(u64, u64)>,
}

/// `[target:file]` of a `backup.manifest`.
fn manifest(text: &str) -> Vec<Listed> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') && line.ends_with(']') {
            inside = line == "[target:file]";
        } else if inside
            && let Some((name, json)) = line.split_once("={")
            && let Ok(value) = serde_json::from_str::<serde_json::Value>(&format!("{{{json}"))
        {
            found.extend(listed(name, &value));
        }
    }
    found
}

/// `None` where nothing of it is stored, or no checksum says what.
fn listed(name: &str, value: &serde_json::Value) -> Option<Listed> {
    let number = |key: &str| value.get(key).and_then(serde_json::Value::as_u64);
    let text = |key: &str| {
        value
            .get(key)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    let size = number("size")?;
    let stored = number("repo-size");
    if size == 0 || name.split('/').any(|p| p == "..") {
        return None;
    }
    // Without `rck` the content is stored as it is, unless its size says otherwise.
    let sha1 = match text("rck") {
        Some(sha1) => sha1,
        None if stored.is_none_or(|s| s == size) => text("checksum")?,
        None => return None,
    };
    Some(Listed {
        name: name.to_owned(),
        size: stored.unwrap_or(size),
        sha1,
        reference: text("reference").filter(|r| !r.contains('/')),
        bundle: number("bni").map(|id| (id, number("bno").unwrap_or(0))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_what_is_stored() {
        let text = "[x]\na={\"size\":1,\"checksum\":\"00\"}\n[target:file]\n\
            pg_data/A={\"checksum\":\"aa\",\"rck\":\"bb\",\"repo-size\":23,\"size\":3}\n\
            pg_data/B={\"checksum\":\"cc\",\"size\":5,\"reference\":\"20261101-010000F\"}\n\
            pg_data/C={\"checksum\":\"dd\",\"repo-size\":9,\"size\":5}\npg_data/D={\"size\":0}\n\
            pg_data/E={\"bni\":1,\"bno\":7,\"checksum\":\"ee\",\"size\":5}\n";
        let got = manifest(text);
        let names: Vec<_> = got
            .iter()
            .map(|l| (l.name.as_str(), l.sha1.as_str(), l.size))
            .collect();
        assert_eq!(
            names,
            [
                ("pg_data/A", "bb", 23),
                ("pg_data/B", "cc", 5),
                ("pg_data/E", "ee", 5)
            ]
        );
        assert_eq!(got[2].bundle, Some((1, 7)));
    }
}
