//! Secrets in the text of a job: whether there is one, and which files are named as holding one.

use super::{Job, tools::base_name};
use crate::facts::cron::CronJob;

/// Most files with passwords that are kept of one line or unit.
const FILES: usize = 32;

/// Words before a secret in the text of a job or a configuration.
const SECRETS: [&str; 10] = [
    "RESTIC_PASSWORD=",
    "BORG_PASSPHRASE=",
    "PASSPHRASE=",
    "PGPASSWORD=",
    "MYSQL_PWD=",
    "AWS_SECRET_ACCESS_KEY=",
    "cipher-pass=",
    "encryption_passphrase:",
    "PBS_PASSWORD=",
    "--password=",
];

/// Those of [`SECRETS`] that open a repository, not a database or a server.
const OF_REPOSITORIES: [&str; 5] = [
    "RESTIC_PASSWORD=",
    "BORG_PASSPHRASE=",
    "PASSPHRASE=",
    "cipher-pass=",
    "encryption_passphrase:",
];

/// What names a file with the password of a repository, and what one with that of a database.
const FILES_OF_REPOSITORIES: [&str; 5] = [
    "--password-file",
    "--password-command",
    "RESTIC_PASSWORD_FILE",
    "RESTIC_PASSWORD_COMMAND",
    "BORG_PASSCOMMAND",
];
const FILES_OF_DATABASES: [&str; 2] = ["--defaults-extra-file", "PGPASSFILE"];

pub(super) fn holds_secret(text: &str) -> bool {
    has_one_of(text, &SECRETS)
}

/// Whether a text holds a secret itself, and not only a variable with one.
pub(super) fn holds_plain_secret(text: &str) -> bool {
    let mut lines = text.lines().filter(|l| !l.trim_start().starts_with('#'));
    lines.any(|l| {
        let mut values = SECRETS
            .iter()
            .filter_map(|s| l.split_once(s).map(|(_, rest)| rest));
        values.any(|v| !v.trim_start_matches(['"', '\'']).starts_with(['$', '`']))
    })
}

/// Whether a text holds the password of a repository itself.
pub(super) fn repository_secret(text: &str) -> bool {
    has_one_of(text, &OF_REPOSITORIES)
}

fn has_one_of(text: &str, secrets: &[&str]) -> bool {
    let plain = |l: &str| !l.trim_start().starts_with('#');
    text.lines()
        .filter(|l| plain(l))
        .any(|l| secrets.iter().any(|s| l.contains(s)))
}

/// The files that hold a password of the jobs of a text: those that it names, and those in which one stands.
pub(super) fn credentials(places: Vec<String>, text: &str) -> Vec<String> {
    let mut all = password_files(text);
    all.sort();
    all.dedup();
    all.truncate(FILES);
    all.extend(places);
    all
}

/// Notes what the variables of a crontab tell the jobs of a line below them: a password, or the files with one.
pub(super) fn told_above<'j>(jobs: impl Iterator<Item = &'j mut Job>, cron: &CronJob) {
    let all = cron.variables.iter();
    let lines: String = all
        .map(|(name, value)| format!("{name}='{value}'\n"))
        .collect();
    let holds = holds_plain_secret(&lines);
    let file = cron
        .at
        .split(':')
        .next()
        .filter(|f| f.starts_with('/') && holds);
    let places = credentials(file.map(str::to_owned).into_iter().collect(), &lines);
    for job in jobs {
        job.credentials.extend(places.iter().cloned());
    }
}

/// The files that options and variables name as holding a password.
pub(super) fn password_files(text: &str) -> Vec<String> {
    let mut found = repository_password_files(text);
    found.extend(named(text, &FILES_OF_DATABASES));
    found
}

/// Those of [`password_files`] that hold the password of a repository.
pub(super) fn repository_password_files(text: &str) -> Vec<String> {
    let mut found = named(text, &FILES_OF_REPOSITORIES);
    found.extend(opened(text));
    found
}

fn named(text: &str, marks: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        for mark in marks {
            let Some((before, rest)) = line.split_once(mark) else {
                continue;
            };
            let words = value(before, rest).split_whitespace();
            let files = words.filter(|w| w.starts_with('/') && !is_program(w));
            found.extend(files.take(1).map(str::to_owned));
        }
    }
    found
}

/// What stands behind a mark: a word, or all that is quoted together, `NAME="…"` or `"NAME=…"`.
fn value<'l>(before: &str, rest: &'l str) -> &'l str {
    const QUOTES: [char; 2] = ['"', '\''];
    let rest = rest.trim_start_matches([' ', '\t', '=']);
    let quoted = rest.strip_prefix(QUOTES);
    let end = match (quoted, before.chars().next_back()) {
        (Some(_), _) => rest.chars().next(),
        (None, Some(c)) if QUOTES.contains(&c) => Some(c),
        _ => None,
    };
    let rest = quoted.unwrap_or(rest);
    let part = match end {
        Some(end) => rest.split(end).next(),
        None => rest.split_whitespace().next(),
    };
    part.unwrap_or_default().trim_end_matches(QUOTES)
}

/// Whether a path is that of the program that reads a file, such as `/bin/cat`.
fn is_program(path: &str) -> bool {
    ["/bin/", "/sbin/"].iter().any(|dir| path.contains(dir))
}

/// The files behind `restic -p FILE`, and behind the number in `BORG_PASSPHRASE_FD`.
fn opened(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        found.extend(of_restic(line));
        let fd = line.split_once("BORG_PASSPHRASE_FD");
        let fd = fd.map(|(before, rest)| value(before, rest).trim_end_matches(';'));
        let is_number = |n: &&str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
        let Some(mark) = fd.filter(is_number).map(|n| format!("{n}<")) else {
            continue;
        };
        let behind = text.split(mark.as_str()).skip(1).take(FILES);
        let files = behind.map(|rest| value("", rest).trim_end_matches(';'));
        found.extend(files.filter(|f| f.starts_with('/')).map(str::to_owned));
    }
    found
}

fn of_restic(line: &str) -> Option<String> {
    let ends = |w: &&str| matches!(*w, "|" | "||" | "&&" | ";" | "&");
    let mut words = line.split_whitespace().map(|w| w.trim_matches(['"', '\'']));
    words.by_ref().find(|w| base_name(w) == "restic")?;
    let mut words = words.take_while(|w| !ends(w));
    while let Some(word) = words.next() {
        let joined = word.strip_prefix("-p").filter(|w| !w.starts_with("-"));
        let file = match joined {
            Some("") => words.next().unwrap_or_default(),
            Some(rest) => rest.trim_start_matches('='),
            None => "",
        };
        let file = file.trim_matches(['"', '\'', ';']);
        if file.starts_with('/') {
            return Some(file.to_owned());
        }
        if word.ends_with(';') {
            break;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_secrets_are_named() {
        let text = "export RESTIC_PASSWORD_FILE='/root/p'\nBORG_PASSCOMMAND=\"cat /root/q\"\nrestic --password-file /root/r backup /\n";
        assert_eq!(password_files(text), ["/root/p", "/root/q", "/root/r"]);
        for (text, want) in [
            ("restic -r /b -p /root/p backup /srv", "/root/p"),
            ("/usr/bin/restic -p=/root/p -r /b backup /srv", "/root/p"),
            (
                "restic -r /b backup -p '/root/p' /srv; mkdir -p /x",
                "/root/p",
            ),
            ("mkdir -p /x && restic -r /b backup /srv && mkdir -p /y", ""),
            ("restic -r /b backup /srv; mkdir -p /y", ""),
            ("export RESTIC_PASSWORD_COMMAND='cat /root/p'", "/root/p"),
            (
                "RESTIC_PASSWORD_COMMAND='/bin/cat /root/p' restic backup /srv",
                "/root/p",
            ),
            (
                "RESTIC_PASSWORD_COMMAND='pass show x' restic backup /srv",
                "",
            ),
            (
                "restic --password-command=\"cat /root/p\" backup /srv",
                "/root/p",
            ),
            ("Environment=\"BORG_PASSCOMMAND=cat /root/p\"", "/root/p"),
            (
                "BORG_PASSPHRASE_FD=3 borg create /b::a /srv 3</root/p",
                "/root/p",
            ),
            (
                "exec 5< /root/p\nexport BORG_PASSPHRASE_FD=5;\nborg create /b::a /srv",
                "/root/p",
            ),
            ("BORG_PASSPHRASE_FD=3 borg create /b::a /srv 4</root/p", ""),
        ] {
            let want: Vec<&str> = Some(want).filter(|w| !w.is_empty()).into_iter().collect();
            assert_eq!(repository_password_files(text), want, "{text}");
        }
        let database =
            "mysqldump --defaults-extra-file=/root/my.cnf a > /b/a.sql\nexport PGPASSWORD=x\n";
        assert_eq!(password_files(database), ["/root/my.cnf"]);
        assert!(repository_password_files(database).is_empty() && !repository_secret(database));
        assert!(repository_secret("export BORG_PASSPHRASE=x"));
        assert!(holds_secret("export RESTIC_PASSWORD=x"));
        assert!(!holds_secret("# RESTIC_PASSWORD=x\n") && !holds_secret(text));
    }
}
