//! The scripts that jobs run, and those that these run, one step further.

use std::collections::BTreeSet;

use super::{
    Jobs, Starter,
    commands::read,
    secrets::holds_plain_secret,
    tools::{base_name, is_tool, mentions_tool, paths_in, words},
    variables::expanded,
};
use crate::{
    host::{Host, HostError},
    observation::{Gap, GapReason},
};

const SCRIPT_CAP: usize = 256 << 10;
/// Most scripts of one step that are read, and most names that are looked at for them.
const MOST: usize = 8;
const NAMES: usize = 64;
/// What a script that only sets variables may take.
const SHORT: usize = 16 << 10;
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ksh", "zsh", "busybox"];
/// Where programs are looked for that are named without a folder: an administrator's own in the first ones.
const FOLDERS: [&str; 7] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/root/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];
const OWN_FOLDERS: usize = 3;
/// Programs that make copies as files tell that are not read here, and where those stand.
const TOLD_ELSEWHERE: [(&str, &str); 2] = [
    ("backupninja", "/etc/backup.d"),
    ("backup-manager", "/etc/backup-manager.conf"),
];

/// The scripts behind a command.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    /// Text of those that it names.
    pub(super) first: String,
    /// Those of them that hold a secret.
    telling: Vec<String>,
    /// Those that they run: path and text.
    pub(super) further: Vec<(String, String)>,
    /// A script that is run and may make copies, and is not followed.
    pub(super) lost: Option<String>,
    seen: BTreeSet<String>,
}

/// Where a program stands that a command runs.
enum Found {
    At(String),
    /// Its name speaks of a backup, and where it stands does not show.
    Lost(String),
    No,
}

impl Jobs {
    /// The shell scripts that a command names. Programs are passed over, they are no text, and so are the
    /// tools themselves, some of which are scripts.
    pub(super) fn scripts(&mut self, host: &dyn Host, command: &str, starter: Starter) -> Scripts {
        let mut all = Scripts::default();
        let mut paths: Vec<String> = paths_in(command).into_iter().map(str::to_owned).collect();
        paths.extend(all.programs(host, command, true));
        for (path, text) in self.texts(host, paths, starter, true, &mut all) {
            all.first.push_str(&text);
            all.first.push('\n');
            if holds_plain_secret(&expanded(&text)) {
                all.telling.push(path);
            }
        }
        let run = all.programs(host, &expanded(&format!("{command}\n{}", all.first)), false);
        all.further = self.texts(host, run, starter, false, &mut all);
        let mut deeper = String::new();
        for (_, text) in &all.further {
            deeper.push_str(text);
            deeper.push('\n');
        }
        // Deeper than that, it is only asked whether a copy might be made.
        for path in all
            .programs(host, &expanded(&deeper), false)
            .into_iter()
            .take(MOST)
        {
            let script = all.seen.insert(path.clone()) && !is_tool(base_name(&path));
            if script
                && script_at(host, &path, false).is_ok_and(|t| t.is_some_and(|t| mentions_tool(&t)))
            {
                all.lost.get_or_insert(path);
            }
        }
        all
    }

    /// The shell scripts among some paths: of those that a line of cron or a unit names, the `whole`.
    fn texts(
        &mut self,
        host: &dyn Host,
        paths: Vec<String>,
        starter: Starter,
        whole: bool,
        all: &mut Scripts,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let paths = paths.into_iter().filter(|p| !is_tool(base_name(p)));
        for path in paths.take(NAMES) {
            if !all.seen.insert(path.clone()) {
                continue;
            }
            all.told_elsewhere(host, &path);
            let text = match script_at(host, &path, whole) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(error) => {
                    self.missed(error);
                    continue;
                }
            };
            if found.len() >= MOST {
                if mentions_tool(&text) {
                    all.lost.get_or_insert(path);
                }
                continue;
            }
            let starts = starter != Starter::Nothing;
            let of_a_shell = is_of_a_shell(&text);
            if starts && (whole || of_a_shell) {
                self.masked.script(&path, &text);
            }
            if of_a_shell {
                found.push((path, text));
            } else if starts && whole && mentions_tool(&text) {
                let what = format!("{path}: not a script for a shell");
                self.gap
                    .get_or_insert_with(|| Gap::new(GapReason::ParseError, what));
            } else if !path.starts_with("/usr/bin/") && mentions_tool(&text) {
                all.lost.get_or_insert(path); // programs of packages are no jobs, psql names pg_dump
            }
        }
        found
    }
}

impl Scripts {
    /// The files that hold a secret which stands in these scripts, or in the line of cron at `at`. A script that is
    /// closed may hold one, whoever may read the line that starts it.
    pub(super) fn secret_places(&self, at: &str, command: &str) -> Vec<String> {
        let told = at.starts_with('/') && holds_plain_secret(&expanded(command));
        let line = told.then(|| at.split(':').next().unwrap_or(at).to_owned());
        let mut places: Vec<String> = line.into_iter().chain(self.telling.clone()).collect();
        let further = self.further.iter().filter(|(_, t)| holds_plain_secret(t));
        places.extend(further.map(|(path, _)| path.clone()));
        places
    }

    /// Where the programs stand that a text runs. What a line of cron or a unit runs itself (`own`) its
    /// administrator wrote; scripts of packages run many others.
    fn programs(&mut self, host: &dyn Host, text: &str, own: bool) -> Vec<String> {
        let mut paths = Vec::new();
        let mut names = BTreeSet::new();
        for command in read(text, "").iter().filter(|c| !c.contained) {
            let folder = command.folder.as_deref();
            let reads = SHELLS.contains(&command.program.as_str());
            let opens = [".", "source", "python", "python3", "perl"];
            let opens = opens.contains(&command.program.as_str());
            let word = if reads || opens {
                command.operands.first().map_or("", String::as_str)
            } else {
                command.word.as_str()
            };
            if names.len() >= NAMES || !names.insert((word.to_owned(), folder.map(str::to_owned))) {
                continue;
            }
            match found(host, word, folder, reads, own && !opens) {
                Found::At(path) => paths.push(path),
                Found::Lost(word) => {
                    self.lost.get_or_insert(word);
                }
                Found::No => {}
            }
        }
        paths
    }

    fn told_elsewhere(&mut self, host: &dyn Host, path: &str) {
        let known = TOLD_ELSEWHERE.iter().find(|(n, _)| *n == base_name(path));
        let Some((_, place)) = known else { return };
        let empty = match host.list(place, 1_000) {
            Ok(entries) => !entries.iter().any(|e| is_action(&e.name)),
            Err(HostError::NotFound(_)) => true,
            Err(_) => false,
        };
        if !empty {
            self.lost.get_or_insert_with(|| (*place).to_owned());
        }
    }
}

/// Whether backupninja reads a file of this name.
fn is_action(name: &str) -> bool {
    !name.starts_with(['.', '0']) && name != "README" && !name.ends_with(".disabled")
}

/// Whether a name speaks of a backup, or of any script where that is `any`. A word without a folder may be
/// a function of the script.
fn speaks(word: &str, any: bool) -> bool {
    let name = base_name(word).to_ascii_lowercase();
    let called = ["backup", "saoluu", "sao-luu", "sao_luu"];
    let literal = !name.contains(['$', '`']) && !is_tool(&name);
    let ends = name.ends_with(".sh");
    let of_a_file = ends || word.contains('/');
    literal && (any && ends || of_a_file && called.iter().any(|c| name.contains(c)))
}

/// Where a program or a script stands, seen from a folder.
fn found(host: &dyn Host, word: &str, folder: Option<&str>, read: bool, any: bool) -> Found {
    let lost = || {
        if speaks(word, any) {
            Found::Lost(word.to_owned())
        } else {
            Found::No
        }
    };
    if word.is_empty() || word.starts_with('-') || is_tool(word) {
        return Found::No;
    }
    if word.contains(['$', '`']) {
        return lost();
    }
    if word.starts_with('/') {
        return Found::At(word.to_owned());
    }
    let bare = word.trim_start_matches("./");
    if word.contains('/') || read {
        return folder.map_or_else(lost, |f| {
            Found::At(format!("{}/{bare}", f.trim_end_matches('/')))
        });
    }
    let all = speaks(word, true) || word.contains("backup");
    let folders = if all { FOLDERS.len() } else { OWN_FOLDERS };
    let places = FOLDERS.iter().take(folders);
    let mut places = places.map(|f| format!("{f}/{word}"));
    match places.find(|p| matches!(host.stat_if_any(p), Ok(Some(_)))) {
        Some(path) => Found::At(path),
        None => lost(),
    }
}

/// The text of a script, or nothing where a file is no script. Of one that another runs the beginning will
/// do: packages have very long ones.
fn script_at(host: &dyn Host, path: &str, whole: bool) -> Result<Option<String>, HostError> {
    if host.read_at(path, 0, 2)? != b"#!" {
        return Ok(None);
    }
    let bytes = if whole {
        host.read(path, SCRIPT_CAP)?
    } else {
        host.read_at(path, 0, SCRIPT_CAP)?
    };
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether a script that another runs is read: packages have long ones that have to do with no backup, and what is
/// kept of all jobs together is limited.
pub(super) fn is_kept(text: &str) -> bool {
    text.len() <= SHORT || mentions_tool(text)
}

/// Whether the first line of a script names a shell.
fn is_of_a_shell(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let first = first.trim_start_matches("#!");
    words(first).iter().any(|w| SHELLS.contains(&base_name(w)))
}
