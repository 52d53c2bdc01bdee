//! Files of the running host, asked so that no file system can hold a run up for good.
//!
//! A call on a hard NFS mount whose server is off sleeps in the kernel until the server is back, and no
//! signal wakes it. So what may lie on another machine, or behind a program (FUSE, autofs), is asked on a
//! thread of its own, for a limited time. A mount that does not answer in time is not asked again for as
//! long as that call still sleeps, in this run or a later one. Thus there is at most one such thread for
//! each mount.
//!
//! Disks of a NAS that begin to turn, and a first listing from far away, take longer once: so the first
//! late call of a run on a mount is given more time, and a mount that woke up is asked again.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    Attributes, Delays, Entry, HostError, Space, Stat, Stop,
    files::Files,
    slow::{Place, Slow},
};

/// How long one call may take. A few megabytes a second are enough for the largest file that is read.
const LIMIT: Duration = Duration::from_secs(10);
/// How many times as long the first late call on a mount may take.
const WAKING: u32 = 3;
/// A mount that was late so often is not asked again in this run.
const MOST_LATE: u32 = 3;
/// How often a call that takes its time is held against a request to stop.
const GLANCE: Duration = Duration::from_millis(30);
/// Calls that sleep at the same time, on whatever mounts; beyond that no such mount is asked.
const MOST_ASLEEP: usize = 16;

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
    /// How often each was late in this run.
    late: Mutex<BTreeMap<Place, u32>>,
    delays: Mutex<Delays>,
}

impl Patient {
    pub(super) const fn until(stop: Stop) -> Self {
        Self {
            stop,
            limit: LIMIT,
            slow: OnceLock::new(),
            late: Mutex::new(BTreeMap::new()),
            delays: Mutex::new(Delays {
                unanswered: 0,
                waking: Duration::ZERO,
            }),
        }
    }

    pub(super) fn delays(&self) -> Delays {
        *lock(&self.delays)
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
        let late = lock(&self.late).get(&place).copied().unwrap_or(0);
        let answer = if late >= MOST_LATE || asleep(&lock(&ASLEEP)) {
            None
        } else {
            self.ask_awaiting(path, &place, late, call)
        };
        answer.unwrap_or_else(|| {
            lock(&self.delays).unanswered += 1;
            Err(HostError::Timeout(path.to_owned()))
        })
    }

    /// Asks a mount that was `late` so often, and notes whether it is again.
    fn ask_awaiting<T: Send + 'static>(
        &self,
        path: &str,
        place: &Place,
        late: u32,
        call: impl FnOnce(&Files, &str) -> Result<T, HostError> + Send + 'static,
    ) -> Option<Result<T, HostError>> {
        let begun = Instant::now();
        let times = if late == 0 { WAKING } else { 1 };
        let answer = self.ask_aside(path, place, begun + self.limit * times, call);
        let took = begun.elapsed();
        if answer.is_none() || took > self.limit {
            lock(&self.late).insert(place.clone(), late + 1);
            if late == 0 {
                lock(&self.delays).waking += took;
            }
        }
        answer
    }

    /// Asks on a thread of its own; `None` where no answer comes in time.
    fn ask_aside<T: Send + 'static>(
        &self,
        path: &str,
        place: &Place,
        until: Instant,
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

#[cfg(test)]
mod tests {
    use super::{super::slow::tests::mountinfo, *};
    use crate::{
        context::{Cx, Gather},
        host::{Budget, Budgeted, Live},
        observation::Gap,
        settings::Settings,
    };

    fn patient(slow: Slow, limit: Duration) -> Patient {
        let patient = Patient {
            limit,
            ..Patient::until(Stop::default())
        };
        patient.slow.set(slow).unwrap();
        patient
    }

    /// Asks for something that takes until the sender is dropped.
    fn ask_slowly(patient: &Patient, path: &str) -> (mpsc::Sender<()>, Result<(), HostError>) {
        let (wake, woken) = mpsc::channel::<()>();
        let answer = patient.ask(path, true, move |_, _| {
            woken.recv().ok();
            Ok(())
        });
        (wake, answer)
    }

    fn wait_until_awake(id: &str) {
        while lock(&ASLEEP).values().any(|(asleep, _)| asleep == id) {
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_mount_is_asked_again_once_it_is_awake_and_three_times_at_most() {
        let points = [(101, "/run/a-mount-of-tests", "nfs4")];
        let first = patient(mountinfo(&points), Duration::from_millis(100));
        let path = "/run/a-mount-of-tests/x";
        let late = Err(HostError::Timeout(path.to_owned()));
        let asked = |patient: &Patient| patient.ask(path, true, |_, _| Ok(()));
        let begun = Instant::now();
        let (wake, asleep) = ask_slowly(&first, path);
        assert_eq!(asleep, late);
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(asked(&first), late);
        let later = patient(mountinfo(&points), Duration::from_secs(60));
        assert_eq!(
            asked(&later),
            late,
            "the call of the run before still sleeps"
        );
        assert!(later.stat("/").is_ok(), "what lies elsewhere is seen");
        drop(wake);
        wait_until_awake("101");
        assert_eq!(asked(&first), Ok(()), "it is awake now");
        for _ in 1..MOST_LATE {
            let (wake, asleep) = ask_slowly(&first, path);
            assert_eq!(asleep, late);
            drop(wake);
            wait_until_awake("101");
        }
        assert_eq!(asked(&first), late, "for the rest of its run");
        assert_eq!(asked(&later), Ok(()), "it answers again");
    }

    #[test]
    fn the_first_late_answer_is_waited_for_at_nobodys_expense() {
        let points = [(103, "/run/c-mount-of-tests", "nfs4")];
        let limit = Duration::from_secs(1);
        let patient = patient(mountinfo(&points), limit);
        let path = "/run/c-mount-of-tests/x";
        let sleepy = |patient: &Patient| {
            patient.ask(path, true, |_, _| {
                thread::sleep(Duration::from_millis(1_300));
                Ok(())
            })
        };
        assert_eq!(sleepy(&patient), Ok(()));
        let delays = patient.delays();
        assert!(
            delays.waking > limit && delays.unanswered == 0,
            "{delays:?}"
        );
        assert!(sleepy(&patient).is_err(), "only once");
        assert_eq!(patient.delays().waking, delays.waking);
        assert_eq!(patient.delays().unanswered, 1);
    }

    /// Whether what the owner declared was seen.
    struct Seen(bool);

    impl Gather for Seen {
        fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
            let mut declared = cx.settings().backup_targets.iter();
            Ok(Self(declared.all(|at| cx.host().stat(at).is_ok())))
        }
    }

    #[test]
    fn facts_that_lack_what_a_sleeping_mount_holds_are_gathered_anew() {
        const TICKET: u64 = u64::MAX;
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().canonicalize().unwrap();
        let at = at.to_str().unwrap().to_owned();
        let slow = mountinfo(&[(104, &at, "nfs4")]);
        let mut host = Live::new();
        host.files = patient(slow, Duration::from_secs(60));
        let settings = Settings {
            backup_targets: vec![at.clone()],
            ..Settings::default()
        };
        let window = Budgeted::new(&host, Budget::default());
        let cx = Cx::new(&window, &settings);
        lock(&ASLEEP).insert(TICKET, ("104".to_owned(), at));
        assert!(!cx.get::<Seen>().unwrap().0);
        lock(&ASLEEP).remove(&TICKET);
        assert!(cx.get::<Seen>().unwrap().0, "it is awake");
        drop(dir);
        assert!(cx.get::<Seen>().unwrap().0, "whole facts are kept");
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
