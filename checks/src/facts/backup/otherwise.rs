//! What tools are told that make a copy where nothing else is said.

/// What else borgmatic and rsnapshot are told to do.
pub(super) const OTHERWISE: [&str; 34] = [
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
    "diff",
    "rollback",
    "init",
    "rcreate",
    "repo-create",
    "transfer",
    "repo-list",
    "rlist",
    "repo-info",
    "rinfo",
    "mount",
    "umount",
    "borg",
    "key",
    "config",
    "generate",
    "bootstrap",
    "delete",
    "repo-delete",
    "break-lock",
    "export-tar",
    "recreate",
    "check-config-version",
];

/// borgmatic's actions as options, as it had them first.
pub(super) const OTHERWISE_FLAGS: [&str; 20] = [
    "--init",
    "-I",
    "--prune",
    "-p",
    "--compact",
    "--check",
    "-k",
    "--extract",
    "-x",
    "--export-tar",
    "--mount",
    "-m",
    "--umount",
    "-u",
    "--restore",
    "-r",
    "--list",
    "-l",
    "--info",
    "-i",
];

#[cfg(test)]
mod tests {
    use crate::facts::backup::tools::tools_in;

    #[test]
    fn borgmatic_makes_a_copy_unless_it_is_told_something_else() {
        for other in [
            "borgmatic --prune --check",
            "borgmatic -p -k",
            "borgmatic -v 1 -pk",
        ] {
            assert!(tools_in(other).is_empty(), "{other}");
        }
        for makes in [
            "borgmatic prune create check",
            "borgmatic -pCk",
            "borgmatic -v 1",
        ] {
            assert_eq!(tools_in(makes), ["borgmatic"], "{makes}");
        }
    }
}
