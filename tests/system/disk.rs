//! A disk that fills up or turns read-only under either program: it goes on, says so, promises nothing it
//! cannot keep, and catches up once there is space.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "mounts small disks, and prints figures"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use capdo_agent::{
    budget::Taken,
    chance,
    spool::{NewRun, Spool},
};
use capdo_proto::{digest::observation_sha256, v1};
use capdo_tests::{Running, Stage, eventually, scripted::Scripted};

/// A small disk, gone with its owner.
struct Disk {
    at: PathBuf,
    /// What is mounted, where that is an image in a file.
    image: Option<PathBuf>,
}

fn must(program: &str, args: &[&str]) {
    let done = Command::new(program).args(args).output().unwrap();
    let words = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {args:?}: {words}");
}

impl Disk {
    /// A disk in memory.
    fn in_memory(at: &Path, size: &str) -> Self {
        fs::create_dir_all(at).unwrap();
        let (text, size) = (at.to_str().unwrap(), format!("size={size}"));
        must("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", text]);
        let at = at.to_owned();
        Self { at, image: None }
    }

    /// A disk of ext4, which the kernel turns read-only after an error.
    fn of_ext4(at: &Path) -> Self {
        fs::create_dir_all(at).unwrap();
        let image = at.with_extension("img");
        fs::File::create(&image).unwrap().set_len(24 << 20).unwrap();
        must("mkfs.ext4", &["-q", "-F", image.to_str().unwrap()]);
        let disk = Self {
            at: at.to_owned(),
            image: Some(image),
        };
        disk.mount();
        fs::remove_dir(at.join("lost+found")).unwrap();
        disk
    }

    /// Makes it whole again, as a reboot does: of a copy, since a program in another mount namespace may still
    /// hold what broke down, and the kernel then gives that again.
    fn mend(&mut self) {
        must("umount", &[self.at.to_str().unwrap()]);
        let broken = self.image.take().unwrap();
        let mended = broken.with_extension("mended");
        fs::copy(&broken, &mended).unwrap();
        self.image = Some(mended);
        self.mount();
    }

    fn mount(&self) {
        let image = self.image.as_ref().unwrap().to_str().unwrap();
        must(
            "mount",
            &[
                "-o",
                "loop,errors=remount-ro",
                image,
                self.at.to_str().unwrap(),
            ],
        );
    }

    /// Has the kernel meet an error of the disk: from then on nothing can be written, whatever is open.
    fn break_down(&self) {
        let mounts = fs::read_to_string("/proc/mounts").unwrap();
        let at = format!(" {} ", self.at.display());
        let line = mounts.lines().find(|l| l.contains(&at)).unwrap();
        let device = line.split(' ').next().unwrap().trim_start_matches("/dev/");
        fs::write(format!("/sys/fs/ext4/{device}/trigger_fs_error"), "1").unwrap();
    }

    /// Leaves no room, whatever was freed since the last time.
    fn fill(&self) {
        let mut piece = 1 << 20;
        let filler = self.at.join("filler");
        let file = fs::File::options()
            .create(true)
            .append(true)
            .open(filler)
            .unwrap();
        let (mut at, zeros) = (file.metadata().unwrap().len(), vec![0; piece]);
        while piece > 0 {
            match std::os::unix::fs::FileExt::write_at(&file, &zeros[..piece], at) {
                Ok(n @ 1..) => at += n as u64,
                _ => piece /= 2,
            }
        }
    }

    /// Leaves room for so many bytes.
    fn fill_but(&self, free: u64) {
        self.fill();
        let filler = fs::File::options().write(true).open(self.at.join("filler"));
        let filler = filler.unwrap();
        let length = filler.metadata().unwrap().len();
        filler.set_len(length - free).unwrap();
    }

    /// How many blocks are free.
    fn free(&self) -> u64 {
        rustix::fs::statvfs(&self.at).unwrap().f_bfree
    }

    fn clear(&self) {
        fs::remove_file(self.at.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.at).status().ok();
    }
}

/// Waits until it said these words more often than that.
fn wait_for_more(agent: &Scripted, words: &str, before: usize) {
    eventually(words, || (agent.said(words) > before).then_some(()));
}

/// A run with so much evidence that storing it makes the spool's file grow.
fn large_run() -> NewRun {
    let check = v1::CheckRef {
        check_id: "a.one".to_owned(),
        check_version: 1,
    };
    let finding = |n: u8| {
        let observation = vec![n; 20_000];
        v1::Finding {
            check_id: check.check_id.clone(),
            check_version: 1,
            subject: Some(v1::Subject {
                kind: v1::SubjectKind::File.into(),
                name: format!("/{n}"),
            }),
            observation_sha256: observation_sha256(&observation).to_vec(),
            observation,
            ..v1::Finding::default()
        }
    };
    NewRun {
        started: v1::RunStarted {
            run_id: chance::uuid_v7(1),
            checks: vec![check.clone()],
            ..v1::RunStarted::default()
        },
        findings: (0..4).map(finding).collect(),
        complete: true,
        finished_ms: 1,
        taken: Taken::default(),
    }
}

/// With so many bytes left, the log may fit and the file that it is brought into may not.
#[test]
fn a_run_on_the_last_bytes_of_a_disk_is_stored_once_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::in_memory(&dir.path().join("spool"), "2m");
    let (mut refused, mut at_once, mut untidied) = (0, 0, 0);
    let empty = disk.free();
    for step in 0..40 {
        let state = disk.at.join("state");
        fs::create_dir(&state).unwrap();
        let mut spool = Spool::open(&state).unwrap();
        disk.fill_but(step * 8_192);
        let run = large_run();
        match spool.put(&run) {
            Ok(counter) => {
                assert_eq!(counter, 1);
                at_once += 1;
                let log = fs::metadata(state.join("spool.db-wal")).unwrap();
                untidied += usize::from(log.len() > 0);
            }
            Err(error) => {
                assert!(error.may_pass(), "{error}");
                assert_eq!(spool.depth().unwrap(), 0, "an error, and the run is stored");
                refused += 1;
            }
        }
        disk.clear();
        assert_eq!(spool.put(&run).unwrap(), 1, "the same run again");
        assert_eq!(spool.depth().unwrap(), 1);
        drop(spool);
        fs::remove_dir_all(state).unwrap();
        // A program that another test is about to start has what is open here open too, for a moment.
        eventually("the room of what is gone", || {
            (disk.free() == empty).then_some(())
        });
    }
    println!(
        "{refused} runs were refused for want of room, {at_once} stored, {untidied} of them left in the log"
    );
    assert!(refused > 0 && untidied > 0 && at_once > untidied);
}

/// The disk is full when the agent starts: with a run that waits, after it was killed or stopped in good
/// order, which leaves other files.
fn starts_on_a_full_disk(seed: u64, end: fn(&mut Running)) {
    let stage = Stage::new();
    let mut collector = stage.serve();
    let dir = stage.path().join("agent");
    let disk = Disk::in_memory(&dir.join("state"), "3m");
    let agent = Scripted::enrol_in(&stage, dir.clone(), dir.join("state"), seed);
    agent.one_more().stop();
    // One run in the spool that cannot be acked, and one that cannot come into the spool.
    collector.kill();
    let mut service = agent.serve();
    eventually("a run that waits", || {
        (agent.waiting() >= Some(1)).then_some(())
    });
    end(&mut service);
    disk.fill();
    collector = stage.serve();
    service = agent.serve();
    wait_for_more(&agent, "A run cannot be kept on disk", 0);
    thread::sleep(Duration::from_secs(3));
    assert!(service.runs(), "it gave up: {}", agent.log());
    let said = agent.status();
    assert!(said.contains("is full"), "{said}");
    disk.clear();
    let cleared = Instant::now();
    let finished = agent.said("A run is finished");
    wait_for_more(&agent, "A run is finished", finished);
    agent.drained();
    println!(
        "agent, disk full: caught up {:.1?} after there was room",
        cleared.elapsed()
    );
    assert!(!agent.status().contains("is full"));
    service.stop();
    agent.one_more().stop();
    println!("{:?}", agent.compare(&stage));
    drop(collector);
}

#[test]
fn an_agent_whose_disk_is_full_goes_on_and_catches_up() {
    starts_on_a_full_disk(31, Running::kill);
}

#[test]
fn an_agent_that_starts_on_a_full_disk_goes_on_and_catches_up() {
    starts_on_a_full_disk(33, |service| assert_eq!(service.stop(), Some(0)));
}

#[test]
fn an_agent_whose_disk_turns_read_only_goes_on_and_says_so() {
    let stage = Stage::new();
    let mut collector = stage.serve();
    let dir = stage.path().join("agent");
    let mut disk = Disk::of_ext4(&dir.join("state"));
    let agent = Scripted::enrol_in(&stage, dir.clone(), dir.join("state"), 32);
    agent.one_more().stop();
    collector.kill();
    let mut service = agent.serve();
    eventually("a run that waits", || {
        (agent.waiting() >= Some(1)).then_some(())
    });
    disk.break_down();
    collector = stage.serve();
    wait_for_more(&agent, "The spool cannot be written", 0);
    thread::sleep(Duration::from_secs(3));
    assert!(service.runs(), "it gave up: {}", agent.log());
    let said = agent.status();
    assert!(said.contains("read-only"), "{said}");
    // An administrator repairs it.
    service.kill();
    disk.mend();
    agent.one_more().stop();
    println!("agent, disk read-only: {:?}", agent.compare(&stage));
    drop(collector);
}

fn health(stage: &Stage) -> (u16, String) {
    let mut web = TcpStream::connect(("127.0.0.1", stage.web)).unwrap();
    let ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    web.write_all(ask.as_bytes()).unwrap();
    let mut answer = String::new();
    web.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let words = answer.rsplit("\r\n\r\n").next().unwrap().to_owned();
    (status, words)
}

/// While the disk is in trouble: the agent is told to come again, and nothing is acked.
fn nothing_is_acked(stage: &Stage, agent: &Scripted) -> Running {
    let (before, refused) = (agent.settled(), agent.said("Refused"));
    let service = agent.serve();
    let closed = || agent.said("Refused") > refused || agent.said("No session") > 0;
    eventually("a refusal", || closed().then_some(()));
    thread::sleep(Duration::from_secs(4));
    let (status, words) = health(stage);
    println!(
        "collector in trouble: /healthz says {status} {}",
        words.trim()
    );
    assert_eq!(status, 503, "{words}");
    assert_eq!(agent.settled(), before, "acked what is not kept");
    assert!(agent.waiting() >= Some(1));
    service
}

#[test]
fn a_collector_whose_disk_is_full_promises_nothing_and_catches_up() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::in_memory(&dir.path().join("collector"), "16m");
    let stage = Stage::in_folder(dir);
    let collector = stage.serve();
    let agent = Scripted::enrol(&stage, "agent", 41);
    agent.one_more().stop();
    assert_eq!(health(&stage).0, 200);
    disk.fill();
    let mut service = nothing_is_acked(&stage, &agent);
    disk.clear();
    let cleared = Instant::now();
    agent.drained();
    println!(
        "collector, disk full: caught up {:.1?} after there was room",
        cleared.elapsed()
    );
    service.stop();
    agent.one_more().stop();
    println!("{:?}", agent.compare(&stage));
    drop(collector);
}

#[test]
fn a_collector_whose_disk_turns_read_only_promises_nothing_and_catches_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut disk = Disk::of_ext4(&dir.path().join("collector"));
    let stage = Stage::in_folder(dir);
    let mut collector = stage.serve();
    let agent = Scripted::enrol(&stage, "agent", 42);
    agent.one_more().stop();
    disk.break_down();
    let mut service = nothing_is_acked(&stage, &agent);
    collector.kill();
    disk.mend();
    collector = stage.serve();
    agent.drained();
    service.stop();
    agent.one_more().stop();
    println!("collector, disk read-only: {:?}", agent.compare(&stage));
    drop(collector);
}

#[test]
fn a_store_that_another_program_holds_is_waited_for() {
    let stage = Stage::new();
    let collector = stage.serve();
    let agent = Scripted::enrol(&stage, "agent", 43);
    agent.one_more().stop();
    let other = rusqlite::Connection::open(stage.data().join("capdo.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let before = agent.settled();
    let mut service = agent.serve();
    let begun = Instant::now();
    thread::sleep(Duration::from_secs(30));
    assert_eq!(agent.settled(), before, "acked what is not kept");
    assert_eq!(health(&stage).0, 200, "those who read are not held up");
    other.execute_batch("ROLLBACK").unwrap();
    agent.drained();
    println!(
        "store held for 30 s: caught up after {:.1?}",
        begun.elapsed()
    );
    service.stop();
    agent.one_more().stop();
    println!("{:?}", agent.compare(&stage));
    drop(collector);
}

/// Holds the store for so long, again and again, until this is dropped.
struct Holder {
    stop: std::sync::mpsc::Sender<()>,
    holds: Option<thread::JoinHandle<u32>>,
}

impl Holder {
    const EACH: Duration = Duration::from_millis(300);
    /// For how long between. SQLite asks again every tenth of a second, and does not queue.
    const FREE: Duration = Duration::from_millis(30);

    fn of(file: &Path) -> Self {
        let other = rusqlite::Connection::open(file).unwrap();
        other.busy_timeout(Duration::from_secs(60)).unwrap();
        let (stop, stopped) = std::sync::mpsc::channel();
        let hold = move || {
            let mut holds = 0;
            loop {
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                let held = stopped.recv_timeout(Self::EACH);
                other.execute_batch("ROLLBACK").unwrap();
                holds += 1;
                if held != Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    return holds;
                }
                thread::sleep(Self::FREE);
            }
        };
        Self {
            stop,
            holds: Some(thread::spawn(hold)),
        }
    }

    /// How often it was held.
    fn end(mut self) -> u32 {
        self.stop.send(()).unwrap();
        self.holds.take().unwrap().join().unwrap()
    }
}

/// Every write waits for another program, of the store or of the spool: as on a disk that is slow.
#[test]
fn a_slow_store_and_a_slow_spool_only_delay() {
    const RUNS: u32 = 5;
    let stage = Stage::new();
    let collector = stage.serve();
    let agent = Scripted::enrol(&stage, "agent", 44);
    agent.one_more().stop();
    let runs = || {
        let begun = Instant::now();
        for _ in 0..RUNS {
            agent.one_more().stop();
        }
        begun.elapsed() / RUNS
    };
    let alone = runs();
    for (what, file) in [
        ("store", stage.data().join("capdo.db")),
        ("spool", agent.state().join("spool.db")),
    ] {
        let holder = Holder::of(&file);
        let slow = runs();
        let health = health(&stage).0;
        let holds = holder.end();
        println!(
            "{what} held for {:?} again and again, {holds} times: a run takes {slow:.1?} in place of {alone:.1?}; \
             /healthz says {health}",
            Holder::EACH
        );
        assert_eq!(health, 200);
    }
    let tally = agent.compare(&stage);
    println!("{tally:?}");
    assert_eq!(tally.runs, 1 + 3 * RUNS as usize);
    drop(collector);
}
