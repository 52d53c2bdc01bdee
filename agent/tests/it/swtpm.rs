//! A TPM in software, swtpm, at a Unix socket: TPMs of their own for tests.

#![expect(clippy::disallowed_methods, reason = "starts the TPM and its tools")]

use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A running TPM that ends with its owner.
pub(crate) struct Swtpm {
    dir: TempDir,
    child: Child,
}

impl Swtpm {
    /// Starts a new one.
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let child = run(dir.path());
        Self { dir, child }
    }

    /// The socket that it takes commands at.
    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("tpm")
    }

    /// Switches it off, as with the machine; what it keeps for good stays.
    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        fs::remove_file(self.socket()).ok();
    }

    /// Switches it on again.
    pub(crate) fn start_again(&mut self) {
        self.stop();
        self.child = run(self.dir.path());
    }

    /// Runs one of tpm2-tools on it: what it printed, or what it complained of.
    pub(crate) fn tool(&self, args: &[&str]) -> Result<String, String> {
        let tcti = format!("swtpm:path={}", self.socket().display());
        let mut tool = Command::new(args[0]);
        tool.args(&args[1..]).env("TPM2TOOLS_TCTI", tcti);
        let output = tool.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }

    /// How many keys are in its working memory.
    pub(crate) fn in_memory(&self) -> usize {
        let listed = self.tool(&["tpm2_getcap", "handles-transient"]).unwrap();
        listed.lines().filter(|l| l.contains("0x")).count()
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn run(dir: &Path) -> Child {
    let at = |name: &str| dir.join(name).display().to_string();
    let child = Command::new("swtpm")
        .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
        .args(["--tpmstate", &format!("dir={}", dir.display())])
        .args(["--server", &format!("type=unixio,path={}", at("tpm"))])
        .args(["--ctrl", &format!("type=unixio,path={}", at("tpm.ctrl"))]) // where the tools look for it
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("swtpm is installed by tests/run");
    let start = Instant::now();
    // The socket is there a moment before somebody listens at it.
    while UnixStream::connect(dir.join("tpm")).is_err() {
        assert!(start.elapsed() < Duration::from_secs(30), "swtpm starts");
        thread::sleep(Duration::from_millis(10));
    }
    child
}
