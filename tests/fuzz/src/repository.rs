//! Files of this repository: stories and catalogues are where seeds come from.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The repository's folder.
pub fn root() -> PathBuf {
    let mut ancestors = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = ancestors.find(|p| p.join("checks/fixtures").is_dir());
    root.expect("this package lies in the repository")
        .to_owned()
}

/// Every file below a folder of the repository whose name ends so, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten();
        for path in entries.filter_map(Result::ok).map(|e| e.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What a file of the repository holds; nothing where it is not.
pub fn bytes(path: &str) -> Vec<u8> {
    fs::read(root().join(path)).unwrap_or_default()
}
