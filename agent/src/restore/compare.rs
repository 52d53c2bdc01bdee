//! Two files or folders, byte by byte: what each holds as one SHA-256.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use capdo_checks::facts::restore_tests::Comparison;
use sha2::{Digest, Sha256};

use super::RestoreError;

/// What stands below a place: by relative path, what it is and the digest of its content.
struct Tree {
    parts: BTreeMap<Vec<u8>, [u8; 32]>,
    files: u64,
    bytes: u64,
    inodes: HashSet<(u64, u64)>,
}

/// Reads both places to their end.
///
/// # Errors
/// When something cannot be read, when both are the same files, or when there is nothing to compare.
pub fn compare(original: &Path, restored: &Path) -> Result<Comparison, RestoreError> {
    let original = Tree::of(original)?;
    let restored = Tree::of(restored)?;
    if !original.inodes.is_disjoint(&restored.inodes) {
        return Err(RestoreError::SamePlace);
    }
    if original.bytes == 0 {
        return Err(RestoreError::Nothing);
    }
    Ok(Comparison {
        files: original.files,
        bytes: original.bytes,
        original: original.digest(),
        restored: restored.digest(),
    })
}

impl Tree {
    fn of(root: &Path) -> Result<Self, RestoreError> {
        let mut tree = Self {
            parts: BTreeMap::new(),
            files: 0,
            bytes: 0,
            inodes: HashSet::new(),
        };
        let mut open = vec![root.to_owned()];
        while let Some(path) = open.pop() {
            let unreadable = |e: io::Error| RestoreError::Unreadable(path.clone(), e.to_string());
            tree.add(root, &path, &mut open).map_err(unreadable)?;
        }
        Ok(tree)
    }

    /// Links are compared by where they point and not followed; pipes and devices by their kind.
    fn add(&mut self, root: &Path, path: &Path, open: &mut Vec<PathBuf>) -> io::Result<()> {
        let meta = fs::symlink_metadata(path)?;
        let mut hash = Sha256::new();
        if meta.is_dir() {
            for entry in fs::read_dir(path)? {
                open.push(entry?.path());
            }
            hash.update(b"folder");
        } else if meta.is_symlink() {
            hash.update(b"link");
            hash.update(fs::read_link(path)?.as_os_str().as_encoded_bytes());
        } else if meta.is_file() {
            hash.update(b"file");
            self.bytes += read(path, &mut hash)?;
            self.files += 1;
            self.inodes.insert((meta.dev(), meta.ino()));
        } else {
            hash.update(b"other");
        }
        let inside = path.strip_prefix(root).unwrap_or(path);
        let name = inside.as_os_str().as_encoded_bytes().to_vec();
        self.parts.insert(name, hash.finalize().into());
        Ok(())
    }

    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (name, content) in &self.parts {
            hash.update(u64::try_from(name.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(name);
            hash.update(content);
        }
        hex::encode(hash.finalize())
    }
}

fn read(path: &Path, hash: &mut Sha256) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; 1 << 20];
    let mut bytes = 0_u64;
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(bytes),
            n => {
                hash.update(piece.get(..n).unwrap_or_default());
                bytes += n as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn equal_folders_are_equal_and_others_are_not() {
        let a = folder(&[("x", "1"), ("d/y", "2")]);
        let b = folder(&[("x", "1"), ("d/y", "2")]);
        let same = compare(a.path(), b.path()).unwrap();
        assert!(same.is_equal() && same.files == 2 && same.bytes == 2);
        for other in [
            folder(&[("x", "1"), ("d/y", "3")]),
            folder(&[("x", "1")]),
            folder(&[("x", "1"), ("d/z", "2")]),
            folder(&[("x", "1"), ("d/y", "2"), ("more", "")]),
        ] {
            assert!(!compare(a.path(), other.path()).unwrap().is_equal());
        }
    }

    #[test]
    fn single_files_are_compared_by_content() {
        let a = folder(&[("a", "1"), ("b", "1"), ("c", "2"), ("e", "")]);
        let at = |name: &str| a.path().join(name);
        assert!(compare(&at("a"), &at("b")).unwrap().is_equal());
        assert!(!compare(&at("a"), &at("c")).unwrap().is_equal());
        assert_eq!(compare(&at("e"), &at("a")), Err(RestoreError::Nothing));
    }

    #[test]
    fn a_place_is_not_compared_with_itself() {
        let a = folder(&[("x", "1")]);
        assert_eq!(compare(a.path(), a.path()), Err(RestoreError::SamePlace));
        let b = folder(&[]);
        fs::hard_link(a.path().join("x"), b.path().join("x")).unwrap();
        assert_eq!(compare(a.path(), b.path()), Err(RestoreError::SamePlace));
    }
}
