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
    let rsync = words.iter().any(|w| base_name(w) == "rsync");
    let mut after = after.skip(1);
    after.any(|w| *w == "-n" || rsync && joined(w)) || words.iter().any(|w| LONG.contains(w))
}
