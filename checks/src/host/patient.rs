//! Files of the running host, asked so that no file system can hold a run up for good.
//!
//! A call on a hard NFS mount whose server is off sleeps in the kernel until the server is back, and no
//! signal wakes it. So what may lie on another machine, or behind a program (FUSE, autofs), is asked on a
//! thread of its own, for a limited time. A mount that does not answer in time is not asked again in
//! this run; nor in a later one, for as long as the earlier call still sleeps. Thus there is at most one
//! such thread for each mount.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use rustix::fs::{CWD, readlinkat};

use super::{Attributes, Entry, HostError, Space, Stat, Stop, files::Files};
use crate::facts::storage::{Mount, is_below};

/// How long one call may take. A few megabytes a second are enough for the largest file that is read.
const LIMIT: Duration = Duration::from_secs(10);
/// How often a call that takes its time is held against a request to stop.
const GLANCE: Duration = Duration::from_millis(30);
/// Calls that sleep at the same time, on whatever mounts; beyond that no such mount is asked.
const MOST_ASLEEP: usize = 16;
/// Hosts of containers have thousands of mounts.
const MOUNTS_CAP: usize = 16 << 20;
const MOST_LINKS: usize = 40; // as the kernel, path_resolution(7)

/// A mount: its id, which no other has while a call sleeps on it, and its place.
type Place = (String, String);

/// The calls that sleep, by ticket; those of earlier runs too.
static ASLEEP: Mutex<BTreeMap<u64, Place>> = Mutex::new(BTreeMap::new());

/// None of what is kept under these locks is ever half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The running host's own files, for one run.
pub(super) struct Patient {
    stop: Stop,
    limit: Duration,
    /// Mounts that may not answer; read once.
    slow: OnceLock<Slow>,
    /// Those that did not answer in this run.
    silent: Mutex<BTreeSet<Place>>,
}

impl Patient {
    pub(super) const fn until(stop: Stop) -> Self {
        Self {
            stop,
            limit: LIMIT,
            slow: OnceLock::new(),
            silent: Mutex::new(BTreeSet::new()),
        }
    }

    pub(super) fn stat(&self, path: &str) -> Result<Stat, HostError> {
        self.ask(path, true, |files, path| files.stat(path))
    }

    pub(super) fn attributes(&self, path: &str) -> Result<Attributes, HostError> {
        self.ask(path, true, |files, path| files.attributes(path))
    }

    pub(super) fn read(&self, path: &str, cap: usize) -> Result<Vec<u8>, HostError> {
        self.ask(path, true, move |files, path| files.read(path, cap))
    }

    pub(super) fn read_at(
        &self,
        path: &str,
        offset: u64,
        len: usize,
    ) -> Result<Vec<u8>, HostError> {
        self.ask(path, true, move |files, path| {
            files.read_at(path, offset, len)
        })
    }

    pub(super) fn read_link(&self, path: &str) -> Result<String, HostError> {
        self.ask(path, false, |files, path| files.read_link(path))
    }

    pub(super) fn list(&self, path: &str, cap: usize) -> Result<Vec<Entry>, HostError> {
        self.ask(path, true, move |files, path| files.list(path, cap))
    }

    pub(super) fn space(&self, path: &str) -> Result<Space, HostError> {
        self.ask(path, true, |files, path| files.space(path))
    }

    /// Asks about `path`; `follow` says whether a link at its end is followed.
    fn ask<T: Send + 'static>(
        &self,
        path: &str,
        follow: bool,
        call: impl FnOnce(&Files, &str) -> Result<T, HostError> + Send + 'static,
    ) -> Result<T, HostError> {
        let slow = self.slow.get_or_init(Slow::now);
        let Some(place) = slow.below(path, follow) else {
            return call(&Files::live(), path);
        };
        let asleep = |all: &BTreeMap<u64, Place>| {
            all.len() >= MOST_ASLEEP || all.values().any(|other| *other == place)
        };
        if lock(&self.silent).contains(&place) || asleep(&lock(&ASLEEP)) {
            return Err(HostError::Timeout(path.to_owned()));
        }
        self.ask_aside(path, &place, call).unwrap_or_else(|| {
            lock(&self.silent).insert(place);
            Err(HostError::Timeout(path.to_owned()))
        })
    }

    /// Asks on a thread of its own; `None` where no answer comes in time.
    fn ask_aside<T: Send + 'static>(
        &self,
        path: &str,
        place: &Place,
        call: impl FnOnce(&Files, &str) -> Result<T, HostError> + Send + 'static,
    ) -> Option<Result<T, HostError>> {
        static TICKETS: AtomicU64 = AtomicU64::new(0);
        let ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        let (send, receive) = mpsc::sync_channel(1);
        let asked = path.to_owned();
        let failed = |what: String| HostError::Io {
            path: path.to_owned(),
            what,
        };
        let started = thread::Builder::new().spawn(move || {
            drop(send.send(call(&Files::live(), &asked)));
            // Only after the answer: whoever stops waiting looks for one under this lock.
            lock(&ASLEEP).remove(&ticket);
        });
        if let Err(error) = started {
            return Some(Err(failed(error.to_string())));
        }
        let until = Instant::now() + self.limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match receive.recv_timeout(left.min(GLANCE)) {
                Ok(answer) => return Some(answer),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Some(Err(failed("the call broke off".to_owned())));
                }
                Err(mpsc::RecvTimeoutError::Timeout) if left.is_zero() || self.stop.is_asked() => {
                    let mut all = lock(&ASLEEP);
                    return receive.try_recv().ok().or_else(|| {
                        all.insert(ticket, place.clone());
                        None
                    });
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

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
struct Slow {
    /// Their ids, by their places.
    ids: BTreeMap<String, String>,
}

impl Slow {
    /// Those of now. Where the kernel does not tell, everything may not answer.
    fn now() -> Self {
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
    fn below(&self, path: &str, follow: bool) -> Option<Place> {
        if self.ids.is_empty() {
            return None;
        }
        let split = |p: &str| -> Vec<String> { p.rsplit('/').map(str::to_owned).collect() };
        let (mut open, mut done, mut links) = (split(path), String::new(), 0);
        if self.ids.contains_key("/") {
            return self.deepest(path);
        }
        while let Some(part) = open.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    done.truncate(done.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let next = format!("{done}/{part}");
            if self.ids.contains_key(&next) {
                open.push(next);
                open.retain(|part| !part.is_empty() && part != ".");
                open.reverse();
                return self.deepest(&open.join("/"));
            }
            let last = open.iter().all(String::is_empty);
            let link = (follow || !last).then(|| readlinkat(CWD, &*next, Vec::new()).ok());
            let Some(to) = link.flatten() else {
                done = next;
                continue;
            };
            links += 1;
            if links > MOST_LINKS {
                return None; // nor does the kernel follow it
            }
            let to = to.to_string_lossy();
            if to.starts_with('/') {
                done.clear();
            }
            open.extend(split(&to));
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
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    fn mountinfo(points: &[(u32, &str, &str)]) -> Slow {
        let line = |(id, point, kind): &(u32, &str, &str)| {
            format!("{id} 1 0:{id} / {point} rw - {kind} source rw\n")
        };
        Slow::read(&points.iter().map(line).collect::<String>())
    }

    fn patient(slow: Slow, limit: Duration) -> Patient {
        let patient = Patient {
            limit,
            ..Patient::until(Stop::default())
        };
        patient.slow.set(slow).unwrap();
        patient
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

    #[test]
    fn a_mount_that_does_not_answer_is_asked_once() {
        let points = [(101, "/run/a-mount-of-tests", "nfs4")];
        let first = patient(mountinfo(&points), Duration::from_millis(200));
        let path = "/run/a-mount-of-tests/x";
        let late = Err(HostError::Timeout(path.to_owned()));
        let (wake, woken) = mpsc::channel::<()>();
        let begun = Instant::now();
        let asleep = first.ask(path, true, move |_, _| {
            woken.recv().ok();
            Ok(())
        });
        assert_eq!(asleep, late);
        assert!(begun.elapsed() < Duration::from_secs(5));
        let asked = |patient: &Patient| patient.ask(path, true, |_, _| Ok(()));
        assert_eq!(asked(&first), late);
        let later = patient(mountinfo(&points), Duration::from_secs(60));
        assert_eq!(
            asked(&later),
            late,
            "the call of the run before still sleeps"
        );
        assert!(later.stat("/").is_ok(), "what lies elsewhere is seen");
        drop(wake);
        while !lock(&ASLEEP).values().all(|(id, _)| id != "101") {
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(asked(&first), late, "for the rest of its run");
        assert_eq!(asked(&later), Ok(()), "it answers again");
    }

    #[test]
    fn a_request_to_stop_ends_the_waiting() {
        let slow = mountinfo(&[(102, "/run/b-mount-of-tests", "fuse.x")]);
        let patient = patient(slow, Duration::from_secs(600));
        let (_wake, woken) = mpsc::channel::<()>();
        let asker = patient.stop.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            asker.ask();
        });
        let asleep = patient.ask("/run/b-mount-of-tests", true, move |_, _| {
            woken.recv().ok();
            Ok(())
        });
        assert!(matches!(asleep, Err(HostError::Timeout(_))), "{asleep:?}");
    }
}
