//! Where a command puts its copies, by its own options or by where its output goes.

use super::{
    commands::{Command, outlets},
    targets::{Target, classify},
    tools::tool_of,
    trial::is_trial,
};

/// Where copies go.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) targets: Vec<Target>,
    /// The places as the words have them, variables included.
    pub(super) words: Vec<String>,
}

/// Where the command at `at`, which is `tool`, puts its copies.
pub(super) fn written(tool: &str, commands: &[Command], at: usize) -> Written {
    let Some(command) = commands.get(at) else {
        return Written::default();
    };
    let own = own(tool, command);
    let mut words = match own {
        Some(own) => vec![own],
        None if speaks(tool, command) => output(commands, at),
        None => Vec::new(),
    };
    words.retain(|w| !w.starts_with("/dev/"));
    let folder = command.folder.as_deref();
    let mut targets: Vec<Target> = words.iter().filter_map(|w| place(w, folder)).collect();
    targets.sort();
    targets.dedup();
    Written { targets, words }
}

/// What a word names, seen from a folder.
fn place(word: &str, folder: Option<&str>) -> Option<Target> {
    let known = classify(word);
    let relative = known.is_none() && !word.starts_with(['/', '$', '~', '`', '-']);
    match folder.filter(|_| relative && !word.contains(':')) {
        Some(folder) => {
            let word = word.trim_start_matches("./");
            classify(&format!("{}/{word}", folder.trim_end_matches('/')))
        }
        None => known,
    }
}

/// The place that a tool's own options or operands name.
fn own(tool: &str, command: &Command) -> Option<String> {
    let value = |names: &[&str]| command.value(names);
    let last = || command.operands.last().map(String::as_str);
    let word = match tool {
        "restic" => value(&["-r", "--repo"]).or_else(|| {
            let told = !command.has(&["--repository-file"]);
            command.setting("RESTIC_REPOSITORY").filter(|_| told)
        }),
        "borg" => {
            let archive = command.behind_verb().first().map_or("", String::as_str);
            let repository = archive.rsplit_once("::").map(|(r, _)| r);
            let repository = repository.filter(|r| !r.is_empty());
            let named = || value(&["-r", "--repo"]);
            let set = || command.setting("BORG_REPO");
            repository.or_else(named).or_else(set)
        }
        "duplicity" | "rsync" | "rclone" | "scp" => last(),
        "aws" | "s3cmd" | "gsutil" => last().filter(|w| w.contains("://")),
        "tar" => value(&["-f", "--file"]).filter(|w| *w != "-"),
        "zip" => command
            .operands
            .first()
            .map(String::as_str)
            .filter(|w| *w != "-"),
        // Debian's, of one cluster.
        "pg_dump" if command.program == "pg_backupcluster" => Some("/var/backups/postgresql"),
        "pg_dump" => value(&["-f", "--file", "-D", "--pgdata"]).filter(|w| *w != "-"),
        "mysqldump" => value(&["-r", "--result-file", "-T", "--tab"]),
        "mariabackup" => value(&["--target-dir"]).filter(|_| !command.has(&["--stream"])),
        "mongodump" => value(&["-o", "--out", "--archive"]),
        "slapcat" => value(&["-l"]),
        "redis" => value(&["--rdb"]),
        "sqlite" => command.args.iter().find_map(|w| sqlite_file(w)),
        "vzdump" => value(&["--dumpdir"]),
        _ => None,
    };
    word.filter(|w| !w.is_empty()).map(str::to_owned)
}

/// The file that the shell of SQLite is told to write a copy into.
pub(super) fn sqlite_file(word: &str) -> Option<&str> {
    let lower = word.trim_start().to_ascii_lowercase();
    let makes = lower.starts_with(".backup") || lower.starts_with("vacuum into");
    let last = word.split_whitespace().next_back();
    makes.then(|| last.unwrap_or_default().trim_matches(['"', '\'', ';']))
}

/// Whether what a tool says is the copy itself.
fn speaks(tool: &str, command: &Command) -> bool {
    let dumps = ["pg_dump", "mysqldump", "mongodump", "slapcat", "tar", "zip"];
    dumps.contains(&tool)
        || tool == "mariabackup" && command.has(&["--stream"])
        || tool == "vzdump" && command.has(&["--stdout"])
}

/// Where the output of a command goes in the end.
fn output(commands: &[Command], at: usize) -> Vec<String> {
    let mut found = Vec::new();
    for (n, command) in outlets(commands, at).enumerate() {
        if n > 0 {
            found.extend(taken(command));
        }
        let files = command.redirects.iter().filter(|f| !is_log(f));
        found.extend(files.cloned());
    }
    found
}

/// Where a command puts what it is given to read.
fn taken(command: &Command) -> Vec<String> {
    let operand = |n: usize| command.operands.get(n).cloned();
    let behind = |mark: &str| {
        let at = command.args.iter().position(|w| w == mark)?;
        command.args.get(at + 1).cloned()
    };
    let one = match command.program.as_str() {
        "tee" => return command.operands.clone(),
        "ssh" => operand(0).map(|host| format!("{host}:/")),
        "gpg" | "gpg2" | "age" => command.value(&["-o", "--output"]).map(str::to_owned),
        "openssl" => behind("-out"),
        "dd" => command
            .args
            .iter()
            .find_map(|w| w.strip_prefix("of=").map(str::to_owned)),
        "split" => operand(1),
        "rclone" if command.verb() == "rcat" => operand(1),
        "aws" | "s3cmd" | "gsutil" => own("aws", command),
        _ => tool_of(command).and_then(|tool| own(tool, command)),
    };
    one.into_iter().collect()
}

/// Where output of a program goes that says what it did.
fn is_log(place: &str) -> bool {
    place.starts_with("/var/log") || [".log", ".err", ".out"].iter().any(|e| place.ends_with(e))
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
        _ => super::tools::copies_anything(command).filter(|t| matches!(*t, "rsync" | "rclone")),
    }
}
