//! What is mounted, on which disks it lies, and what should be mounted.

use std::collections::BTreeSet;

use super::{backup::tools::is_loopback, text::lines};
use crate::{
    context::{Cx, Gather},
    host::{Host, HostError, walk::Walk},
    observation::Gap,
};

/// One mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Device number, `8:1`.
    pub device: String,
    /// Where it is mounted.
    pub point: String,
    /// Kind of file system.
    pub kind: String,
    /// What is mounted: a device, `server:/path`.
    pub source: String,
}

impl Mount {
    /// Reads a line of `/proc/self/mountinfo`, such as
    /// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split_whitespace();
        let device = left.nth(2)?.to_owned();
        let point = unescape(left.nth(1)?);
        let mut right = right.split_whitespace();
        Some(Self {
            device,
            point,
            kind: right.next()?.to_owned(),
            source: unescape(right.next()?),
        })
    }

    /// Whether its content lies on another machine.
    pub fn is_network(&self) -> bool {
        let kinds = [
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "fuse.sshfs",
            "ceph",
            "fuse.glusterfs",
        ];
        kinds.contains(&self.kind.as_str())
    }

    /// The other machine of a network mount, of `nas:/x`, `//nas/x`, `[fd00::1]:/x`.
    pub fn server(&self) -> &str {
        let source = self.source.trim_start_matches('/');
        let source = source.rsplit_once('@').map_or(source, |(_, host)| host);
        match source.strip_prefix('[').and_then(|s| s.split_once(']')) {
            Some((inner, _)) => inner,
            None => source.split([':', '/']).next().unwrap_or_default(),
        }
    }

    /// Whether the other machine of a network mount is this one: `localhost:/srv`, `//127.0.0.1/x`.
    pub fn is_own(&self) -> bool {
        self.is_network() && is_loopback(self.server())
    }

    /// Whether it is kept on a block device.
    pub fn is_disk(&self) -> bool {
        self.source.starts_with("/dev/")
    }

    /// Whether it is kept in memory, and lost when the machine stops.
    pub fn is_memory(&self) -> bool {
        ["tmpfs", "ramfs", "devtmpfs"].contains(&self.kind.as_str())
    }
}

/// `/proc/self/mountinfo` and `/etc/fstab`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts {
    /// In the order of mounting.
    pub all: Vec<Mount>,
    /// Mount points that `/etc/fstab` or a mount unit names.
    pub wanted: Vec<String>,
    /// Those of them that are mounted by hand only (`noauto`): media that may be kept offline.
    pub by_hand: Vec<String>,
}

impl Gather for Mounts {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let info = cx.host().text("/proc/self/mountinfo")?;
        let fstab = cx.host().text_if_any("/etc/fstab")?.unwrap_or_default();
        let mut mounts = Self {
            all: info.lines().filter_map(Mount::parse).collect(),
            ..Self::default()
        };
        for (_, line) in lines(&fstab) {
            let mut fields = line.split_whitespace().skip(1);
            let Some(point) = fields.next().map(unescape) else {
                continue;
            };
            let options = fields.nth(1).unwrap_or_default();
            if options.split(',').any(|o| o == "noauto") {
                mounts.by_hand.push(point.clone());
            }
            mounts.wanted.push(point);
        }
        mounts.wanted.extend(units(cx.host())?);
        Ok(mounts)
    }
}

/// The places of the owner's mount units (systemd.mount(5)).
fn units(host: &dyn Host) -> Result<Vec<String>, HostError> {
    const DIR: &str = "/etc/systemd/system";
    let mut found = Vec::new();
    for entry in host.list_if_any(DIR, 5_000)? {
        if !entry.name.ends_with(".mount") {
            continue;
        }
        let text = match host.text_if_any(&format!("{DIR}/{}", entry.name)) {
            Err(HostError::WrongKind(_)) => continue, // masked
            text => text?.unwrap_or_default(),
        };
        let place = super::ini::parse(&text)
            .into_iter()
            .rfind(|s| s.key == "where");
        found.extend(place.map(|s| s.value));
    }
    Ok(found)
}

impl Mounts {
    /// Whether a place that is made for mounting has nothing mounted on it.
    pub fn is_bare(&self, path: &str) -> bool {
        let made_for_it = ["/mnt", "/media", "/run/media"];
        let root = self.of(path).is_none_or(|m| m.point == "/");
        root && made_for_it.iter().any(|p| is_below(path, p))
    }

    /// Whether two places lie on one mounted file system.
    pub fn same(&self, a: &str, b: &str) -> bool {
        let point = |path| self.of(path).map(|m| m.point.as_str());
        point(a).is_some() && point(a) == point(b)
    }

    /// The mount that holds `path`.
    pub fn of(&self, path: &str) -> Option<&Mount> {
        let holding = self.all.iter().filter(|m| is_below(path, &m.point));
        holding.max_by_key(|m| m.point.len()) // of equals the last, which covers the others
    }

    /// The place that should be mounted above `path` and is not.
    pub fn unmounted_above(&self, path: &str) -> Option<&str> {
        let above = self
            .wanted
            .iter()
            .filter(|w| *w != "/" && is_below(path, w));
        let missing = above.filter(|w| !self.all.iter().any(|m| m.point == **w));
        missing.map(String::as_str).next()
    }
}

/// Whether `path` is `point` or lies below it.
pub fn is_below(path: &str, point: &str) -> bool {
    let point = point.trim_end_matches('/');
    let rest = path.strip_prefix(point);
    rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
}

/// `\040` and its like, as the kernel and fstab(5) write white space.
fn unescape(text: &str) -> String {
    let pairs = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |t, (from, to)| t.replace(from, to))
}

/// The whole disks under a mounted file system, through partitions, LVM, RAID and encryption. btrfs
/// has a device number of its own, and may lie on several devices.
///
/// # Errors
/// When the kernel does not show the devices.
pub fn disks_of(host: &dyn Host, mount: &Mount) -> Result<BTreeSet<String>, HostError> {
    if mount.kind != "btrfs" {
        return disks(host, &mount.device);
    }
    const DIR: &str = "/sys/fs/btrfs";
    let name = mount.source.trim_start_matches("/dev/");
    for entry in host.list_if_any(DIR, 1_000)? {
        let members = host.list_if_any(&format!("{DIR}/{}/devices", entry.name), 256)?;
        if members.iter().any(|m| m.name == name) {
            let mut open = Vec::new();
            for member in members {
                let link = host.read_link(&format!("/sys/class/block/{}", member.name))?;
                open.push((member.name, parent(&link)));
            }
            return below(host, open);
        }
    }
    Err(HostError::NotFound(mount.source.clone()))
}

/// The file that a loop device is made of.
///
/// # Errors
/// When the kernel does not show the device.
pub fn backing_file(host: &dyn Host, device: &str) -> Result<Option<String>, HostError> {
    let link = host.read_link(&format!("/sys/dev/block/{device}"))?;
    let name = link.rsplit('/').next().unwrap_or_default();
    let text = host.text_if_any(&format!("/sys/class/block/{name}/loop/backing_file"))?;
    Ok(text.map(|t| t.trim_end_matches('\n').to_owned()))
}

/// Where a path leads, links followed in each of its parts. Parts that do not exist stay as they are.
///
/// # Errors
/// When a part may not be looked at, or links lead around in a circle.
pub fn resolved(host: &dyn Host, path: &str) -> Result<String, HostError> {
    let mut walk = Walk::along(path);
    while let Some(place) = walk.next_place() {
        match host.read_link(&place) {
            Ok(to) => walk
                .follow(&to)
                .map_err(|_| HostError::WrongKind(path.to_owned()))?,
            Err(HostError::NotFound(_) | HostError::WrongKind(_)) => walk.enter(place),
            Err(error) => return Err(error),
        }
    }
    Ok(walk.end())
}

/// The whole disks under a block device, through partitions, LVM, RAID and encryption.
///
/// # Errors
/// When the kernel does not show the device.
pub fn disks(host: &dyn Host, device: &str) -> Result<BTreeSet<String>, HostError> {
    let link = host.read_link(&format!("/sys/dev/block/{device}"))?;
    let name = link.rsplit('/').next().unwrap_or_default().to_owned();
    below(host, vec![(name, parent(&link))])
}

/// The disks under block devices, each with the disk of which it is a partition.
fn below(
    host: &dyn Host,
    mut open: Vec<(String, Option<String>)>,
) -> Result<BTreeSet<String>, HostError> {
    let mut found = BTreeSet::new();
    for _ in 0..64 {
        let Some((name, disk)) = open.pop() else {
            break;
        };
        if let Some(disk) = disk {
            found.insert(disk);
            continue;
        }
        if ["loop", "ram", "zram", "nbd"]
            .iter()
            .any(|p| name.starts_with(p))
        {
            // Made of a file or of memory: which disk holds it is not shown.
            return Err(HostError::WrongKind(format!("/dev/{name}")));
        }
        let slaves = host.list_if_any(&format!("/sys/class/block/{name}/slaves"), 64)?;
        if slaves.is_empty() {
            found.insert(name);
            continue;
        }
        for slave in slaves {
            let link = host.read_link(&format!("/sys/class/block/{}", slave.name))?;
            open.push((slave.name, parent(&link)));
        }
    }
    Ok(found)
}

/// Whether a block device, or one that it is made of, is encrypted by dm-crypt.
///
/// # Errors
/// When the kernel does not show the device.
pub fn encrypted(host: &dyn Host, device: &str) -> Result<bool, HostError> {
    let link = host.read_link(&format!("/sys/dev/block/{device}"))?;
    let mut open = vec![link.rsplit('/').next().unwrap_or_default().to_owned()];
    let mut ends = 0;
    for _ in 0..64 {
        let Some(name) = open.pop() else {
            break;
        };
        let uuid = host.text_if_any(&format!("/sys/class/block/{name}/dm/uuid"))?;
        if uuid.is_some_and(|u| u.starts_with("CRYPT-")) {
            continue; // this branch is closed
        }
        let slaves = host.list_if_any(&format!("/sys/class/block/{name}/slaves"), 64)?;
        ends += usize::from(slaves.is_empty());
        open.extend(slaves.into_iter().map(|s| s.name));
    }
    Ok(ends == 0 && open.is_empty())
}

/// The disk of a partition: `…/block/sda/sda1` → `sda`.
fn parent(link: &str) -> Option<String> {
    let mut parts = link.rsplit('/').skip(1);
    let above = parts.next()?;
    (above != "block" && parts.next() == Some("block")).then(|| above.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_and_longest_mount_holds_a_path() {
        let text = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:40 / /mnt/sao\\040luu rw shared:1 - nfs4 nas:/x rw\n\
            3 1 8:2 / /mnt rw - ext4 /dev/sda2 rw\nbad\n";
        let mounts = Mounts {
            all: text.lines().filter_map(Mount::parse).collect(),
            wanted: vec!["/".into(), "/backup".into()],
            by_hand: Vec::new(),
        };
        assert!(mounts.of("/mnt/sao luu/a").unwrap().is_network());
        let own = |source: &str| Mount {
            kind: "nfs4".into(),
            source: source.into(),
            ..mounts.all[0].clone()
        };
        assert!(own("localhost:/srv").is_own() && own("[::1]:/srv").is_own());
        assert!(own("//127.0.0.1/x").is_own() && !own("nas:/localhost").is_own());
        assert_eq!(mounts.of("/mnts").unwrap().point, "/");
        assert_eq!(mounts.unmounted_above("/backup/db"), Some("/backup"));
        assert_eq!(mounts.unmounted_above("/backups"), None);
        assert_eq!(
            parent("../../devices/pci/host0/block/sda/sda1").as_deref(),
            Some("sda")
        );
        assert_eq!(parent("../../devices/virtual/block/dm-0"), None);
    }
}
