//! Folders of `mysqldump --tab`: for each table `NAME.sql` with its structure and `NAME.txt` with its rows.
//! The structure ends with the tool's mark before the first row is written, and the rows have no mark: such
//! a pair is never proved whole.

use super::proof::{Fault, State, whole::Reading};
use crate::{host::Host, observation::Gap};

/// Larger files hold rows of their own.
const STRUCTURE: u64 = 256 << 10;
const LIST_CAP: usize = 10_000;

/// What reading `path` showed, seen beside the files with rows.
///
/// # Errors
/// When the files beside it may not be looked at.
pub(super) fn settled(host: &dyn Host, path: &str, reading: Reading) -> Result<Reading, Gap> {
    let Some((stem, folder)) = path
        .strip_suffix(".sql")
        .and_then(|stem| Some((stem, stem.rsplit_once('/')?.0)))
    else {
        return Ok(reading);
    };
    let small = matches!(reading.state, State::Whole | State::Damaged(Fault::Empty))
        && host.stat(path)?.size <= STRUCTURE;
    if !small {
        return Ok(reading);
    }
    let state = if host.stat_if_any(&format!("{stem}.txt"))?.is_some() {
        match reading.state {
            State::Whole => State::Unproved,
            other => other,
        }
    } else if in_pairs(host, folder)? {
        match (reading.state, sort(host, path)?) {
            (State::Whole, Sort::Table) => State::Damaged(Fault::Missing),
            (_, Sort::View) => State::Whole, // it has no table, and needs none
            _ => return Ok(reading),
        }
    } else {
        return Ok(reading);
    };
    Ok(Reading { state, made: None })
}

/// Whether some other structure in the folder has its rows beside it.
fn in_pairs(host: &dyn Host, folder: &str) -> Result<bool, Gap> {
    let entries = host.list(folder, LIST_CAP)?;
    let has = |name: &str| entries.iter().any(|e| e.name == name);
    let mut rows = entries.iter().filter_map(|e| e.name.strip_suffix(".txt"));
    Ok(rows.any(|stem| has(&format!("{stem}.sql"))))
}

/// What a structure is of.
enum Sort {
    /// A table, which has rows.
    Table,
    /// A view, which has none.
    View,
    /// Something else, or a dump with rows of its own.
    Other,
}

fn sort(host: &dyn Host, path: &str) -> Result<Sort, Gap> {
    let text = host.text_if_any(path)?.unwrap_or_default();
    let says = |words: &str| text.contains(words);
    let rows = says("INSERT INTO") || says("COPY ");
    Ok(if rows {
        Sort::Other
    } else if says(" VIEW `") {
        Sort::View
    } else if says("CREATE TABLE") {
        Sort::Table
    } else {
        Sort::Other
    })
}
