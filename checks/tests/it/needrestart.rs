//! Programs that run replaced code, and the running kernel, against needrestart on this very machine.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that meets the unexpected should stop; its oracles are programs"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use capdo_checks::{
    context::Cx,
    facts::{deleted_maps::DeletedMaps, kernels::Kernels},
    host::Live,
    settings::Settings,
};

/// Where the test's own copies lie: code in other folders may be deleted without harm.
const FOLDER: &str = "/usr/local/lib/capdo-needrestart-test";

/// A program that has this library loaded.
struct Running(Child);

impl Running {
    fn new(program: &Path, library: &Path) -> Self {
        let code = "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print('loaded', flush=True); sys.stdin.read()";
        let child = Command::new(program)
            .args(["-c", code, &library.to_string_lossy()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.as_mut().unwrap());
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "loaded\n");
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

struct Folder;

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(FOLDER);
    }
}

/// What needrestart says, line by line: of services, kernels, or one process with all its reasons.
fn needrestart(args: &[&str]) -> String {
    let output = Command::new("needrestart")
        .args(args)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("needrestart: {e} (tests/run installs it)"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text + &String::from_utf8_lossy(&output.stderr)
}

fn ours(program: &str) -> Option<Vec<String>> {
    let settings = Settings::default();
    let host = Live::new();
    let maps = Cx::new(&host, &settings).get::<DeletedMaps>().unwrap();
    let found = maps.by_program.get(program)?;
    Some(found.iter().cloned().collect())
}

/// Whether needrestart counts the process as one that runs replaced code.
fn theirs(pid: u32) -> bool {
    let text = needrestart(&["-v", "-b", "-l", "-r", "l"]);
    assert!(text.contains("NEEDRESTART-VER"), "{text}");
    let about = format!("#{pid} ");
    text.lines()
        .any(|l| l.contains(&about) && l.contains("uses"))
}

/// Runs the story below in a process tree of its own, whose every process may be looked at.
#[test]
fn replaced_libraries_are_those_that_needrestart_sees() {
    const INSIDE: &str = "CAPDO_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        return replaced_libraries();
    }
    let output = Command::new("unshare")
        .args(["--fork", "--pid", "--mount-proc", "--kill-child"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("needrestart::replaced_libraries_are_those_that_needrestart_sees")
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}\n{errors}"
    );
}

fn replaced_libraries() {
    let _folder = Folder;
    fs::create_dir_all(FOLDER).unwrap();
    let library = Path::new(FOLDER).join("libz.so.1");
    let source = fs::canonicalize("/lib/x86_64-linux-gnu/libz.so.1").unwrap();
    fs::copy(&source, &library).unwrap();
    let python = fs::canonicalize("/usr/bin/python3").unwrap();
    let program = Path::new(FOLDER).join("capdo-runs-old");
    fs::copy(&python, &program).unwrap();
    let running = Running::new(&program, &library);
    let pid = running.0.id();
    assert_eq!((ours("capdo-runs-old"), theirs(pid)), (None, false));
    // As dpkg does it: the new file takes the place of the old one.
    let fresh = Path::new(FOLDER).join("libz.so.1.dpkg-new");
    fs::copy(&source, &fresh).unwrap();
    fs::rename(&fresh, &library).unwrap();
    assert_eq!(ours("capdo-runs-old").unwrap(), ["libz.so.1"]);
    assert!(theirs(pid));
    drop(running);
    let running = Running::new(&program, &library);
    let pid = running.0.id();
    assert_eq!((ours("capdo-runs-old"), theirs(pid)), (None, false));
    // The program itself replaced: it runs old code as well.
    fs::rename(&program, Path::new(FOLDER).join("old")).unwrap();
    fs::remove_file(Path::new(FOLDER).join("old")).unwrap();
    assert_eq!(ours("capdo-runs-old").unwrap().len(), 1);
}

#[test]
fn the_running_kernel_is_the_one_that_needrestart_names() {
    let settings = Settings::default();
    let host = Live::new();
    let kernels = Cx::new(&host, &settings).get::<Kernels>().unwrap();
    let text = needrestart(&["-b", "-k"]);
    let named = text
        .lines()
        .find_map(|l| l.strip_prefix("NEEDRESTART-KCUR: "));
    // It says nothing where it knows of no kernel package; neither do we then.
    match named {
        Some(named) => assert_eq!(kernels.running, named),
        None => assert!(
            text.contains("NEEDRESTART-KSTA: 0") || !kernels.any_installed,
            "{text}"
        ),
    }
}
