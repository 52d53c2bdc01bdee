//! Whether something can be kept in a folder: tried, for what a file system says of itself may differ.

use std::path::Path;

use rustix::{
    fs::{Mode, OFlags, open, statvfs},
    io::{Errno, write},
};

/// Less room than this on a disk, in bytes, is none: what the programs write no longer fits.
const ROOM: u64 = 256 << 10;

/// Why nothing can be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The disk is full, or the quota is used up.
    Full,
    /// The folder is read-only: mounted so, or turned so by the system after an error of the disk.
    ReadOnly,
}

/// Why nothing can be kept in `folder`, found by writing a file without a name. `None` where something can,
/// and where the caller may not write there.
pub fn trouble(folder: &Path) -> Option<Trouble> {
    if let Ok(disk) = statvfs(folder)
        && disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM
    {
        return Some(Trouble::Full);
    }
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let written = open(folder, flags, Mode::RUSR | Mode::WUSR).and_then(|f| write(&f, &[0; 4096]));
    match written {
        Err(Errno::ROFS) => Some(Trouble::ReadOnly),
        Err(Errno::NOSPC | Errno::DQUOT) => Some(Trouble::Full),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_room_is_no_trouble_and_neither_is_one_that_is_not_there() {
        assert_eq!(trouble(&std::env::temp_dir()), None);
        assert_eq!(trouble(Path::new("/no/such/folder")), None);
    }
}
