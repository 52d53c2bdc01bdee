//! Names that mean harm, from the store through the real program to a terminal, to readers of files that are
//! not ours, and to a browser.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the program that is under test, and programs that read what it says"
)]

mod browser;
mod seed;

use std::{fs, path::Path, process::Command};

use seed::Seeded;

const PROGRAM: &str = env!("CARGO_BIN_EXE_capdo-collector");

/// Begins harmless, so that a name is told from the others; then everything at once.
const HOSTILE: [&str; 6] = [
    "a\"><script>console.log('ran')</script><img src=\"http://evil.example/i\" onerror=\"console.log('ran')\">",
    "b\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}]8;;http://x\u{1b}\\\u{9b}31m\u{8}\u{7f}\r\nroot: ok",
    "c\u{202e}gpj.exe\u{2066}\u{2069}\u{61c}\u{200b}\u{2060}\u{feff}\u{ad}\u{e0041}\u{fffe}",
    "=HYPERLINK(\"http://evil.example/\";\"d\")",
    "' onfocus='console.log(1)' autofocus style='background:url(http://evil.example/s)' e",
    "</title></style></textarea><svg onload=console.log(1)><meta http-equiv=refresh content=0;url=http://evil.example/m> f",
];

/// What no terminal should meet, but for what colours words: a list of these, with what stands around.
fn steers(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut rest = text.replace("\r\n", "\n"); // as a terminal's line discipline writes line ends
    while let Some(at) = rest.find("\u{1b}[") {
        let tail = &rest[at + 2..];
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != ';');
        match end.map(|end| (&tail[..end], tail[end..].starts_with('m'))) {
            Some((_, true)) => rest = format!("{}{}", &rest[..at], &tail[end.unwrap() + 1..]),
            _ => break,
        }
    }
    let bad = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let around = |at: usize| {
        let from = rest[..at]
            .chars()
            .rev()
            .take(20)
            .map(char::len_utf8)
            .sum::<usize>();
        rest[at - from..].chars().take(40).collect::<String>()
    };
    rest.char_indices()
        .filter(|(_, c)| bad(*c))
        .map(|(at, _)| format!("{:?}", around(at)))
        .collect()
}

/// What the program says, standard error included: into a pipe, or to a terminal.
fn run(data: &Path, args: &[&str], terminal: bool) -> Vec<u8> {
    let dir = data.to_str().unwrap();
    let all = [&[PROGRAM, "--data", dir][..], args].concat();
    let mut command;
    if terminal {
        let quoted: Vec<_> = all
            .iter()
            .map(|a| format!("'{}'", a.replace('\'', "'\\''")))
            .collect();
        command = Command::new("script");
        command.args(["-qec", &quoted.join(" "), "/dev/null"]);
    } else {
        command = Command::new(all[0]);
        command.args(&all[1..]);
    }
    let output = command
        .env_clear()
        .envs([
            ("TERM", "xterm-256color"),
            ("PATH", "/usr/bin:/bin"),
            ("SHELL", "/bin/sh"),
        ])
        .output()
        .unwrap();
    [output.stdout, output.stderr].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_says_steers_no_terminal() {
    let seeded = Seeded::new().await;
    let (host, system, agency) = (&*seeded.host, &*seeded.system, &*seeded.agency);
    let endpoint = &*seeded.endpoint;
    let (script, marks) = (HOSTILE[1], HOSTILE[2]);
    // What shows a name from the store.
    let shows: [&[&str]; 17] = [
        &["agency", "list"],
        &["agency", "show", agency],
        &["system", "list"],
        &["system", "show", system],
        &["host", "list"],
        &["host", "show", host],
        &["host", "findings", host],
        &["host", "integrity", "list", host],
        &["user", "list"],
        &["endpoint", "list"],
        &["endpoint", "show", endpoint],
        &["authorisation", "list"],
        &["probe", "log"],
        &["package", "search", "libhostile"],
        &["release", "list"],
        &["audit", "export", "--format", "csv"],
        &["audit", "export", "--format", "jsonl"],
    ];
    // What shows ids only; and what was typed is said again, as wrong.
    let others: [&[&str]; 12] = [
        &["score", system],
        &["token", "list"],
        &["verify"],
        &["agency", "show", script],
        &["system", "show", marks],
        &["host", "show", script],
        &["score", script],
        &[script],
        &["host", "list", marks],
        &["agency", "list", "--lang", script],
        &["verify", "--ca", script],
        &["--config", script, "agency", "list"],
    ];
    let mut wrong = Vec::new();
    for args in shows {
        wrong.extend(amiss(seeded.data(), args, true));
    }
    for args in others {
        wrong.extend(amiss(seeded.data(), args, false));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with what a command says, in either language, to a pipe and to a terminal; with `names`, it is
/// to show a hostile one.
fn amiss(data: &Path, args: &[&str], names: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let outputs = [("vi", false), ("vi", true), ("en", false), ("en", true)];
    for (lang, terminal) in outputs {
        for more in [&[][..], &["--json"]] {
            let args = [args, &["--lang", lang][..], more].concat();
            let said = run(data, &args, terminal);
            let bad = steers(&said);
            if !bad.is_empty() {
                wrong.push(format!("{args:?} (terminal: {terminal}): {bad:?}"));
            }
            let text = String::from_utf8_lossy(&said);
            if names && !text.contains("gpj.exe") {
                wrong.push(format!("{args:?} shows no hostile name: {text:.600}"));
            }
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_the_program_writes_are_harmless_to_their_readers() {
    let seeded = Seeded::new().await;
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("hostile");
    fs::create_dir(&to).unwrap();
    for lang in ["vi", "en"] {
        for format in ["csv", "xlsx", "pdf"] {
            for command in [
                &["host", "findings", &seeded.host][..],
                &["score", &seeded.system],
            ] {
                let file = to.join(format!("{}-{lang}.{format}", command[0]));
                let file = file.to_str().unwrap();
                let more = ["--lang", lang, "--format", format, "--out", file];
                let said = run(seeded.data(), &[command, &more].concat(), false);
                assert!(
                    Path::new(file).exists(),
                    "{}",
                    String::from_utf8_lossy(&said)
                );
            }
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/pages/tests/harmless.py");
    let mut python = Command::new("/usr/bin/python3");
    let read = python.arg(script).arg(dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{said}");
    let log = run(
        seeded.data(),
        &["audit", "export", "--format", "jsonl"],
        false,
    );
    let log = String::from_utf8(log).unwrap();
    for action in ["host.findings ", "score "] {
        assert!(
            log.contains(action),
            "reading by {action} is not on record: {log}"
        );
    }
}
