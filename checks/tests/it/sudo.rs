//! Our reading of `sudoers` against sudo itself: in a mount namespace with made-up accounts, real
//! sudo runs commands under random rules, and asks nothing exactly where we say so.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "starts the real sudo; a test that meets the unexpected should stop"
)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command, thread};

use capdo_checks::{
    context::Cx,
    facts::{
        sudo_decide::{Decision, Person, decide},
        sudo_skip,
        sudoers::Sudoers,
    },
    host::Fixture,
    settings::Settings,
};

use crate::dice::Dice;

const CONFIGURATIONS: usize = 600;
const THREADS: usize = 2;
const PASSWD: &str =
    "root:x:0:0:root:/root:/bin/sh\nan:x:1000:1000::/:/bin/sh\nbinh:x:1001:1001::/:/bin/sh\n";
const GROUP: &str = "root:x:0:\nsudo:x:27:an\nops:x:50:an,binh\nan:x:1000:\nbinh:x:1001:\n";
const SHADOW: &str = "root:*:20000::::::\nan:!:20000::::::\nbinh:!:20000::::::\n";
const PEOPLE: [(&str, u32); 2] = [("an", 1000), ("binh", 1001)];
const COMMANDS: [&str; 3] = ["/usr/bin/true", "/usr/bin/id", "/usr/bin/id -u"];

fn privilege(dice: &mut Dice) -> String {
    let hosts = dice.pick(&["ALL", "ALL", "ALL", "EVERY"]);
    let mut text = format!("{hosts}{}", dice.pick(&["=", " = "]));
    for n in 0..=dice.below(3) {
        if n > 0 {
            text.push_str(dice.pick(&[",", ", ", " , "]));
        }
        text.push_str(dice.pick(&[
            "",
            "",
            "(ALL)",
            "(ALL:ALL) ",
            "(root) ",
            "(nobody) ",
            "(ADMIN) ",
            "(ALL, !root)",
        ]));
        text.push_str(dice.pick(&[
            "",
            "",
            "NOPASSWD:",
            "NOPASSWD: ",
            "PASSWD: ",
            "NOEXEC: NOPASSWD : ",
            "SETENV:PASSWD:",
        ]));
        text.push_str(dice.pick(&[
            "ALL",
            "ALL",
            "/usr/bin/true",
            "/usr/bin/id",
            "/usr/bin/id -u",
            "!/usr/bin/true",
            "TOOLS",
            "!TOOLS",
            "/usr/bin/",
            "/usr/bin/true \"\"",
        ]));
    }
    text
}

fn sudoers(dice: &mut Dice) -> String {
    let mut text = "User_Alias STAFF = binh, %sudo : PAIR = an, !binh\nRunas_Alias ADMIN = root\n\
        Host_Alias EVERY = ALL\nCmnd_Alias TOOLS = /usr/bin/id, /usr/bin/true\n"
        .to_owned();
    for _ in 0..=dice.below(4) {
        let users = dice.pick(&[
            "an", "binh", "%sudo", "%ops", "ALL", "STAFF", "PAIR", "#1000", "%#50", "an, binh",
            "ALL,!an", "!STAFF", "%nobodys",
        ]);
        write!(text, "{users} {}", privilege(dice)).unwrap();
        if dice.below(5) == 0 {
            write!(text, " : {}", privilege(dice)).unwrap();
        }
        text.push_str(dice.pick(&["\n", "\n", " # why\n", " \\\n\n"]));
    }
    text
}

/// What sudo does, by `number user command`: whether it ran the command without asking.
fn truth(dir: &Path, configurations: &[(usize, String)]) -> BTreeMap<String, bool> {
    let here = dir.display();
    for (name, text) in [
        ("passwd", PASSWD),
        ("group", GROUP),
        ("shadow", SHADOW),
        ("sudoers", ""),
    ] {
        fs::write(dir.join(name), text).unwrap();
    }
    let pam = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n";
    fs::write(dir.join("pam"), pam).unwrap();
    let mut script = "set -e\n".to_owned();
    for (file, over) in [
        ("passwd", "passwd"),
        ("group", "group"),
        ("shadow", "shadow"),
        ("sudoers", "sudoers"),
        ("pam", "pam.d/sudo"),
    ] {
        writeln!(script, "mount --bind {here}/{file} /etc/{over}").unwrap();
    }
    script.push_str("chmod 0440 /etc/sudoers\nset +e\n");
    for (n, text) in configurations {
        fs::write(dir.join(n.to_string()), text).unwrap();
        writeln!(
            script,
            "cat {here}/{n} >/etc/sudoers\nvisudo -cq -f {here}/{n} || echo \"{n} refused 9\""
        )
        .unwrap();
        for (user, uid) in PEOPLE {
            for (at, command) in COMMANDS.iter().enumerate() {
                writeln!(
                    script,
                    "setpriv --reuid {uid} --regid {uid} --init-groups sudo -n {command} >/dev/null 2>&1 </dev/null; \
                     echo {n} {user} {at} $?"
                )
                .unwrap();
            }
        }
    }
    let file = dir.join("script.sh");
    fs::write(&file, script).unwrap();
    let output = Command::new("unshare")
        .args(["-m", "sh"])
        .arg(&file)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "needs root, sudo and a mount namespace: {error}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("refused"), "visudo: {text} {error}");
    let answer = |line: &str| {
        let (key, status) = line.rsplit_once(' ').unwrap();
        assert!(["0", "1"].contains(&status), "{line}: is sudo installed?");
        (key.to_owned(), status == "0")
    };
    text.lines().map(answer).collect()
}

fn host(text: &str, scratch: &Path) -> Fixture {
    let mut spec = String::new();
    for (path, text) in [
        ("/etc/sudoers", text),
        ("/etc/passwd", PASSWD),
        ("/etc/group", GROUP),
        ("/etc/shadow", SHADOW),
        ("/usr/bin/sudo", ""),
    ] {
        writeln!(spec, "[files.{path:?}]\ntext = {text:?}").unwrap();
    }
    fs::write(scratch, spec).unwrap();
    Fixture::load(scratch).unwrap()
}

fn person(name: &str, uid: u32) -> Person {
    let (groups, gids) = if name == "an" {
        (
            vec!["sudo".to_owned(), "ops".to_owned(), "an".to_owned()],
            vec![27, 50, 1000],
        )
    } else {
        (vec!["ops".to_owned(), "binh".to_owned()], vec![50, 1001])
    };
    Person {
        name: name.to_owned(),
        uid: Some(uid),
        groups,
        gids,
    }
}

/// Compares one part; how many answers, and how many of them ran unasked.
fn compare(part: usize) -> (usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<(usize, String)> = (part..CONFIGURATIONS)
        .step_by(THREADS)
        .map(|n| {
            (
                n,
                sudoers(&mut Dice(
                    (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
                )),
            )
        })
        .collect();
    let truth = truth(dir.path(), &all);
    let (mut count, mut free) = (0, 0);
    for (n, text) in &all {
        let host = host(text, &dir.path().join("host.toml"));
        let settings = Settings::default();
        let cx = Cx::new(&host, &settings);
        let grants = &cx.get::<Sudoers>().unwrap().grants[0];
        let mut any = false;
        for (user, uid) in PEOPLE {
            for (at, command) in COMMANDS.iter().enumerate() {
                let ran = truth[&format!("{n} {user} {at}")];
                let got = decide(grants, &person(user, uid), command, "root");
                let got = matches!(got, Decision::Unasked(_));
                assert_eq!(
                    got, ran,
                    "configuration {n}: {user} {command}\n{text}\n{grants:#?}"
                );
                any |= ran;
                count += 1;
                free += usize::from(ran);
            }
        }
        let lines = sudo_skip::rules(&cx, &[]).unwrap();
        assert!(
            !any || !lines.is_empty(),
            "configuration {n} lets somebody by:\n{text}"
        );
    }
    (count, free)
}

#[test]
fn random_rules_ask_where_sudo_asks() {
    let parts: Vec<(usize, usize)> = thread::scope(|scope| {
        let all: Vec<_> = (0..THREADS)
            .map(|p| scope.spawn(move || compare(p)))
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let (count, free) = parts.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    println!("{count} requests, {free} of them unasked");
    assert!(
        free > count / 10 && free < count * 9 / 10,
        "the rules say little: {free}"
    );
}
