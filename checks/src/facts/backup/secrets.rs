//! Secrets in the text of a job: whether there is one, and which files are named as holding one.

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

pub(super) fn holds_secret(text: &str) -> bool {
    let plain = |l: &str| !l.trim_start().starts_with('#');
    text.lines()
        .filter(|l| plain(l))
        .any(|l| SECRETS.iter().any(|s| l.contains(s)))
}

/// The files that options and variables name as holding a password.
pub(super) fn password_files(text: &str) -> Vec<String> {
    let marks = [
        "--password-file",
        "RESTIC_PASSWORD_FILE",
        "--defaults-extra-file",
        "PGPASSFILE",
        "BORG_PASSCOMMAND",
    ];
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
        assert!(holds_secret("export RESTIC_PASSWORD=x"));
        assert!(!holds_secret("# RESTIC_PASSWORD=x\n") && !holds_secret(text));
    }
}
