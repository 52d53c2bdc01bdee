//! The agent as a guest, from outside: what it writes, opens and starts, what it takes, how it leaves.
#![expect(
    clippy::disallowed_methods,
    reason = "looks at the processes of this machine with ordinary commands"
)]

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use capdo_tests::{Agent, Stage, eventually};
use serde_json::Value;

fn status(agent: &Agent) -> Value {
    let output = agent.run(&["status", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

fn wait_for_a_run(agent: &Agent) -> Value {
    eventually("a run that the collector took", || {
        let status = status(agent);
        let acked = status["service"]["last_ack_ms"].as_i64().is_some();
        (acked && status["spool_depth"] == 0).then_some(status)
    })
}

/// Calls of a trace, each on one line: what was cut by another process is put together again.
fn calls(trace: &Path) -> Vec<(u32, String)> {
    let mut begun: HashMap<u32, String> = HashMap::new();
    let mut calls = Vec::new();
    for line in fs::read_to_string(trace).unwrap().lines() {
        let Some((pid, call)) = line.split_once(' ') else {
            continue;
        };
        let (pid, call) = (pid.parse().unwrap(), call.trim_start());
        if let Some(head) = call.strip_suffix("<unfinished ...>") {
            begun.insert(pid, head.to_owned());
        } else if let Some((_, rest)) = call.split_once(" resumed>") {
            let head = begun.remove(&pid).unwrap_or_default();
            calls.push((pid, format!("{head}{rest}")));
        } else {
            calls.push((pid, call.to_owned()));
        }
    }
    // What never came back may have had its effect.
    calls.extend(
        begun
            .into_iter()
            .map(|(pid, head)| (pid, format!("{head}) = 0"))),
    );
    calls
}

fn name(call: &str) -> &str {
    call.split('(').next().unwrap_or_default()
}

fn succeeded(call: &str) -> bool {
    let result = call.rsplit(" = ").next().unwrap_or_default();
    result.starts_with(|c: char| c.is_ascii_digit())
}

/// The texts in quotes: paths and arguments.
fn quoted(call: &str) -> Vec<&str> {
    call.split('"').skip(1).step_by(2).collect()
}

fn writes(call: &str) -> bool {
    let flags = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];
    !matches!(name(call), "open" | "openat" | "openat2") || flags.iter().any(|f| call.contains(f))
}

const WRITING: &str = "open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,\
unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat,chown,lchown,fchownat,\
utimensat,utime,utimes,setxattr,lsetxattr,removexattr";

/// What `checks/src/host/command.rs` may start, and `ionice`, with which the agent steps back.
const PROGRAMS: [&str; 14] = [
    "auditctl",
    "capdo-agent",
    "chronyc",
    "gpgv",
    "ionice",
    "iptables-save",
    "ip6tables-save",
    "journalctl",
    "nft",
    "rpm",
    "ssh",
    "sshd",
    "sudo",
    "systemctl",
];

#[test]
fn a_whole_run_writes_nothing_elsewhere_opens_no_port_and_starts_what_is_on_the_list() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let trace = stage.path().join("trace");
    let wanted = format!("{WRITING},listen,bind,accept,accept4,execve,execveat");
    let mut traced = agent.serve_traced(&wanted, &trace);
    wait_for_a_run(&agent);
    let first = fs::read_to_string(&trace).unwrap();
    let service: i32 = first.split(' ').next().unwrap().parse().unwrap();
    let service = rustix::process::Pid::from_raw(service).unwrap();
    rustix::process::kill_process(service, rustix::process::Signal::TERM).unwrap();
    eventually("the service ends", || (!traced.runs()).then_some(()));

    let calls = calls(&trace);
    let state = agent.state();
    let inside = |path: &str| Path::new(path).starts_with(&state) || path == "/dev/null";
    let wrote = calls
        .iter()
        .filter(|(_, c)| WRITING.split(',').any(|w| w == name(c)) && succeeded(c) && writes(c));
    let (own, elsewhere): (Vec<_>, Vec<_>) =
        wrote.partition(|(_, c)| quoted(c).iter().all(|path| inside(path)));
    assert!(own.len() > 10, "the trace shows too little: {own:#?}");
    assert!(elsewhere.is_empty(), "written elsewhere: {elsewhere:#?}");

    let of = |which: &'static str| calls.iter().filter(move |(_, c)| name(c) == which);
    for which in ["listen", "accept", "accept4"] {
        let done: Vec<_> = of(which).filter(|(_, c)| succeeded(c)).collect();
        assert!(done.is_empty(), "{done:#?}");
    }
    let inet = of("bind").filter(|(_, c)| c.contains("AF_INET") && succeeded(c));
    let named: Vec<_> = inet.filter(|(_, c)| !c.contains("htons(0)")).collect();
    assert!(named.is_empty(), "bound to a port: {named:#?}");

    let started: BTreeSet<String> = of("execve")
        .chain(of("execveat"))
        .filter(|(_, c)| succeeded(c))
        .map(|(_, c)| quoted(c)[0].to_owned())
        .collect();
    assert!(started.len() >= 4, "{started:?}");
    let folders = ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"];
    for path in started {
        let program = Path::new(&path).file_name().unwrap().to_str().unwrap();
        let listed = PROGRAMS.contains(&program) || program == "timedatectl";
        let placed = folders.iter().any(|f| path.starts_with(f)) || program == "capdo-agent";
        assert!(listed && placed, "started {path}");
    }
}

#[test]
fn status_says_what_binds_the_service_and_what_the_run_cost() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let mut service = agent.serve();
    let status = wait_for_a_run(&agent);
    let guest = &status["service"]["guest"];
    assert_eq!(guest["no_new_privs"], true, "{guest}");
    assert_eq!(guest["seccomp"], true, "{guest}");
    assert!(guest["nice"].as_i64().unwrap() >= 10, "{guest}");
    assert!(guest["landlock_abi"].as_i64().unwrap() > 0, "{guest}");
    let run = &status["service"]["last_run"];
    assert!(run["cpu_ms"].as_u64().unwrap() > 0);
    assert_eq!(run["cpu_limit_ms"], 300_000);
    assert_eq!(run["checks_over_budget"], 0, "{run}");
    for (lang, words) in [
        (
            "en",
            ["Landlock): in force", "seccomp): in force", "limit 300 s"],
        ),
        (
            "vi",
            [
                "Landlock): có hiệu lực",
                "seccomp): có hiệu lực",
                "hạn mức 300 giây",
            ],
        ),
    ] {
        let said = agent.run(&["--lang", lang, "status"]);
        let said = String::from_utf8(said.stdout).unwrap();
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_run_over_budget_says_so_here_and_at_the_collector() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    // Less memory than the service has before its first check.
    agent.configure("[budget]\nmemory_mib = 16\n");
    let _service = agent.serve();
    let status = wait_for_a_run(&agent);
    let cut = status["service"]["last_run"]["checks_over_budget"].as_u64();
    let cut = cut.unwrap();
    assert!(cut > 100, "{status}");
    let hosts = stage.ok(&["host", "list"]);
    let findings = stage.ok(&["host", "findings", hosts[0]["id"].as_str().unwrap()]);
    let all = findings.as_array().unwrap();
    let unknown = all.iter().filter(|f| f["verdict"] == "unknown").count();
    assert!(unknown as u64 >= cut, "{unknown} of {cut}: {:#?}", all[0]);
    let store = stage.data().join("capdo.db");
    let asked = Command::new("sqlite3")
        .args(["-readonly", "-separator", " "])
        .arg(store)
        .arg("SELECT over_budget, rss_limit_kib, cpu_limit_ms FROM run WHERE state = 'finished'")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    assert_eq!(told, format!("{cut} 16384 300000"));
    let said = String::from_utf8(agent.run(&["status"]).stdout).unwrap();
    assert!(said.contains(&format!("OVER BUDGET: {cut}")), "{said}");
}

/// Lines of processes that run `sleep` for so long.
fn sleepers(seconds: &str) -> Vec<String> {
    let listed = Command::new("ps")
        .args(["-eo", "stat=,pid=,args="])
        .output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let asleep = |l: &&str| l.contains(&format!("sleep {seconds}")) && !l.starts_with('Z');
    listed.lines().filter(asleep).map(str::to_owned).collect()
}

#[test]
fn a_stop_in_the_middle_of_a_check_ends_its_command_and_keeps_the_spool() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let seconds = "7771.25";
    let slow = stage.path().join("slow-sshd");
    let script = format!("#!/bin/sh\nsleep {seconds} &\nsleep {seconds}\n");
    fs::write(&slow, script).unwrap();
    fs::set_permissions(&slow, fs::Permissions::from_mode(0o755)).unwrap();
    let mut service = agent.serve_with(&slow, Path::new("/usr/sbin/sshd"));
    eventually("the slow command of a check", || {
        (sleepers(seconds).len() >= 2).then_some(())
    });
    let asked = Instant::now();
    assert_eq!(service.stop(), Some(0), "{}", agent.log());
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(5), "stopping took {took:?}");
    assert_eq!(sleepers(seconds), Vec::<String>::new());
    let spool = agent.state().join("spool.db");
    let asked = Command::new("sqlite3")
        .arg(&spool)
        .arg("PRAGMA integrity_check; SELECT count(*) FROM run")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert_eq!(told, "ok\n0\n", "a run that was cut is none");
    // The next start makes the run.
    let mut service = agent.serve();
    wait_for_a_run(&agent);
    assert_eq!(service.stop(), Some(0));
}
