//! pgBackRest's `backup.manifest`.

use sha1::Sha1;

use super::{LIST_CAP, Run};
use crate::{facts::backup::proof::Fault, observation::Gap};

impl Run<'_> {
    /// The manifest of the newest backup names its files with the SHA-1 of what is stored (`rck`), or
    /// of the content where that is the same.
    pub(super) fn pgbackrest(&mut self) -> Result<(), Gap> {
        let root = format!("{}/backup", self.done.store);
        for stanza in self.host.list(&root, 100)? {
            let dir = format!("{root}/{}", stanza.name);
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
            let bytes = self.host.read(&path, 16 << 20)?;
            let text = String::from_utf8_lossy(&bytes);
            if !text.starts_with('[') {
                continue; // encrypted
            }
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
