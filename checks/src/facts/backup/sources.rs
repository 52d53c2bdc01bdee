//! What a backup job takes along and what it leaves out, as far as its text says.

use super::{
    commands::Command,
    harmless::{goes_down, is_harmless},
    sends::sends_snapshots,
};
use crate::facts::{glob, storage::is_below};

/// What one or several jobs take along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folders and files.
    pub paths: Vec<String>,
    /// Patterns of what is left out.
    pub excluded: Vec<String>,
    /// Files that hold more folders, one a line.
    pub lists: Vec<String>,
    /// Files that hold more patterns, one a line.
    pub exclude_lists: Vec<String>,
    /// Patterns of what alone is taken; empty where everything is.
    pub only: Vec<String>,
    /// The places as the words have them, variables included.
    pub words: Vec<String>,
    /// Whether other file systems below the folders are left out.
    pub one_file_system: bool,
    /// Whether something in the text is not understood, such as a variable.
    pub unclear: bool,
    /// Whether an option may leave out some of it.
    pub filtered: bool,
    /// Whether files are taken alone, and no folder that is named.
    pub shallow: bool,
}

/// Whether a place is taken along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// It is.
    Yes,
    /// A folder above it is, but a pattern leaves it out.
    Excluded,
    /// It is not.
    No,
}

impl Sources {
    /// Adds what another job takes along.
    pub fn merge(&mut self, other: Self) {
        self.paths.extend(other.paths);
        self.excluded.extend(other.excluded);
        self.lists.extend(other.lists);
        self.exclude_lists.extend(other.exclude_lists);
        self.only.extend(other.only);
        self.words.extend(other.words);
        self.one_file_system |= other.one_file_system;
        self.unclear |= other.unclear;
        self.filtered |= other.filtered;
        self.shallow |= other.shallow;
    }

    /// Whether something else may be taken along, whose place does not show.
    pub(super) fn hides(&self) -> bool {
        let shown = |w: &String| w.starts_with('/') && !w.contains(['$', '`']);
        self.unclear && (self.words.is_empty() || !self.words.iter().all(shown))
    }

    /// Whether `place` is taken along. `same_fs` tells whether two folders lie on one file system.
    pub fn cover(&self, place: &str, same_fs: impl Fn(&str, &str) -> bool) -> Cover {
        let reaches = |source: &&String| {
            let source = source.trim_end_matches("/*");
            let source = if source.is_empty() { "/" } else { source };
            is_below(place, source)
                && (!self.one_file_system || place == source || same_fs(source, place))
        };
        // A folder is passed over by what takes files alone.
        if self.shallow || !self.paths.iter().any(|p| reaches(&p)) {
            return Cover::No;
        }
        if self
            .excluded
            .iter()
            .any(|pattern| leaves_out(pattern, place))
        {
            Cover::Excluded
        } else {
            Cover::Yes
        }
    }

    /// Takes an operand of tar, which may be relative to a folder.
    fn take_below(&mut self, folder: Option<&str>, word: &str) {
        match folder.filter(|_| !word.starts_with(['/', '$', '`'])) {
            Some(folder) => {
                let word = match word {
                    "." => "",
                    word => word.trim_start_matches("./"),
                };
                self.take(&format!("{}/{word}", folder.trim_end_matches('/')));
            }
            None => self.take(word),
        }
    }

    fn may_leave_out(&mut self) {
        self.unclear = true;
        self.filtered = true;
    }

    fn take(&mut self, word: &str) {
        self.words.push(word.to_owned());
        if word.contains(['$', '`']) {
            self.unclear = true;
        } else if word.starts_with('/') {
            let path = word.trim_end_matches('/');
            self.paths.push(if path.is_empty() {
                "/".to_owned()
            } else {
                path.to_owned()
            });
        } else {
            self.unclear = true; // relative to a folder that is not known
        }
    }
}

/// Whether a pattern covers a whole place: it, a folder above it, or everything in it.
pub(crate) fn leaves_out(pattern: &str, place: &str) -> bool {
    let pattern = pattern
        .trim_start_matches("sh:")
        .trim_start_matches("fm:")
        .trim_start_matches("pp:");
    let pattern = pattern
        .trim_end_matches("/**")
        .trim_end_matches("/*")
        .trim_end_matches('/');
    if pattern.is_empty() {
        return false;
    }
    let parts = |p: &str| -> Vec<String> {
        let above = p
            .match_indices('/')
            .skip(1)
            .map(|(at, _)| p.get(..at).unwrap_or(p).to_owned());
        above.chain([p.to_owned()]).collect()
    };
    if pattern.starts_with('/') {
        return parts(place).iter().any(|p| glob::matches(pattern, p));
    }
    // A pattern without a place matches a folder of that name anywhere.
    let tail = pattern.rsplit_once("**/").map_or(pattern, |(_, t)| t);
    let tail = tail.trim_start_matches("*/");
    place
        .split('/')
        .any(|name| !name.is_empty() && glob::matches(tail, name))
}

/// What the backup commands of a text take along.
pub fn sources_in(text: &str) -> Sources {
    let mut all = Sources::default();
    for command in super::commands::read(text, "") {
        if let Some(tool) = super::tools::tool_of(&command) {
            all.merge(taken(tool, &command));
        }
    }
    all
}

/// The tools that say in their command what they take along.
const TELLING: [&str; 12] = [
    "restic",
    "proxmox-backup",
    "borg",
    "duplicity",
    "tar",
    "rsync",
    "rclone",
    "zip",
    "scp",
    "aws",
    "s3cmd",
    "gsutil",
];

/// What a command takes along.
pub(super) fn taken(tool: &str, command: &Command) -> Sources {
    let mut all = Sources::default();
    let operands: Vec<&str> = command.operands.iter().map(String::as_str).collect();
    if !TELLING.contains(&tool) {
        all.unclear = sends_snapshots(tool);
        return all; // the others have their sources elsewhere
    }
    if command.contained {
        all.unclear = true; // its paths are those of a container
        return all;
    }
    let below = options(tool, command, &mut all);
    all.shallow = !goes_down(tool, command);
    // Of the folder, only what stands in the list is taken, which may be less than it says.
    if matches!(tool, "rsync" | "rclone") && command.options.iter().any(|(n, _)| is_list(n)) {
        all.lists.clear();
        all.unclear = true;
        return all;
    }
    let until_last = operands.len().saturating_sub(1);
    match tool {
        "restic" => command.behind_verb().iter().for_each(|w| all.take(w)),
        "borg" => {
            let folders = command.behind_verb().iter().skip(1);
            folders.for_each(|w| all.take(w));
        }
        "rsync" | "scp" => {
            let from_here = operands.iter().take(until_last).filter(|w| !is_remote(w));
            from_here.for_each(|w| all.take(w));
        }
        "rclone" | "duplicity" | "aws" | "s3cmd" | "gsutil" => {
            let from = until_last.checked_sub(1).and_then(|n| operands.get(n));
            let from = from.filter(|w| !is_remote(w) && **w != "-");
            from.into_iter().for_each(|w| all.take(w));
        }
        "tar" => operands
            .iter()
            .for_each(|w| all.take_below(below.as_deref(), w)),
        "zip" => operands.iter().skip(1).for_each(|w| all.take(w)),
        _ => {
            for word in operands {
                match word.split_once(':') {
                    Some((archive, path)) if archive.contains('.') => all.take(path),
                    _ => {}
                }
            }
        }
    }
    all
}

/// `host:path`, `remote:path`, a URL.
pub(super) fn is_remote(word: &str) -> bool {
    let name = word.split_once(':').map(|(name, _)| name);
    name.is_some_and(|n| !n.contains('/') && !n.contains('$'))
}

/// The options by which only what a list names is taken.
fn is_list(option: &str) -> bool {
    matches!(option, "--files-from" | "--files-from-raw")
}

/// Whether a span of time holds the copies of the last day: `24h`, `2d`, `1w`.
fn is_a_day(age: &str) -> bool {
    let number = age.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = age.get(number.len()..).unwrap_or_default();
    let Ok(number) = number.parse::<u32>() else {
        return false;
    };
    match unit {
        "h" => number >= 24,
        "d" | "w" | "M" | "y" => number > 0,
        _ => false,
    }
}

/// Reads options; what comes back is the folder that tar's operands are below.
fn options(tool: &str, command: &Command, all: &mut Sources) -> Option<String> {
    let mut below = None;
    for (name, value) in &command.options {
        let value = || value.clone();
        match name.as_str() {
            "--exclude" | "--iexclude" => all.excluded.extend(value()),
            "-e" if matches!(tool, "restic" | "borg") => all.excluded.extend(value()),
            "--exclude-file" | "--exclude-from" | "--iexclude-file" => {
                all.exclude_lists.extend(value());
            }
            "-X" if tool == "tar" => all.exclude_lists.extend(value()),
            "--files-from" => all.lists.extend(value()),
            "-T" if tool == "tar" => all.unclear = true,
            "-f" | "--filter" if matches!(tool, "rsync" | "rclone") => all.may_leave_out(),
            "-x" if tool == "zip" => all.may_leave_out(),
            "--include" if tool == "rclone" => all.only.extend(value()),
            "--max-age" if value().is_some_and(|age| is_a_day(&age)) => {}
            "--files-from-raw"
            | "--files-from-verbatim"
            | "--patterns-from"
            | "--pattern"
            | "--include"
            | "--include-from"
            | "--filter-from"
            | "--exclude-filelist"
            | "--include-filelist"
            | "--exclude-regexp"
            | "--max-age"
            | "--max-size" => all.may_leave_out(),
            "-x" if tool == "gsutil" => all.may_leave_out(),
            "-x" | "--one-file-system" | "--exclude-other-filesystems" => {
                all.one_file_system = true;
            }
            "-C" | "--directory" if tool == "tar" => match value() {
                Some(folder) if folder.starts_with('/') && below.is_none() => below = Some(folder),
                _ => all.unclear = true,
            },
            name => all.filtered |= !is_harmless(tool, name),
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paths(text: &str) -> Vec<String> {
        sources_in(text).paths
    }

    #[test]
    fn sources_are_told_from_options_and_targets() {
        assert_eq!(
            paths(
                "restic -r /srv/b --password-file /root/p backup --exclude /srv/tmp -x /etc /srv/"
            ),
            ["/etc", "/srv"]
        );
        assert_eq!(
            paths("borg create --stats -C zstd /mnt/r::{now} /home /etc"),
            ["/home", "/etc"]
        );
        assert_eq!(
            paths("tar -czf /backup/x.tgz --exclude=/etc/ssl /etc /srv"),
            ["/etc", "/srv"]
        );
        assert_eq!(paths("tar czf /backup/x.tgz /etc"), ["/etc"]);
        assert_eq!(paths("rsync -a --delete /srv/ /mnt/backup/srv/"), ["/srv"]);
        assert_eq!(
            paths("duplicity full --no-encryption /srv file:///backup/d"),
            ["/srv"]
        );
        assert_eq!(
            paths("proxmox-backup-client backup root.pxar:/ --repository u@h:s"),
            ["/"]
        );
        assert_eq!(
            paths("rclone sync --transfers 4 /srv b2:sao-luu-backup"),
            ["/srv"]
        );
        assert_eq!(paths("rsync -avzp -e ssh /srv nas:/backup"), ["/srv"]);
        assert_eq!(
            paths("tar czf /backup/x.tgz -C /srv data ."),
            ["/srv/data", "/srv"]
        );
        assert!(paths("rsync -a nas:/srv/ /backup/nas/").is_empty());
        assert!(sources_in("docker run -v /a:/srv restic/restic backup /srv").unclear);
        assert_eq!(paths("restic $OPTS backup /srv"), ["/srv"]);
        assert_eq!(paths("borg $OPTS create $R::x /srv"), ["/srv"]);
        assert!(sources_in("restic backup $SRC").unclear);
        assert!(sources_in("cd /srv && tar czf /backup/x.tgz data").unclear);
    }

    #[test]
    fn what_is_left_out_is_not_covered() {
        let got =
            sources_in("restic backup --exclude /srv/data --exclude='*.tmp' --exclude mysql -x / ");
        let other = |a: &str, b: &str| a.split('/').nth(1) == b.split('/').nth(1);
        let all = |_: &str, _: &str| true;
        assert_eq!(got.cover("/srv/data/db", all), Cover::Excluded);
        assert_eq!(got.cover("/var/lib/mysql", all), Cover::Excluded);
        assert_eq!(got.cover("/srv", all), Cover::Yes);
        assert_eq!(
            got.cover("/srv", other),
            Cover::No,
            "another file system is left out"
        );
        assert_eq!(
            sources_in("restic backup /etc").cover("/etcetera", all),
            Cover::No
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(restic backup|tar czf|rsync|borg create) .{0,120}") {
            sources_in(&text).cover("/srv", |_, _| true);
        }
    }
}
