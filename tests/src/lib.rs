//! Stages a whole capdo: a real collector process on loopback, real agent processes, one browser.
//!
//! The programs are those that `cargo build --workspace` left beside this test.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    reason = "a test that meets the unexpected should stop; it starts the real programs"
)]

pub mod ledger;
pub mod proxy;
pub mod script;
pub mod scripted;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// How long a stage waits for anything before it calls it lost. A run of a debug build on a busy machine
/// takes more than a minute, and an agent whose sessions broke at once waits up to five for the next.
pub const PATIENCE: Duration = Duration::from_secs(420);

/// The folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// A built program of ours.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap(); // …/debug/deps/system-…
    let path = test.parent().unwrap().parent().unwrap().join(name);
    assert!(
        path.exists(),
        "{} is missing: run cargo build --workspace first",
        path.display()
    );
    path
}

/// A TCP port of loopback that nobody uses.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Asks again until there is an answer.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "gave up waiting: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Sets the clock of programs that were started by the clock in this file: by so much it is wrong, such as
/// `-3653d`. Takes effect within a second.
pub fn set_clock(file: &Path, wrong: &str) {
    // In place of the old file at once: programs may read it at any time.
    let next = file.with_extension("next");
    fs::write(&next, wrong).unwrap();
    fs::rename(next, file).unwrap();
}

/// Has a program go by the clock in `file`; its monotonic clock stays as it is.
fn go_by(command: &mut Command, file: &Path) {
    command
        .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1")
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_CACHE_DURATION", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

fn appending(path: &Path) -> fs::File {
    fs::File::options()
        .create(true)
        .append(true)
        .open(path)
        .unwrap()
}

/// A running program that ends with its owner.
pub struct Running {
    child: Child,
}

impl Running {
    /// Ends it at once, as a power failure would.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Asks it to stop (SIGTERM) and waits for it.
    pub fn stop(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A collector with its data folder, and the names that tests give to what they enter.
pub struct Stage {
    dir: TempDir,
    /// Port for agents.
    pub agents: u16,
    /// Port for browsers.
    pub web: u16,
}

impl Stage {
    /// Sets up a collector that is not started yet, with one agency and one level-2 system that
    /// declares one host.
    pub fn new() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap())
    }

    /// As [`Self::new`], in a folder where the collector's data folder may be there already, empty.
    pub fn in_folder(dir: TempDir) -> Self {
        let stage = Self {
            dir,
            agents: free_port(),
            web: free_port(),
        };
        stage.ok(&["init", "--name", "localhost", "--name", "127.0.0.1"]);
        let config = format!(
            "[agents]\nlisten = \"127.0.0.1:{}\"\nnames = [\"localhost\", \"127.0.0.1\"]\n\
             [web]\nlisten = \"127.0.0.1:{}\"\n",
            stage.agents, stage.web
        );
        fs::write(stage.data().join("collector.toml"), config).unwrap();
        stage.ok(&["agency", "add", "UBND xã Thử", "--kind", "commune"]);
        let level = ["--level", "2", "--approved-level", "2", "--hosts", "1"];
        stage.ok(&[
            &["system", "add", "Cổng thử", "--agency", "UBND xã Thử"][..],
            &level,
        ]
        .concat());
        stage
    }

    /// The folder of this stage; tests may keep files in it.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The collector's data folder.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("collector")
    }

    /// Runs a collector command.
    pub fn collector(&self, args: &[&str]) -> Output {
        let data = self.data();
        let mut command = Command::new(program("capdo-collector"));
        command.env_clear().arg("--data").arg(data).args(args);
        command.output().unwrap()
    }

    /// Runs a collector command that must succeed, and reads the JSON that it prints.
    pub fn ok(&self, args: &[&str]) -> Value {
        let output = self.collector(&[args, &["--json"]].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {stderr}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// Starts the collector and waits until it serves.
    pub fn serve(&self) -> Running {
        self.serve_by(None)
    }

    /// As [`Self::serve`], by the clock in a file: see [`set_clock`].
    pub fn serve_by(&self, clock: Option<&Path>) -> Running {
        let log = appending(&self.path().join("collector.log"));
        let mut command = Command::new(program("capdo-collector"));
        command
            .env_clear()
            .arg("--data")
            .arg(self.data())
            .arg("serve");
        if let Some(file) = clock {
            go_by(&mut command, file);
        }
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let running = Running {
            child: command.spawn().unwrap(),
        };
        let answers = |port| std::net::TcpStream::connect(("127.0.0.1", port)).ok();
        eventually("the collector serves", || {
            answers(self.agents).and(answers(self.web))
        });
        running
    }

    /// What the collector logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path().join("collector.log")).unwrap_or_default()
    }

    /// Makes a one-time token for the system.
    pub fn token(&self) -> (String, String) {
        let made = self.ok(&["token", "add", "--system", "Cổng thử"]);
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        (text("token"), text("ca_sha256"))
    }

    /// Enrols an agent of that name.
    pub fn enrol(&self, name: &str) -> Agent {
        let agent = Agent::new(self, name);
        let (token, pin) = self.token();
        let output = agent.enrol(&token, &pin);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        agent
    }

    /// The scorecard of the system.
    pub fn score(&self) -> Value {
        self.ok(&["score", "Cổng thử"])
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// An agent with its own state folder.
pub struct Agent {
    dir: PathBuf,
    address: String,
}

impl Agent {
    /// An agent that knows the collector's address and is not enrolled.
    pub fn new(stage: &Stage, name: &str) -> Self {
        let dir = stage.path().join(name);
        fs::create_dir(&dir).unwrap();
        let address = format!("localhost:{}", stage.agents);
        let state = dir.join("state");
        let config = format!(
            "state_dir = {state:?}\nlang = \"en\"\ntpm = \"off\"\n[collector]\naddress = \"{address}\"\n"
        );
        fs::create_dir(&state).unwrap();
        fs::write(dir.join("agent.toml"), config).unwrap();
        Self { dir, address }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("capdo-agent"));
        command
            .env_clear()
            .arg("--config")
            .arg(self.dir.join("agent.toml"));
        command
    }

    /// The agent's state folder.
    pub fn state(&self) -> PathBuf {
        self.dir.join("state")
    }

    /// Runs an agent command.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().unwrap()
    }

    /// Asks for an identity.
    pub fn enrol(&self, token: &str, pin: &str) -> Output {
        self.run(&self.enrolling(token, pin))
    }

    /// As [`Self::enrol`], in place of the identity that it has.
    pub fn enrol_again(&self, token: &str, pin: &str) -> Output {
        self.run(&[&self.enrolling(token, pin)[..], &["--force"]].concat())
    }

    fn enrolling<'a>(&'a self, token: &'a str, pin: &'a str) -> [&'a str; 7] {
        let to = &self.address;
        [
            "enroll",
            "--collector",
            to,
            "--token",
            token,
            "--ca-sha256",
            pin,
        ]
    }

    /// Starts the service.
    pub fn serve(&self) -> Running {
        self.start(self.command())
    }

    /// Starts the service where the file `shown` stands in the place of `hidden`: in a mount namespace
    /// of its own.
    pub fn serve_with(&self, shown: &Path, hidden: &Path) -> Running {
        let scene = "mount --bind \"$1\" \"$2\" && shift 2 && exec env -i \"$@\"";
        let [shown, hidden] = [shown, hidden].map(|path| path.to_str().unwrap());
        self.serve_in(&[scene, "sh", shown, hidden])
    }

    /// Starts the service in a mount namespace of its own that a shell script sets up. The script, its name
    /// and its first arguments are given; the service is started by the rest of its arguments.
    pub fn serve_in(&self, scene: &[&str]) -> Running {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private", "sh", "-c"])
            .args(scene)
            .arg(program("capdo-agent"))
            .arg("--config")
            .arg(self.dir.join("agent.toml"));
        self.start(command)
    }

    /// Starts the service as `nobody`, with the one right that the unit file gives it. The state folder must
    /// be theirs.
    pub fn serve_as_nobody(&self) -> Running {
        let mut command = Command::new("setpriv");
        command
            .env_clear()
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .args([
                "--inh-caps=+dac_read_search",
                "--ambient-caps=+dac_read_search",
            ])
            .arg(program("capdo-agent"))
            .arg("--config")
            .arg(self.dir.join("agent.toml"));
        self.start(command)
    }

    /// Starts the service under strace, which notes these system calls of it and of all that it starts.
    pub fn serve_traced(&self, calls: &str, trace: &Path) -> Running {
        let mut command = Command::new("strace");
        command
            .env_clear()
            .args([
                "--follow-forks",
                "--seccomp-bpf",
                "--quiet=all",
                "--string-limit=4096",
            ])
            .arg(format!("--trace={calls}"))
            .arg("--output")
            .arg(trace)
            .arg(program("capdo-agent"))
            .arg("--config")
            .arg(self.dir.join("agent.toml"));
        self.start(command)
    }

    /// Has its key in this TPM.
    pub fn use_tpm(&self, socket: &Path) {
        let file = self.dir.join("agent.toml");
        let text = fs::read_to_string(&file).unwrap();
        let tpm = format!("tpm = {socket:?}");
        let (before, rest) = text.split_once("tpm = ").unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        fs::write(file, format!("{before}{tpm}\n{after}")).unwrap();
    }

    /// Adds to the configuration.
    pub fn configure(&self, more: &str) {
        let file = self.dir.join("agent.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{text}{more}")).unwrap();
    }

    fn start(&self, mut command: Command) -> Running {
        let log = appending(&self.dir.join("agent.log"));
        command
            .arg("run")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        Running {
            child: command.spawn().unwrap(),
        }
    }

    /// What the service logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("agent.log")).unwrap_or_default()
    }
}
