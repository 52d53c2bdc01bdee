//! Where the stories of a check lie.

use std::{
    fs,
    path::{Path, PathBuf},
};

use capdo_checks::Check;

/// The stories of a check, `fixtures/FAMILY/NAME/*.toml`; none where there is no such folder.
pub(crate) fn of(check: &dyn Check) -> Vec<PathBuf> {
    let folder = check.meta().id.replacen('.', "/", 1);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let Ok(entries) = fs::read_dir(fixtures.join(folder)) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    paths
}
