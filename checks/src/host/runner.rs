//! The one place that starts a program: fixed path, clean environment, time limit, output cap.

use std::{
    io::Read,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{Output, Stop};

/// Where programs are looked for. Never the caller's `PATH`: the measured party may have set it.
const PATH_DIRS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const STDERR_CAP: usize = 4 << 10;
/// How often a command that runs is held against a request to stop.
const GLANCE: Duration = Duration::from_millis(30);
/// How long a program that was ended may take to go.
const GOING: Duration = Duration::from_secs(1);

/// Programs that were ended and did not go: the kernel waits on their behalf for something that does not
/// answer, such as a server whose disk is mounted here. None of them is begun again before.
static LEFT: Mutex<Vec<Started>> = Mutex::new(Vec::new());

/// A program that was started.
struct Started {
    name: String,
    child: Child,
    readers: Vec<JoinHandle<()>>,
}

impl Started {
    /// Whether it went, and nothing of it is left, such as a child that holds its pipes.
    fn is_gone(&mut self) -> bool {
        let runs = matches!(self.child.try_wait(), Ok(None));
        !runs && self.readers.iter().all(JoinHandle::is_finished)
    }
}

fn is_left(name: &str) -> bool {
    let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
    left.retain_mut(|one| !one.is_gone());
    left.iter().any(|one| one.name == name)
}

/// Why a program gave no output.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Not in any of the system folders.
    #[error("{0}: not installed")]
    Missing(String),
    /// Ran longer than allowed and was ended.
    #[error("{0}: took too long")]
    Timeout(String),
    /// The agent is to stop, so it was ended, or not begun.
    #[error("{0}: not done, for the agent is stopping")]
    Stopped(String),
    /// Printed more than allowed and was ended.
    #[error("{0}: printed too much")]
    TooMuch(String),
    /// Could not be started.
    #[error("{program}: {source}")]
    Start {
        /// The program.
        program: String,
        /// The system's words.
        source: std::io::Error,
    },
}

/// Runs `argv` to its end, or ends it (with all its children) at the time limit or output cap.
///
/// # Errors
/// When the program is missing, slow, too talkative or cannot be started.
pub fn run_bounded(argv: &[String], limit: Duration, cap: usize) -> Result<Output, RunError> {
    run_unless(&Stop::default(), argv, limit, cap)
}

/// As [`run_bounded`]; also ends it, or does not begin it, when it is asked to stop.
///
/// # Errors
/// As [`run_bounded`], and when it was asked to stop.
pub(super) fn run_unless(
    stop: &Stop,
    argv: &[String],
    limit: Duration,
    cap: usize,
) -> Result<Output, RunError> {
    let name = argv.first().cloned().unwrap_or_default();
    let program = locate(&name).ok_or_else(|| RunError::Missing(name.clone()))?;
    let _counted = stop.count(); // before the last look at `stop`, so that whoever waits sees it
    if stop.is_asked() {
        return Err(RunError::Stopped(name));
    }
    if is_left(&name) {
        return Err(RunError::Timeout(name));
    }
    let failed = |source| RunError::Start {
        program: name.clone(),
        source,
    };
    let mut running = start(&program, argv.get(1..).unwrap_or_default())
        .map(|child| Started {
            name: name.clone(),
            child,
            readers: Vec::new(),
        })
        .map_err(failed)?;
    let drained = (
        running.drain(|child| child.stdout.take(), cap),
        running.drain(|child| child.stderr.take(), STDERR_CAP),
    );
    let (out, err) = match drained {
        (Ok(out), Ok(err)) => (out, err),
        (Err(error), _) | (_, Err(error)) => {
            running.end();
            return Err(failed(error));
        }
    };
    let until = Until {
        at: Instant::now() + limit,
        stop,
    };
    let (Some((stdout, over)), Some((stderr, _))) = (until.receive(&out), until.receive(&err))
    else {
        running.end();
        return Err(until.missed(name));
    };
    if over {
        running.end();
        return Err(RunError::TooMuch(name));
    }
    match running.wait_until(&until) {
        Some(status) => Ok(Output {
            status: status.code(),
            stdout,
            stderr,
        }),
        None => {
            running.end();
            Err(until.missed(name))
        }
    }
}

/// How long a command may run.
struct Until<'a> {
    at: Instant,
    stop: &'a Stop,
}

impl Until<'_> {
    fn is_over(&self) -> bool {
        self.stop.is_asked() || Instant::now() >= self.at
    }

    fn receive<T>(&self, from: &mpsc::Receiver<T>) -> Option<T> {
        loop {
            let left = self.at.saturating_duration_since(Instant::now());
            match from.recv_timeout(left.min(GLANCE)) {
                Ok(got) => return Some(got),
                Err(mpsc::RecvTimeoutError::Timeout) if !self.is_over() => {}
                Err(_) => return None,
            }
        }
    }

    fn missed(&self, name: String) -> RunError {
        if self.stop.is_asked() {
            RunError::Stopped(name)
        } else {
            RunError::Timeout(name)
        }
    }
}

fn locate(name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains('/') {
        return None;
    }
    PATH_DIRS
        .iter()
        .map(|dir| Path::new(dir).join(name))
        .find(|path| path.is_file())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one runner that the rule points to"
)]
fn start(program: &Path, args: &[String]) -> std::io::Result<Child> {
    std::process::Command::new(program)
        .args(args)
        .env_clear()
        .env("PATH", PATH_DIRS.join(":"))
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0) // so that the whole group can be ended at the limit
        .spawn()
}

/// What a pipe brought, and whether that was more than the cap.
type Drained = mpsc::Receiver<(Vec<u8>, bool)>;

impl Started {
    /// Reads a pipe on a thread of its own.
    fn drain<P: Read + Send + 'static>(
        &mut self,
        pipe: impl FnOnce(&mut Child) -> Option<P>,
        cap: usize,
    ) -> std::io::Result<Drained> {
        let pipe = pipe(&mut self.child);
        let (send, receive) = mpsc::channel();
        self.readers.push(thread::Builder::new().spawn(move || {
            let mut bytes = Vec::new();
            if let Some(pipe) = pipe {
                let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
                // A broken pipe ends the output; what came before it still counts.
                drop(pipe.take(limit).read_to_end(&mut bytes));
            }
            let over = bytes.len() > cap;
            bytes.truncate(cap);
            drop(send.send((bytes, over)));
        })?);
        Ok(receive)
    }

    fn wait_until(&mut self, until: &Until<'_>) -> Option<std::process::ExitStatus> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if !until.is_over() => thread::sleep(Duration::from_millis(1)),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// Ends it with all its children. What does not go is remembered, not waited for.
    fn end(mut self) {
        if let Some(pid) = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            // The group may be gone already; then there is nothing to end.
            rustix::process::kill_process_group(pid, rustix::process::Signal::KILL).ok();
        }
        self.child.kill().ok();
        let until = Instant::now() + GOING;
        while !self.is_gone() {
            if Instant::now() >= until {
                let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
                left.push(self);
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_environment_is_clean() {
        let out = run_bounded(&argv("env"), Duration::from_secs(5), 4096).unwrap();
        let text = out.text();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            ["LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        );
    }

    #[test]
    fn a_slow_program_is_ended() {
        let start = Instant::now();
        let got = run_bounded(&argv("sleep 30"), Duration::from_millis(50), 4096);
        assert!(matches!(got, Err(RunError::Timeout(_))));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_request_to_stop_ends_a_command_with_its_children_and_lets_none_begin() {
        let stop = Stop::default();
        let asked = stop.clone();
        let asker = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            asked.ask();
            assert!(asked.wait_for_commands(Duration::from_secs(5)));
        });
        let start = Instant::now();
        // The inner sleep is a child of the shell and holds the pipe, as a daemon's child would.
        let script = ["sh", "-c", "sleep 31.4159 & sleep 31.4159"].map(str::to_owned);
        let got = run_unless(&stop, &script, Duration::from_secs(30), 4096);
        assert!(matches!(got, Err(RunError::Stopped(_))), "{got:?}");
        assert!(start.elapsed() < Duration::from_secs(10));
        asker.join().unwrap();
        let again = run_unless(&stop, &argv("true"), Duration::from_secs(30), 4096);
        assert!(matches!(again, Err(RunError::Stopped(_))), "{again:?}");
        let listed = run_bounded(&argv("ps -eo stat,args"), Duration::from_secs(10), 4 << 20);
        let alive = listed.unwrap().text();
        let left = |l: &&str| l.contains("31.4159") && !l.starts_with('Z');
        assert_eq!(alive.lines().find(left), None);
    }

    #[test]
    fn what_does_not_go_is_not_waited_for_and_not_begun_again() {
        // Out of its group, and holding the pipes: ended as little as a program that sleeps in the kernel.
        let script = "setsid sleep 4.25 & sleep 30";
        let sh = ["dash", "-c", script].map(str::to_owned);
        let begun = Instant::now();
        let got = run_bounded(&sh, Duration::from_millis(300), 4096);
        assert!(matches!(got, Err(RunError::Timeout(_))), "{got:?}");
        let quick = ["dash", "-c", "true"].map(str::to_owned);
        let again = run_bounded(&quick, Duration::from_secs(30), 4096);
        assert!(matches!(again, Err(RunError::Timeout(_))), "{again:?}");
        assert!(begun.elapsed() < Duration::from_secs(4));
        while is_left("dash") {
            assert!(begun.elapsed() < Duration::from_secs(60));
            thread::sleep(Duration::from_millis(20));
        }
        assert!(run_bounded(&quick, Duration::from_secs(30), 4096).is_ok());
    }

    #[test]
    fn a_talkative_program_is_ended() {
        let got = run_bounded(&argv("yes"), Duration::from_secs(10), 4096);
        assert!(matches!(got, Err(RunError::TooMuch(_))));
    }

    #[test]
    fn a_missing_program_is_named() {
        let got = run_bounded(&argv("no-such-program-here"), Duration::from_secs(1), 10);
        assert!(matches!(got, Err(RunError::Missing(name)) if name == "no-such-program-here"));
    }
}
