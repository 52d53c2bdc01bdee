//! Writing files that others must not read, in one step.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use capdo_cli::replace::only_a_file;

/// A file beside `path` that takes its place when it is whole. Dropped before that, it is gone.
#[derive(Debug)]
pub struct Replacing {
    file: File,
    beside: PathBuf,
    path: PathBuf,
    done: bool,
}

impl Replacing {
    /// Begins one, readable by its owner alone.
    ///
    /// # Errors
    /// When the folder cannot be written, or something stands there that is no file.
    pub fn begin(path: &Path) -> io::Result<Self> {
        only_a_file(path)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let beside = folder(path).join(name);
        if beside.exists() {
            fs::remove_file(&beside)?; // left by a process that had our id and crashed
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create_new(true).mode(0o600);
        Ok(Self {
            file: options.open(&beside)?,
            beside,
            path: path.to_owned(),
            done: false,
        })
    }

    /// The file.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts it in its place, on disk when this returns.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.beside, &self.path)?;
        self.done = true;
        File::open(folder(&self.path))?.sync_all()
    }
}

impl Drop for Replacing {
    fn drop(&mut self) {
        if !self.done {
            drop(fs::remove_file(&self.beside)); // it may be gone, and nobody waits for it
        }
    }
}

/// Writes a whole file, readable by its owner alone.
///
/// # Errors
/// When the folder cannot be written or the disk fails.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Replacing::begin(path)?;
    file.file().write_all(bytes)?;
    file.finish()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => Path::new("/"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let mut half = Replacing::begin(&path).unwrap();
        half.file().write_all(b"half").unwrap();
        drop(half);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
