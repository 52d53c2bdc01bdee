//! One service for a state folder: two would speak for one host at once, which speaks against it.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use capdo_checks::Value;

use crate::{
    say::{Args, Explain, english_error},
    state_dir,
};

/// Whose lock the service holds while it runs.
const FILE: &str = "service.lock";

/// The right to be the service of a state folder. It ends with the process, however that ends.
#[derive(Debug)]
pub struct Alone(#[expect(dead_code, reason = "held for its lock")] File);

/// Another service runs in the folder.
#[derive(Debug)]
pub struct RunsAlready(PathBuf);

impl Explain for RunsAlready {
    fn sentence(&self) -> (&'static str, Args) {
        let folder = Value::from(self.0.display().to_string());
        ("run-already", vec![("folder", folder)])
    }
}

english_error!(RunsAlready);

impl Alone {
    /// Takes the right. Where no lock can be had for another reason, as on a disk that cannot be written, the
    /// service goes on without.
    ///
    /// # Errors
    /// When another process has it.
    pub fn take(folder: &Path) -> Result<Option<Self>, RunsAlready> {
        let path = folder.join(FILE);
        let opened = state_dir::make_empty(&path).and_then(|()| File::open(&path));
        let locked = opened.map_err(TryLockError::Error);
        match locked.and_then(|file| file.try_lock().map(|()| file)) {
            Ok(file) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Err(RunsAlready(folder.to_owned())),
            Err(TryLockError::Error(error)) => {
                let kind = error.kind();
                if kind != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "Whether another service runs here is not known.");
                }
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_service() {
        let dir = tempfile::tempdir().unwrap();
        let first = Alone::take(dir.path()).unwrap();
        assert!(first.is_some());
        let second = Alone::take(dir.path()).unwrap_err();
        assert!(
            second.to_string().contains(dir.path().to_str().unwrap()),
            "{second}"
        );
        drop(first);
        assert!(Alone::take(dir.path()).unwrap().is_some());
        assert!(Alone::take(&dir.path().join("none")).unwrap().is_none());
    }
}
