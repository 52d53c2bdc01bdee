//! Reading files below a root, bounded, without following a link out of it and without ever
//! blocking on a pipe or touching a device.

use std::{fs::File, io::Read, os::fd::OwnedFd, os::unix::fs::FileExt as _, path::Path};

use jiff::Timestamp;
use rustix::{
    fs::{self as sys, AtFlags, CWD, Mode, OFlags, ResolveFlags},
    io::Errno,
};

use super::{Attributes, Entry, FileKind, HostError, Space, Stat};

/// The longest path that the kernel takes, with its end, in bytes (`linux/limits.h`).
const PATH_MAX: usize = 4_096;

/// A tree of files: the running host's own, or an image's.
pub(super) struct Files {
    /// Folder that stands for `/`; `None` is the running host's own root.
    root: Option<OwnedFd>,
}

impl Files {
    /// The running host's own files.
    pub(super) const fn live() -> Self {
        Self { root: None }
    }

    /// The files below `root`, which stands for `/` even for absolute links.
    pub(super) fn below(root: &Path) -> Result<Self, HostError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = sys::open(root, flags, Mode::empty())
            .map_err(|e| host_error(&root.display().to_string(), e))?;
        Ok(Self { root: Some(fd) })
    }

    fn open(&self, path: &str, flags: OFlags) -> Result<OwnedFd, HostError> {
        let mut flags = flags | OFlags::CLOEXEC;
        if !flags.contains(OFlags::PATH) {
            flags |= OFlags::NOCTTY | OFlags::NONBLOCK; // openat2 refuses them with O_PATH
        }
        let opened = match &self.root {
            None => sys::openat(CWD, path, flags, Mode::empty()),
            Some(root) => sys::openat2(root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT),
        };
        opened.map_err(|e| host_error(path, e))
    }

    /// Opens for reading what must be a regular file. Looked at before it is opened, because
    /// opening a device can already do something.
    fn open_file(&self, path: &str) -> Result<(File, u64), HostError> {
        if self.stat(path)?.kind != FileKind::File {
            return Err(HostError::WrongKind(path.to_owned()));
        }
        let fd = self.open(path, OFlags::RDONLY)?;
        let stat = sys::fstat(&fd).map_err(|e| host_error(path, e))?;
        if kind_of(stat.st_mode) != FileKind::File {
            return Err(HostError::WrongKind(path.to_owned()));
        }
        Ok((File::from(fd), u64::try_from(stat.st_size).unwrap_or(0)))
    }

    pub(super) fn stat(&self, path: &str) -> Result<Stat, HostError> {
        let fd = self.open(path, OFlags::PATH)?;
        let stat = sys::fstat(&fd).map_err(|e| host_error(path, e))?;
        Ok(Stat {
            kind: kind_of(stat.st_mode),
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: Timestamp::from_second(stat.st_mtime).unwrap_or(Timestamp::UNIX_EPOCH),
            dev: stat.st_dev,
        })
    }

    pub(super) fn attributes(&self, path: &str) -> Result<Attributes, HostError> {
        let fd = self.open(path, OFlags::PATH)?;
        let flags = AtFlags::EMPTY_PATH;
        let statx = sys::statx(&fd, "", flags, sys::StatxFlags::BASIC_STATS)
            .map_err(|e| host_error(path, e))?;
        let has = |a| statx.stx_attributes.contains(a);
        Ok(Attributes {
            immutable: has(sys::StatxAttributes::IMMUTABLE),
            append_only: has(sys::StatxAttributes::APPEND),
        })
    }

    pub(super) fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError> {
        let too_large = || HostError::TooLarge {
            path: path.to_owned(),
            cap,
        };
        let (file, size) = self.open_file(path)?;
        let limit = u64::try_from(cap).unwrap_or(u64::MAX);
        if size > limit {
            return Err(too_large());
        }
        // Files of /proc say 0 and hold more, and any file may grow meanwhile.
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(cap));
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|e| io_error(path, &e))?;
        if bytes.len() > cap {
            Err(too_large())
        } else {
            Ok(bytes)
        }
    }

    pub(super) fn read_at(
        &self,
        path: &str,
        offset: u64,
        len: usize,
    ) -> Result<Vec<u8>, HostError> {
        let (file, size) = self.open_file(path)?;
        // Files of /proc say 0 and hold more.
        let rest = if size == 0 {
            u64::MAX
        } else {
            size.saturating_sub(offset)
        };
        let mut bytes = vec![0; len.min(usize::try_from(rest).unwrap_or(usize::MAX))];
        let mut got = 0;
        while got < bytes.len() {
            let at = offset.saturating_add(u64::try_from(got).unwrap_or(u64::MAX));
            match file
                .read_at(&mut bytes[got..], at)
                .map_err(|e| io_error(path, &e))?
            {
                0 => break,
                n => got += n,
            }
        }
        bytes.truncate(got);
        Ok(bytes)
    }

    pub(super) fn read_link(&self, path: &str) -> Result<String, HostError> {
        let fd = self.open(path, OFlags::PATH | OFlags::NOFOLLOW)?;
        let stat = sys::fstat(&fd).map_err(|e| host_error(path, e))?;
        if kind_of(stat.st_mode) != FileKind::Link {
            return Err(HostError::WrongKind(path.to_owned()));
        }
        let target = sys::readlinkat(&fd, "", Vec::new()).map_err(|e| host_error(path, e))?;
        Ok(target.to_string_lossy().into_owned())
    }

    pub(super) fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        let fd = self.open(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let dir = sys::Dir::read_from(&fd).map_err(|e| host_error(path, e))?;
        let mut entries = Vec::new();
        for entry in dir {
            let entry = entry.map_err(|e| host_error(path, e))?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            if entries.len() == cap {
                return Err(HostError::OverBudget(format!(
                    "{path}: more than {cap} entries"
                )));
            }
            let kind = entry_kind(&fd, name, entry.file_type());
            entries.push(Entry {
                name: name.to_owned(),
                kind,
            });
        }
        entries.sort();
        Ok(entries)
    }

    pub(super) fn space(&self, path: &str) -> Result<Space, HostError> {
        let fd = self.open(path, OFlags::PATH)?;
        let room = sys::fstatvfs(&fd).map_err(|e| host_error(path, e))?;
        Ok(Space {
            total: room.f_blocks.saturating_mul(room.f_frsize),
            available: room.f_bavail.saturating_mul(room.f_frsize),
        })
    }
}

/// Some file systems leave the type out of their listings; then the entry itself is asked.
fn entry_kind(dir: &OwnedFd, name: &str, listed: sys::FileType) -> FileKind {
    match listed {
        sys::FileType::RegularFile => FileKind::File,
        sys::FileType::Directory => FileKind::Dir,
        sys::FileType::Symlink => FileKind::Link,
        sys::FileType::Unknown => sys::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_or(FileKind::Other, |stat| kind_of(stat.st_mode)),
        _ => FileKind::Other,
    }
}

fn kind_of(mode: u32) -> FileKind {
    match sys::FileType::from_raw_mode(mode) {
        sys::FileType::RegularFile => FileKind::File,
        sys::FileType::Directory => FileKind::Dir,
        sys::FileType::Symlink => FileKind::Link,
        _ => FileKind::Other,
    }
}

fn host_error(path: &str, errno: Errno) -> HostError {
    match errno {
        Errno::NOENT | Errno::NOTDIR => HostError::NotFound(path.to_owned()),
        // One of its names is longer than any may be there. Of a path that is too long as a whole, that says nothing.
        Errno::NAMETOOLONG if path.len() < PATH_MAX => HostError::NotFound(path.to_owned()),
        Errno::ACCESS | Errno::PERM => HostError::NoPermission(path.to_owned()),
        Errno::ISDIR | Errno::NXIO => HostError::WrongKind(path.to_owned()),
        other => HostError::Io {
            path: path.to_owned(),
            what: other.to_string(),
        },
    }
}

fn io_error(path: &str, error: &std::io::Error) -> HostError {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => HostError::NoPermission(path.to_owned()),
        _ => HostError::Io {
            path: path.to_owned(),
            what: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    #[test]
    fn a_name_that_no_file_can_have_stands_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let long = format!("/{}", "a".repeat(300));
        let deep = "/a".repeat(2_100);
        for files in [Files::live(), Files::below(dir.path()).unwrap()] {
            assert!(files.read(&long, 1).unwrap_err().is_not_found());
            assert!(matches!(files.read(&deep, 1), Err(HostError::Io { .. })));
        }
    }

    #[test]
    fn links_do_not_lead_out_of_an_image() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("etc")).unwrap();
        fs::write(dir.path().join("etc/os-release"), "ID=inside").unwrap();
        symlink("/etc/os-release", dir.path().join("absolute")).unwrap();
        symlink("../../../../etc/os-release", dir.path().join("etc/up")).unwrap();
        let files = Files::below(dir.path()).unwrap();
        assert_eq!(files.read("/absolute", 100).unwrap(), b"ID=inside");
        assert_eq!(files.read("/etc/up", 100).unwrap(), b"ID=inside");
        assert_eq!(files.read_link("/absolute").unwrap(), "/etc/os-release");
    }

    #[test]
    fn pipes_and_devices_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        sys::mknodat(CWD, &pipe, sys::FileType::Fifo, Mode::RUSR, 0).unwrap();
        let files = Files::live();
        let got = files.read(pipe.to_str().unwrap(), 100);
        assert!(matches!(got, Err(HostError::WrongKind(_))), "{got:?}");
        assert!(matches!(
            files.read("/dev/zero", 100),
            Err(HostError::WrongKind(_))
        ));
        assert!(matches!(
            files.read("/etc", 100),
            Err(HostError::WrongKind(_))
        ));
    }

    #[test]
    fn a_huge_file_costs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        File::create(&log).unwrap().set_len(2 << 30).unwrap();
        let path = log.to_str().unwrap();
        let files = Files::live();
        assert!(matches!(
            files.read(path, 1 << 20),
            Err(HostError::TooLarge { .. })
        ));
        assert_eq!(files.read_at(path, (2 << 30) - 3, 10).unwrap(), [0, 0, 0]);
    }

    #[test]
    fn files_of_proc_are_read_though_they_say_zero_bytes() {
        let files = Files::live();
        assert!(!files.read("/proc/self/status", 1 << 16).unwrap().is_empty());
        assert!(
            !files
                .read_at("/proc/self/status", 5, 10)
                .unwrap()
                .is_empty()
        );
        assert!(matches!(
            files.read("/proc/self/status", 10),
            Err(HostError::TooLarge { .. })
        ));
    }

    #[test]
    fn listings_are_sorted_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b", "a", "c"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let files = Files::live();
        let path = dir.path().to_str().unwrap();
        let names: Vec<String> = files
            .list(path, 3)
            .unwrap()
            .into_iter()
            .map(|e| e.name)
            .collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert!(matches!(files.list(path, 2), Err(HostError::OverBudget(_))));
    }
}
