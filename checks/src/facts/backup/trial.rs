//! Commands of backup tools that make no copy.

use super::tools::base_name;

/// Whether the words ask only what would be done, or for help.
pub(super) fn is_trial(words: &[&str]) -> bool {
    const LONG: [&str; 4] = ["--dry-run", "--help", "--version", "--just-print"];
    const SHORT: [&str; 5] = ["restic", "borg", "borgmatic", "rclone", "rsync"];
    // What stands before the tool is said to another program, such as `nice -n 19`.
    let after = words.iter().skip_while(|w| !SHORT.contains(&base_name(w)));
    let joined = |w: &str| {
        let letters = w.strip_prefix('-').unwrap_or_default();
        letters.contains('n') && letters.chars().all(|c| c.is_ascii_alphabetic())
    };
    if is_structure_only(words) {
        return true;
    }
    let rsync = words.iter().any(|w| base_name(w) == "rsync");
    let mut after = after.skip(1);
    after.any(|w| *w == "-n" || rsync && joined(w)) || words.iter().any(|w| LONG.contains(w))
}

/// Whether a dump leaves the data itself out.
fn is_structure_only(words: &[&str]) -> bool {
    let at = |names: &[&str]| words.iter().position(|w| names.contains(&base_name(w)));
    let said = |at: usize, flags: &[&str]| words.iter().skip(at).any(|w| flags.contains(w));
    let postgres = at(&["pg_dump", "pg_dumpall"]).is_some_and(|n| {
        said(
            n,
            &[
                "-s",
                "--schema-only",
                "-g",
                "--globals-only",
                "--roles-only",
            ],
        )
    });
    postgres || at(&["mysqldump", "mariadb-dump"]).is_some_and(|n| said(n, &["-d", "--no-data"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_without_data_is_no_copy() {
        assert!(is_trial(&["pg_dump", "-s", "qlvb"]));
        assert!(is_trial(&["/usr/bin/pg_dumpall", "--globals-only"]));
        assert!(is_trial(&["mysqldump", "--no-data", "qlvb"]));
        assert!(!is_trial(&["sudo", "-s", "pg_dump", "qlvb"]));
        assert!(!is_trial(&["mysqldump", "-A"]));
    }
}
