//! The scripts that jobs run, and those that these run, one step further.

use std::collections::BTreeSet;

use super::{
    Jobs, Starter,
    commands::{Command, read},
    destinations::outlets,
    flags::at_end,
    followed::Followed,
    lookups::Lookups,
    opened::{is_of_a_shell, is_refused, script_at},
    parts,
    secrets::holds_plain_secret,
    starts::{How, given, started},
    tools::{base_name, is_tool, mentions_tool},
    variables::expanded,
    wrappers::SHELLS,
};
use crate::{
    facts::{cron, run_parts::Rules},
    host::{FileKind, Host, HostError},
    observation::{Gap, GapReason},
};

/// Most scripts of one step that are read, and most names that are looked at for them.
const MOST: usize = 8;
const NAMES: usize = 64;
/// What a script that only sets variables may take.
const SHORT: usize = 16 << 10;
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
    /// Those that are looked at for what they hide: path, text, and the word where they are read into another.
    looked: Vec<(String, String, Option<String>)>,
    /// What all of them do, for what stands around them.
    pub(super) followed: Followed,
    /// Files that a program is given of which it is not known whether it runs them.
    given: Vec<String>,
    seen: BTreeSet<String>,
}

/// A file that is started.
struct Start {
    path: String,
    /// As the command has it.
    word: String,
    how: How,
}

/// Where a program stands that a command runs.
enum Found {
    At(String),
    /// Its name speaks of a backup, and where it stands does not show.
    Lost(String),
    No,
}

impl Jobs {
    /// The shell scripts that the command of `at` starts. Programs are passed over, they are no text, and so are
    /// the tools themselves, some of which are scripts.
    pub(super) fn scripts(
        &mut self,
        host: &dyn Host,
        at: &str,
        command: &str,
        starter: Starter,
    ) -> Scripts {
        let mut all = Scripts::default();
        let own = all.programs(
            host,
            &mut self.lookups,
            command,
            Some(&bare_words(at, command)),
        );
        for (path, text) in self.texts(host, own, starter, true, &mut all) {
            parts::add(&mut all.first, &text);
            if holds_plain_secret(&expanded(&text)) {
                all.telling.push(path);
            }
        }
        let text = expanded(&format!("{command}\n{}", all.first));
        let run = all.programs(host, &mut self.lookups, &text, None);
        all.further = self.texts(host, run, starter, false, &mut all);
        let mut deeper = String::new();
        for (_, text) in &all.further {
            deeper.push_str(text);
            deeper.push('\n');
        }
        // Deeper than that, it is only asked whether a copy might be made.
        for Start { path, .. } in all
            .programs(host, &mut self.lookups, &expanded(&deeper), None)
            .into_iter()
            .take(MOST)
        {
            if !all.seen.insert(path.clone()) || is_tool(base_name(&path)) {
                continue;
            }
            let read = || script_at(host, &path, false);
            let text = self.lookups.script(&path, false, read);
            if text.is_ok_and(|t| t.is_some_and(|t| mentions_tool(&t))) {
                all.lost.get_or_insert(path);
            }
        }
        self.given(host, &mut all);
        all.followed.settle();
        for (path, text, read_as) in std::mem::take(&mut all.looked) {
            // What is read into a script has the flags of that.
            let around = read_as.map(|word| all.followed.around(&word));
            let before = around.map(|f| f.unwrap_or_else(|| at_end(command)));
            let before = before.unwrap_or_default();
            self.masked.script(&path, &text, &all.followed, before);
        }
        all
    }

    /// Whether a file that an unknown program is given may be a script that makes copies.
    fn given(&mut self, host: &dyn Host, all: &mut Scripts) {
        for path in std::mem::take(&mut all.given).into_iter().take(NAMES) {
            if is_tool(base_name(&path)) || !all.seen.insert(path.clone()) {
                continue;
            }
            // A log may name a tool too.
            let named = path.ends_with(".sh");
            let script = match host.stat(&path) {
                Ok(stat) => stat.kind == FileKind::File && (named || stat.mode & 0o111 != 0),
                Err(error) => {
                    self.missed(error);
                    continue;
                }
            };
            match script_at(host, &path, false) {
                Ok(Some(t)) if (script || t.starts_with("#!")) && mentions_tool(&t) => {
                    all.lost.get_or_insert(path);
                }
                Ok(_) => {}
                Err(error) => self.missed(error),
            }
        }
    }

    /// The shell scripts among some paths: of those that a line of cron or a unit names, the `whole`.
    fn texts(
        &mut self,
        host: &dyn Host,
        starts: Vec<Start>,
        starter: Starter,
        whole: bool,
        all: &mut Scripts,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let scripts = starts.into_iter().filter(|s| !is_tool(base_name(&s.path)));
        for Start { path, word, how } in scripts.take(NAMES) {
            if !all.seen.insert(path.clone()) {
                all.followed.also(word, &path);
                continue;
            }
            all.told_elsewhere(host, &path);
            let read = || script_at(host, &path, whole);
            let text = match self.lookups.script(&path, whole, read) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(error) => {
                    self.missed(error);
                    continue;
                }
            };
            match is_refused(host, &path, how) {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => self.missed(error),
            }
            if found.len() >= MOST {
                if mentions_tool(&text) {
                    all.lost.get_or_insert(path);
                }
                continue;
            }
            let starts = starter != Starter::Nothing;
            let of_a_shell = is_of_a_shell(&text, how);
            if of_a_shell && starts {
                let read_as = (how == How::Sourced).then(|| word.clone());
                all.looked.push((path.clone(), text.clone(), read_as));
                all.followed.script(how, word, &path, &text);
            } else if starts && whole {
                self.masked.foreign(&path, &text);
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

    /// What a text starts. What a line of cron or a unit starts itself its administrator wrote; scripts of
    /// packages run many others. Of such a line, `own` names what is started without a shell.
    fn programs(
        &mut self,
        host: &dyn Host,
        lookups: &mut Lookups,
        text: &str,
        own: Option<&[&str]>,
    ) -> Vec<Start> {
        let mut all = Vec::new();
        let mut names = BTreeSet::new();
        let commands = read(text, "");
        for (n, command) in commands.iter().enumerate() {
            if command.contained {
                continue;
            }
            if own.is_some() && self.given.len() < NAMES {
                let mut behind = outlets(&commands, n).skip(1);
                let fed = behind.any(|c| SHELLS.contains(&c.program.as_str()));
                let operands = command
                    .operands
                    .iter()
                    .filter(|w| fed && w.starts_with('/'));
                self.given.extend(operands.cloned());
                self.given.extend(given(command).map(str::to_owned));
            }
            if command.program == "run-parts" {
                all.extend(self.folder(host, command));
            }
            let Some((word, how)) = started(command) else {
                continue;
            };
            let folder = command.folder.as_deref();
            if names.len() >= NAMES || !names.insert((word.to_owned(), folder.map(str::to_owned))) {
                continue;
            }
            let mut stands = |folder: &str, name: &str| lookups.stands(host, folder, name);
            let bare = how == How::Started && own.is_some_and(|o| o.contains(&word));
            let how = if bare { How::Bare } else { how };
            let reads = matches!(how, How::Opened | How::Foreign);
            let any = !matches!(how, How::Sourced | How::Foreign);
            match found(&mut stands, word, folder, reads, own.is_some() && any) {
                Found::At(path) => all.push(Start {
                    path,
                    word: word.to_owned(),
                    how,
                }),
                Found::Lost(word) => {
                    self.lost.get_or_insert(word);
                }
                Found::No => {}
            }
        }
        all
    }

    /// What run-parts starts in a folder. Those of cron are seen by themselves.
    fn folder(&mut self, host: &dyn Host, command: &Command) -> Vec<Start> {
        let folder = command
            .operands
            .first()
            .map_or("", |w| w.trim_end_matches('/'));
        let trial = command.has(&["--test", "--list"]);
        if trial || !folder.starts_with('/') || cron::SCRIPTS.contains(&folder) {
            return Vec::new();
        }
        let entries = match host.list(folder, NAMES) {
            Ok(entries) => entries,
            Err(error) => {
                if !error.is_not_found() && !matches!(error, HostError::WrongKind(_)) {
                    self.lost.get_or_insert_with(|| folder.to_owned());
                }
                return Vec::new();
            }
        };
        let chosen = command.has(&["--regex", "--lsbsysinit"]);
        let mut all = Vec::new();
        for name in entries.into_iter().filter(|e| e.kind != FileKind::Dir) {
            let path = format!("{folder}/{}", name.name);
            let runs = host.stat(&path).is_ok_and(|s| s.mode & 0o111 != 0);
            if runs && !chosen && Rules::Strict.runs(&name.name) {
                let (word, how) = (path.clone(), How::Bare);
                all.push(Start { path, word, how });
            } else if runs && (chosen || Rules::Wide.runs(&name.name)) {
                self.given.push(path); // distributions differ
            }
        }
        all
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
fn found(
    stands: &mut dyn FnMut(&str, &str) -> bool,
    word: &str,
    folder: Option<&str>,
    read: bool,
    any: bool,
) -> Found {
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
    let mut places = FOLDERS.iter().take(folders);
    match places.find(|f| stands(f, word)) {
        Some(folder) => Found::At(format!("{folder}/{word}")),
        None => lost(),
    }
}

/// Whether a script that another runs is read: packages have long ones that have to do with no backup, and what is
/// kept of all jobs together is limited.
pub(super) fn is_kept(text: &str) -> bool {
    text.len() <= SHORT || mentions_tool(text)
}

/// What systemd and run-parts start themselves: the first words of the lines. Cron gives its lines to a shell.
fn bare_words<'c>(at: &str, command: &'c str) -> Vec<&'c str> {
    if at.starts_with('/') && at != command {
        return Vec::new();
    }
    let first = command.lines().filter_map(|l| l.split_whitespace().next());
    first
        .map(|w| {
            w.trim_start_matches(['-', '@', ':', '+', '!'])
                .trim_matches(['"', '\''])
        })
        .collect()
}
