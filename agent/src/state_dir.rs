//! Files in the state folder, written so that a crash leaves either the old or the new content, and so
//! that they belong to the folder's owner: what root makes on the command line, the service must be able
//! to write, which runs as another user.

use std::{
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
    },
    path::Path,
};

use rustix::process::geteuid;

/// What to do when the file is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it alone and fail with `AlreadyExists`.
    Keep,
    /// Replace it.
    Replace,
}

/// Creates the folder where it is missing, for its owner alone.
///
/// # Errors
/// When it cannot be created.
pub fn create(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}

/// Whose the files in the folder will be, where root makes them for another user.
pub fn keeper(dir: &Path) -> Option<u32> {
    let owner = fs::metadata(dir).ok()?.uid();
    (geteuid().is_root() && owner != 0).then_some(owner)
}

/// Writes a whole file with permissions `mode`: beside it, made durable, then put in its place.
///
/// # Errors
/// When writing fails, or the file is there and to be kept.
pub fn write(path: &Path, bytes: &[u8], mode: u32, existing: Existing) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = dir.join(name);
    let written = write_new(&beside, bytes, mode).and_then(|()| match existing {
        Existing::Replace => fs::rename(&beside, path),
        Existing::Keep => fs::hard_link(&beside, path), // fails where something stands already
    });
    if written.is_err() || existing == Existing::Keep {
        drop(fs::remove_file(&beside)); // gone already after a rename; nothing else to do about it
    }
    written?;
    File::open(dir)?.sync_all()
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?; // left by a process that had our id and crashed
    }
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path)?;
    give(&file, path);
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes an empty file for its owner alone, where nothing stands. A file that root made before is handed to
/// the owner of its folder.
///
/// No file is opened that is as it should be: to close it would drop the locks that SQLite holds on it.
///
/// # Errors
/// When it cannot be made.
pub fn make_empty(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    match options.write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => give(&file, path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => hand_over(path),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Hands a file that root made to the owner of its folder, where it is there. No link is followed.
pub fn hand_over(path: &Path) {
    let owner = |m: io::Result<Metadata>| m.ok().map(|m| m.uid());
    let folder = owner(fs::metadata(path.parent().unwrap_or(path)));
    let stands = owner(fs::symlink_metadata(path));
    if !geteuid().is_root() || stands.is_none() || stands == folder {
        return;
    }
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    if let Ok(file) = opened {
        give_as(&file, path, Some(Permissions::from_mode(0o600)));
    }
}

/// Takes away what rights others have on a file that is for its owner alone; the rights that it had, where others
/// had any.
pub fn close(path: &Path) -> Option<u32> {
    let mode = fs::symlink_metadata(path).ok()?.permissions().mode() & 0o777;
    let open = mode & 0o077 != 0;
    open.then(|| {
        if let Err(error) = fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
            tracing::warn!(%error, path = %path.display(), "Others keep rights on a file of the service.");
        }
        mode
    })
}

/// Gives a file that belongs to root, and has no other name, to the owner of its folder. The service itself
/// may not, where it runs as root; nor need it.
fn give(file: &File, path: &Path) {
    give_as(file, path, None);
}

/// As [`give`], with other permissions.
fn give_as(file: &File, path: &Path, permissions: Option<Permissions>) {
    if !geteuid().is_root() {
        return;
    }
    let given = file.metadata().and_then(|made| {
        let folder = fs::metadata(path.parent().unwrap_or(path))?;
        let ours = made.is_file() && made.uid() == 0 && made.nlink() == 1;
        if ours && folder.uid() != 0 {
            if let Some(permissions) = permissions {
                file.set_permissions(permissions)?;
            }
            fchown(file, Some(folder.uid()), Some(folder.gid()))?;
        }
        Ok(())
    });
    if let Err(error) = given {
        tracing::debug!(%error, path = %path.display(), "The file stays with root.");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_to_be_kept_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        write(&path, b"one", 0o600, Existing::Keep).unwrap();
        let again = write(&path, b"two", 0o600, Existing::Keep).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"two", 0o600, Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_others_could_read_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        write(&path, b"key", 0o644, Existing::Keep).unwrap();
        assert_eq!(close(&path), Some(0o644));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, close(&path)), (0o600, None));
    }

    #[test]
    fn what_root_makes_belongs_to_the_owner_of_the_folder() {
        assert!(geteuid().is_root(), "this test changes owners of files");
        let (top, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let at = |name: &str| dir.path().join(name);
        let mode = |m: &Metadata| m.permissions().mode() & 0o777;
        let is = |path: &Path| fs::symlink_metadata(path).map(|m| (m.uid(), m.gid(), mode(&m)));
        std::os::unix::fs::chown(dir.path(), Some(65_534), Some(65_533)).unwrap();
        write(&at("secret"), b"x", 0o600, Existing::Keep).unwrap();
        write(&at("status"), b"x", 0o640, Existing::Replace).unwrap();
        make_empty(&at("spool")).unwrap();
        assert_eq!(is(&at("secret")).unwrap(), (65_534, 65_533, 0o600));
        assert_eq!(is(&at("status")).unwrap(), (65_534, 65_533, 0o640));
        assert_eq!(is(&at("spool")).unwrap(), (65_534, 65_533, 0o600));
        // As an older version left it.
        fs::write(at("old"), "kept").unwrap();
        make_empty(&at("old")).unwrap();
        assert_eq!(is(&at("old")).unwrap(), (65_534, 65_533, 0o600));
        assert_eq!(fs::read(at("old")).unwrap(), b"kept");
        // Files of root's that the owner of the folder gave a name in it stay root's.
        let precious = top.path().join("precious");
        fs::write(&precious, "x").unwrap();
        let before = is(&precious).unwrap();
        std::os::unix::fs::symlink(&precious, at("link")).unwrap();
        fs::hard_link(&precious, at("name")).unwrap();
        make_empty(&at("link")).unwrap();
        hand_over(&at("name"));
        assert_eq!(is(&precious).unwrap(), before);
    }
}
