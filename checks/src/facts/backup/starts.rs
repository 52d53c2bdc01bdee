//! Which file a command starts, and what makes it run.

use super::{
    commands::Command,
    targets::{THIS_MACHINE, Target, classify},
    tools::is_tool,
    wrappers::SHELLS,
};
use crate::facts::shell_words::is_inert;

/// What makes a file run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A shell opens it.
    Opened,
    /// The shell that is read opens it, by `.`.
    Sourced,
    /// A shell, or a program such as `nice`, starts it. Text without a first line goes to a shell, as
    /// execvp(3) and sh(1) have it.
    Started,
    /// systemd or run-parts starts it. Text without a first line is refused.
    Bare,
    /// The interpreter of another language opens it.
    Foreign,
}

/// Programs that start nothing of this host that stands among their words: of containers, of other machines,
/// what looks for processes, and what only reads or copies.
const ELSEWHERE: [&str; 36] = [
    "ssh",
    "scp",
    "sftp",
    "mosh",
    "sshpass",
    "pgrep",
    "pkill",
    "pidof",
    "ps",
    "docker",
    "podman",
    "nerdctl",
    "docker-compose",
    "podman-compose",
    "kubectl",
    "crictl",
    "lxc",
    "lxc-attach",
    "incus",
    "pct",
    "systemd-nspawn",
    "chroot",
    "rsync",
    "rclone",
    "tar",
    "zip",
    "stat",
    "wc",
    "diff",
    "md5sum",
    "sha256sum",
    "sed",
    "awk",
    "ln",
    "install",
    "systemctl",
];

/// The file that a command starts, as its word has it.
pub(super) fn started(command: &Command) -> Option<(&str, How)> {
    let program = command.program.as_str();
    let first = command.operands.first().map(String::as_str);
    let input = command.input.as_deref();
    if SHELLS.contains(&program) {
        let file = first.filter(|_| !command.has(&["-s"]));
        return Some((file.or(input)?, How::Opened));
    }
    if matches!(program, "." | "source") {
        return Some((first?, How::Sourced));
    }
    if is_foreign(program) {
        let told = command.has(&["-c", "-m", "-e", "-E", "-r"]);
        let file = command.value(&["-f"]).or(first).or(input);
        return Some((file.filter(|_| !told)?, How::Foreign));
    }
    (!runs_nothing(command)).then_some((command.word.as_str(), How::Started))
}

/// The files that a command is given to read, where it is not known what it does with them: a wrapper of
/// somebody's own runs them.
pub(super) fn given(command: &Command) -> impl Iterator<Item = &str> {
    let program = command.program.as_str();
    let known = SHELLS.contains(&program)
        || is_foreign(program)
        || is_tool(program)
        || matches!(program, "." | "source" | "run-parts")
        || ELSEWHERE.contains(&program) && !is_back_here(command)
        || runs_nothing(command);
    let operands = command.operands.iter().filter(move |_| !known);
    operands.map(String::as_str).filter(|w| w.starts_with('/'))
}

/// `ssh localhost`.
fn is_back_here(command: &Command) -> bool {
    let here = |host: &String| {
        let place = classify(&format!("{host}:/"));
        place == Some(Target::Remote(THIS_MACHINE.to_owned()))
    };
    command.program == "ssh" && command.operands.first().is_some_and(here)
}

/// A program of the system that runs nothing. One of that name in another folder is somebody's own.
fn runs_nothing(command: &Command) -> bool {
    let folder = command
        .word
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    is_inert(&command.program) && matches!(folder, "" | "/bin" | "/usr/bin")
}

/// Interpreters whose scripts are not understood here.
fn is_foreign(program: &str) -> bool {
    let bare = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    matches!(bare, "python" | "perl" | "php" | "ruby" | "node")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::backup::commands::read;

    #[test]
    fn what_a_command_starts_is_told_from_what_it_names() {
        for (text, how) in [
            ("/x.sh", How::Started),
            (
                "nice -n 19 ionice -c3 timeout 2h chronic /x.sh a",
                How::Started,
            ),
            ("flock -n /l /x.sh", How::Started),
            ("flock -n /l -c /x.sh", How::Started),
            ("sudo -u b env A=1 systemd-run --wait /x.sh", How::Started),
            ("su - b -c /x.sh", How::Started),
            ("su - b -c '/x.sh >/dev/null'", How::Started),
            ("su - b /x.sh", How::Opened),
            ("runuser -u b -- /x.sh", How::Started),
            ("cronitor exec k3y /x.sh", How::Started),
            ("sentry-cli monitors run night -- /x.sh", How::Started),
            ("bash -o pipefail -x /x.sh /y", How::Opened),
            ("/bin/bash -ex /x.sh", How::Opened),
            ("bash -s a < /x.sh", How::Opened),
            ("zsh </x.sh", How::Opened),
            (". /x.sh", How::Sourced),
            ("python3.11 -W ignore /x.sh", How::Foreign),
            ("php -f /x.sh", How::Foreign),
            ("/opt/test/echo/../x.sh", How::Started),
        ] {
            let all = read(text, "");
            let got = all.first().and_then(started);
            let same = got.is_some_and(|(w, h)| w.ends_with("/x.sh") && h == how);
            assert!(same, "{text}: {got:?}");
        }
        for text in [
            "pgrep -f /x.sh",
            "ssh db2 /x.sh",
            "ssh db2 'bash -s' < /x.sh",
            "docker cp /x.sh web:/x.sh",
            "true /x.sh",
            "/usr/bin/test -s /x.sh",
            "python3 -m backup /x.sh",
            "sh -s <<E\nE",
        ] {
            let all = read(text, "");
            let named = |c: &Command| {
                let starts = started(c).is_some_and(|(w, _)| w == "/x.sh");
                starts || given(c).next().is_some()
            };
            assert!(!all.iter().any(named), "{text}: {all:?}");
        }
        let own = read("/opt/quietly --tag night /x.sh", "");
        assert_eq!(given(&own[0]).collect::<Vec<_>>(), ["/x.sh"]);
    }
}
