//! Mounts that may never answer, and which of them a path leads to.

use std::collections::BTreeMap;

use rustix::fs::{CWD, readlinkat};

use super::{files::Files, walk::Walk};
use crate::facts::storage::{Mount, is_below};

/// Hosts of containers have thousands of mounts.
const MOUNTS_CAP: usize = 16 << 20;

/// A mount: its id, which no other has while a call sleeps on it, and its place.
pub(super) type Place = (String, String);

/// File systems that this machine's kernel answers for by itself. What is not named here may depend on
/// another machine or on a program, and so may never answer.
const LOCAL: &[&str] = &[
    "adfs",
    "apparmorfs",
    "bcachefs",
    "bdev",
    "bfs",
    "binder",
    "binfmt_misc",
    "bpf",
    "btrfs",
    "cgroup",
    "cgroup2",
    "configfs",
    "cpuset",
    "cramfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "exfat",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "fusectl",
    "hfs",
    "hfsplus",
    "hugetlbfs",
    "iso9660",
    "jffs2",
    "jfs",
    "minix",
    "mqueue",
    "msdos",
    "nfsd",
    "nilfs2",
    "nsfs",
    "ntfs",
    "ntfs3",
    "overlay",
    "aufs",
    "pipefs",
    "proc",
    "pstore",
    "ramfs",
    "reiserfs",
    "resctrl",
    "rootfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "smackfs",
    "sockfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "tracefs",
    "ubifs",
    "udf",
    "ufs",
    "vfat",
    "xfs",
    "zfs",
    "zonefs",
];

/// The mounts that may not answer.
#[derive(Debug, Default)]
pub(super) struct Slow {
    /// Their ids, by their places.
    ids: BTreeMap<String, String>,
}

impl Slow {
    /// Those of now. Where the kernel does not tell, everything may not answer.
    pub(super) fn now() -> Self {
        let text = Files::live().read("/proc/self/mountinfo", MOUNTS_CAP);
        text.map_or_else(
            |_| Self {
                ids: BTreeMap::from([("/".to_owned(), String::new())]),
            },
            |bytes| Self::read(&String::from_utf8_lossy(&bytes)),
        )
    }

    fn read(mountinfo: &str) -> Self {
        let mut slow = Self::default();
        for line in mountinfo.lines() {
            let Some(mount) = Mount::parse(line) else {
                continue;
            };
            let id = line.split(' ').next().unwrap_or_default().to_owned();
            if LOCAL.contains(&mount.kind.as_str()) {
                slow.ids.remove(&mount.point); // it covers what was mounted there before
            } else {
                slow.ids.insert(mount.point, id);
            }
        }
        slow
    }

    /// The one of them that `path` leads to or through. Links are followed up to there, by calls that
    /// touch none of them.
    pub(super) fn below(&self, path: &str, follow: bool) -> Option<Place> {
        if self.ids.is_empty() {
            return None;
        }
        if self.ids.contains_key("/") {
            return self.deepest(path);
        }
        let mut walk = Walk::along(path);
        while let Some(place) = walk.next_place() {
            if self.ids.contains_key(&place) {
                let way: Vec<&str> = [place.as_str()].into_iter().chain(walk.rest()).collect();
                return self.deepest(&way.join("/"));
            }
            let link =
                (follow || !walk.is_last()).then(|| readlinkat(CWD, &*place, Vec::new()).ok());
            match link.flatten() {
                // Nor does the kernel follow too many
                Some(to) => walk.follow(&to.to_string_lossy()).ok()?,
                None => walk.enter(place),
            }
        }
        None
    }

    fn deepest(&self, path: &str) -> Option<Place> {
        let holding = self.ids.iter().filter(|(point, _)| is_below(path, point));
        let deepest = holding.max_by_key(|(point, _)| point.len());
        deepest.map(|(point, id)| (id.clone(), point.clone()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    pub(in crate::host) fn mountinfo(points: &[(u32, &str, &str)]) -> Slow {
        let line = |(id, point, kind): &(u32, &str, &str)| {
            format!("{id} 1 0:{id} / {point} rw - {kind} source rw\n")
        };
        Slow::read(&points.iter().map(line).collect::<String>())
    }

    #[test]
    fn links_lead_to_mounts_that_may_not_answer() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let at = |name: &str| top.join(name).to_str().unwrap().to_owned();
        for name in ["nas", "nas/inner", "local", "covered"] {
            fs::create_dir(top.join(name)).unwrap();
        }
        symlink("../nas/inner/backup", top.join("local/backup")).unwrap();
        symlink(at("local"), top.join("way")).unwrap();
        symlink("circle", top.join("circle")).unwrap();
        let slow = mountinfo(&[
            (1, "/", "ext4"),
            (7, &at("nas"), "autofs"),
            (8, &at("nas/inner"), "nfs4"),
            (9, &at("covered"), "cifs"),
            (10, &at("covered"), "tmpfs"),
        ]);
        let below = |path: &str, follow| slow.below(&at(path), follow).map(|(id, _)| id);
        assert_eq!(below("nas", true).as_deref(), Some("7"));
        assert_eq!(below("nas/inner/a/b", true).as_deref(), Some("8"));
        assert_eq!(below("way/backup/a", true).as_deref(), Some("8"));
        assert_eq!(below("way/backup", true).as_deref(), Some("8"));
        assert_eq!(below("local/../nas/other", true).as_deref(), Some("7"));
        assert_eq!(below("way/backup", false), None, "the link itself is local");
        for path in [
            "local",
            "nasty",
            "covered/x",
            "circle",
            "missing/x",
            "local/..",
        ] {
            assert_eq!(below(path, true), None, "{path}");
        }
        let all = mountinfo(&[(1, "/", "fuse.overlayfs"), (2, &at("nas"), "nfs")]);
        let below = |path: &str| all.below(path, true).map(|(id, _)| id);
        assert_eq!(below("/etc/passwd").as_deref(), Some("1"));
        assert_eq!(below(&at("nas/x")).as_deref(), Some("2"));
    }
}
