//! Which backup tool a command line, script or unit runs: the program of each command, never a word among
//! others.

pub use super::targets::{THIS_MACHINE, Target, classify, host_of, is_loopback};
use super::{
    commands::{Command, read},
    copiers::copier,
    destinations::sqlite_file,
    otherwise::{OTHERWISE, OTHERWISE_FLAGS},
    sends::snapshot_sender,
    trial::is_trial,
};
use crate::facts::shell_words as shell;

/// Programs that make copies, and the tool that each is.
const PROGRAMS: [(&str, &str); 25] = [
    ("restic", "restic"),
    ("borg", "borg"),
    ("borgmatic", "borgmatic"),
    ("pgbackrest", "pgbackrest"),
    ("barman", "barman"),
    ("rsnapshot", "rsnapshot"),
    ("duplicity", "duplicity"),
    ("duply", "duply"),
    ("proxmox-backup-client", "proxmox-backup"),
    ("vzdump", "vzdump"),
    ("pg_dump", "pg_dump"),
    ("pg_dumpall", "pg_dump"),
    ("pg_basebackup", "pg_dump"),
    ("pg_backupcluster", "pg_dump"),
    ("mysqldump", "mysqldump"),
    ("mariadb-dump", "mysqldump"),
    ("mongodump", "mongodump"),
    ("slapcat", "slapcat"),
    ("redis-cli", "redis"),
    ("sqlite3", "sqlite"),
    ("mariabackup", "mariabackup"),
    ("xtrabackup", "mariabackup"),
    ("mariadb-backup", "mariabackup"),
    ("syncoid", "syncoid"),
    ("btrbk", "btrbk"),
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

/// The tools that a text runs, without repetition.
pub fn tools_in(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for tool in read(text, "").iter().filter_map(tool_of) {
        if !found.contains(&tool) {
            found.push(tool);
        }
    }
    found
}

/// Whether a program is one of the tools.
pub(super) fn is_tool(program: &str) -> bool {
    PROGRAMS.iter().any(|(p, _)| *p == program)
}

/// Whether a text that is not understood has the name of a tool among its words.
pub(super) fn mentions_tool(text: &str) -> bool {
    let lines = text.lines().map(shell::without_comment);
    lines
        .flat_map(|l| l.split(|c: char| c.is_whitespace() || ";|&()[]{},'\"=".contains(c)))
        .map(base_name)
        // `import sqlite3` makes no copy.
        .any(|w| is_tool(w) && w != "sqlite3")
}

/// The tool that a command makes a copy with.
pub(super) fn tool_of(command: &Command) -> Option<&'static str> {
    let program = command.program.as_str();
    let found = PROGRAMS.iter().find(|(p, _)| *p == program);
    let Some((_, tool)) = found else {
        let found = copier(command).or_else(|| snapshot_sender(command));
        return found.filter(|_| !is_trial(command));
    };
    let verb = command.verb();
    let any = |words: &[&str]| command.operands.iter().any(|w| words.contains(&w.as_str()));
    let makes = match *tool {
        "restic" | "proxmox-backup" => verb == "backup",
        "borg" => verb == "create",
        "pgbackrest" | "barman" => any(&["backup"]),
        "duply" => {
            let told = command.operands.get(1).map_or("", String::as_str);
            told.split(['_', '+'])
                .any(|w| matches!(w, "backup" | "full" | "incr"))
        }
        "borgmatic" => {
            let told = any(&["create"]) || command.has(&["--create", "-C"]);
            told || !any(&OTHERWISE) && !command.has(&OTHERWISE_FLAGS)
        }
        "rsnapshot" => !any(&OTHERWISE) && !command.has(&["-t"]),
        "duplicity" => {
            let full = matches!(verb, "full" | "incr" | "inc" | "incremental" | "backup");
            // `duplicity URL FOLDER` restores.
            let first = command.operands.first().map_or("", String::as_str);
            full || command.operands.len() > 1 && !first.contains("://") && !is_action(verb)
        }
        "pg_dump" if program == "pg_backupcluster" => any(&["basebackup", "dump"]),
        "redis" => command.has(&["--rdb"]),
        "sqlite" => command.args.iter().any(|w| sqlite_file(w).is_some()),
        "mariabackup" => command.has(&["--backup"]),
        "syncoid" | "btrbk" => snapshot_sender(command).is_some(),
        _ => true,
    };
    (makes && !is_trial(command)).then_some(*tool)
}

/// What duplicity does beside making copies: words without a place in them.
fn is_action(verb: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c == '-' || c == '1';
    verb.len() > 1 && verb.chars().all(letters)
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

/// Whether a command of a unit is the tool itself, and its failure the unit's. Of a shell around it, the exit
/// status may be that of something else, and behind `-` it counts for nothing.
pub fn runs_directly(command: &str, tool: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    let marks = ['-', '@', ':', '+', '!'];
    let program = first.trim_start_matches(marks);
    let ignored = first
        .chars()
        .take_while(|c| marks.contains(c))
        .any(|c| c == '-');
    let known = PROGRAMS.iter().find(|(p, _)| *p == base_name(program));
    let same = known.map_or(base_name(program), |(_, t)| t) == tool;
    same && !ignored && tools_in(command).contains(&tool)
}

/// The targets that the copies of a text go to.
pub fn targets_in(text: &str) -> Vec<Target> {
    let commands = read(text, "");
    let tools = commands
        .iter()
        .enumerate()
        .filter_map(|(n, c)| Some((n, tool_of(c)?)));
    let mut found: Vec<Target> = tools
        .flat_map(|(n, tool)| super::destinations::written(tool, &commands, n).targets)
        .collect();
    found.sort();
    found.dedup();
    found
}

pub(super) fn words(line: &str) -> Vec<&str> {
    let split = line.split(|c: char| c.is_whitespace() || ";|&()".contains(c));
    let bare = split.map(|w| w.trim_matches(['"', '\'']));
    bare.filter(|w| !w.is_empty()).collect()
}

pub(super) fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
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
        for other in [
            "restic -r /mnt/backup check",
            "restic -r /mnt/backup forget",
            "sudo -u backup restic -r /opt/r check",
            "restic --password-file backup -r /b check",
            "borg list create",
            "find /b/pg_dumpall -delete",
            "find /opt/backup/pg_dumpall -type f -mtime +7 -delete",
            "test -x /usr/bin/pg_dump",
            "mariabackup --prepare --target-dir=/b",
            "mariabackup --copy-back --target-dir=/b",
            "duplicity file:///b /srv",
            "restic $OPTS check",
            "duplicity verify file:///b /srv",
            "sqlite3 /a.db .tables",
            "apt-get install restic backup",
            "ssh db2 pg_dump a",
        ] {
            assert!(tools_in(other).is_empty(), "{other}");
        }
        for run in [
            "restic -r /b \\\n  backup /srv",
            "if ! restic backup /srv; then exit 1; fi",
            "echo start; nice -n 19 restic backup /srv",
            "X=1 sudo -u b restic backup /srv",
            "ionice -c 3 nice -n 5 restic backup /srv",
            "restic $OPTS backup /srv",
            "restic --cacert /c \"${ARGS[@]}\" backup /srv",
        ] {
            assert_eq!(tools_in(run), ["restic"], "{run}");
        }
        assert!(runs_directly("/usr/bin/restic backup /srv", "restic"));
        assert!(runs_directly("/usr/bin/pg_dumpall -f /b/x", "pg_dump"));
        assert!(!runs_directly("-/usr/bin/restic backup /srv", "restic"));
        assert!(!runs_directly("+-/usr/bin/restic backup /srv", "restic"));
        assert!(!runs_directly(
            "/bin/sh -c 'restic backup /srv || true'",
            "restic"
        ));
    }

    #[test]
    fn targets_carry_no_password() {
        let text = "export RESTIC_REPOSITORY='rest:https://u:pw@h/r'\nborg create ssh://u@h/r::x /srv\n\
            pg_dump -f /b/x.sql db\nborg create /mnt/r::a /\nrestic -r $REPO backup /\nrestic backup /srv\nls > /tmp/x\n";
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
    fn a_target_is_what_the_copy_goes_to() {
        let away = |what: &str| vec![Target::Remote(what.into())];
        let here = |what: &str| vec![Target::Local(what.into())];
        for (text, want) in [
            (
                "restic -r /opt/r backup /etc && curl -fsS https://hc-ping.com/8f0c",
                here("/opt/r"),
            ),
            (
                "pg_dump postgresql://dump@10.0.5.5/qlvb > /opt/qlvb.sql",
                here("/opt/qlvb.sql"),
            ),
            (
                "rsync -a /srv/ u@10.9.9.9:/backup/srv/ > /var/log/rsync.log",
                away("ssh 10.9.9.9"),
            ),
            (
                "rsync -a /srv/ u@10.9.9.9:/backup/srv/ >> /var/log/rsync.log 2>&1",
                away("ssh 10.9.9.9"),
            ),
            (
                "rsync -a --exclude cache --log-file /var/log/rsync.log -e 'ssh -p 22' /srv/ u@10.9.9.9:/backup/srv/",
                away("ssh 10.9.9.9"),
            ),
            (
                "rclone sync --transfers 4 /srv b2:sao-luu-backup",
                away("b2"),
            ),
            (
                "pg_dump a | gzip | ssh u@nas 'cat > /b/a.gz'",
                away("ssh nas"),
            ),
            (
                "pg_dump a | restic -r sftp:u@nas:/r backup --stdin",
                away("sftp nas"),
            ),
            ("pg_dump a | aws s3 cp - s3://kho/a", away("s3 kho")),
            ("pg_dump a | gpg -e -o /b/a.gpg", here("/b/a.gpg")),
            (
                "su - postgres -c 'pg_dumpall' | tee /b/a >/dev/null",
                here("/b/a"),
            ),
            (
                "duplicity --exclude /srv/t /srv sftp://u@nas/b",
                away("sftp nas"),
            ),
            ("cd /b && mysqldump -A > all.sql", here("/b/all.sql")),
            ("sqlite3 /a.db \".backup '/b/a.db'\"", here("/b/a.db")),
            ("mongodump --out /b/m", here("/b/m")),
        ] {
            assert_eq!(targets_in(text), want, "{text}");
        }
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
        }
    }
}
