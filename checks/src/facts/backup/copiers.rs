//! Programs that copy anything: when that is a backup, and when files only leave the host.

use super::{
    commands::Command,
    sources::is_remote,
    targets::{THIS_MACHINE, Target, classify},
    trial::is_trial,
};

/// Tools that copy anything: a backup where the words say so.
const COPIERS: [&str; 4] = ["tar", "rsync", "rclone", "zip"];
/// What people call the places of backups, in Vietnamese and English.
const CALLED: [&str; 8] = [
    "backup", "saoluu", "sao-luu", "sao_luu", "bak", "dump", "archive", "luutru",
];

/// A tool that copies anything, where its words show that this is a backup.
pub(super) fn copier(command: &Command) -> Option<&'static str> {
    let tool = copies_anything(command).filter(|_| !only_pulls(command))?;
    let called = |w: &String| {
        let w = w.to_ascii_lowercase();
        CALLED.iter().any(|c| w.contains(c))
    };
    let mut words = command.args.iter().chain(&command.redirects);
    words.any(called).then_some(tool)
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
        is_remote(word)
            && !word.starts_with(":local:")
            && classify(word) != Some(Target::Remote(THIS_MACHINE.to_owned()))
    };
    !from.is_empty() && from.iter().all(elsewhere)
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
        _ => copies_anything(command).filter(|t| matches!(*t, "rsync" | "rclone")),
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
        ] {
            assert!(tools_in(text).is_empty(), "{text}");
        }
        for text in [
            "rsync -a /srv/ /backup/srv/",
            "rsync -a /srv/ nas:/backup/srv/",
            "rsync -a nas:/srv/ /etc /backup/",
            "rsync -a $SRC nas:/backup/",
            "rsync -a localhost:/srv/ /backup/",
            "rclone sync /srv b2:backup",
            "rclone sync :local:/srv b2:backup",
        ] {
            assert_eq!(tools_in(text).len(), 1, "{text}");
        }
    }
}
