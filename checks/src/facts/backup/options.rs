//! Which options of a backup tool have a value, and so where its operands stand.

/// Options and operands of a command.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) operands: Vec<String>,
    pub(super) options: Vec<(String, Option<String>)>,
}

/// Letters with a value, letters whose value is always joined, and long options with a value.
type Takes = (&'static str, &'static str, &'static str);

const RESTIC: Takes = (
    "rpoeHg",
    "v",
    "repo repository-file password-file password-command option cache-dir cacert \
     tls-client-cert key-hint limit-download limit-upload pack-size retry-lock \
     compression http-user-agent stuck-request-timeout exclude exclude-file iexclude \
     iexclude-file exclude-if-present exclude-larger-than files-from files-from-raw \
     files-from-verbatim host parent stdin-filename tag time read-concurrency group-by",
);
const BORG: Takes = (
    "recCaP",
    "",
    "repo lock-wait rsh remote-path umask debug-topic debug-profile upload-ratelimit \
     remote-ratelimit upload-buffer remote-buffer exclude exclude-from pattern \
     patterns-from exclude-if-present comment timestamp checkpoint-interval \
     checkpoint-volume chunker-params compression files-cache files-changed stdin-name \
     stdin-user stdin-group stdin-mode filter paths-delimiter glob-archives prefix",
);
const BORGMATIC: Takes = (
    "cva",
    "",
    "config override verbosity syslog-verbosity log-file-verbosity monitoring-verbosity \
     log-file log-file-format repository archive match-archives",
);
const RSYNC: Takes = (
    "efTBM@",
    "",
    "exclude exclude-from include include-from filter files-from rsh rsync-path bwlimit \
     log-file log-file-format link-dest copy-dest compare-dest backup-dir suffix temp-dir \
     partial-dir timeout contimeout port password-file max-size min-size max-delete \
     block-size chmod chown usermap groupmap out-format info debug compress-level \
     skip-compress remote-option modify-window sockopts iconv address protocol \
     checksum-choice compress-choice stop-after stop-at",
);
const RCLONE: Takes = (
    "f",
    "",
    "transfers checkers bwlimit config log-file log-level log-format exclude exclude-from \
     exclude-if-present include include-from filter filter-from files-from files-from-raw \
     max-age min-age max-size min-size backup-dir suffix retries retries-sleep \
     low-level-retries timeout contimeout stats stats-log-level buffer-size tpslimit \
     tpslimit-burst max-transfer max-duration max-delete max-depth cache-dir compare-dest \
     copy-dest user-agent multi-thread-streams order-by modify-window bind temp-dir \
     password-command header drive-chunk-size s3-chunk-size s3-upload-concurrency \
     s3-storage-class",
);
const DUPLICITY: Takes = (
    "v",
    "",
    "encrypt-key sign-key encrypt-sign-key hidden-encrypt-key volsize archive-dir name \
     full-if-older-than exclude include exclude-filelist include-filelist exclude-regexp \
     include-regexp exclude-if-present exclude-older-than tempdir log-file log-fd \
     verbosity gpg-options gpg-binary ssh-options scp-command sftp-command num-retries \
     file-prefix file-prefix-manifest file-prefix-archive file-prefix-signature time \
     s3-endpoint-url s3-region-name timeout rsync-options max-blocksize",
);
const TAR: Takes = (
    "fCTXbFgHKLNVI",
    "",
    "file directory files-from exclude-from exclude listed-incremental \
     use-compress-program format label newer owner group mode transform blocking-factor \
     tape-length sort mtime exclude-tag",
);
const PG: Takes = (
    "fFjnNeEStTUhpdZDXlrm",
    "",
    "file format jobs schema exclude-schema encoding superuser table exclude-table \
     exclude-table-data exclude-database username host port dbname compress pgdata \
     wal-method label max-rate role lock-wait-timeout database target tablespace-mapping \
     waldir checkpoint cluster section snapshot",
);
const MYSQL: Takes = (
    "uhPSrTw",
    "p#",
    "user host port socket result-file tab where ignore-table defaults-file \
     defaults-extra-file defaults-group-suffix default-character-set max-allowed-packet \
     login-path protocol target-dir datadir incremental-basedir parallel ssl-ca ssl-cert \
     ssl-key ssl-mode",
);
const MONGO: Takes = (
    "dcqhouj",
    "p",
    "db collection query queryFile host port out username password authenticationDatabase \
     authenticationMechanism uri nsInclude nsExclude excludeCollection \
     numParallelCollections config readPreference",
);

const SHELL: Takes = ("oO", "", "rcfile init-file");
const PYTHON: Takes = ("WXcm", "", "");

/// What each program takes.
const TAKES: &[(&str, Takes)] = &[
    ("restic", RESTIC),
    ("borg", BORG),
    ("borgmatic", BORGMATIC),
    ("rsync", RSYNC),
    ("rclone", RCLONE),
    ("duplicity", DUPLICITY),
    ("tar", TAR),
    ("pg_dump", PG),
    ("pg_dumpall", PG),
    ("pg_basebackup", PG),
    ("mysqldump", MYSQL),
    ("mariadb-dump", MYSQL),
    ("mariabackup", MYSQL),
    ("mariadb-backup", MYSQL),
    ("xtrabackup", MYSQL),
    ("mongodump", MONGO),
    ("rsnapshot", ("c", "", "")),
    ("slapcat", ("abdfFHlnos", "", "")),
    ("zip", ("bPtn", "", "password temp-path suffixes")),
    (
        "redis-cli",
        ("hpsaunr", "", "rdb user pass cacert cert key sni"),
    ),
    (
        "proxmox-backup-client",
        (
            "",
            "",
            "repository ns backup-id backup-type backup-time exclude include-dev keyfile keyfd \
     crypt-mode rate burst chunk-size change-detection-mode entries-max \
     master-pubkey-file",
        ),
    ),
    (
        "vzdump",
        (
            "",
            "",
            "dumpdir storage mode compress mailto exclude maxfiles prune-backups bwlimit node \
     pool tmpdir quiet all notes-template mailnotification",
        ),
    ),
    (
        "pgbackrest",
        ("", "", "stanza type repo config log-level-console"),
    ),
    ("barman", ("cj", "", "config jobs retry-times")),
    ("scp", ("iPoFSlcJ", "", "")),
    ("ssh", ("ipoFlcJLRDbBeEImOQSWw", "", "")),
    (
        "gpg",
        ("oru", "", "output recipient passphrase-file local-user"),
    ),
    (
        "gpg2",
        ("oru", "", "output recipient passphrase-file local-user"),
    ),
    ("age", ("ori", "", "output recipient recipients-file")),
    (
        "aws",
        (
            "",
            "",
            "profile endpoint-url region storage-class exclude include sse",
        ),
    ),
    ("s3cmd", ("c", "", "config exclude")),
    ("sh", SHELL),
    ("bash", SHELL),
    ("dash", SHELL),
    ("ksh", SHELL),
    ("zsh", SHELL),
    ("perl", ("IeE", "", "")),
    ("php", ("cdfr", "", "")),
    ("run-parts", ("au", "", "arg umask regex")),
];

/// Tells options from operands.
pub(super) fn read(program: &str, args: &[String]) -> Options {
    let found = TAKES.iter().find(|(name, _)| *name == program);
    let python = || program.starts_with("python").then_some(PYTHON);
    let found = found.map(|(_, takes)| *takes).or_else(python);
    let (letters, joined, long) = found.unwrap_or_default();
    let mut all = Options::default();
    let mut at = 0;
    if program == "tar" {
        at = bundle(letters, args, &mut all);
    }
    while let Some(word) = args.get(at) {
        at += 1;
        let next = || args.get(at).cloned();
        if word == "--" {
            all.operands.extend(args.iter().skip(at).cloned());
            break;
        }
        let Some(bare) = word.strip_prefix('-').filter(|w| !w.is_empty()) else {
            all.operands.push(word.clone());
            continue;
        };
        // vzdump of Proxmox VE takes `-storage x` too; openssl and others are not read here.
        let name = bare.strip_prefix('-');
        let name = name.or_else(|| (program == "vzdump").then_some(bare));
        if let Some(name) = name {
            let (name, told) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            let takes = told.is_none() && long.split(' ').any(|l| l == name);
            let value = if takes { next() } else { told };
            at += usize::from(takes);
            all.options.push((format!("--{name}"), value));
            continue;
        }
        for (n, letter) in bare.char_indices() {
            let rest = bare.get(n + letter.len_utf8()..).unwrap_or_default();
            if letters.contains(letter) || joined.contains(letter) {
                let takes = rest.is_empty() && letters.contains(letter);
                let value = if takes {
                    next()
                } else {
                    Some(rest.strip_prefix('=').unwrap_or(rest).to_owned())
                };
                at += usize::from(takes);
                all.options.push((format!("-{letter}"), value));
                break;
            }
            all.options.push((format!("-{letter}"), None));
        }
    }
    all
}

/// `tar czf FILE FOLDER…`: letters without a dash, whose values follow in their order.
fn bundle(letters: &str, args: &[String], all: &mut Options) -> usize {
    let Some(first) = args.first().filter(|w| !w.starts_with('-')) else {
        return 0;
    };
    let mut at = 1;
    for letter in first.chars() {
        let takes = letters.contains(letter);
        let value = if takes { args.get(at).cloned() } else { None };
        at += usize::from(takes);
        all.options.push((format!("-{letter}"), value));
    }
    at
}
