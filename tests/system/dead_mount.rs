//! A mount whose server is gone: whoever asks for anything on it sleeps in the kernel, and no signal wakes
//! them. A run goes around it.
#![expect(clippy::print_stdout, reason = "prints figures")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use capdo_tests::{Agent, Stage, eventually};
use serde_json::Value;

/// A FUSE server that takes every request and answers none but the first, by which it is mounted. It ends
/// with the process that started it, and all that sleep on it wake: by looking, for Landlock keeps the signal
/// of a parent's death from it, and the parent stays as a zombie while a thread of its own sleeps.
const DEAF: &str = r#"
import ctypes, os, select, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
def alive():
    try:
        return open(f"/proc/{parent}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
fd = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
if libc.mount(b"nas:/backup", sys.argv[1].encode(), b"fuse.sshfs", 0, options) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
open(sys.argv[2], "w").close()
while alive():
    if not select.select([fd], [], [], 0.5)[0]:
        continue
    request = os.read(fd, 1 << 20)
    _, opcode, unique = struct.unpack_from("=IIQ", request)
    if opcode == 26:  # FUSE_INIT
        body = struct.pack("=IIIIHHIIHH32x", 7, 31, 0, 0, 0, 0, 65536, 1, 16, 0)
        os.write(fd, struct.pack("=IiQ", 16 + len(body), 0, unique) + body)
"#;

/// A FUSE server with one file, a whole dump. It lets the first request after the mount wait for 25 seconds, as
/// disks do that have to begin to turn, and answers all others at once.
const LATE: &str = r#"
import ctypes, os, select, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
fd = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
if libc.mount(b"nas:/backup", sys.argv[1].encode(), b"fuse.sshfs", 0, options) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
NAME = b"db.sql"
DUMP = b"""--
-- PostgreSQL database dump
--

CREATE TABLE a (b int);
--
-- PostgreSQL database dump complete
--
"""
made = int(time.time()) - 86400
def attributes(node):
    mode, size, links = (0o40700, 4096, 2) if node == 1 else (0o100600, len(DUMP), 1)
    return struct.pack("=6Q10I", node, size, 8, made, made, made, 0, 0, 0, mode, links, 0, 0, 0, 4096, 0)
def entries():
    names = [(1, 4, b"."), (1, 4, b".."), (2, 8, NAME)]
    for n, (node, kind, name) in enumerate(names, 1):
        yield struct.pack("=QQII", node, n, len(name), kind) + name + bytes(-len(name) % 8)
def answer(opcode, node, body):
    if opcode == 26:  # FUSE_INIT
        open(sys.argv[2], "w").close()
        return 0, struct.pack("=IIIIHHIIHH32x", 7, 31, 0, 0, 0, 0, 65536, 1, 16, 0)
    if opcode == 1:  # FUSE_LOOKUP
        if body.rstrip(b"\0") != NAME:
            return -2, b""
        return 0, struct.pack("=4QII", 2, 0, 1, 1, 0, 0) + attributes(2)
    if opcode == 3:  # FUSE_GETATTR
        return 0, struct.pack("=QII", 1, 0, 0) + attributes(node)
    if opcode in (14, 27):  # FUSE_OPEN, FUSE_OPENDIR
        return 0, struct.pack("=QII", 0, 0, 0)
    if opcode in (15, 28):  # FUSE_READ, FUSE_READDIR
        _, at, most = struct.unpack_from("=QQI", body)
        return 0, DUMP[at:at + most] if opcode == 15 else b"".join(list(entries())[at:])
    if opcode == 17:  # FUSE_STATFS
        return 0, struct.pack("=5Q4I24x", 1000, 900, 900, 100, 90, 4096, 255, 4096, 0)
    if opcode in (18, 25, 29):  # FUSE_RELEASE, FUSE_FLUSH, FUSE_RELEASEDIR
        return 0, b""
    return -38, b""
asleep = True
while os.path.exists(f"/proc/{parent}"):
    if not select.select([fd], [], [], 0.5)[0]:
        continue
    request = os.read(fd, 1 << 20)
    _, opcode, unique, node = struct.unpack_from("=IIQQ", request)
    if opcode in (2, 36, 42):  # FUSE_FORGET, FUSE_INTERRUPT, FUSE_BATCH_FORGET
        continue
    if opcode != 26 and asleep:
        asleep = False
        time.sleep(25)
    error, body = answer(opcode, node, request[40:])
    os.write(fd, struct.pack("=IiQ", 16 + len(body), error, unique) + body)
"#;

/// Makes the mount in a namespace of its own; then the rest.
const SCENE: &str = r#"
deaf=$1 point=$2 sign=$3; shift 3
python3 -c "$deaf" "$point" "$sign" & 
until test -e "$sign"; do kill -0 $! || exit 72; sleep 0.05; done
exec env -i "$@"
"#;

fn status(agent: &Agent) -> Value {
    let output = agent.run(&["status", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// Threads of a process that wait in the kernel for an answer of a FUSE server.
fn asleep(pid: u32) -> usize {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let waits: Vec<String> = threads
        .filter_map(|t| fs::read_to_string(t.ok()?.path().join("wchan")).ok())
        .collect();
    println!("threads wait in {waits:?}");
    let fuse = |w: &&String| w.contains("fuse") || w.contains("request_wait_answer");
    waits.iter().filter(fuse).count()
}

fn of<'a>(findings: &'a [Value], check: &str) -> Vec<&'a Value> {
    let ours = |f: &&Value| f["check_id"] == check;
    findings.iter().filter(ours).collect()
}

fn until_taken(agent: &Agent) {
    let status = eventually("a run that the collector took", || {
        let status = status(agent);
        let acked = status["service"]["last_ack_ms"].as_i64().is_some();
        (acked && status["spool_depth"] == 0).then_some(status)
    });
    assert_eq!(status["service"]["connection"], "connected");
}

/// Those of the one host of the stage.
fn findings(stage: &Stage) -> Vec<Value> {
    let hosts = stage.ok(&["host", "list"]);
    let findings = stage.ok(&["host", "findings", hosts[0]["id"].as_str().unwrap()]);
    findings.as_array().unwrap().clone()
}

#[test]
fn a_run_goes_around_a_mount_that_does_not_answer() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let at = |name: &str| stage.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (point, sign) = (at("nas"), at("mounted"));
    fs::create_dir(&point).unwrap();
    // Reached by a link as well.
    std::os::unix::fs::symlink(point.join("daily"), at("daily")).unwrap();
    agent.configure(&format!(
        "[declared]\nbackup_targets = [{:?}, {:?}]\n",
        point,
        at("daily")
    ));
    let begun = Instant::now();
    let scene = [SCENE, "sh", DEAF, &text(&point), &text(&sign)];
    let mut service = agent.serve_in(&scene);
    until_taken(&agent);
    let took = begun.elapsed();
    let threads = asleep(service.pid());
    let findings = &findings(&stage);
    let timed_out = findings
        .iter()
        .filter(|f| f.to_string().contains("timeout"));
    println!(
        "a mount that never answers: the run ended after {took:.1?}, {} of {} findings unknown for it; {threads} \
         thread sleeps on it",
        timed_out.count(),
        findings.len()
    );
    let age = of(findings, "backup.age");
    assert!(
        !age.is_empty() && age.iter().all(|f| f["verdict"] == "unknown"),
        "{age:#?}"
    );
    for check in ["account.empty-password", "patch.inventory"] {
        assert!(
            of(findings, check)
                .iter()
                .any(|f| f["verdict"] != "unknown"),
            "{check} has nothing to do with it"
        );
    }
    assert_eq!(
        threads, 1,
        "one for the mount, however often it was asked about"
    );
    let asked = Instant::now();
    service.stop();
    assert!(
        asked.elapsed() < Duration::from_secs(20),
        "{:?}",
        asked.elapsed()
    );
}

#[test]
fn a_mount_that_has_to_wake_up_first_is_measured() {
    let stage = Stage::new();
    let _collector = stage.serve();
    let agent = stage.enrol("agent");
    let at = |name: &str| stage.path().join(name);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (point, sign) = (at("nas"), at("mounted"));
    fs::create_dir(&point).unwrap();
    agent.configure(&format!("[declared]\nbackup_targets = [{point:?}]\n"));
    let scene = [SCENE, "sh", LATE, &text(&point), &text(&sign)];
    let mut service = agent.serve_in(&scene);
    until_taken(&agent);
    let findings = findings(&stage);
    let timed_out = |f: &&Value| {
        f["check_id"].as_str().unwrap().starts_with("backup.") && f.to_string().contains("timeout")
    };
    let lost: Vec<&Value> = findings.iter().filter(timed_out).collect();
    assert_eq!(lost, [] as [&Value; 0], "{}", agent.log());
    for check in ["backup.readable", "backup.age"] {
        let of = of(&findings, check);
        // The machine of the test may have jobs of its own.
        assert!(of.iter().any(|f| f["verdict"] != "unknown"), "{of:#?}");
    }
    service.stop();
}
