//! Our dispatcher against libpam itself. `pam_debug.so` returns whatever its line says, `pamtester`
//! runs the stack, and 10,000 random stacks end as ours do. 200 recorded ones (with libpam 1.5) are
//! told besides, where no PAM is at hand: each names its stack and whether it succeeded, then the
//! files.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "starts pamtester; a test that meets the unexpected should stop"
)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command, thread};

use capdo_checks::{
    facts::pam::{Code, Facility, parse::parse, stack, walk::succeeds},
    host::Fixture,
};
use proptest::prelude::*;

use crate::dice::Dice;

#[test]
fn libpam_answers_the_same() {
    let text = include_str!("../../fixtures/facts/pam-stacks.txt");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("host.toml");
    let mut seen = [0, 0];
    for case in text.split("CASE ").skip(1) {
        let (head, files) = case.split_once('\n').unwrap();
        let (id, answer) = head.split_once(' ').unwrap();
        let mut spec = String::new();
        for file in files.split("FILE ").skip(1) {
            let (name, text) = file.split_once('\n').unwrap();
            writeln!(spec, "[files.\"/etc/pam.d/{name}\"]\ntext = {text:?}").unwrap();
        }
        fs::write(&path, spec).unwrap();
        let host = Fixture::load(&path).unwrap();
        let stack = stack(&host, &format!("s{id}"), Facility::Auth).unwrap();
        let got = succeeds(&stack, |rule| {
            let name = rule.value("auth").unwrap();
            *Code::ALL.iter().find(|c| c.name() == name).unwrap()
        });
        assert_eq!(got, answer == "1", "case {case}");
        seen[usize::from(got)] += 1;
    }
    assert_eq!(seen, [100, 100]);
}

/// How many stacks are tried in all.
const STACKS: usize = 10_000;
const THREADS: usize = 4;

/// Codes that a module may return. The two by which a module asks to be called again are left out:
/// no application that logs people in knows them.
fn code(dice: &mut Dice) -> &'static str {
    match dice.below(8) {
        0..=3 => return "success",
        4 => return dice.pick(&["auth_err", "user_unknown", "new_authtok_reqd"]),
        5 => return "ignore",
        _ => {}
    }
    loop {
        let code = Code::ALL[dice.below(Code::ALL.len())];
        if !matches!(code, Code::ConvAgain | Code::Incomplete) {
            return code.name();
        }
    }
}

fn control(dice: &mut Dice) -> String {
    if dice.below(2) == 0 {
        return dice
            .pick(&[
                "required",
                "requisite",
                "sufficient",
                "optional",
                "Required",
                "SUFFICIENT",
            ])
            .to_owned();
    }
    let mut text = "[".to_owned();
    for _ in 0..dice.below(4) {
        let action = dice.pick(&["ignore", "ok", "done", "bad", "die", "reset", "1", "2", "3"]);
        let between = dice.pick(&["=", "=", " = "]);
        write!(text, "{}{between}{action} ", code(dice)).unwrap();
    }
    let action = dice.pick(&[
        "ignore", "ignore", "ok", "done", "bad", "die", "reset", "1", "2",
    ]);
    if dice.below(5) > 0 || text == "[" {
        write!(text, "default={action}").unwrap();
    }
    text.trim_end().to_owned() + "]"
}

/// The lines of one file; what they include is added to `files`.
fn lines(
    dice: &mut Dice,
    name: &str,
    depth: usize,
    facility: &str,
    files: &mut BTreeMap<String, String>,
) {
    let mut text = String::new();
    let argument = if facility == "auth" { "auth" } else { "acct" };
    for n in 0..=dice.below(5) {
        let dash = dice.pick(&["", "", "", "-"]);
        let blank = dice.pick(&[" ", "\t", "  ", " \\\n "]);
        match dice.below(10) {
            0 | 1 if depth < 3 => {
                let below = format!("{name}_{n}");
                lines(dice, &below, depth + 1, facility, files);
                match dice.below(3) {
                    0 => writeln!(text, "@include {below}").unwrap(),
                    1 => writeln!(text, "{facility} include {below}").unwrap(),
                    _ => writeln!(text, "{dash}{facility}{blank}substack {below}").unwrap(),
                }
            }
            2 if dice.below(6) == 0 => {
                let control = control(dice);
                writeln!(text, "{dash}{facility}{blank}{control} pam_of_nobody.so").unwrap();
            }
            3 if dice.below(3) == 0 => {
                let other = if facility == "auth" {
                    "account"
                } else {
                    "auth"
                };
                writeln!(text, "{other} required pam_deny.so # not ours").unwrap();
            }
            _ => {
                let (control, code) = (control(dice), code(dice));
                writeln!(
                    text,
                    "{dash}{facility}{blank}{control}{blank}pam_debug.so {argument}={code}"
                )
                .unwrap();
            }
        }
    }
    files.insert(name.to_owned(), text);
}

/// Writes the stacks `first..last` into a folder; their files by name of the service.
fn write_stacks(
    dir: &Path,
    first: usize,
    last: usize,
) -> Vec<(String, &'static str, BTreeMap<String, String>)> {
    let mut all = Vec::new();
    for n in first..last {
        let mut dice = Dice((n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let facility = dice.pick(&["auth", "auth", "account"]);
        let name = format!("s{n}");
        let mut files = BTreeMap::new();
        lines(&mut dice, &name, 0, facility, &mut files);
        for (name, text) in &files {
            fs::write(dir.join(name), text).unwrap();
        }
        all.push((name, facility, files));
    }
    all
}

/// What libpam says of each service, in a mount namespace whose `/etc/pam.d` is the folder.
fn libpam(dir: &Path, services: &[(String, &str)]) -> BTreeMap<String, bool> {
    let mut script = format!("mount --bind {} /etc/pam.d || exit 9\n", dir.display());
    for (name, facility) in services {
        let ask = if *facility == "auth" {
            "authenticate"
        } else {
            "acct_mgmt"
        };
        writeln!(
            script,
            "pamtester {name} nobody {ask} >/dev/null 2>&1 </dev/null; echo {name} $?"
        )
        .unwrap();
    }
    let file = dir.join("script.sh");
    fs::write(&file, script).unwrap();
    let output = Command::new("unshare")
        .args(["-r", "-m", "sh"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "needs unshare and a mount namespace: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let answer = |line: &str| {
        let (name, status) = line.split_once(' ').unwrap();
        assert!(
            ["0", "1"].contains(&status),
            "pamtester is missing: apt-get install pamtester"
        );
        (name.to_owned(), status == "0")
    };
    text.lines().map(answer).collect()
}

/// What we say.
fn ours(files: &BTreeMap<String, String>, service: &str, facility: &str, scratch: &Path) -> bool {
    let mut spec = String::new();
    for (name, text) in files {
        writeln!(spec, "[files.\"/etc/pam.d/{name}\"]\ntext = {text:?}").unwrap();
    }
    fs::write(scratch, spec).unwrap();
    let host = Fixture::load(scratch).unwrap();
    let (facility, argument) = match facility {
        "auth" => (Facility::Auth, "auth"),
        _ => (Facility::Account, "acct"),
    };
    let stack = stack(&host, service, facility).unwrap();
    succeeds(&stack, |rule| match rule.value(argument) {
        Some(name) => *Code::ALL.iter().find(|c| c.name() == name).unwrap(),
        None if rule.module() == "pam_deny" => Code::AuthErr,
        None => Code::ModuleUnknown,
    })
}

#[test]
fn random_stacks_end_as_libpam_ends_them() {
    let each = STACKS / THREADS;
    let compare = |part: usize| {
        let dir = tempfile::tempdir().unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let mut all = write_stacks(dir.path(), part * each, (part + 1) * each);
        let other =
            "auth required pam_debug.so auth=success\naccount required pam_debug.so acct=success\n";
        fs::write(dir.path().join("other"), other).unwrap();
        let services: Vec<_> = all.iter().map(|(n, f, _)| (n.clone(), *f)).collect();
        let truth = libpam(dir.path(), &services);
        let mut good = 0;
        for (name, facility, files) in &mut all {
            files.insert("other".to_owned(), other.to_owned());
            let got = ours(files, name, facility, &scratch.path().join("host.toml"));
            assert_eq!(got, truth[name], "{name} ({facility}): {files:#?}");
            good += usize::from(got);
        }
        (all.len(), good)
    };
    let parts: Vec<(usize, usize)> = thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS)
            .map(|p| scope.spawn(move || compare(p)))
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let (count, good) = parts.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    println!("{count} stacks, {good} of them succeed");
    assert_eq!(count, STACKS);
    assert!(
        good > STACKS / 5 && good < STACKS * 4 / 5,
        "the stacks say little: {good}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*", lines in "((auth|-account|@include|#|\\\\|\\[|\\]|=|required|x|\n| ){0,40})") {
        parse(&text);
        parse(&lines);
    }
}
