//! Programs that run another program: which one.

use super::tools::base_name;

/// What words come to when those that only run others are taken away.
pub(super) enum Unwrapped {
    /// No command at all.
    Nothing,
    /// A shell.
    Shell {
        /// What it is told.
        text: String,
        /// `NAME=value` that was set on the way.
        settings: Vec<String>,
        /// Whether it runs in a container.
        contained: bool,
    },
    /// A program with its words.
    Program {
        words: Vec<String>,
        /// `NAME=value` that was set on the way.
        settings: Vec<String>,
        /// Whether it runs in a container.
        contained: bool,
    },
}

/// A program that runs what stands behind its options.
struct Wrapper {
    name: &'static str,
    /// Letters of options with a value, and long ones.
    letters: &'static str,
    long: &'static [&'static str],
    /// How many words stand before the command.
    skips: usize,
}

const fn plain(name: &'static str) -> Wrapper {
    with(name, "", &[], 0)
}

const fn with(
    name: &'static str,
    letters: &'static str,
    long: &'static [&'static str],
    skips: usize,
) -> Wrapper {
    Wrapper {
        name,
        letters,
        long,
        skips,
    }
}

const WRAPPERS: [Wrapper; 45] = [
    with(
        "sudo",
        "ughpCDRTUrt",
        &["--user", "--group", "--host", "--prompt", "--chdir"],
        0,
    ),
    with("doas", "uC", &[], 0),
    with("nice", "n", &["--adjustment"], 0),
    with("ionice", "cn", &["--class", "--classdata"], 0),
    with("env", "uCS", &["--unset", "--chdir"], 0),
    with(
        "systemd-inhibit",
        "",
        &["--what", "--who", "--why", "--mode"],
        0,
    ),
    with(
        "systemd-run",
        "uptME",
        &[
            "--unit",
            "--property",
            "--slice",
            "--uid",
            "--gid",
            "--description",
            "--setenv",
            "--nice",
        ],
        0,
    ),
    with(
        "systemd-cat",
        "tp",
        &["--identifier", "--priority", "--stderr-priority"],
        0,
    ),
    with("timeout", "sk", &["--signal", "--kill-after"], 1),
    with(
        "flock",
        "wE",
        &["--wait", "--timeout", "--conflict-exit-code"],
        1,
    ),
    with("setlock", "", &[], 1),
    with("lckdo", "W", &[], 1),
    with("chrt", "TPD", &[], 1),
    with("taskset", "", &[], 1),
    with("cgexec", "g", &[], 0),
    with("cpulimit", "lp", &["--limit"], 0),
    with("trickle", "duwts", &[], 0),
    with("stdbuf", "ioe", &["--input", "--output", "--error"], 0),
    with("setpriv", "", &["--reuid", "--regid"], 0),
    with("gosu", "", &[], 1),
    with("su-exec", "", &[], 1),
    with("setuidgid", "", &[], 1),
    with("chpst", "ueopmcnd", &[], 0),
    with("exec", "a", &[], 0),
    with("time", "fo", &["--format", "--output"], 0),
    with(
        "xargs",
        "ILnPdasE",
        &["--max-args", "--max-procs", "--arg-file"],
        0,
    ),
    with("unshare", "", &[], 0),
    with("runitor", "", &["-uuid", "-slug", "-api-url"], 0),
    with("op", "", &[], 1),
    with("cronitor", "ck", &["--api-key", "--config", "--env"], 2),
    with("sentry-cli", "e", &["--environment"], 3),
    with("logsave", "", &[], 1),
    with("prlimit", "", &[], 0),
    with("numactl", "NCmip", &["--cpunodebind", "--membind"], 0),
    plain("chronic"),
    plain("cronic"),
    plain("nohup"),
    plain("setsid"),
    plain("command"),
    plain("builtin"),
    plain("eatmydata"),
    plain("run-one"),
    plain("unbuffer"),
    plain("annotate-output"),
    plain("busybox"),
];

pub(super) const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ksh", "zsh", "ash", "rbash"];
/// How many programs may stand before another.
const DEEP: usize = 12;

/// `NAME=value` before a command.
pub(super) fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|n| {
        !n.is_empty()
            && !n.starts_with(|c: char| c.is_ascii_digit())
            && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Takes away what only runs others.
pub(super) fn unwrap(words: &[String]) -> Unwrapped {
    let mut rest = words.to_vec();
    let (mut settings, mut contained) = (Vec::new(), false);
    for _ in 0..DEEP {
        // What systemd reads before the program of a unit; with `@` its name follows.
        if let Some(first) = rest.first_mut() {
            let bare = first.trim_start_matches(['-', '@', ':', '+', '!']);
            let named = first.len() > bare.len() && first.contains('@');
            *first = bare.to_owned();
            if named && rest.len() > 1 {
                rest.remove(1);
            }
        }
        let Some(first) = rest.first().filter(|w| !w.is_empty()) else {
            return Unwrapped::Nothing;
        };
        if is_assignment(first) {
            settings.push(rest.remove(0));
            continue;
        }
        match step(base_name(first), &rest) {
            None => break,
            Some(Behind::Words(words)) => rest = words,
            Some(Behind::Contained(words)) => {
                contained = true;
                rest = words;
            }
            Some(Behind::Shell(text)) => {
                return Unwrapped::Shell {
                    text,
                    settings,
                    contained,
                };
            }
        }
    }
    Unwrapped::Program {
        words: rest,
        settings,
        contained,
    }
}

/// What stands behind a program that runs others; nothing behind any other.
fn step(name: &str, words: &[String]) -> Option<Behind> {
    if SHELLS.contains(&name) {
        return shell(words).map(Behind::Shell);
    }
    if let Some(wrapper) = WRAPPERS.iter().find(|w| w.name == name) {
        return Some(behind(wrapper, words));
    }
    if name == "eval" {
        let text = words.get(1..).unwrap_or_default().join(" ");
        return Some(Behind::Shell(text));
    }
    if matches!(name, "su" | "runuser") {
        return Some(user(words));
    }
    container(name, words).map(Behind::Contained)
}

enum Behind {
    Words(Vec<String>),
    Contained(Vec<String>),
    Shell(String),
}

fn behind(wrapper: &Wrapper, words: &[String]) -> Behind {
    let mut at = 1;
    let mut skips = wrapper.skips;
    while let Some(word) = words.get(at) {
        if word == "--" {
            at += 1;
            if skips == 0 {
                break;
            }
            continue;
        }
        // flock's own shell.
        if wrapper.name == "flock" && matches!(word.as_str(), "-c" | "--command") {
            return Behind::Shell(words.get(at + 1).cloned().unwrap_or_default());
        }
        if word.starts_with('-') && word.len() > 1 {
            at += 1 + usize::from(takes_next(word, wrapper.letters, wrapper.long));
        } else if skips > 0 {
            skips -= 1;
            at += 1;
        } else {
            break;
        }
    }
    Behind::Words(words.get(at..).unwrap_or_default().to_vec())
}

/// Whether an option has its value in the next word.
fn takes_next(word: &str, letters: &str, long: &[&str]) -> bool {
    if long.contains(&word) {
        return true;
    }
    let short = word.strip_prefix('-').filter(|w| !w.starts_with('-'));
    let Some(short) = short else { return false };
    let at = short.char_indices().find(|(_, c)| letters.contains(*c));
    at.is_some_and(|(n, c)| n + c.len_utf8() == short.len())
}

/// `sh -c TEXT`, with any options before.
fn shell(words: &[String]) -> Option<String> {
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let letters = word.strip_prefix(['-', '+'])?;
        if letters == "o" || letters == "O" {
            rest.next();
        } else if !letters.starts_with('-') && letters.contains('c') {
            // `-o pipefail -c`, `-ec`, `-co pipefail`.
            let mut text = rest.next();
            while text.is_some_and(|t| t.starts_with('-')) {
                text = rest.next();
            }
            return text.cloned();
        }
    }
    None
}

/// `su - USER -c TEXT`, `runuser -u USER -- PROGRAM`.
fn user(words: &[String]) -> Behind {
    let mut at = 1;
    let (mut named, mut account) = (false, false);
    while let Some(word) = words.get(at) {
        at += 1;
        match word.as_str() {
            "-c" | "--command" | "--session-command" => {
                return Behind::Shell(words.get(at).cloned().unwrap_or_default());
            }
            "-u" | "--user" => {
                at += 1;
                named = true;
            }
            "-s" | "--shell" | "-g" | "--group" | "-G" => at += 1,
            "--" => break,
            w if w.starts_with("--command=") => {
                return Behind::Shell(w.trim_start_matches("--command=").to_owned());
            }
            w if w.starts_with('-') => {}
            _ if named => {
                at -= 1;
                break;
            }
            _ if account && !words.iter().any(|w| w == "-c") => {
                // What stands behind it the shell of the account opens.
                let file = words.get(at - 1..).unwrap_or_default().iter();
                return Behind::Words(
                    std::iter::once("sh".to_owned())
                        .chain(file.cloned())
                        .collect(),
                );
            }
            _ => account = true,
        }
    }
    Behind::Words(words.get(at..).unwrap_or_default().to_vec())
}

/// `docker exec [OPTIONS] NAME PROGRAM`, `docker run [OPTIONS] IMAGE [WORDS]`.
fn container(name: &str, words: &[String]) -> Option<Vec<String>> {
    const ENGINES: [&str; 6] = [
        "docker",
        "podman",
        "nerdctl",
        "docker-compose",
        "kubectl",
        "podman-compose",
    ];
    if !ENGINES.contains(&name) {
        return None;
    }
    const LONG: [&str; 16] = [
        "--env",
        "--user",
        "--workdir",
        "--env-file",
        "--volume",
        "--name",
        "--network",
        "--mount",
        "--file",
        "--project-name",
        "--namespace",
        "--container",
        "--entrypoint",
        "--hostname",
        "--index",
        "--host",
    ];
    let mut at = 1;
    let mut verb = None;
    while let Some(word) = words.get(at) {
        if word.starts_with('-') {
            at += 1 + usize::from(takes_next(word, "euwvfpncHh", &LONG));
        } else if verb.is_none() {
            at += 1;
            if matches!(word.as_str(), "exec" | "run") {
                verb = Some(word.as_str());
            } else if word != "compose" && word != "container" {
                return None;
            }
        } else {
            break;
        }
    }
    if let Some(marked) = words.iter().position(|w| w == "--") {
        return words.get(marked + 1..).map(<[_]>::to_vec);
    }
    let image = words.get(at)?;
    let program = base_name(image)
        .split([':', '@'])
        .next()
        .unwrap_or_default();
    let mut rest: Vec<String> = words.get(at + 1..)?.to_vec();
    // An image that is a tool runs it: `restic/restic backup /srv`.
    let tool = super::tools::is_tool(program) || program == "rclone";
    let itself = tool && rest.first().is_none_or(|w| base_name(w) != program);
    if verb == Some("run") && itself {
        rest.insert(0, program.to_owned());
    }
    Some(rest)
}
