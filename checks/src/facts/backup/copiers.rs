//! Programs that copy anything: when that is a backup, and when files only leave the host.

use super::{
    commands::Command,
    destinations::{outlets, written},
    targets::{THIS_MACHINE, Target, classify},
    trial::is_trial,
};
use crate::facts::storage::is_below;

/// Tools that copy anything: a backup where the words say so.
const COPIERS: [&str; 4] = ["tar", "rsync", "rclone", "zip"];
/// What people call the places of backups, in Vietnamese and English.
const CALLED: [&str; 8] = [
    "backup", "saoluu", "sao-luu", "sao_luu", "bak", "dump", "archive", "luutru",
];

/// Where Debian's packages keep copies of their own lists, by jobs that every host has: to work in there shows no
/// backup of the host.
const OF_PACKAGES: &str = "/var/backups";

/// What takes its input to another machine.
const TAKERS: [&str; 5] = ["ssh", "aws", "s3cmd", "gsutil", "rclone"];

/// What is known of where the output of a command ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Goes {
    /// The place speaks of a backup.
    backup: bool,
    /// It is another machine.
    away: bool,
}

/// Notes of the commands that copy anything where their output ends.
pub(super) fn follow(commands: &mut [Command]) {
    for n in 0..commands.len() {
        let Some(tool) = commands.get(n).and_then(copies_anything) else {
            continue;
        };
        let written = written(tool, commands, n);
        let mut places = written.targets.iter().filter_map(|t| match t {
            Target::Local(path) if !is_below(path, OF_PACKAGES) => Some(path),
            _ => None,
        });
        let behind = outlets(commands, n).skip(1);
        let takers = behind.filter(|c| TAKERS.contains(&c.program.as_str()));
        let takers: Vec<&Command> = takers.collect();
        let mut told = takers.iter().flat_map(|c| &c.args).chain(&written.words);
        let goes = Goes {
            backup: places.any(|p| called(p)) || told.any(|w| called(w)),
            away: !takers.is_empty(),
        };
        if let Some(command) = commands.get_mut(n) {
            command.goes = goes;
        }
    }
}

/// Whether a word speaks of a backup.
fn called(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    CALLED.iter().any(|c| word.contains(c))
}

/// A tool that copies anything, where its words, or the place that its output goes to, show that this is a backup.
pub(super) fn copier(command: &Command) -> Option<&'static str> {
    let tool = copies_anything(command).filter(|_| !only_pulls(command))?;
    let mut words = command.args.iter().chain(&command.redirects);
    (words.any(|w| called(w)) || command.goes.backup).then_some(tool)
}

/// A tool that copies anything, and does so.
fn copies_anything(command: &Command) -> Option<&'static str> {
    let tool = COPIERS.into_iter().find(|t| command.program == *t)?;
    let makes = match tool {
        "tar" => command.has(&["-c", "--create"]),
        "rclone" => matches!(command.verb(), "copy" | "sync" | "move" | "copyto"),
        _ => true,
    };
    makes.then_some(tool)
}

/// Whether all that a command copies comes from other machines, so that nothing of this host is in it.
fn only_pulls(command: &Command) -> bool {
    let from = command.operands.split_last().map_or(&[][..], |(_, f)| f);
    let from = match command.program.as_str() {
        "rsync" => from,
        "rclone" => from.get(1..).unwrap_or_default(),
        _ => return false,
    };
    let elsewhere = |word: &String| {
        names_a_machine(word)
            && !word.starts_with(":local:")
            && classify(word) != Some(Target::Remote(THIS_MACHINE.to_owned()))
    };
    !from.is_empty() && from.iter().all(elsewhere)
}

/// Whether a colon stands before the first slash, whatever hides the name before it.
fn names_a_machine(word: &str) -> bool {
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ':' => return true,
            '/' => return false,
            // The colon of `${NAME:-/folder}` is none.
            '$' if chars.peek() == Some(&'{') => {
                chars.by_ref().find(|c| *c == '}');
            }
            _ => {}
        }
    }
    false
}

/// What sends files to another machine without being a backup by itself.
pub(super) fn sender_of(command: &Command) -> Option<&'static str> {
    if is_trial(command) {
        return None;
    }
    let sends = |words: &[&str]| command.operands.iter().any(|w| words.contains(&w.as_str()));
    match command.program.as_str() {
        "scp" => Some("scp"),
        "aws" if sends(&["s3"]) && sends(&["cp", "sync", "mv"]) => Some("aws"),
        "s3cmd" if sends(&["put", "sync"]) => Some("s3cmd"),
        "gsutil" if sends(&["cp", "rsync", "mv"]) => Some("gsutil"),
        _ => {
            let sends = |t: &&str| matches!(*t, "rsync" | "rclone") || command.goes.away;
            copies_anything(command).filter(sends)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::backup::tools::tools_in;

    #[test]
    fn what_comes_from_elsewhere_is_no_copy_of_this_host() {
        for text in [
            "rsync -a rsync://archive.ubuntu.com/ubuntu/ /srv/mirror/",
            "rsync -a root@web1:/srv/www/ /backup/web1/",
            "rsync -a nas:/backup/srv/ /srv/",
            "rclone sync remote:backup /srv/backup",
            "rclone sync nas:backup b2:backup",
            "rsync -a \"$USER@$HOST:/srv/\" /backup/srv/",
            "rsync -a root@${H:-web1}:/srv/ /backup/srv/",
        ] {
            assert!(tools_in(text).is_empty(), "{text}");
        }
        for text in [
            "rsync -a /srv/ /backup/srv/",
            "rsync -a /srv/ nas:/backup/srv/",
            "rsync -a nas:/srv/ /etc /backup/",
            "rsync -a $SRC nas:/backup/",
            "rsync -a \"${SRC:-/srv}/\" /backup/",
            "tar cz /srv | gpg -e | ssh nas 'cat > /backup/x'",
            "cd /backup && tar cf x.tar /etc",
            "rsync -a localhost:/srv/ /backup/",
            "rclone sync /srv b2:backup",
            "rclone sync :local:/srv b2:backup",
        ] {
            assert_eq!(tools_in(text).len(), 1, "{text}");
        }
    }
}
