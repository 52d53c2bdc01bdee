//! Commands of backup tools that make no copy.

use super::commands::Command;

/// Programs whose `-n` is a trial. Of others it is something else, such as the schema of `pg_dump`.
const SHORT: [&str; 7] = [
    "restic",
    "borg",
    "borgmatic",
    "rclone",
    "rsync",
    "s3cmd",
    "gsutil",
];

/// Whether a command asks only what would be done, or for help.
pub(super) fn is_trial(command: &Command) -> bool {
    const LONG: [&str; 5] = [
        "--dry-run",
        "--dryrun",
        "--help",
        "--version",
        "--just-print",
    ];
    let program = command.program.as_str();
    command.has(&LONG)
        || SHORT.contains(&program) && command.has(&["-n"])
        || program == "rsync" && command.has(&["--list-only"])
        || is_structure_only(command)
}

/// Whether a dump leaves the data itself out.
fn is_structure_only(command: &Command) -> bool {
    match command.program.as_str() {
        "pg_dump" => command.has(&["-s", "--schema-only", "--no-data", "--statistics-only"]),
        "pg_dumpall" => command.has(&[
            "-s",
            "--schema-only",
            "--no-data",
            "--statistics-only",
            "-g",
            "--globals-only",
            "-r",
            "--roles-only",
            "-t",
            "--tablespaces-only",
        ]),
        "mysqldump" | "mariadb-dump" => command.has(&["-d", "--no-data"]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::backup::commands::read;

    fn trial(text: &str) -> bool {
        let all = read(text, "");
        is_trial(all.first().expect("one command"))
    }

    #[test]
    fn a_dump_without_data_is_no_copy() {
        for text in [
            "pg_dump -s qlvb",
            "pg_dump -sFc qlvb",
            "pg_dump -Osf /b/x.sql qlvb",
            "/usr/bin/pg_dumpall --globals-only",
            "pg_dumpall -cg",
            "pg_dumpall -r",
            "mysqldump --no-data qlvb",
            "mysqldump -Ad",
        ] {
            assert!(trial(text), "{text}");
        }
        for text in [
            "sudo -s pg_dump qlvb",
            "pg_dump -Fc -n s -t s qlvb",
            "pg_dump -ns qlvb",
            "mysqldump -A",
            "mysqldump -u dump -pds -A",
        ] {
            assert!(!trial(text), "{text}");
        }
    }

    #[test]
    fn a_trial_sends_nothing() {
        for text in [
            "rsync -an /b/ b@10.1.1.1:/b/",
            "rsync -a --dry-run /b/ b@10.1.1.1:/b/",
            "rsync -a --list-only /b/ b@10.1.1.1:/b/",
            "rclone sync /b remote:b --dry-run",
            "aws s3 sync /b s3://kho/b --dryrun",
            "s3cmd -n put /b/x s3://kho/b",
            "gsutil -m rsync -n /b gs://kho/b",
        ] {
            assert!(trial(text), "{text}");
        }
        for text in [
            "nice -n 19 rsync -a /b/ b@10.1.1.1:/b/",
            "rsync -a -e 'ssh -n' /b/ b@10.1.1.1:/b/",
            "rsync -a --exclude --dry-run /b/ b@10.1.1.1:/b/",
        ] {
            assert!(!trial(text), "{text}");
        }
    }
}
