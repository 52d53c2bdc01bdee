//! What we predict against what happens: a real sshd with real PAM modules in a namespace of its
//! own, and a real client that tries every single factor, then every pair. For each PAM stack under
//! each configuration of sshd, "one is enough", "two are needed" and "nobody" must be the same.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "starts a real sshd; a test that meets the unexpected should stop"
)]

use std::{
    collections::BTreeMap, fmt::Write as _, fs, os::unix::fs::PermissionsExt as _, path::Path,
    process::Command, thread,
};

use capdo_checks::{
    host::{Budget, Fixture},
    observation::Value,
    registry,
    run::observe_all,
    settings::Settings,
};

const THREADS: usize = 4;
const PASSWORD: &str = "mat-khau-dung";
const SECRET: &str = "JBSWY3DPEHPK3PXP";
const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n\
    nobody:x:65534:65534::/:/usr/sbin/nologin\nan:x:2001:2001::HOME/an:/bin/sh\n\
    binh:x:2002:2002::HOME/binh:/bin/sh\n";
const GROUP: &str = "root:x:0:\nnogroup:x:65534:\nan:x:2001:\nbinh:x:2002:\nnomfa:x:2003:binh\n";
const GA: &str = "pam_google_authenticator.so";

/// Name, the authentication stack (`GA` stands for the module of codes), and the file that it
/// includes. `an` has enrolled, `binh` has not.
const STACKS: [(&str, &str, &str); 17] = [
    (
        "both",
        "auth required GA\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "both, turned round",
        "auth requisite pam_unix.so nodelay\nauth required GA\n",
        "",
    ),
    (
        "nullok",
        "auth required GA nullok\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "sufficient",
        "auth sufficient GA\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "optional",
        "auth optional GA\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "included",
        "auth include extra\nauth required GA\nauth required pam_unix.so nodelay\n",
        "auth sufficient pam_unix.so nodelay\n",
    ),
    (
        "substack",
        "auth substack extra\nauth required GA\n",
        "auth sufficient pam_unix.so nodelay\nauth required pam_deny.so\n",
    ),
    (
        "group exempt",
        "auth [success=1 default=ignore] pam_succeed_if.so quiet user ingroup nomfa\nauth required GA\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "missing, required",
        "-auth required pam_of_nobody.so\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "missing, sufficient",
        "auth sufficient pam_of_nobody.so\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "jump too far",
        "auth [success=3 default=ignore] pam_unix.so nodelay\nauth required pam_deny.so\n",
        "",
    ),
    (
        "forwarded",
        "auth required GA forward_pass\nauth required pam_unix.so nodelay use_first_pass\n",
        "",
    ),
    ("password", "auth required pam_unix.so nodelay\n", ""),
    ("code", "auth required GA\n", ""),
    (
        "oath, unknown ignored",
        "auth [success=ok user_unknown=ignore default=die] pam_oath.so usersfile=BASE/oath\nauth required pam_unix.so nodelay\n",
        "",
    ),
    (
        "device, none mapped",
        "auth required pam_u2f.so nouserok\nauth required pam_unix.so nodelay\n",
        "",
    ),
    ("nothing", "auth required pam_permit.so\n", ""),
];

/// Name and what it adds.
const SERVERS: [(&str, &str); 5] = [
    (
        "any",
        "KbdInteractiveAuthentication yes\nPasswordAuthentication yes\n",
    ),
    (
        "key and questions",
        "PasswordAuthentication no\nAuthenticationMethods publickey,keyboard-interactive:pam\n",
    ),
    (
        "questions",
        "PubkeyAuthentication no\nPasswordAuthentication no\n",
    ),
    (
        "key and password",
        "KbdInteractiveAuthentication no\nAuthenticationMethods publickey,password\n",
    ),
    (
        "one user by password",
        "PasswordAuthentication no\nAuthenticationMethods publickey,keyboard-interactive:pam\n\
         Match User binh\n PasswordAuthentication yes\n AuthenticationMethods password\n",
    ),
];

/// What the functions of the script do: `try user key password code` logs in with what is 1, at
/// each question what it asks for, and once more with everything in one line.
const FUNCTIONS: &str = r#"
once() {
    if [ "$2" = 1 ]; then key="-o IdentitiesOnly=yes -i $BASE/key"; else key="-o PubkeyAuthentication=no"; fi
    CODE=654321 WORD=sai-mat-khau
    [ "$3" = 1 ] && WORD=$PASSWORD
    [ "$4" = 1 ] && CODE=$(oathtool --totp -b "$SECRET")
    export CODE WORD LINE="$5"
    timeout 20 ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR -o ConnectTimeout=5 $key \
        "$1@127.0.0.1" true </dev/null >/dev/null 2>&1
}
try() {
    once "$1" "$2" "$3" "$4" apart && return 0
    [ "$4" = 1 ] || return 1
    once "$1" "$2" "$3" "$4" "$([ "$3" = 1 ] && echo both || echo code)"
}
truth() {
    try "$1" 0 1 1; pair=$?
    for one in "0 0 0" "1 0 0" "0 1 0" "0 0 1"; do try "$1" $one && { echo one; return; }; done
    [ $pair = 0 ] && { echo two; return; }
    for two in "1 1 1" "1 1 0" "1 0 1"; do try "$1" $two && { echo two; return; }; done
    echo nobody
}
case_of() {
    cat "$BASE/$1.pam" >/etc/pam.d/sshd; cat "$BASE/$1.extra" >/etc/pam.d/extra
    cp "$BASE/secret" "$BASE/home/an/.google_authenticator"
    chown 2001:2001 "$BASE/home/an/.google_authenticator"; chmod 600 "$BASE/home/an/.google_authenticator"
    /usr/sbin/sshd -D -e -f "$BASE/$1.conf" 2>"$BASE/log" & server=$!
    n=0; until ss -Hltn 'sport = :22' | grep -q .; do
        n=$((n + 1)); [ $n -lt 100 ] || { cat "$BASE/log" >&2; exit 8; }; sleep 0.05
    done
    echo "$1 an $(truth an)"; echo "$1 binh $(truth binh)"
    kill $server; wait $server 2>/dev/null
}
"#;
const ASKPASS: &str = r#"#!/bin/sh
case $LINE in both) echo "$WORD$CODE"; exit ;; code) echo "$CODE"; exit ;; esac
case $1 in *"Password & verification"*) echo "$WORD$CODE" ;; *erification*|*OATH*) echo "$CODE" ;; *) echo "$WORD" ;; esac
"#;

type Case = (usize, usize);

fn stack(at: usize, base: &str) -> String {
    let text = STACKS[at].1.replace("GA", GA).replace("BASE", base);
    format!("{text}account required pam_permit.so\nsession required pam_permit.so\n")
}

fn server(at: usize, base: &str) -> String {
    let head = format!(
        "Port 22\nListenAddress 127.0.0.1\nHostKey {base}/host\nPidFile none\nUsePAM yes\nPermitRootLogin no\n\
         StrictModes no\nPrintMotd no\nAuthorizedKeysFile {base}/authorized\nMaxAuthTries 20\n"
    );
    head + SERVERS[at].1
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{program} is missing: {e}"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Lays out what the namespace needs; the script that asks.
fn prepare(base: &Path, cases: &[Case]) -> String {
    let here = base.to_str().unwrap();
    fs::set_permissions(base, fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["key", "host"] {
        run(
            "ssh-keygen",
            &[
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                &format!("{here}/{name}"),
            ],
        );
    }
    fs::copy(base.join("key.pub"), base.join("authorized")).unwrap();
    let hash = run("openssl", &["passwd", "-6", PASSWORD])
        .trim()
        .to_owned();
    let shadow = format!("root:*:20000::::::\nan:{hash}:20000::::::\nbinh:{hash}:20000::::::\n");
    let passwd = PASSWD.replace("HOME", &format!("{here}/home"));
    for (name, text) in [
        ("passwd", passwd.as_str()),
        ("group", GROUP),
        ("shadow", &shadow),
        ("secret", &format!("{SECRET}\n\" TOTP_AUTH\n")),
        ("oath", "HOTP/T30 an - 48656c6c6f21deadbeef\n"),
        ("ask", ASKPASS),
    ] {
        fs::write(base.join(name), text).unwrap();
    }
    fs::set_permissions(base.join("ask"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut script = format!(
        "BASE={here} PASSWORD={PASSWORD} SECRET={SECRET}\nexport SSH_ASKPASS=$BASE/ask SSH_ASKPASS_REQUIRE=force DISPLAY=:0\n\
         set -e\nip link set lo up\nmkdir -p /run/sshd $BASE/pam.d $BASE/home/an $BASE/home/binh\n\
         chown 2001:2001 $BASE/home/an\nchown 2002:2002 $BASE/home/binh\n\
         for f in passwd group shadow; do mount --bind $BASE/$f /etc/$f; done\nmount --bind $BASE/pam.d /etc/pam.d\n\
         echo 'auth required pam_deny.so' >/etc/pam.d/other\nset +e\n{FUNCTIONS}"
    );
    for (s, c) in cases {
        let name = format!("{s}-{c}");
        fs::write(base.join(format!("{name}.pam")), stack(*s, here)).unwrap();
        fs::write(base.join(format!("{name}.extra")), STACKS[*s].2).unwrap();
        fs::write(base.join(format!("{name}.conf")), server(*c, here)).unwrap();
        writeln!(script, "case_of {name}").unwrap();
    }
    script
}

/// How much is needed, by case and account.
fn happens(base: &Path, cases: &[Case]) -> BTreeMap<String, String> {
    let script = prepare(base, cases);
    let file = base.join("script.sh");
    fs::write(&file, script).unwrap();
    let text = run("unshare", &["-m", "-n", "sh", file.to_str().unwrap()]);
    let answer = |line: &str| {
        let (key, word) = line.rsplit_once(' ').unwrap();
        (key.to_owned(), word.to_owned())
    };
    text.lines().map(answer).collect()
}

/// The files of a case, as a check sees them.
fn image(base: &Path, (s, c): Case) -> Fixture {
    let here = base.to_str().unwrap();
    let mut spec = "kind = \"image\"\n".to_owned();
    for (path, text) in [
        ("/etc/pam.d/sshd", stack(s, here)),
        ("/etc/pam.d/extra", STACKS[s].2.to_owned()),
        ("/etc/pam.d/other", "auth required pam_deny.so\n".to_owned()),
        ("/etc/ssh/sshd_config", server(c, here)),
        (
            "/etc/passwd",
            fs::read_to_string(base.join("passwd")).unwrap(),
        ),
        ("/etc/group", GROUP.to_owned()),
        (
            "/etc/shadow",
            fs::read_to_string(base.join("shadow")).unwrap(),
        ),
        ("/usr/sbin/sshd", String::new()),
        (
            base.join("authorized").to_str().unwrap(),
            fs::read_to_string(base.join("authorized")).unwrap(),
        ),
        (
            "/etc/nsswitch.conf",
            "passwd: files\ngroup: files\n".to_owned(),
        ),
    ] {
        writeln!(spec, "[files.{path:?}]\ntext = {text:?}").unwrap();
    }
    for module in [
        "unix",
        "google_authenticator",
        "oath",
        "u2f",
        "permit",
        "deny",
        "succeed_if",
    ] {
        writeln!(
            spec,
            "[files.\"/usr/lib/x86_64-linux-gnu/security/pam_{module}.so\"]"
        )
        .unwrap();
    }
    let file = base.join("host.toml");
    fs::write(&file, spec).unwrap();
    Fixture::load(&file).unwrap()
}

/// What the check says: the accounts of each subject, with the outcome.
fn predicted(base: &Path, case: Case) -> Vec<(Vec<String>, String)> {
    let host = image(base, case);
    let check = registry::find("mfa.ssh").unwrap();
    let seen = observe_all(
        &[check],
        &host,
        &Settings::default(),
        Budget::default(),
        |_, _| {},
    );
    let mut found = Vec::new();
    for seen in seen {
        let fact = |name| {
            &seen
                .observation
                .best(name)
                .unwrap_or_else(|| panic!("{seen:#?}"))
                .value
        };
        if *fact("open") == Value::Bool(false) {
            found.push((
                vec!["an".to_owned(), "binh".to_owned()],
                "closed".to_owned(),
            ));
            continue;
        }
        let Value::List(people) = fact("people") else {
            panic!("{seen:#?}")
        };
        let people = people.iter().map(Value::to_line).collect();
        found.push((people, fact("outcome").to_line()));
    }
    found
}

/// Compares, and tries again what came out otherwise: a code that fell into two attempts of the same
/// half minute is refused although it was right.
fn compare(cases: &[Case]) -> usize {
    let (count, mut wrong) = tried(cases);
    for _ in 0..2 {
        let again: Vec<Case> = wrong.iter().map(|(case, _)| *case).collect();
        if again.is_empty() {
            break;
        }
        wrong = tried(&again).1;
    }
    let told: Vec<String> = wrong.into_iter().map(|(_, what)| what).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    count
}

/// How many predictions there were, and those that did not come true.
fn tried(cases: &[Case]) -> (usize, Vec<(Case, String)>) {
    let dir = tempfile::tempdir().unwrap();
    let truth = happens(dir.path(), cases);
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases {
        for (people, outcome) in predicted(dir.path(), *case) {
            let weight = |w: &String| {
                ["one", "two", "nobody"]
                    .iter()
                    .position(|x| x == w)
                    .unwrap()
            };
            let of = |p: &String| truth.get(&format!("{}-{} {p}", case.0, case.1));
            let Some(word) = people.iter().filter_map(of).min_by_key(|w| weight(w)) else {
                continue; // root, who was not tried
            };
            let want = match outcome.as_str() {
                "enforced" => "two",
                "closed" => "nobody",
                "not_enforced" | "optional" | "bypassable" => "one",
                other => other,
            };
            count += 1;
            // Who has not enrolled is refused where others need their code.
            let refused = word == "nobody" && people == ["binh"] && want != "nobody";
            if want != word && !refused {
                let (stack, server) = (STACKS[case.0].0, SERVERS[case.1].0);
                let what =
                    format!("{stack} / {server}, {people:?}: predicted {outcome}, happened {word}");
                wrong.push((*case, what));
            }
        }
    }
    (count, wrong)
}

#[test]
fn logins_end_as_predicted() {
    let all: Vec<Case> = (0..STACKS.len())
        .flat_map(|s| (0..SERVERS.len()).map(move |c| (s, c)))
        .collect();
    let count: usize = thread::scope(|scope| {
        let part = |n: usize| {
            all.iter()
                .copied()
                .skip(n)
                .step_by(THREADS)
                .collect::<Vec<_>>()
        };
        let parts: Vec<_> = (0..THREADS)
            .map(|n| {
                let mine = part(n);
                scope.spawn(move || compare(&mine))
            })
            .collect();
        parts.into_iter().map(|p| p.join().unwrap()).sum()
    });
    println!("{count} predictions came true");
    assert!(count >= all.len());
}
