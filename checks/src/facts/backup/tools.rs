//! Which backup tool a command line, script or unit runs, and where it writes. Reads words only:
//! a program, not a shell. Variables are followed where the text sets them to plain words.

pub use super::targets::{THIS_MACHINE, Target, classify, host_of, is_loopback};
use super::trial::is_trial;
use crate::facts::shell_words as shell;

/// Tools and the words that must all stand on one line for the tool to be making a copy.
const TOOLS: [(&str, &[&str]); 22] = [
    ("restic", &["restic", "backup"]),
    ("borg", &["borg", "create"]),
    ("borgmatic", &["borgmatic"]),
    ("pgbackrest", &["pgbackrest", "backup"]),
    ("barman", &["barman", "backup"]),
    ("rsnapshot", &["rsnapshot"]),
    ("duplicity", &["duplicity"]),
    ("duply", &["duply", "backup"]),
    ("proxmox-backup", &["proxmox-backup-client", "backup"]),
    ("vzdump", &["vzdump"]),
    ("pg_dump", &["pg_dump"]),
    ("pg_dump", &["pg_dumpall"]),
    ("pg_dump", &["pg_basebackup"]),
    ("mysqldump", &["mysqldump"]),
    ("mysqldump", &["mariadb-dump"]),
    ("mongodump", &["mongodump"]),
    ("slapcat", &["slapcat"]),
    ("redis", &["redis-cli", "--rdb"]),
    ("sqlite", &["sqlite3", ".backup"]),
    ("mariabackup", &["mariabackup"]),
    ("mariabackup", &["xtrabackup"]),
    ("mariabackup", &["mariadb-backup"]),
];

/// Tools that copy anything: a backup where the words say so, or where the result leaves the host.
const COPIERS: [&str; 4] = ["tar", "rsync", "rclone", "zip"];
/// What people call the places of backups, in Vietnamese and English.
const CALLED: [&str; 8] = [
    "backup", "saoluu", "sao-luu", "sao_luu", "bak", "dump", "archive", "luutru",
];

/// Commands that freeze a file system where it stands. A snapshot on the same disk is no backup.
const SNAPSHOTS: [(&str, &[&str]); 7] = [
    ("zfs", &["zfs", "snapshot"]),
    ("btrfs", &["btrfs", "snapshot"]),
    ("lvm", &["lvcreate", "-s"]),
    ("lvm", &["lvcreate", "--snapshot"]),
    ("snapper", &["snapper"]),
    ("sanoid", &["sanoid"]),
    ("timeshift", &["timeshift"]),
];

/// Tools that make a copy unless told otherwise, and the words that tell them otherwise.
const BY_DEFAULT: [&str; 3] = ["borgmatic", "duplicity", "rsnapshot"];
const OTHERWISE: [&str; 13] = [
    "check",
    "prune",
    "compact",
    "verify",
    "cleanup",
    "restore",
    "list",
    "info",
    "extract",
    "configtest",
    "du",
    "collection-status",
    "remove-older-than",
];

/// The tools that a text runs, without repetition.
pub fn tools_in(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for command in shell::commands(text) {
        let words = words(&command);
        if is_trial(&words) {
            continue;
        }
        for (tool, needed) in TOOLS {
            let has = |n: &&str| words.iter().any(|w| base_name(w) == *n);
            let only_other = BY_DEFAULT.contains(&tool)
                && words.iter().any(|w| OTHERWISE.contains(w))
                && !words.contains(&"create");
            if needed.iter().all(has) && !only_other && !found.contains(&tool) {
                found.push(tool);
            }
        }
        if let Some(tool) = copier(&words).filter(|t| !found.contains(t)) {
            found.push(tool);
        }
    }
    found
}

/// A tool that copies anything, where its words show that this is a backup.
fn copier(words: &[&str]) -> Option<&'static str> {
    let tool = COPIERS
        .into_iter()
        .find(|t| words.iter().take(8).any(|w| base_name(w) == *t))?;
    let at = words.iter().position(|w| base_name(w) == tool)?;
    let rest = words.get(at + 1..)?;
    let makes = match tool {
        "tar" => {
            rest.first().is_some_and(|w| is_create(w))
                || rest.iter().any(|w| w.starts_with('-') && is_create(w))
        }
        "rclone" => rest.first().is_some_and(|w| matches!(*w, "copy" | "sync")),
        _ => true,
    };
    let called = |w: &&str| {
        let w = w.to_ascii_lowercase();
        CALLED.iter().any(|c| w.contains(c))
    };
    (makes && rest.iter().any(called)).then_some(tool)
}

/// `--create`, `-czf`, `czf`.
fn is_create(word: &str) -> bool {
    let letters = word.trim_start_matches('-');
    word == "--create"
        || !word.starts_with("--")
            && letters.contains('c')
            && letters.len() < 8
            && letters.chars().all(|c| c.is_ascii_alphabetic())
}

/// The tools for snapshots that a text runs.
pub fn snapshots_in(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for command in shell::commands(text) {
        let words = words(&command);
        let sends = words
            .iter()
            .any(|w| matches!(*w, "send" | "delete" | "destroy" | "list"));
        for (tool, needed) in SNAPSHOTS {
            let has = |n: &&str| words.iter().any(|w| base_name(w) == *n);
            if needed.iter().all(has) && !sends && !found.contains(&tool) {
                found.push(tool);
            }
        }
    }
    found
}

/// Whether everything behind this word is an operand.
pub(super) fn operands_after(word: &str) -> bool {
    word == "--"
}

/// Whether a command of a unit is the tool itself. Of a shell around it, the exit status may be
/// that of something else.
pub fn runs_directly(command: &str, tool: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    let program = base_name(first.trim_start_matches(['-', '@', ':', '+', '!']));
    program == tool && tools_in(command).contains(&tool)
}

/// The targets that a text names.
pub fn targets_in(text: &str) -> Vec<Target> {
    let mut found = Vec::new();
    let text = shell::joined(text);
    for line in text.lines().map(shell::without_comment) {
        let words = words(line);
        let tools = tools_in(line);
        let copies = !tools.is_empty();
        for (n, word) in words.iter().enumerate() {
            let next = || words.get(n + 1).copied();
            let place = match *word {
                ">" | ">>" if copies => next().filter(|p| !is_log(p)),
                "-r" | "--repo" | "-f" | "--file" | "-D" if copies => next(),
                "-T" | "--tab" if tools.contains(&"mysqldump") => next(),
                "--target-dir" if tools.contains(&"mariabackup") => next(),
                w => place_in(w, copies).filter(|p| !is_log(p)),
            };
            found.extend(place.and_then(classify));
        }
        for command in shell::commands(line) {
            found.extend(copied_to(&command));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Where output of a program goes that says what it did.
fn is_log(place: &str) -> bool {
    let place = place.trim_matches(['"', '\'']);
    place.starts_with("/var/log") || [".log", ".err", ".out"].iter().any(|e| place.ends_with(e))
}

/// Where a tool that copies anything writes.
fn copied_to(command: &str) -> Option<Target> {
    let words = words(command);
    let tool = copier(&words)?;
    let at = words.iter().position(|w| base_name(w) == tool)?;
    let rest = words.get(at + 1..)?;
    let operands = || rest.iter().filter(|w| !w.starts_with(['-', '>']));
    let place = match tool {
        "tar" => {
            let flag =
                |w: &str| !w.starts_with("--") && w.ends_with('f') && is_create(w) || w == "-f";
            let after = rest
                .iter()
                .position(|w| flag(w))
                .and_then(|n| rest.get(n + 1));
            let told = rest.iter().find_map(|w| w.strip_prefix("--file="));
            told.or(after.copied())
        }
        "zip" => operands().next().copied(),
        "rclone" => operands().nth(2).copied(),
        _ => operands().next_back().copied(),
    };
    place.and_then(classify)
}

/// Options that name where a tool writes; `--tab=` is mysqldump's, `--target-dir=` mariabackup's.
const OPTIONS: [&str; 6] = [
    "--repo=",
    "--file=",
    "--result-file=",
    "--tab=",
    "--target-dir=",
    ">",
];

fn place_in(word: &str, copies: bool) -> Option<&str> {
    for name in ["RESTIC_REPOSITORY=", "BORG_REPO="] {
        if let Some(place) = word.strip_prefix(name) {
            return Some(place);
        }
    }
    if !copies {
        return None;
    }
    for option in OPTIONS {
        if let Some(place) = word.strip_prefix(option) {
            return Some(place).filter(|p| !p.is_empty());
        }
    }
    if let Some((repository, _archive)) = word.split_once("::") {
        return Some(repository);
    }
    let url = word.contains("://") && !word.starts_with('-');
    url.then_some(word)
}

pub(super) fn words(line: &str) -> Vec<&str> {
    let split = line.split(|c: char| c.is_whitespace() || ";|&()".contains(c));
    let bare = split.map(|w| w.trim_matches(['"', '\'']));
    bare.filter(|w| !w.is_empty()).collect()
}

pub(super) fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Absolute paths among the words of a command: candidates for scripts that it runs.
pub fn paths_in(text: &str) -> Vec<&str> {
    let paths = words(text).into_iter();
    paths
        .map(|w| w.trim_start_matches(['-', '+', '@', '!']))
        .filter(|w| w.starts_with('/'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tools_are_known_by_what_they_do() {
        let text = "#!/bin/sh\n# borg create\n/usr/bin/restic -q backup /srv && restic forget\n\
            pg_dump db | gzip > /backup/db.sql.gz\nrestic check\n";
        assert_eq!(tools_in(text), ["restic", "pg_dump"]);
        assert!(tools_in("restic check; echo restic snapshots").is_empty());
        assert!(tools_in("cat /var/log/rsnapshot.log").is_empty());
        assert!(tools_in("borgmatic prune\nrsnapshot configtest\nbarman cron").is_empty());
        assert_eq!(tools_in("borgmatic prune create check"), ["borgmatic"]);
        assert!(tools_in("restic backup --dry-run /srv").is_empty());
        for idle in [
            "true restic backup /srv",
            ": restic backup /srv",
            "echo restic backup /srv",
            "true # restic backup /srv",
            "restic check && echo backup",
            "restic backup -n /srv",
            "nice -n 19 rsync -avn /srv /backup",
            "restic backup --help",
        ] {
            assert!(tools_in(idle).is_empty(), "{idle}");
        }
        for run in [
            "restic -r /b \\\n  backup /srv",
            "if ! restic backup /srv; then exit 1; fi",
            "echo start; nice -n 19 restic backup /srv",
            "X=1 sudo -u b restic backup /srv",
            "ionice -c 3 nice -n 5 restic backup /srv",
        ] {
            assert_eq!(tools_in(run), ["restic"], "{run}");
        }
        assert!(runs_directly("-/usr/bin/restic backup /srv", "restic"));
        assert!(!runs_directly(
            "/bin/sh -c 'restic backup /srv || true'",
            "restic"
        ));
    }

    #[test]
    fn targets_carry_no_password() {
        let text = "export RESTIC_REPOSITORY='rest:https://u:pw@h/r'\nborg create ssh://u@h/r::x /srv\n\
            pg_dump -f /b/x.sql db\nborg create /mnt/r::a /\nrestic -r $REPO backup /\nls > /tmp/x\n";
        let got = targets_in(text);
        let want = [
            Target::Local("/b/x.sql".into()),
            Target::Local("/mnt/r".into()),
            Target::Remote("rest h".into()),
            Target::Remote("ssh h".into()),
        ];
        assert_eq!(got, want);
        assert_eq!(
            classify("u@h.example:/x"),
            Some(Target::Remote("ssh h.example".into()))
        );
    }

    #[test]
    fn copies_by_tools_that_copy_anything_are_known_by_their_words() {
        let text = crate::facts::backup::variables::expanded(
            "DEST=/mnt/backup\nDAY=$(date +%F)\ntar -czf \"$DEST/etc-$DAY.tar.gz\" /etc >> /var/log/backup.log 2>&1\n\
             rsync -a /srv/ ${DEST}/srv/\n",
        );
        assert_eq!(tools_in(&text), ["tar", "rsync"]);
        let want = [
            Target::Local("/mnt/backup".into()),
            Target::Local("/mnt/backup/srv".into()),
        ];
        assert_eq!(targets_in(&text), want);
        assert!(tools_in("tar -xzf /backup/x.tgz").is_empty());
        assert!(tools_in("rsync -a /srv/www/ web2:/srv/www/").is_empty());
        assert_eq!(
            snapshots_in("zfs snapshot tank/a@x; lvcreate -s -n a b"),
            ["zfs", "lvm"]
        );
        assert!(tools_in("zfs snapshot tank/a@x").is_empty());
        let log = "restic -r /srv/b backup /etc > /var/log/restic.log 2>&1";
        assert_eq!(targets_in(log), [Target::Local("/srv/b".into())]);
        let tab = "mysqldump --tab=/backup/tab qlvb; mariadb-dump -T /backup/t2 qlvb\ntar -T /etc/list -cf /backup/x.tar";
        let want = ["/backup/t2", "/backup/tab", "/backup/x.tar"];
        assert_eq!(targets_in(tab), want.map(|p| Target::Local(p.into())));
        let part = "pg_dump db > /backup/db-$(date +%F).sql";
        assert_eq!(targets_in(part), [Target::Local("/backup".into())]);
    }

    #[test]
    fn this_machine_is_no_other_machine() {
        let here = Some(Target::Remote(THIS_MACHINE.into()));
        for word in [
            "sftp:root@localhost:/srv/b",
            "rest:http://127.0.0.1:8000/b",
            "ssh://b@[::1]:22/srv/b",
            "b@127.0.0.2:/srv/b",
        ] {
            assert_eq!(classify(word), here, "{word}");
        }
        for word in [
            "sftp:u@nas:/b/localhost",
            "s3:https://kho.example/127.0.0.1",
        ] {
            assert_ne!(classify(word), here, "{word}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            tools_in(&text);
            targets_in(&text);
            paths_in(&text);
        }
    }
}
