//! Scripted agents: real processes with the real service and spool, and observations made up.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use capdo_agent::{identity::Identity, spool::Spool, tpm::TpmUse};

use crate::{Running, Stage, appending, eventually, go_by, ledger, program, set_clock};

/// An agent process whose observations a script makes up.
pub struct Scripted {
    dir: PathBuf,
    state: PathBuf,
    address: String,
    seed: u64,
    /// Its host.
    pub host: String,
}

impl Scripted {
    /// Enrols an agent of that name, with its state in `name` of the stage.
    pub fn enrol(stage: &Stage, name: &str, seed: u64) -> Self {
        let dir = stage.path().join(name);
        let state = dir.join("state");
        Self::enrol_in(stage, dir, state, seed)
    }

    /// As [`Self::enrol`], with the state in a folder that is there already.
    pub fn enrol_in(stage: &Stage, dir: PathBuf, state: PathBuf, seed: u64) -> Self {
        fs::create_dir_all(&dir).unwrap();
        fs::create_dir_all(&state).unwrap();
        let address = format!("localhost:{}", stage.agents);
        let (token, pin) = stage.token();
        let output = Command::new(program("scripted-agent"))
            .arg("enroll")
            .arg(&state)
            .args([&address, &token, &pin])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let host = Identity::load(&state, &TpmUse::Off)
            .unwrap()
            .host_id()
            .to_owned();
        Self {
            dir,
            state,
            address,
            seed,
            host,
        }
    }

    /// Has it call the collector by another port, such as that of a proxy.
    pub fn call(&mut self, port: u16) {
        self.address = format!("localhost:{port}");
    }

    /// Starts it. The first run comes at once.
    pub fn serve(&self) -> Running {
        self.serve_by(None)
    }

    fn serve_by(&self, clock: Option<&Path>) -> Running {
        let log = appending(&self.dir.join("agent.log"));
        let mut command = Command::new(program("scripted-agent"));
        command
            .env_clear()
            .arg("run")
            .arg(&self.state)
            .args([&self.address, &self.seed.to_string()])
            .env("CAPDO_JOURNAL", self.journal())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if let Some(file) = clock {
            go_by(&mut command, file);
        }
        let child = command.spawn().unwrap();
        Running { child }
    }

    /// Its state folder.
    pub fn state(&self) -> &Path {
        &self.state
    }

    fn journal(&self) -> PathBuf {
        self.dir.join("journal")
    }

    /// How many passes it has observed.
    pub fn observed(&self) -> u64 {
        crate::script::passes(&self.journal())
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("agent.log")).unwrap_or_default()
    }

    /// How often it logged these words.
    pub fn said(&self, words: &str) -> usize {
        self.log().matches(words).count()
    }

    /// Of how many runs it heard that they are held.
    pub fn settled(&self) -> usize {
        self.said("A run is settled")
    }

    /// Starts it and waits until one more run is settled and none waits.
    pub fn one_more(&self) -> Running {
        self.one_more_when(|| self.serve())
    }

    /// As [`Self::one_more`], by the clock in `file`, which is wrong by so much: see [`set_clock`].
    pub fn one_more_by(&self, file: &Path, wrong: &str) -> Running {
        set_clock(file, wrong);
        self.one_more_when(|| self.serve_by(Some(file)))
    }

    fn one_more_when(&self, start: impl FnOnce() -> Running) -> Running {
        let before = self.settled();
        let service = start();
        eventually("one more run is settled", || {
            (self.settled() > before).then_some(())
        });
        self.drained();
        service
    }

    /// What `status` of the real program says about its state folder, in English.
    pub fn status(&self) -> String {
        let config = self.dir.join("agent.toml");
        fs::write(&config, format!("state_dir = {:?}\n", self.state)).unwrap();
        let mut command = Command::new(program("capdo-agent"));
        command.arg("--config").arg(config);
        let output = command.args(["--lang", "en", "status"]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    /// How many runs wait in its spool.
    pub fn waiting(&self) -> Option<u32> {
        Spool::peek_depth(&self.state).ok().flatten()
    }

    /// Waits until the spool is empty and every observation was put into it.
    pub fn drained(&self) {
        eventually("the spool is empty", || {
            (self.waiting() == Some(0) && self.observed() > 0).then_some(())
        });
    }

    /// Compares what it observed with what the stage's collector holds. The agent must not run.
    pub fn compare(&self, stage: &Stage) -> ledger::Tally {
        self.compare_in(&stage.data())
    }

    fn compare_in(&self, data: &Path) -> ledger::Tally {
        ledger::compare(data, &self.host, &self.state, &self.journal(), &self.log())
    }

    /// As [`Self::compare`], with the store in another folder; an error where that differs.
    ///
    /// # Errors
    /// When anything is missing, doubled or out of order.
    pub fn compare_with(&self, data: &Path) -> thread::Result<ledger::Tally> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.compare_in(data)))
    }
}

/// The most memory that a process held, in KiB.
pub fn peak_rss_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let number = line.and_then(|l| l.split_whitespace().next());
    number.and_then(|n| n.parse().ok()).unwrap_or(0)
}
