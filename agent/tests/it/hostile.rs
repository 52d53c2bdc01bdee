//! A host whose names and values mean harm, as its administrator sees it: in a pipe and on a terminal.

#![expect(
    clippy::disallowed_methods,
    reason = "starts the program that is under test on a terminal"
)]

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, path::Path, process::Command};

use crate::program::{agent_with, text};

/// What steers a terminal, turns text around or cannot be seen.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{1b}]8;;http://x\u{1b}\\\u{9b}31m\u{8}\u{7f}\u{202e}gpj\
                       \u{2066}\u{61c}\u{200b}\u{2060}\u{feff}\u{ad}\u{e0041}\r";

/// What no terminal should meet, but for colours; with what stands around it.
fn steers(said: &str) -> Vec<String> {
    let mut rest = said.replace("\r\n", "\n"); // as a terminal's line discipline writes line ends
    while let Some(at) = rest.find("\u{1b}[") {
        let tail = &rest[at + 2..];
        match tail.find(|c: char| !c.is_ascii_digit() && c != ';') {
            Some(end) if tail[end..].starts_with('m') => {
                rest = format!("{}{}", &rest[..at], &tail[end + 1..]);
            }
            _ => break,
        }
    }
    let bad = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let lines = rest.split('\n').filter(|line| line.contains(bad));
    lines.map(|line| format!("{line:.300?}")).collect()
}

fn put(root: &Path, path: impl AsRef<Path>, content: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Files of the image; `{h}` stands for what is hostile.
const FILES: [(&str, &str); 17] = [
    ("etc/hostname", "{h}\n"),
    ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
    ("etc/group", "root:x:0:\nsudo:x:27:{h}\n"),
    (
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\n{h}:x:0:0:{h}:/home/{h}:/bin/{h}\n{h}2:x:1000:1000::/:/bin/bash\n",
    ),
    (
        "etc/shadow",
        "root:*:19800::::::\n{h}::19800::::::\n{h}2:$1$a$b:0::::::\n",
    ),
    (
        "etc/login.defs",
        "ENCRYPT_METHOD {h}\nPASS_MAX_DAYS {h}\nUMASK {h}\n",
    ),
    (
        "etc/ssh/sshd_config",
        "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin {h}\nCiphers {h}\nMACs {h}\n",
    ),
    ("etc/sudoers", "{h} ALL=(ALL) NOPASSWD: ALL\nDefaults {h}\n"),
    (
        "etc/pam.d/common-auth",
        "auth required pam_{h}.so\nauth {h} {h}\n",
    ),
    ("etc/crontab", "* * * * * {h} /bin/{h}\n"),
    (
        "etc/fstab",
        "/dev/{h} /mnt/{h} ext4 {h} 0 0\n//a/{h} /mnt cifs password={h} 0 0\n",
    ),
    (
        "etc/rsyslog.conf",
        "*.* @@{h}:514\n$ActionFile /var/log/{h}\n",
    ),
    ("etc/systemd/timesyncd.conf", "[Time]\nNTP={h}\n"),
    ("etc/sysctl.conf", "kernel.randomize_va_space={h}\n{h}=1\n"),
    (
        "etc/apt/sources.list",
        "deb [trusted=yes] http://{h}/ {h} main\n",
    ),
    (
        "etc/nginx/nginx.conf",
        "http { server { listen 443 ssl; server_name {h}; ssl_protocols {h}; } }\n",
    ),
    (
        "var/lib/dpkg/status",
        "Package: {h}\nStatus: install ok installed\nVersion: {h}\nArchitecture: all\n\n",
    ),
];

/// Folders with files of hostile names, and how those end.
const FOLDERS: [&str; 10] = [
    "etc/ssh/sshd_config.d",
    "etc/sudoers.d",
    "etc/cron.d",
    "etc/systemd/system",
    "etc/apt/sources.list.d",
    "etc/sysctl.d",
    "etc/rsyslog.d",
    "etc/pam.d",
    "etc/ssl/private",
    "etc/modprobe.d",
];
const ENDS: [&str; 5] = ["", ".conf", ".service", ".list", ".key"];

/// An image in which whatever may be called something is called so.
fn image() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let h = HOSTILE.trim_end();
    for (path, content) in FILES {
        put(root, path, &content.replace("{h}", h));
    }
    let content = format!("{h}\n[Service]\nExecStart=/{h}\nUser={h}\nPermitRootLogin yes\n");
    for folder in FOLDERS {
        for (n, end) in ENDS.iter().enumerate() {
            let mut name = HOSTILE.replace('/', "_").into_bytes();
            name.extend([b'0' + u8::try_from(n).unwrap(), 0xff]);
            name.extend(end.as_bytes());
            let path = Path::new(folder).join(OsStr::from_bytes(&name));
            put(root, path, &content);
        }
    }
    dir
}

/// What the program says on a terminal, standard error included.
fn on_a_terminal(args: &[&str]) -> String {
    let program = assert_cmd::cargo::cargo_bin!("capdo-agent");
    let words = [&[program.to_str().unwrap()][..], args].concat();
    let quoted = words
        .iter()
        .map(|w| format!("'{}'", w.replace('\'', "'\\''")));
    let output = Command::new("script")
        .args(["-qec", &quoted.collect::<Vec<_>>().join(" "), "/dev/null"])
        .env_clear()
        .envs([
            ("TERM", "xterm-256color"),
            ("PATH", "/usr/bin:/bin"),
            ("SHELL", "/bin/sh"),
        ])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The bar that shows how far a scan is, which is our own and wiped.
fn without_progress(said: &str) -> String {
    let parts = said.split("\r\u{1b}[K");
    parts.filter(|part| !part.starts_with(['█', '░'])).collect()
}

#[test]
fn a_scan_of_a_hostile_host_steers_no_terminal() {
    let dir = image();
    let root = text(dir.path());
    for lang in ["vi", "en"] {
        for more in [&[][..], &["--json"], &["--level", "5"]] {
            let args = [&["scan", "--root", root, "--lang", lang][..], more].concat();
            let piped = agent_with(&args, &[], "");
            assert!(piped.stdout.contains("gpj"), "{}", piped.stdout);
            for said in [
                &piped.stdout,
                &piped.stderr,
                &without_progress(&on_a_terminal(&args)),
            ] {
                assert_eq!(steers(said), Vec::<String>::new(), "{args:?}");
            }
        }
    }
}

#[test]
fn what_was_typed_or_configured_steers_no_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir
        .path()
        .join(format!("{}.toml", HOSTILE.replace('/', "_")));
    let state = dir.path().join(HOSTILE.replace('/', "_"));
    fs::create_dir(&state).unwrap();
    let lines = [
        format!("state_dir = {:?}\n", serde_json::to_string(&state).unwrap()),
        "\"\\u001b[2J\\u202e\" = 1\n".to_owned(),
        "lang = \"\\u001b[2J\\u202e\"\n".to_owned(),
        "[collector]\naddress = \"\\u001b[2J\\u202e:1\"\n".to_owned(),
        HOSTILE.to_owned(),
    ];
    let file = text(&config);
    let typed = [
        vec!["--config", file, "status"],
        vec!["--config", file, "config", "check"],
        vec!["scan", "--root", HOSTILE],
        vec!["scan", "--only", HOSTILE],
        vec!["checks", "show", HOSTILE],
        vec!["--lang", HOSTILE, "status"],
        vec![HOSTILE],
    ];
    for line in lines {
        fs::write(&config, line).unwrap();
        for args in &typed {
            let piped = agent_with(args, &[], "");
            for said in [
                &piped.stdout,
                &piped.stderr,
                &without_progress(&on_a_terminal(args)),
            ] {
                assert_eq!(steers(said), Vec::<String>::new(), "{args:?}");
            }
        }
    }
}
