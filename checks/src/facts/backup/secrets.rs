//! Secrets in the text of a job: whether there is one, and which files are named as holding one.

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
const FILES_OF_REPOSITORIES: [&str; 3] = [
    "--password-file",
    "RESTIC_PASSWORD_FILE",
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

/// The files that options and variables name as holding a password.
pub(super) fn password_files(text: &str) -> Vec<String> {
    let mut found = named(text, &FILES_OF_REPOSITORIES);
    found.extend(named(text, &FILES_OF_DATABASES));
    found
}

/// Those of [`password_files`] that hold the password of a repository.
pub(super) fn repository_password_files(text: &str) -> Vec<String> {
    named(text, &FILES_OF_REPOSITORIES)
}

fn named(text: &str, marks: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        for mark in marks {
            let Some((_, rest)) = line.split_once(mark) else {
                continue;
            };
            let words = rest.split(|c: char| c.is_whitespace() || "='\"".contains(c));
            found.extend(
                words
                    .filter(|w| w.starts_with('/'))
                    .take(1)
                    .map(str::to_owned),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_secrets_are_named() {
        let text = "export RESTIC_PASSWORD_FILE='/root/p'\nBORG_PASSCOMMAND=\"cat /root/q\"\nrestic --password-file /root/r backup /\n";
        assert_eq!(password_files(text), ["/root/p", "/root/q", "/root/r"]);
        let database =
            "mysqldump --defaults-extra-file=/root/my.cnf a > /b/a.sql\nexport PGPASSWORD=x\n";
        assert_eq!(password_files(database), ["/root/my.cnf"]);
        assert!(repository_password_files(database).is_empty() && !repository_secret(database));
        assert!(repository_secret("export BORG_PASSPHRASE=x"));
        assert!(holds_secret("export RESTIC_PASSWORD=x"));
        assert!(!holds_secret("# RESTIC_PASSWORD=x\n") && !holds_secret(text));
    }
}
