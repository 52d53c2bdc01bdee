//! The record of restore tests in the state folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use capdo_checks::facts::restore_tests::{self, Record};

use super::RestoreError;
use crate::state_dir::{self, Existing};

/// The record's file.
fn path(state_dir: &Path) -> PathBuf {
    let name = Path::new(restore_tests::PATH).file_name();
    state_dir.join(name.unwrap_or_default())
}

fn text(path: &Path) -> Result<String, RestoreError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(RestoreError::Unreadable(path.to_owned(), e.to_string())),
    }
}

/// The tests on record.
///
/// # Errors
/// When the record cannot be read or was changed by hand.
pub fn load(state_dir: &Path) -> Result<Vec<Record>, RestoreError> {
    let path = path(state_dir);
    restore_tests::parse(&text(&path)?).map_err(|e| RestoreError::RecordBroken(path, e))
}

/// Adds a test. The record is readable by its owner alone, and whole at any moment.
///
/// # Errors
/// When the record is broken or cannot be written.
pub fn append(state_dir: &Path, mut record: Record) -> Result<(), RestoreError> {
    load(state_dir)?;
    let path = path(state_dir);
    let mut all = text(&path)?;
    let unwritable = |e: io::Error| RestoreError::RecordUnwritable(path.clone(), e.to_string());
    record.previous = restore_tests::mark(&all);
    let line = serde_json::to_string(&record).map_err(|e| unwritable(e.into()))?;
    if !all.is_empty() && !all.ends_with('\n') {
        all.push('\n');
    }
    all.push_str(&line);
    all.push('\n');
    state_dir::create(state_dir).map_err(unwritable)?;
    state_dir::write(&path, all.as_bytes(), 0o600, Existing::Replace).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use capdo_checks::facts::restore_tests::Outcome;

    use super::*;

    #[test]
    fn records_follow_one_another() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let record = |target: &str| Record {
            recorded: "2026-10-03T01:00:00Z".parse().unwrap(),
            date: "2026-10-02".parse().unwrap(),
            target: target.to_owned(),
            by: "An".to_owned(),
            result: Outcome::Ok,
            note: "ổn".to_owned(),
            compared: None,
            previous: String::new(),
        };
        append(&state, record("a")).unwrap();
        append(&state, record("b")).unwrap();
        let got = load(&state).unwrap();
        assert_eq!(got.len(), 2);
        assert_eq!(got[1].previous.len(), 64);
        let file = path(&state);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let changed = fs::read_to_string(&file).unwrap().replace("\"a\"", "\"c\"");
        fs::write(&file, changed).unwrap();
        let refused = append(&state, record("d"));
        assert!(matches!(refused, Err(RestoreError::RecordBroken(..))));
    }
}
