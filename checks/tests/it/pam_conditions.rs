//! What conditions answer for an account, against libpam's own modules: random lines of
//! `pam_succeed_if`, `pam_listfile` and `pam_access` are run by `pamtester` for four accounts, in a
//! mount namespace with accounts and groups of its own. What is called sure must be so.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "starts pamtester; a test that meets the unexpected should stop"
)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command};

use capdo_checks::{
    context::Cx,
    facts::{
        accounts::{Accounts, Groups},
        pam::{
            Code, Facility,
            conditions::{People, kinds},
            stack,
        },
    },
    host::Fixture,
    settings::Settings,
};

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n\
    an:x:1000:1000::/home/an:/bin/bash\nbinh:x:1001:2000::/home/binh:/bin/sh\nweb:x:33:33::/var/www:/usr/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nnogroup:x:65534:\nweb:x:33:\nan:x:1000:\nbinh:x:1001:\nnomfa:x:2000:\nit:x:2001:an,web\n";
const USERS: [&str; 4] = ["root", "an", "binh", "web"];
const LINES: usize = 600;

struct Dice(u64);

impl Dice {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        from[usize::try_from(high).unwrap() % from.len()]
    }
}

fn condition(dice: &mut Dice) -> String {
    match dice.pick(&["text", "number", "list", "group", "odd"]) {
        "text" => {
            let left = dice.pick(&["user", "shell", "home"]);
            let how = dice.pick(&["=", "!=", "=~", "!~"]);
            let right = dice.pick(&[
                "an",
                "a*",
                "*",
                "?n",
                "/bin/bash",
                "/bin/*",
                "/home/*",
                "root",
            ]);
            format!("{left} {how} {right}")
        }
        "number" => {
            let left = dice.pick(&["uid", "gid"]);
            let how = dice.pick(&[
                "eq", "ne", "lt", "le", "gt", "ge", "GE", "=", "!=", "<", "<=", ">", ">=",
            ]);
            format!(
                "{left} {how} {}",
                dice.pick(&["0", "33", "1000", "1001", "2000"])
            )
        }
        "list" => {
            let how = dice.pick(&["in", "notin"]);
            format!(
                "user {how} {}",
                dice.pick(&["an", "an:binh", "root:web", "none", "an:"])
            )
        }
        "group" => {
            let how = dice.pick(&["ingroup", "notingroup"]);
            format!(
                "user {how} {}",
                dice.pick(&["nomfa", "it", "an", "nogroup:it", "none", "web:nomfa"])
            )
        }
        _ => dice
            .pick(&["uid", "rhost = x", "user like an", "uid < 5", "tty in a:b"])
            .to_owned(),
    }
}

/// A line, and the file that it reads.
fn line(dice: &mut Dice, n: usize, dir: &str) -> (String, String) {
    match dice.pick(&["if", "if", "list", "access"]) {
        "if" => {
            let flag = dice.pick(&["", "quiet ", "debug "]);
            let more = dice.pick(&["", "yes"]);
            let mut text = format!("pam_succeed_if.so {flag}{}", condition(dice));
            if !more.is_empty() {
                write!(text, " {}", condition(dice)).unwrap();
            }
            (text, String::new())
        }
        "list" => {
            let item = dice.pick(&["user", "group", "shell"]);
            let sense = dice.pick(&["allow", "deny"]);
            let onerr = dice.pick(&["", " onerr=succeed", " onerr=fail"]);
            let file = dice.pick(&["", "gone"]);
            let text = dice.pick(&["an\nbinh\n", "it\n", "nomfa\nroot", "#an\n", "\n", "an \n"]);
            let line =
                format!("pam_listfile.so item={item} sense={sense} file={dir}/f{n}{file}{onerr}");
            (line, text.to_owned())
        }
        _ => {
            let mut text = String::new();
            for _ in 0..3 {
                let who = dice.pick(&[
                    "an",
                    "ALL",
                    "(it)",
                    "it",
                    "binh root",
                    "ALL EXCEPT an",
                    "@net",
                    "web,an",
                ]);
                let from = dice.pick(&["ALL", "ALL", "ALL", "LOCAL", "10.0.0.0/8"]);
                writeln!(text, "{}:{who}:{from}", dice.pick(&["+", "-", " - "])).unwrap();
            }
            (format!("pam_access.so accessfile={dir}/f{n}"), text)
        }
    }
}

/// What pamtester says in a namespace whose files the script puts in place: by line and user.
fn told_by_pam(dir: &Path, script: &str) -> BTreeMap<(usize, String), bool> {
    fs::write(dir.join("script.sh"), script).unwrap();
    let output = Command::new("unshare")
        .args(["-r", "-m", "sh"])
        .arg(dir.join("script.sh"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|l| {
            let words: Vec<&str> = l.split(' ').collect();
            assert!(
                ["0", "1"].contains(&words[2]),
                "pamtester is missing: apt-get install pamtester"
            );
            (
                (words[0].parse().unwrap(), words[1].to_owned()),
                words[2] == "0",
            )
        })
        .collect()
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story from the dice to the verdict"
)]
fn what_conditions_answer_is_what_libpam_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (pam, spool) = (dir.path().join("pam.d"), dir.path().display().to_string());
    fs::create_dir(&pam).unwrap();
    fs::write(dir.path().join("passwd"), PASSWD).unwrap();
    fs::write(dir.path().join("group"), GROUP).unwrap();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut spec = format!(
        "[files.\"/etc/passwd\"]\ntext = {PASSWD:?}\n[files.\"/etc/group\"]\ntext = {GROUP:?}\n"
    );
    let mut script = format!(
        "mount --bind {spool}/pam.d /etc/pam.d && mount --bind {spool}/passwd /etc/passwd && mount --bind {spool}/group /etc/group || exit 9\n"
    );
    let mut lines = Vec::new();
    for n in 0..LINES {
        let (rule, file) = line(&mut dice, n, &spool);
        fs::write(format!("{spool}/f{n}"), &file).unwrap();
        // pam_access calls a refusal by another name than the others.
        let text = format!("auth required {rule}\n");
        fs::write(pam.join(format!("s{n}")), &text).unwrap();
        writeln!(spec, "[files.\"/etc/pam.d/s{n}\"]\ntext = {text:?}").unwrap();
        writeln!(spec, "[files.\"{spool}/f{n}\"]\ntext = {file:?}").unwrap();
        for user in USERS {
            writeln!(
                script,
                "pamtester s{n} {user} authenticate >/dev/null 2>&1 </dev/null; echo {n} {user} $?"
            )
            .unwrap();
        }
        lines.push((rule, file));
    }
    let truth = told_by_pam(dir.path(), &script);
    let path = dir.path().join("host.toml");
    fs::write(&path, spec).unwrap();
    let host = Fixture::load(&path).unwrap();
    let settings = Settings::default();
    let cx = Cx::new(&host, &settings);
    let (accounts, groups) = (cx.get::<Accounts>().unwrap(), cx.get::<Groups>().unwrap());
    let mut seen = [0_usize; 3];
    for (n, (rule, file)) in lines.iter().enumerate() {
        let stack = stack(&host, &format!("s{n}"), Facility::Auth).unwrap();
        for user in USERS {
            let people = People {
                users: vec![accounts.find(user).unwrap()],
                callers: Vec::new(),
                groups: &groups,
            };
            let kinds = kinds(&host, &stack, &people);
            let code = kinds[0].values().next().map(|(code, _)| *code);
            let Some(code) = code else {
                seen[2] += 1;
                continue;
            };
            let ours = code == Code::Success;
            assert_eq!(ours, truth[&(n, user.to_owned())], "{user}: {rule}\n{file}");
            seen[usize::from(ours)] += 1;
        }
    }
    println!("{} refused, {} let by, {} open", seen[0], seen[1], seen[2]);
    assert!(
        seen.iter().all(|n| *n > LINES / 4),
        "the lines say little: {seen:?}"
    );
}
