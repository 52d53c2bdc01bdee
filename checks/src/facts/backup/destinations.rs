//! Where a command puts its copies, by its own options or by where its output goes.

use super::{
    commands::{Command, read},
    sends,
    targets::{Target, classify},
    tools::tool_of,
};

/// Where copies go.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) targets: Vec<Target>,
    /// The places as the words have them, variables included.
    pub(super) words: Vec<String>,
    /// Whether nothing is kept: it is thrown away, counted, or loaded into another server.
    pub(super) lost: bool,
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
    let thrown = words.iter().any(|w| w == "/dev/null");
    words.retain(|w| !w.starts_with("/dev/"));
    let used = || speaks(tool, command) && outlets(commands, at).skip(1).any(uses_up);
    let lost = words.is_empty() && (thrown || used());
    let folder = command.folder.as_deref();
    let mut targets: Vec<Target> = words.iter().filter_map(|w| place(w, folder)).collect();
    targets.sort();
    targets.dedup();
    Written {
        targets,
        words,
        lost,
    }
}

/// The commands that the output of `commands[at]` goes through, and the last one's redirections.
pub(super) fn outlets(commands: &[Command], at: usize) -> impl Iterator<Item = &Command> {
    let mut next = commands.get(at);
    let steps = std::iter::from_fn(move || {
        let here = next?;
        let goes_on = here.redirects.is_empty();
        next = here.to.filter(|_| goes_on).and_then(|n| commands.get(n));
        Some(here)
    });
    steps.take(32)
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
        _ => sends::own(tool, command),
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
    let dumps = ["pg_dump", "mysqldump", "slapcat", "tar", "zip"];
    dumps.contains(&tool)
        || tool == "mongodump" && command.has(&["--archive"])
        || tool == "mariabackup" && command.has(&["--stream"])
        || tool == "vzdump" && command.has(&["--stdout"])
        || sends::speaks(tool, command)
}

/// Where the output of a command goes in the end.
fn output(commands: &[Command], at: usize) -> Vec<String> {
    let mut found = Vec::new();
    for (n, command) in outlets(commands, at).enumerate() {
        if n > 0 && uses_up(command) {
            break; // what it says itself is no copy
        }
        if n > 0 {
            found.extend(taken(command));
        }
        let files = command.redirects.iter().filter(|f| !is_log(f));
        found.extend(files.cloned());
    }
    found
}

/// Whether a command keeps nothing of what it is given to read: it loads or counts it, here or behind `ssh`.
fn uses_up(command: &Command) -> bool {
    const USERS: [&str; 12] = [
        "psql",
        "pg_restore",
        "mysql",
        "mariadb",
        "mongorestore",
        "wc",
        "cksum",
        "md5sum",
        "sha1sum",
        "sha256sum",
        "sha512sum",
        "b2sum",
    ];
    let uses = |c: &Command| USERS.contains(&c.program.as_str());
    if command.program != "ssh" {
        return uses(command);
    }
    let text = command.operands.get(1..).unwrap_or_default().join(" ");
    let there = read(&text, "");
    let keeps = |c: &Command| !c.redirects.is_empty() || matches!(c.program.as_str(), "tee" | "dd");
    there.iter().any(uses) && !there.iter().any(keeps)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(text: &str) -> bool {
        let commands = read(text, "");
        let tool = tool_of(&commands[0]).expect("a tool");
        written(tool, &commands, 0).lost
    }

    #[test]
    fn what_nobody_keeps_is_no_copy() {
        for text in [
            "pg_dumpall > /dev/null",
            "pg_dumpall >/dev/null 2>&1",
            "pg_dumpall | psql -h 10.1.1.1",
            "pg_dump -Fc a | pg_restore -h db2 -d a",
            "mysqldump -A | gzip | zcat | mysql -h db2",
            "mysqldump -A | ssh db2 mysql > /backup/log",
            "pg_dumpall | ssh db2 'sudo -u postgres psql -q'",
            "pg_dumpall | docker exec -i db2 psql",
            "pg_dumpall | md5sum > /backup/sum",
            "tar -cf /dev/null /backup",
            "tar -czf - /backup | wc -c",
            "mongodump --archive | mongorestore --archive",
        ] {
            assert!(lost(text), "{text}");
        }
        for text in [
            "pg_dumpall > /b/x.sql",
            "pg_dumpall | tee /b/x.sql | psql -h db2",
            "pg_dumpall | tee /b/x.sql > /dev/null",
            "pg_dumpall | ssh nas 'cat > /b/mysql'",
            "pg_dumpall | ssh nas 'tee /b/x | md5sum'",
            "restic backup /srv > /dev/null",
            "pg_dump -f /b/x.sql a > /dev/null",
            "mongodump > /dev/null",
            "tar -cf /dev/st0 /backup",
            "pg_dumpall | $SEND",
        ] {
            assert!(!lost(text), "{text}");
        }
    }
}
