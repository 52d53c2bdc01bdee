//! Our reading of `sshd_config` against OpenSSH's own, `sshd -T -C`, over random configurations:
//! every keyword that decides who gets in, for every configuration that the server accepts.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "starts the real sshd; a test that meets the unexpected should stop"
)]

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command, thread};

use capdo_checks::{
    facts::{
        sshd_config,
        sshd_match::{Connection, Settings, printed, settings},
    },
    host::Fixture,
};

use crate::dice::Dice;

const SSHD: &str = "/usr/sbin/sshd";
/// How many configurations are tried.
const CONFIGURATIONS: u64 = 3_000;
const THREADS: u64 = 4;
/// The keywords that are compared. The list of algorithms is not: the files name changes to it, the
/// server its result.
const COMPARED: [&str; 16] = [
    "allowgroups",
    "allowusers",
    "authenticationmethods",
    "authorizedkeyscommand",
    "authorizedkeysfile",
    "denygroups",
    "denyusers",
    "gssapiauthentication",
    "hostbasedauthentication",
    "kbdinteractiveauthentication",
    "passwordauthentication",
    "permitrootlogin",
    "pubkeyauthentication",
    "pubkeyauthoptions",
    "trustedusercakeys",
    "usepam",
];

const SETTINGS: &[(&str, &[&str])] = &[
    ("PasswordAuthentication", &["yes", "no", "\"no\"", "YES"]),
    ("KbdInteractiveAuthentication", &["yes", "no"]),
    ("ChallengeResponseAuthentication", &["yes", "no"]),
    ("PubkeyAuthentication", &["yes", "no"]),
    ("DSAAuthentication", &["no"]),
    ("HostbasedAuthentication", &["yes", "no"]),
    ("GSSAPIAuthentication", &["yes", "no"]),
    (
        "PermitRootLogin",
        &[
            "yes",
            "no",
            "prohibit-password",
            "without-password",
            "forced-commands-only",
        ],
    ),
    (
        "AuthenticationMethods",
        &[
            "any",
            "publickey",
            "publickey,password",
            "publickey,keyboard-interactive:pam password",
            "\"publickey,password\" keyboard-interactive",
        ],
    ),
    (
        "PubkeyAuthOptions",
        &["none", "touch-required", "verify-required"],
    ),
    ("AllowUsers", &["an", "an binh", "*@10.0.0.*", "root"]),
    ("DenyUsers", &["binh", "\"chi\" root", "an@192.0.2.1"]),
    ("AllowGroups", &["ops", "root sys"]),
    ("DenyGroups", &["games", "nobody*"]),
    ("TrustedUserCAKeys", &["/etc/ssh/ca.pub", "none"]),
    (
        "AuthorizedKeysFile",
        &[".ssh/keys", "/etc/keys/%u", ".ssh/a .ssh/b", "none"],
    ),
    ("AuthorizedKeysCommand", &["/usr/bin/keys", "none"]),
    ("UsePAM", &["yes", "no"]),
    ("X11Forwarding", &["yes", "no"]),
];
const CRITERIA: &[(&str, &[&str])] = &[
    (
        "User",
        &[
            "an",
            "binh",
            "a*",
            "*,!root",
            "!an,*",
            "root,binh",
            "\"an,binh\"",
            "???",
        ],
    ),
    (
        "Group",
        &["root", "sys,adm", "*,!root", "games", "nogroup", "r??t"],
    ),
    (
        "Address",
        &[
            "10.0.0.0/8",
            "10.0.0.5",
            "192.0.2.*",
            "!10.0.0.5,10.0.0.0/8",
            "2001:db8::/32",
            "*",
            "0.0.0.0/0",
            "\"10.0.0.5,::1\"",
        ],
    ),
    ("Host", &["10.0.0.5", "*.gov.vn", "10.*,!10.0.0.5"]),
    (
        "LocalAddress",
        &["127.0.0.1", "10.9.0.0/16", "!127.0.0.1,*"],
    ),
    ("LocalPort", &["22", "2222"]),
];

fn line(dice: &mut Dice, inside: bool) -> String {
    loop {
        let (keyword, values) = SETTINGS[dice.below(SETTINGS.len())];
        if inside && ["UsePAM", "GSSAPIAuthentication"].contains(&keyword) && dice.below(20) > 0 {
            continue; // the server would mostly refuse
        }
        let between = dice.pick(&[" ", "  ", "\t", "=", " = ", "= "]);
        let keyword = match dice.below(12) {
            0 => keyword.to_ascii_uppercase(),
            1 => keyword.to_ascii_lowercase(),
            2 => format!("\"{keyword}\""),
            _ => keyword.to_owned(),
        };
        let before = dice.pick(&["", "", "", " ", "\t  "]);
        let after = dice.pick(&["", "", "", "", " ", " # why", "\t"]);
        return format!("{before}{keyword}{between}{}{after}\n", dice.pick(values));
    }
}

fn head(dice: &mut Dice) -> String {
    if dice.below(10) == 0 {
        return dice.pick(&["Match all\n", "match ALL # now\n"]).to_owned();
    }
    let mut text = dice.pick(&["Match", "match", "MATCH"]).to_owned();
    for _ in 0..=dice.below(3) {
        let (name, values) = CRITERIA[dice.below(CRITERIA.len())];
        let between = dice.pick(&[" ", " ", "=", "  "]);
        write!(text, " {name}{between}{}", dice.pick(values)).unwrap();
    }
    text.push('\n');
    text
}

fn lines(dice: &mut Dice, inside: bool) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(5) {
        text.push_str(&line(dice, inside));
    }
    text
}

/// A configuration: the main file first, then what it includes.
fn configuration(dice: &mut Dice, folder: &str) -> Vec<(String, String)> {
    let mut files = vec![(format!("{folder}/main"), String::new())];
    let include = |dice: &mut Dice, files: &mut Vec<(String, String)>, inside: bool| {
        if dice.below(4) != 0 || files.len() > 4 {
            return String::new();
        }
        let path = format!("{folder}/d{}/{}.conf", files.len(), files.len());
        let mut text = lines(dice, inside);
        if dice.below(2) == 0 {
            text.push_str(&head(dice));
            text.push_str(&lines(dice, true));
        }
        let glob = path.rsplit_once('/').unwrap().0.to_owned() + "/*.conf";
        files.push((path, text));
        format!("Include {glob}\n")
    };
    let mut main = include(dice, &mut files, false);
    main.push_str(&lines(dice, false));
    main.push_str(&include(dice, &mut files, false));
    for _ in 0..dice.below(4) {
        main.push_str(&head(dice));
        main.push_str(&lines(dice, true));
        main.push_str(&include(dice, &mut files, true));
        main.push_str(&lines(dice, true));
    }
    files[0].1 = main;
    files
}

/// Groups as the name service has them, for accounts that every system holds.
fn groups(user: &str) -> Option<Vec<String>> {
    let output = Command::new("id").args(["-Gn", user]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    // Of a name that is no account, the server says that it is in no group.
    Some(if output.status.success() {
        names
    } else {
        Vec::new()
    })
}

fn ours(files: &[(String, String)], to: &Connection, folder: &Path) -> Option<Settings> {
    let mut spec = String::new();
    for (path, text) in files {
        writeln!(spec, "[files.{path:?}]\ntext = {text:?}").unwrap();
    }
    let file = folder.join("host.toml");
    fs::write(&file, spec).unwrap();
    let host = Fixture::load(&file).unwrap();
    let config = sshd_config::read(&host, &files[0].0).unwrap();
    settings(&config, &[], to)
}

/// What the server says; `None` where it refuses the configuration.
fn theirs(config: &str, key: &Path, to: &Connection) -> Option<Settings> {
    let at = format!(
        "user={},host={},addr={},laddr={},lport={}",
        to.user, to.host, to.addr, to.laddr, to.lport
    );
    let output = Command::new(SSHD)
        .args(["-T", "-f", config, "-C", &at, "-h"])
        .arg(key)
        .output()
        .unwrap();
    if !output.status.success() {
        return None;
    }
    let mut values = BTreeMap::<String, Vec<String>>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let mut words = line.split_whitespace().map(str::to_owned);
        if let Some(keyword) = words.next() {
            values.entry(keyword).or_default().extend(words);
        }
    }
    Some(printed(&values))
}

/// Compares from `first` on, every `THREADS`th; how many were accepted.
fn compare(first: u64, key: &Path) -> usize {
    let dir = tempfile::tempdir().unwrap();
    let mut accepted = 0;
    for n in (first..CONFIGURATIONS).step_by(usize::try_from(THREADS).unwrap()) {
        let mut dice = Dice((n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let folder = dir.path().join(n.to_string());
        let files = configuration(&mut dice, folder.to_str().unwrap());
        for (path, text) in &files {
            let path = Path::new(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for _ in 0..2 {
            let user = dice.pick(&["root", "an", "binh", "games", "nobody"]);
            let addr = dice.pick(&["10.0.0.5", "10.0.0.6", "192.0.2.1", "2001:db8::7", "::1"]);
            let to = Connection {
                user: user.to_owned(),
                groups: groups(user),
                host: dice.pick(&[addr, "may1.gov.vn"]).to_owned(),
                addr: addr.to_owned(),
                laddr: dice.pick(&["127.0.0.1", "10.9.1.1"]).to_owned(),
                lport: if dice.below(2) == 0 { 22 } else { 2222 },
            };
            let Some(mut want) = theirs(&files[0].0, key, &to) else {
                continue;
            };
            let Some(mut got) = ours(&files, &to, dir.path()) else {
                panic!("configuration {n} is not decided, {to:?}: {files:#?}");
            };
            got.retain(|k, v| COMPARED.contains(&k.as_str()) && !v.is_empty());
            want.retain(|k, v| COMPARED.contains(&k.as_str()) && !v.is_empty());
            assert_eq!(got, want, "configuration {n}, {to:?}: {files:#?}");
            accepted += 1;
        }
        fs::remove_dir_all(folder).unwrap();
    }
    accepted
}

#[test]
fn random_configurations_are_read_as_openssh_reads_them() {
    assert!(
        Path::new(SSHD).exists(),
        "{SSHD} is missing: apt-get install openssh-server"
    );
    fs::create_dir_all("/run/sshd").ok(); // sshd wants it even to print its configuration
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let accepted: usize = thread::scope(|scope| {
        let run = |first| {
            let key = &key;
            scope.spawn(move || compare(first, key))
        };
        let all: Vec<_> = (0..THREADS).map(run).collect();
        all.into_iter().map(|t| t.join().unwrap()).sum()
    });
    println!("{accepted} answers of sshd compared");
    let least = usize::try_from(CONFIGURATIONS).unwrap() / 2;
    assert!(accepted >= least, "sshd refused most: {accepted} answers");
}
