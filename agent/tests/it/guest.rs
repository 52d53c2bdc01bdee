//! What binds the service really binds it, and the commands of checks still work.
//!
//! A bound thread stays bound, so each test starts this program again for the bound half.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the bound half runs in a process of its own, tries what it may not, and tells"
)]

use std::{
    collections::BTreeMap,
    fmt::Debug,
    fs,
    io::Result,
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{
        fs::{PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
    process::Command as Start,
    time::Duration,
};

use capdo_agent::guest::{GRANTABLE, Guest, Needs, confine};
use capdo_checks::{
    Host as _,
    host::{Command, Live, run_bounded},
};
use rustix::thread::CapabilitySet;

/// Set for the bound half: the folder that holds `state` and `other`.
const BOUND: &str = "CAPDO_TEST_BOUND";

fn tell(what: &str, result: Result<impl Debug>) {
    let word = match result {
        Ok(_) => "done".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    };
    println!("\ntried {what}={word}");
}

/// What the bound half tried, and what came of it.
fn bound_half(test: &str, dir: &Path, more: &[(&str, String)]) -> BTreeMap<String, String> {
    fs::create_dir_all(dir.join("state")).unwrap();
    fs::create_dir_all(dir.join("other")).unwrap();
    fs::write(dir.join("other/there"), "as it was").unwrap();
    let output = Start::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(BOUND, dir)
        .envs(more.iter().map(|(k, v)| (*k, v)))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
    let lines = said.lines().filter_map(|l| l.strip_prefix("tried "));
    lines
        .filter_map(|l| l.split_once('='))
        .map(|(what, word)| (what.to_owned(), word.to_owned()))
        .collect()
}

fn bind(dir: &Path, granted: CapabilitySet) -> Guest {
    confine(&Needs {
        state_dir: &dir.join("state"),
        granted,
        memory_kib: 80 << 10,
        tpm: Some(Path::new("/dev/zero")), // stands for one
    })
}

#[test]
fn tries_what_it_may_and_what_it_may_not() {
    let Some(dir) = std::env::var_os(BOUND) else {
        return;
    };
    let dir = Path::new(&dir);
    let guest = bind(dir, CapabilitySet::empty());
    println!("\ntried guest={}", serde_json::to_string(&guest).unwrap());
    let (state, other) = (dir.join("state"), dir.join("other"));
    tell("write-state", fs::write(state.join("new"), "x"));
    tell("move-state", fs::rename(state.join("new"), state.join("x")));
    tell("folder-state", fs::create_dir(state.join("folder")));
    tell("remove-state", fs::remove_dir(state.join("folder")));
    tell("write-null", fs::write("/dev/null", "x"));
    let device = |path| fs::File::options().read(true).write(true).open(path);
    tell("write-tpm", device("/dev/zero"));
    tell("write-device", device("/dev/full"));
    tell("read-shadow", fs::read("/etc/shadow"));
    let there = other.join("there");
    tell("write-new", fs::write(other.join("new"), "x"));
    tell("write-over", fs::write(&there, "x"));
    let append = fs::File::options().append(true).open(&there);
    tell("append", append);
    tell("remove", fs::remove_file(&there));
    tell("move-out", fs::rename(state.join("x"), other.join("x")));
    tell("move-in", fs::rename(&there, state.join("there")));
    tell("link", fs::hard_link(state.join("x"), other.join("link")));
    tell("symlink", symlink("/etc", other.join("symlink")));
    tell("folder", fs::create_dir(other.join("folder")));
    let open = fs::Permissions::from_mode(0o777);
    tell("mode", fs::set_permissions(&there, open));
    let times = fs::File::open(&there).and_then(|f| f.set_modified(std::time::UNIX_EPOCH));
    tell("times", times);
    // A way around: a link inside the state folder that leads outside.
    tell("link-out", symlink(&there, state.join("out")));
    tell("write-through", fs::write(state.join("out"), "x"));
    ports(&state);
    programs(dir);
}

fn ports(state: &Path) {
    tell("listen-free", TcpListener::bind("127.0.0.1:0"));
    tell("listen-named", TcpListener::bind("127.0.0.1:65123"));
    tell("listen-local", UnixListener::bind(state.join("socket")));
    tell("udp", UdpSocket::bind("127.0.0.1:0"));
    let peer = std::env::var("PEER").unwrap();
    tell("connect", TcpStream::connect(peer));
    let parent = rustix::process::getppid().unwrap();
    let signal = rustix::process::test_kill_process(parent);
    tell("signal-parent", signal.map_err(Into::into));
}

fn programs(dir: &Path) {
    let copied = dir.join("state/program");
    tell("copy-program", fs::copy("/bin/true", &copied));
    tell("run-copied", Start::new(dir.join("other/program")).status());
    tell("run-written", Start::new("/bin/sh").arg(&copied).status());
    for (what, line) in [
        ("true", "true"),
        ("user-namespace", "unshare --user true"),
        ("mount-namespace", "unshare --mount true"),
        ("other-user", "setpriv --reuid=65534 true"),
        ("trace", "strace -o /dev/null true"),
    ] {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let ran = run_bounded(&argv, Duration::from_secs(20), 1 << 16).unwrap();
        println!("\ntried {what}={}", ran.status == Some(0));
    }
}

const DONE: &[&str] = &[
    "write-state",
    "move-state",
    "folder-state",
    "remove-state",
    "write-null",
    "write-tpm",
    "read-shadow",
    "link-out",
    "udp",
    "connect",
];
const DENIED: &[&str] = &[
    "write-new",
    "write-over",
    "write-device",
    "append",
    "remove",
    "symlink",
    "folder",
    "mode",
    "times",
    "write-through",
    "listen-free",
    "listen-local",
    "run-copied",
];
/// Denied as well, some of them in other words ("crosses devices").
const NOT_DONE: &[&str] = &[
    "move-out",
    "move-in",
    "link",
    "listen-named",
    "copy-program",
];
const FAILED: &[&str] = &["user-namespace", "mount-namespace", "other-user", "trace"];

#[test]
fn a_bound_service_reads_everywhere_and_touches_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::copy("/bin/true", other.join("program")).unwrap();
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = peer.local_addr().unwrap().to_string();
    let tried = bound_half(
        "guest::tries_what_it_may_and_what_it_may_not",
        dir.path(),
        &[("PEER", address)],
    );
    let guest: Guest = serde_json::from_str(&tried["guest"]).unwrap();
    assert!(guest.no_new_privs && guest.seccomp, "{guest:?}");
    assert!(guest.nice >= 10 && guest.idle_io, "{guest:?}");
    let had = rustix::thread::capabilities(None).unwrap().effective;
    if had.contains(CapabilitySet::DAC_READ_SEARCH) {
        assert_eq!(guest.capabilities, ["CAP_DAC_READ_SEARCH"]);
    }
    let abi = guest.landlock_abi;
    assert!(abi > 0, "this kernel has no Landlock: {guest:?}");
    let holds = |names: &[&str], fine: &dyn Fn(&str) -> bool| {
        for name in names {
            assert!(fine(&tried[*name]), "{name}: {}", tried[*name]);
        }
    };
    holds(DONE, &|word| word == "done");
    holds(DENIED, &|word| word == "PermissionDenied");
    holds(NOT_DONE, &|word| word != "done");
    holds(FAILED, &|word| word == "false");
    assert_eq!(tried["true"], "true");
    if abi >= 6 {
        assert_eq!(tried["signal-parent"], "PermissionDenied");
    }
    let left = fs::read_to_string(other.join("there")).unwrap();
    assert_eq!(left, "as it was");
    assert_eq!(fs::read_dir(other).unwrap().count(), 2);
}

/// Commands whose answer is the same twice in a row.
fn steady_commands() -> Vec<Command> {
    let lists = fs::read_dir("/var/lib/apt/lists").into_iter().flatten();
    let names = lists.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let signed = names.filter(|n| n.ends_with("_InRelease")).take(1);
    let gpgv = signed.map(|list| Command::GpgvRelease {
        keyring: "/usr/share/keyrings/debian-archive-keyring.gpg".to_owned(),
        list,
    });
    let fixed = [
        Command::SshdEffective,
        Command::SshdEffectiveFor {
            user: "root".to_owned(),
            addr: "127.0.0.1".to_owned(),
        },
        Command::NftRuleset,
        Command::IptablesSave,
        Command::Ip6tablesSave,
        Command::SystemctlShow {
            units: vec!["ssh.service".to_owned()],
        },
        Command::SystemctlTimers,
        Command::ChronycTracking,
        Command::AuditctlRules,
        Command::JournalHeader,
        Command::RpmPackages { modules: true },
    ];
    fixed.into_iter().chain(gpgv).collect()
}

/// What came of each: lines that no two runs share are left out.
fn answers() -> BTreeMap<String, String> {
    let live = Live::new();
    let answer = |c: &Command| match live.run(c) {
        Ok(output) => {
            let text = output.text();
            let lines = text.lines().filter(|l| !l.starts_with('#'));
            let steady: Vec<&str> = lines.filter(|l| !l.contains("GOODSIG")).collect();
            format!("{:?} {steady:?}", output.status)
        }
        Err(error) => error.to_string(),
    };
    let all = steady_commands();
    all.iter()
        .map(|c| (c.line().replace('=', ":"), answer(c)))
        .collect()
}

#[test]
fn runs_the_commands_bound() {
    let Some(dir) = std::env::var_os(BOUND) else {
        return;
    };
    let all = GRANTABLE.iter().map(|(_, c)| *c);
    bind(
        Path::new(&dir),
        all.fold(CapabilitySet::empty(), |all, one| all | one),
    );
    for (line, answer) in answers() {
        println!("\ntried {line}={answer}");
    }
}

#[test]
fn the_commands_of_checks_answer_a_bound_service_as_they_answer_anybody() {
    let dir = tempfile::tempdir().unwrap();
    let free = answers();
    let bound = bound_half("guest::runs_the_commands_bound", dir.path(), &[]);
    let answered = free.values().filter(|a| a.starts_with("Some(0)")).count();
    assert!(
        answered >= 3,
        "too few commands work here to compare: {free:#?}"
    );
    for (line, answer) in free {
        assert_eq!(bound[&line], answer, "{line}");
    }
}
