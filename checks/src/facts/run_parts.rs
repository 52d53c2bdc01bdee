//! Which files of a folder cron reads or runs, by their names: distributions differ.

use super::os_release::{OsRelease, PackageSystem};
use crate::context::Cx;

/// Whose rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Debian's cron and run-parts(8), and busybox: letters, digits, `_` and `-` alone.
    Strict,
    /// cronie and the run-parts of Red Hat's family and SUSE: all but a few endings.
    Wide,
}

/// Endings of what packages and editors leave behind.
const LEFT: [&str; 5] = [".rpmsave", ".rpmorig", ".rpmnew", ".swp", ".cfsaved"];

impl Rules {
    /// Those of the host; the strict ones where it does not say what it is.
    pub fn of(cx: &Cx<'_>) -> Self {
        match cx.get::<OsRelease>().map(|os| os.package_system()) {
            Ok(PackageSystem::Rpm) => Self::Wide,
            _ => Self::Strict,
        }
    }

    /// Whether run-parts starts a file of this name.
    pub fn runs(self, name: &str) -> bool {
        match self {
            Self::Strict => is_strict(name),
            Self::Wide => {
                !name.starts_with('.')
                    && !name.ends_with(['~', ','])
                    && !LEFT.iter().any(|e| name.ends_with(e))
            }
        }
    }

    /// Whether cron reads a table of this name in `/etc/cron.d`.
    pub fn reads(self, name: &str) -> bool {
        match self {
            Self::Strict => is_strict(name),
            Self::Wide => {
                !name.starts_with(['.', '#'])
                    && !name.ends_with('~')
                    && !LEFT.iter().take(3).any(|e| name.ends_with(e))
            }
        }
    }
}

fn is_strict(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_passed_over_as_each_distribution_does() {
        for (name, strict, runs, reads) in [
            ("backup", true, true, true),
            ("0_backup-x", true, true, true),
            ("backup.sh", false, true, true),
            ("backup.sh~", false, false, false),
            ("backup,", false, false, true),
            ("backup.rpmsave", false, false, false),
            ("backup.rpmnew", false, false, false),
            (".backup.swp", false, false, false),
            ("backup.swp", false, false, true),
            ("#backup#", false, true, false),
        ] {
            assert_eq!(Rules::Strict.runs(name), strict, "{name}");
            assert_eq!(Rules::Strict.reads(name), strict, "{name}");
            assert_eq!(Rules::Wide.runs(name), runs, "{name}");
            assert_eq!(Rules::Wide.reads(name), reads, "{name}");
        }
    }
}
