//! The text files of the system log below `/var/log`.

use jiff::Timestamp;

use crate::{
    context::{Cx, Gather},
    host::{FileKind, Stat},
    observation::Gap,
};

const DIR: &str = "/var/log";
const MAX_ENTRIES: usize = 8_192;
/// Files that hold log-ins, on Debian and on RHEL.
const LOGINS: [&str; 2] = ["auth.log", "secure"];
/// Files that hold what else the system says.
const SYSTEM: [&str; 8] = [
    "syslog",
    "messages",
    "kern.log",
    "daemon.log",
    "user.log",
    "mail.log",
    "maillog",
    "cron",
];

/// A log file, current or rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Full path.
    pub path: String,
    /// Metadata.
    pub stat: Stat,
    /// It holds log-ins.
    pub logins: bool,
}

/// The log files that stand in `/var/log`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFiles(pub Vec<LogFile>);

impl LogFiles {
    /// The oldest and the newest last entry among files of log-ins that hold anything. The last
    /// entry of the oldest file is no younger than the file's time, so older ones stand before it.
    pub fn login_span(&self) -> Option<(Timestamp, Timestamp)> {
        let filled = || self.0.iter().filter(|f| f.logins && f.stat.size > 0);
        let oldest = filled().map(|f| f.stat.mtime).min()?;
        Some((oldest, filled().map(|f| f.stat.mtime).max()?))
    }

    /// The current files of log-ins and of what else the system says.
    pub fn current(&self) -> impl Iterator<Item = &str> {
        let names = LOGINS.iter().chain(["syslog", "messages"].iter());
        let paths: Vec<String> = names.map(|n| format!("{DIR}/{n}")).collect();
        let files = self.0.iter().map(|f| f.path.as_str());
        files.filter(move |p| paths.iter().any(|q| q == p))
    }

    /// The current file of log-ins.
    pub fn login_path(&self) -> Option<&str> {
        let current = |f: &&LogFile| LOGINS.iter().any(|l| f.path == format!("{DIR}/{l}"));
        self.0.iter().find(current).map(|f| f.path.as_str())
    }
}

impl Gather for LogFiles {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut files = Vec::new();
        for entry in cx.host().list_if_any(DIR, MAX_ENTRIES)? {
            let logins = is_one_of(&entry.name, &LOGINS);
            if !logins && !is_one_of(&entry.name, &SYSTEM) {
                continue;
            }
            let path = format!("{DIR}/{}", entry.name);
            let stat = cx.host().stat_if_any(&path)?;
            if let Some(stat) = stat.filter(|s| s.kind == FileKind::File) {
                files.push(LogFile { path, stat, logins });
            }
        }
        Ok(Self(files))
    }
}

/// Whether `name` is one of `stems`, or such a file rotated: `syslog.2.gz`, `secure-20261101`.
fn is_one_of(name: &str, stems: &[&str]) -> bool {
    stems.iter().any(|stem| {
        name.strip_prefix(stem).is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_prefix(['.', '-'])
                    .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_belong_to_their_stem() {
        for name in [
            "auth.log",
            "auth.log.1",
            "auth.log.12.gz",
            "secure-20261101",
        ] {
            assert!(is_one_of(name, &LOGINS), "{name}");
        }
        for name in ["auth.log.bak", "auth.login", "secure.d", "syslog", ""] {
            assert!(!is_one_of(name, &LOGINS), "{name}");
        }
    }
}
