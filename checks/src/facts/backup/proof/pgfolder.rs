//! `pg_dump --format=directory`: `toc.dat`, which is written last, and a file for each table. Large
//! objects stand in lists of their own, `blobs.toc`.

use super::{Fault, State, pgdump, whole, whole::Reading};
use crate::{
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

/// The list of contents.
pub(in super::super) const LIST: &str = "toc.dat";
const MOST: usize = 20_000;

/// Bytes of all files of a dump.
///
/// # Errors
/// When some file may not be looked at, or there are too many.
pub(in super::super) fn size(host: &dyn Host, folder: &str) -> Result<u64, Gap> {
    let mut total = 0_u64;
    for entry in host.list(folder, MOST)? {
        let stat = host.stat_if_any(&format!("{folder}/{}", entry.name))?;
        total = total.saturating_add(stat.map_or(0, |s| s.size));
    }
    Ok(total)
}

/// Whether a file of that name in a folder is data of such a dump.
pub(in super::super) fn is_data(name: &str) -> bool {
    let stem = name.split_once(".dat").map(|(stem, _)| stem);
    stem.is_some_and(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()))
}

/// Reads a dump to its end.
///
/// # Errors
/// When it may not be read, or not to its end within the budget.
pub(in super::super) fn read(host: &dyn Host, folder: &str) -> Result<Reading, Gap> {
    let bytes = host.read(&format!("{folder}/{LIST}"), 16 << 20)?;
    let mut rest = bytes.as_slice();
    let (state, made, mut files) = match pgdump::list(&mut rest) {
        Ok(found) => found,
        Err(broken) => return Ok(whole::concluded(Err(broken))),
    };
    if state != State::Whole {
        return Ok(Reading { state, made });
    }
    let lists: Vec<String> = files.extract_if(.., |f| f.ends_with(".toc")).collect();
    for list in lists {
        let Some(path) = stored(host, folder, &list)? else {
            return Ok(damaged(Fault::Missing));
        };
        let text = host.text(&path)?;
        let named = text.lines().filter_map(|l| l.split_once(' '));
        files.extend(named.map(|(_, name)| name.trim().to_owned()));
    }
    if files.len() > MOST {
        let detail = format!("{folder}: more than {MOST} files");
        return Err(Gap::new(GapReason::OverBudget, detail));
    }
    for file in files {
        let Some(path) = stored(host, folder, &file)? else {
            return Ok(damaged(Fault::Missing));
        };
        match whole::unpacks(host, &path)? {
            State::Whole => {}
            state => return Ok(Reading { state, made: None }),
        }
    }
    Ok(Reading { state, made })
}

fn damaged(fault: Fault) -> Reading {
    Reading {
        state: State::Damaged(fault),
        made: None,
    }
}

/// Where a file stands, packed or not.
fn stored(host: &dyn Host, folder: &str, name: &str) -> Result<Option<String>, HostError> {
    if name.contains('/') || name.is_empty() {
        return Ok(None);
    }
    for ending in ["", ".gz", ".lz4", ".zst"] {
        let path = format!("{folder}/{name}{ending}");
        if host.stat_if_any(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
