//! duplicity: sets of volumes whose names hold their times; the manifest of a set is written last,
//! so that it shows that the set was finished. An incremental set needs the one before it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::super::{
    dumps::{Point, Series},
    proof::Fault,
    stores::Store,
};
use crate::{
    host::{Entry, Host},
    observation::Gap,
};

/// Whether these are the files of duplicity.
pub(in super::super) fn is_store(entries: &[Entry]) -> bool {
    entries
        .iter()
        .any(|e| e.name.starts_with("duplicity-full."))
}

/// One set.
#[derive(Debug, Default, PartialEq, Eq)]
struct Set {
    /// What it was made on top of; `None` for a full set.
    after: Option<String>,
    manifest: Option<String>,
    volumes: BTreeMap<u32, String>,
}

pub(in super::super) fn look(
    host: &dyn Host,
    store: &mut Store,
    entries: &[Entry],
) -> Result<(), Gap> {
    let sets = sets(entries.iter().map(|e| e.name.as_str()));
    store.encrypted = Some(
        entries
            .iter()
            .filter(|e| e.name.contains(".vol"))
            .all(|e| e.name.ends_with(".gpg")),
    );
    let mut fulls = Vec::new();
    let mut good: BTreeSet<&str> = BTreeSet::new();
    for (time, set) in &sets {
        let mut size = 0;
        for name in set.volumes.values() {
            size += host.stat(&format!("{}/{name}", store.path))?.size;
        }
        let contiguous = set
            .volumes
            .keys()
            .copied()
            .eq(1..=u32::try_from(set.volumes.len()).unwrap_or(0));
        let founded = set.after.as_deref().is_none_or(|a| good.contains(a));
        let path = format!("{}/duplicity {time}", store.path);
        if !contiguous || !founded || set.volumes.is_empty() {
            store.faults.push((path, Fault::Missing));
            continue;
        }
        let Some(at) = day(time).filter(|_| set.manifest.is_some()) else {
            continue; // not finished, or still running
        };
        good.insert(time);
        store.record(at);
        store.points += 1;
        if set.after.is_none() {
            fulls.push(Point { path, at, size });
        }
    }
    store.series.push(Series {
        name: format!("{}/duplicity-full", store.path),
        points: fulls,
    });
    Ok(())
}

/// The sets by their (end) times.
fn sets<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<String, Set> {
    let mut all: BTreeMap<String, Set> = BTreeMap::new();
    for name in names {
        let parts: Vec<&str> = name.split('.').collect();
        let (time, after, rest) = match parts.as_slice() {
            ["duplicity-full", time, rest @ ..] => (*time, None, rest),
            ["duplicity-inc", from, "to", time, rest @ ..] => {
                (*time, Some((*from).to_owned()), rest)
            }
            _ => continue,
        };
        let set = all.entry(time.to_owned()).or_default();
        set.after = after;
        match rest {
            ["manifest", ..] => set.manifest = Some(name.to_owned()),
            [volume, "difftar", ..] => {
                if let Some(n) = volume.strip_prefix("vol").and_then(|n| n.parse().ok()) {
                    set.volumes.insert(n, name.to_owned());
                }
            }
            _ => {}
        }
    }
    all
}

/// `20261120T010000Z`.
fn day(time: &str) -> Option<Timestamp> {
    let part = |from: usize, to: usize| time.get(from..to)?.parse().ok();
    let date = Date::new(
        part(0, 4)?,
        i8::try_from(part(4, 6)?).ok()?,
        i8::try_from(part(6, 8)?).ok()?,
    );
    date.ok()?
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|z| z.timestamp())
}

/// The volumes that an unencrypted manifest names, with their SHA-1.
pub(in super::super) fn hashes(manifest: &str) -> Vec<(u32, String)> {
    let mut volume = 0;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(n) = line
            .strip_prefix("Volume ")
            .and_then(|l| l.strip_suffix(':'))
        {
            volume = n.parse().unwrap_or(0);
        } else if let Some(hash) = line.strip_prefix("Hash SHA1 ") {
            found.push((volume, hash.to_ascii_lowercase()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_put_together() {
        let names = [
            "duplicity-full.20261120T010000Z.vol1.difftar.gpg",
            "duplicity-full.20261120T010000Z.vol2.difftar.gpg",
            "duplicity-full.20261120T010000Z.manifest.gpg",
            "duplicity-inc.20261120T010000Z.to.20261121T010000Z.vol1.difftar.gpg",
            "duplicity-full-signatures.20261120T010000Z.sigtar.gpg",
            "x",
        ];
        let got = sets(names.into_iter());
        assert_eq!(got.len(), 2);
        let full = &got["20261120T010000Z"];
        assert!(full.manifest.is_some() && full.volumes.len() == 2 && full.after.is_none());
        assert_eq!(
            got["20261121T010000Z"].after.as_deref(),
            Some("20261120T010000Z")
        );
        assert_eq!(
            day("20261120T010000Z").unwrap().to_string(),
            "2026-11-20T00:00:00Z"
        );
        assert_eq!(day("é"), None);
        assert_eq!(
            hashes("Volume 1:\n  Hash SHA1 AB\n"),
            [(1, "ab".to_owned())]
        );
    }
}
