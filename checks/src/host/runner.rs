//! The one place that starts a program: fixed path, clean environment, time limit, output cap.

use std::{
    io::Read,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::Output;

/// Where programs are looked for. Never the caller's `PATH`: the measured party may have set it.
const PATH_DIRS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const STDERR_CAP: usize = 4 << 10;

/// Why a program gave no output.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Not in any of the system folders.
    #[error("{0}: not installed")]
    Missing(String),
    /// Ran longer than allowed and was ended.
    #[error("{0}: took too long")]
    Timeout(String),
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
    let name = argv.first().cloned().unwrap_or_default();
    let program = locate(&name).ok_or_else(|| RunError::Missing(name.clone()))?;
    let mut child =
        start(&program, argv.get(1..).unwrap_or_default()).map_err(|source| RunError::Start {
            program: name.clone(),
            source,
        })?;
    let out = drain(child.stdout.take(), cap);
    let err = drain(child.stderr.take(), STDERR_CAP);
    let until = Instant::now() + limit;
    let left = || until.saturating_duration_since(Instant::now());
    let (Ok((stdout, over)), Ok((stderr, _))) =
        (out.recv_timeout(left()), err.recv_timeout(left()))
    else {
        end(&mut child);
        return Err(RunError::Timeout(name));
    };
    if over {
        end(&mut child);
        return Err(RunError::TooMuch(name));
    }
    match wait_until(&mut child, until) {
        Some(status) => Ok(Output {
            status: status.code(),
            stdout,
            stderr,
        }),
        None => Err(RunError::Timeout(name)),
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

/// Reads a pipe on a thread of its own; sends what was read, and whether the cap was passed.
fn drain(pipe: Option<impl Read + Send + 'static>, cap: usize) -> mpsc::Receiver<(Vec<u8>, bool)> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
            // A broken pipe ends the output; what came before it still counts.
            drop(pipe.take(limit).read_to_end(&mut bytes));
        }
        let over = bytes.len() > cap;
        bytes.truncate(cap);
        drop(send.send((bytes, over)));
    });
    receive
}

fn wait_until(child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
            Ok(None) | Err(_) => {
                end(child);
                return None;
            }
        }
    }
}

fn end(child: &mut Child) {
    if let Some(pid) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        // The group may be gone already; then there is nothing to end.
        rustix::process::kill_process_group(pid, rustix::process::Signal::KILL).ok();
    }
    child.kill().ok();
    child.wait().ok();
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
