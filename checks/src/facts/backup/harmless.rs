//! Options of programs that copy files which leave none of them out. Whatever is not known here may.

use super::commands::Command;

/// Letters, long options, and beginnings of long options.
type Known = (&'static str, &'static str, &'static [&'static str]);

const RSYNC: Known = (
    "avzrtpgoDEqPchHAXSlLkKRWyuIbUNOJisTeB@864x",
    "archive verbose quiet compress recursive times perms owner group devices specials executability \
     acls xattrs atimes crtimes open-noatime omit-dir-times omit-link-times links copy-links copy-unsafe-links \
     copy-dirlinks keep-dirlinks hard-links sparse fuzzy whole-file inplace checksum update ignore-times \
     human-readable progress stats itemize-changes info debug out-format log-file log-file-format \
     rsh rsync-path bwlimit timeout contimeout port password-file address sockopts blocking-io protocol iconv \
     ipv4 ipv6 8-bit-output outbuf stderr msgs2stderr partial partial-dir delay-updates temp-dir \
     numeric-ids usermap groupmap chmod chown copy-as fake-super super preallocate fsync \
     delete delete-before delete-during delete-delay delete-after delete-excluded del max-delete force \
     ignore-errors ignore-missing-args delete-missing-args remove-source-files backup backup-dir suffix \
     link-dest copy-dest relative mkpath prune-empty-dirs compress-level compress-choice zc zl \
     checksum-choice cc skip-compress block-size modify-window protect-args secluded-args old-args trust-sender \
     no-perms no-owner no-group no-times no-compress no-whole-file no-motd no-implied-dirs no-inc-recursive \
     no-p no-o no-g no-t no-z no-W no-D no-devices no-specials no-omit-dir-times no-acls no-xattrs",
    &[],
);
const RCLONE: Known = (
    "vqPcuIxML",
    "verbose quiet progress config transfers checkers bwlimit bwlimit-file log-file log-level log-format \
     log-systemd syslog syslog-facility use-json-log color stats stats-one-line stats-one-line-date \
     stats-log-level stats-unit stats-file-name-length fast-list retries retries-sleep low-level-retries timeout \
     contimeout expect-continue-timeout buffer-size tpslimit tpslimit-burst update ignore-times ignore-size \
     checksum use-server-modtime no-traverse no-check-dest no-check-certificate no-update-modtime \
     no-update-dir-modtime delete-before delete-during delete-after delete-excluded create-empty-src-dirs \
     backup-dir suffix suffix-keep-extension user-agent order-by modify-window bind temp-dir cache-dir \
     password-command ask-password auto-confirm inplace metadata use-mmap max-delete max-delete-size \
     track-renames track-renames-strategy server-side-across-configs copy-links ca-cert client-cert client-key \
     ignore-checksum ignore-errors check-first refresh-times one-file-system disable-http2",
    &[
        "s3-",
        "b2-",
        "sftp-",
        "webdav-",
        "swift-",
        "drive-",
        "gcs-",
        "azureblob-",
        "onedrive-",
        "crypt-",
        "smb-",
        "ftp-",
        "multi-thread-",
        "header",
        "rc-",
        "dump",
    ],
);
const SCP: Known = ("iPqCopFlcJrvB46OsTD3A", "", &[]);
const AWS: Known = (
    "",
    "recursive only-show-errors no-progress quiet profile endpoint-url region storage-class sse sse-kms-key-id \
     sse-c sse-c-key acl grants delete follow-symlinks content-type content-encoding content-language \
     content-disposition cache-control metadata metadata-directive expected-size expires checksum-algorithm \
     no-guess-mime-type no-verify-ssl ca-bundle cli-read-timeout cli-connect-timeout no-cli-pager output \
     color debug page-size request-payer no-paginate exact-timestamps no-sign-request",
    &[],
);
const S3CMD: Known = (
    "crvqfepPFm",
    "config recursive verbose quiet progress no-progress force encrypt no-encrypt ssl no-ssl host host-bucket \
     region bucket-location access_key secret_key access_token storage-class acl-private acl-public \
     delete-removed delete-after preserve no-preserve multipart-chunk-size-mb disable-multipart \
     enable-multipart server-side-encryption server-side-encryption-kms-id limit-rate stats follow-symlinks \
     check-certificate no-check-certificate ca-certs check-hostname no-check-hostname guess-mime-type \
     no-guess-mime-type no-mime-magic mime-type signature-v2 add-header debug requester-pays continue-put \
     put-continue max-retries connection-pooling",
    &[],
);
const GSUTIL: Known = ("mqrRhoDdcpPzZjJasuLv", "", &[]);

/// Whether an option, with its dashes, leaves nothing out of what a tool sends.
pub(super) fn is_harmless(tool: &str, option: &str) -> bool {
    let (letters, long, beginnings) = match tool {
        "rsync" => RSYNC,
        "rclone" => RCLONE,
        "scp" => SCP,
        "aws" => AWS,
        "s3cmd" => S3CMD,
        "gsutil" => GSUTIL,
        // Those that make archives leave out what their options say, most of which begin so.
        _ => {
            let leaves = ["--exclude-", "--newer", "--no-recursion", "--after-date"];
            let caches = option == "--exclude-caches";
            return caches || !leaves.iter().any(|l| option.starts_with(l));
        }
    };
    match option.strip_prefix("--") {
        Some(name) => {
            long.split_whitespace().any(|l| l == name)
                || beginnings.iter().any(|b| name.starts_with(b))
        }
        None => option
            .strip_prefix('-')
            .is_some_and(|l| !l.is_empty() && letters.contains(l)),
    }
}

/// Whether a command takes what stands in the folders that it names, and not only files.
pub(super) fn goes_down(tool: &str, command: &Command) -> bool {
    let has = |options: &[&str]| command.has(options);
    let verbs = ["cp", "mv", "put", "sync", "rsync"];
    let mut operands = command.operands.iter().map(String::as_str);
    let verb = operands.find(|w| verbs.contains(w)).unwrap_or_default();
    match tool {
        "rsync" => has(&["-a", "--archive", "-r", "--recursive"]),
        "scp" => has(&["-r"]),
        "aws" => verb == "sync" || has(&["--recursive"]),
        "s3cmd" => verb == "sync" || has(&["-r", "--recursive"]),
        "gsutil" => has(&["-r", "-R"]),
        "zip" => has(&["-r", "--recurse-paths"]),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_may_leave_something_out() {
        for (tool, options) in [
            (
                "rsync",
                "-a -v -z --delete --numeric-ids -e --bwlimit --rsync-path --no-owner",
            ),
            (
                "rclone",
                "--config --transfers -v --log-file --s3-no-check-bucket --multi-thread-streams",
            ),
            (
                "aws",
                "--storage-class --only-show-errors --profile --endpoint-url",
            ),
            ("scp", "-i -P -q -C -o -p"),
            ("s3cmd", "-c --no-progress"),
            ("gsutil", "-m -q"),
            ("restic", "--tag --exclude-caches"),
        ] {
            assert!(options.split(' ').all(|o| is_harmless(tool, o)), "{tool}");
        }
        for (tool, options) in [
            (
                "rsync",
                "--existing --ignore-existing --size-only --max-size -C -F --compare-dest --stop-after -m",
            ),
            (
                "rclone",
                "--min-age --min-size --max-depth --immutable --size-only --ignore-existing -d",
            ),
            ("aws", "--size-only --no-follow-symlinks --something"),
            ("scp", "-S"),
            ("s3cmd", "--skip-existing --rexclude"),
            ("gsutil", "-n -x -i"),
            ("restic", "--exclude-larger-than --exclude-if-present"),
        ] {
            let mut harmless = options.split(' ').filter(|o| is_harmless(tool, o));
            assert_eq!(harmless.next(), None, "{tool}");
        }
    }
}
