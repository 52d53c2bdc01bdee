//! What a backup job takes along and what it leaves out, as far as its text says.

use super::tools::{base_name, operands_after, tools_in};
use crate::facts::{glob, shell_words as shell, storage::is_below};

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
    /// Whether other file systems below the folders are left out.
    pub one_file_system: bool,
    /// Whether something in the text is not understood, such as a variable.
    pub unclear: bool,
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
        self.one_file_system |= other.one_file_system;
        self.unclear |= other.unclear;
    }

    /// Whether `place` is taken along. `same_fs` tells whether two folders lie on one file system.
    pub fn cover(&self, place: &str, same_fs: impl Fn(&str, &str) -> bool) -> Cover {
        let reaches = |source: &&String| {
            let source = source.trim_end_matches("/*");
            let source = if source.is_empty() { "/" } else { source };
            is_below(place, source)
                && (!self.one_file_system || place == source || same_fs(source, place))
        };
        if !self.paths.iter().any(|p| reaches(&p)) {
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

    fn take(&mut self, word: &str) {
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
fn leaves_out(pattern: &str, place: &str) -> bool {
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

const WITH_VALUE: [&str; 42] = [
    "-r",
    "--repo",
    "--repository-file",
    "-p",
    "--password-file",
    "--password-command",
    "-o",
    "--option",
    "--cache-dir",
    "--tag",
    "--host",
    "-H",
    "--time",
    "--limit-upload",
    "--limit-download",
    "--retry-lock",
    "-C",
    "--compression",
    "--comment",
    "--timestamp",
    "--chunker-params",
    "-c",
    "--checkpoint-interval",
    "--rsh",
    "-e",
    "--bwlimit",
    "--log-file",
    "--link-dest",
    "--backup-dir",
    "--suffix",
    "-f",
    "--file",
    "--encrypt-key",
    "--sign-key",
    "--volsize",
    "--archive-dir",
    "--name",
    "--full-if-older-than",
    "--directory",
    "--parent",
    "--group-by",
    "--pack-size",
];

/// What the backup commands of a text take along.
pub fn sources_in(text: &str) -> Sources {
    let mut all = Sources::default();
    for command in shell::commands(text) {
        for tool in tools_in(&command) {
            one(tool, &command, &mut all);
        }
    }
    all
}

fn one(tool: &str, command: &str, all: &mut Sources) {
    let words = super::tools::words(command);
    let start = |name: &str| words.iter().position(|w| base_name(w) == name);
    let verb = match tool {
        "restic" | "proxmox-backup" => start("backup"),
        "borg" => start("create"),
        "duplicity" | "tar" | "rsync" | "rclone" | "zip" => start(tool),
        _ => return, // the others have their sources elsewhere
    };
    let Some(verb) = verb else { return };
    let rest = words.get(verb + 1..).unwrap_or_default();
    let operands = options(tool, rest, all);
    match tool {
        "borg" => operands.iter().skip(1).for_each(|w| all.take(w)),
        "rsync" => {
            let last = operands.len().saturating_sub(1);
            operands.iter().take(last).for_each(|w| all.take(w));
        }
        "rclone" => operands.iter().skip(1).take(1).for_each(|w| all.take(w)),
        "duplicity" => {
            let folder = operands
                .iter()
                .find(|w| !matches!(**w, "full" | "incr" | "incremental" | "backup"));
            folder.iter().for_each(|w| all.take(w));
        }
        "tar" => {
            // `tar czf FILE FOLDER…`: letters without a dash, then the archive.
            let bare = rest.first().is_some_and(|w| !w.starts_with('-'));
            operands
                .iter()
                .skip(if bare { 2 } else { 0 })
                .for_each(|w| all.take(w));
        }
        "zip" => operands.iter().skip(1).for_each(|w| all.take(w)),
        "proxmox-backup" => {
            for word in operands {
                match word.split_once(':') {
                    Some((archive, path)) if archive.contains('.') => all.take(path),
                    _ => {}
                }
            }
        }
        _ => operands.iter().for_each(|w| all.take(w)),
    }
}

/// Reads options; what remains are operands.
fn options<'w>(tool: &str, words: &[&'w str], all: &mut Sources) -> Vec<&'w str> {
    let mut operands = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        at += 1;
        let next = words.get(at).copied();
        let (name, told) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word, None),
        };
        let value = told.or(next);
        let mut used = told.is_none();
        let is_exclude = matches!(name, "--exclude" | "--iexclude")
            || name == "-e" && matches!(tool, "restic" | "borg");
        match name {
            _ if is_exclude => all.excluded.extend(value.map(str::to_owned)),
            "--exclude-file" | "--exclude-from" | "--iexclude-file" | "-X"
                if name != "-X" || tool == "tar" =>
            {
                all.exclude_lists.extend(value.map(str::to_owned));
            }
            "--files-from" => all.lists.extend(value.map(str::to_owned)),
            "--files-from-raw"
            | "--files-from-verbatim"
            | "--patterns-from"
            | "--pattern"
            | "-T"
            | "--include"
            | "--filter"
            | "--filelist" => all.unclear = true,
            "-x" | "--one-file-system" | "--exclude-other-filesystems" => {
                all.one_file_system = true;
                used = false;
            }
            "-C" | "--directory" if tool == "tar" => {
                // Operands behind it are relative to it: they are somewhere below.
                if next == Some("/") || told == Some("/") {
                    used = told.is_none();
                } else {
                    all.unclear = true;
                }
            }
            _ if tool == "tar" && is_archive_flag(name) => {}
            _ if operand(name) => {
                operands.push(name);
                used = false;
                if told.is_some() {
                    operands.pop();
                }
            }
            _ => used = told.is_none() && WITH_VALUE.contains(&name),
        }
        at += usize::from(used);
        if operands_after(word) {
            operands.extend(words.get(at..).unwrap_or_default());
            break;
        }
    }
    operands.retain(|w| !w.starts_with(['>', '<']) && !w.starts_with("2>") && *w != "1");
    operands
}

fn operand(word: &str) -> bool {
    !word.starts_with('-')
}

/// `-czf`, `-f`: the archive follows.
fn is_archive_flag(word: &str) -> bool {
    let letters = word.strip_prefix('-').filter(|w| !w.starts_with('-'));
    letters.is_some_and(|l| l.ends_with('f'))
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
