//! Which backup tool a command line, script or unit runs, and where it writes. Reads words only:
//! a program, not a shell, so what stands in variables stays unknown.

use crate::facts::shell_words as shell;

/// Tools and the words that must all stand on one line for the tool to be making a copy.
const TOOLS: [(&str, &[&str]); 16] = [
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
    ("mariabackup", &["mariabackup"]),
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

/// Where a backup goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A folder on this host.
    Local(String),
    /// Another machine or service, by scheme only: addresses may hold passwords.
    Remote(String),
}

/// What [`Target::Remote`] holds where the "other machine" is this one.
pub const THIS_MACHINE: &str = "loopback";

/// The tools that a text runs, without repetition.
pub fn tools_in(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for command in shell::commands(text) {
        let words = words(&command);
        if words.contains(&"--dry-run") {
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
    }
    found
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
        let copies = !tools_in(line).is_empty();
        for (n, word) in words.iter().enumerate() {
            let next = || words.get(n + 1).copied();
            let place = match *word {
                "-r" | "--repo" | "-f" | "--file" | ">" | ">>" | "-D" if copies => next(),
                w => place_in(w, copies),
            };
            found.extend(place.and_then(classify));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn place_in(word: &str, copies: bool) -> Option<&str> {
    for name in ["RESTIC_REPOSITORY=", "BORG_REPO="] {
        if let Some(place) = word.strip_prefix(name) {
            return Some(place);
        }
    }
    if !copies {
        return None;
    }
    for option in ["--repo=", "--file=", "--result-file=", ">"] {
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

/// What kind of place a word names; nothing where a variable hides it.
pub fn classify(word: &str) -> Option<Target> {
    let word = word.trim_matches(['"', '\'']);
    if word.is_empty() || word.contains(['$', '`']) {
        return None;
    }
    let local = word.strip_prefix("file://").unwrap_or(word);
    if local.starts_with('/') {
        let is_device = local.starts_with("/dev/");
        return (!is_device).then(|| Target::Local(local.trim_end_matches('/').to_owned()));
    }
    let (scheme, _) = word.split_once(':')?;
    let scheme = if scheme.contains(['@', '.']) {
        "ssh"
    } else {
        scheme
    };
    if is_loopback(authority(word)) {
        return Some(Target::Remote(THIS_MACHINE.to_owned()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '+';
    scheme
        .chars()
        .all(plain)
        .then(|| Target::Remote(scheme.to_owned()))
}

/// The machine that an address names: of `sftp:u@nas:/r`, `rest:https://nas:8000/r`, `u@nas:/r`.
fn authority(address: &str) -> &str {
    let rest = match (address.rsplit_once("://"), address.split_once(':')) {
        (Some((_, rest)), _) => rest,
        (None, Some((scheme, rest))) if !scheme.contains(['@', '.']) && rest.contains(':') => rest,
        _ => address,
    };
    let rest = rest.split('/').next().unwrap_or_default();
    let rest = rest.rsplit('@').next().unwrap_or_default();
    match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((inner, _)) => inner,
        None => rest.split(':').next().unwrap_or_default(),
    }
}

/// Whether a name or address is that of the machine itself.
pub fn is_loopback(host: &str) -> bool {
    let v4 = host.parse::<std::net::Ipv4Addr>();
    let names = ["localhost", "localhost.localdomain", "ip6-localhost", "::1"];
    names.contains(&host.to_ascii_lowercase().as_str()) || v4.is_ok_and(|a| a.is_loopback())
}

fn words(line: &str) -> Vec<&str> {
    let split = line.split(|c: char| c.is_whitespace() || ";|&()".contains(c));
    let bare = split.map(|w| w.trim_matches(['"', '\'']));
    bare.filter(|w| !w.is_empty()).collect()
}

fn base_name(word: &str) -> &str {
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
        ] {
            assert!(tools_in(idle).is_empty(), "{idle}");
        }
        for run in [
            "restic -r /b \\\n  backup /srv",
            "if ! restic backup /srv; then exit 1; fi",
            "echo start; nice -n 19 restic backup /srv",
            "X=1 sudo -u b restic backup /srv",
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
            Target::Remote("rest".into()),
            Target::Remote("ssh".into()),
        ];
        assert_eq!(got, want);
        assert_eq!(
            classify("u@h.example:/x"),
            Some(Target::Remote("ssh".into()))
        );
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
