//! What becomes of the memory of a program that crashes.

use std::collections::BTreeMap;

use crate::{facts::text::lines, host::Host, observation::Gap};

const FOLDERS: [&str; 4] = [
    "/etc/systemd/coredump.conf.d",
    "/run/systemd/coredump.conf.d",
    "/usr/local/lib/systemd/coredump.conf.d",
    "/usr/lib/systemd/coredump.conf.d",
];

/// Who takes a core dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// Nobody: a program that throws it away.
    Nobody,
    /// `systemd-coredump`, which follows `coredump.conf`.
    Systemd,
    /// Another program.
    Program,
    /// A file.
    File,
}

impl Taker {
    /// The word used in facts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Systemd => "systemd-coredump",
            Self::Program => "program",
            Self::File => "file",
        }
    }
}

/// Reads `kernel.core_pattern`.
pub fn taker(pattern: &str) -> Taker {
    let Some(command) = pattern.trim().strip_prefix('|') else {
        return Taker::File;
    };
    let program = command.split_whitespace().next().unwrap_or_default();
    match program.rsplit('/').next().unwrap_or_default() {
        "false" | "true" => Taker::Nobody,
        "systemd-coredump" => Taker::Systemd,
        _ => Taker::Program,
    }
}

/// The value of `Storage=` that `systemd-coredump` follows.
///
/// # Errors
/// When a file may not be read.
pub fn storage(host: &dyn Host) -> Result<String, Gap> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for folder in FOLDERS {
        for entry in host.list_if_any(folder, 256)? {
            if entry.name.ends_with(".conf") {
                let path = format!("{folder}/{}", entry.name);
                files.entry(entry.name).or_insert(path);
            }
        }
    }
    let mut paths = vec!["/etc/systemd/coredump.conf".to_owned()];
    paths.extend(files.into_values());
    let mut value = "external".to_owned();
    for path in paths {
        let text = host.text_if_any(&path)?.unwrap_or_default();
        for (_, line) in lines(&text) {
            if let Some(v) = line.strip_prefix("Storage=") {
                v.trim().clone_into(&mut value);
            }
        }
    }
    Ok(value)
}

/// Whether `limits.conf(5)` sets the hard limit of core dumps to 0 for everybody.
///
/// # Errors
/// When a file may not be read.
pub fn limited(host: &dyn Host) -> Result<bool, Gap> {
    let mut limit = limit(
        &host
            .text_if_any("/etc/security/limits.conf")?
            .unwrap_or_default(),
    );
    for entry in host.list_if_any("/etc/security/limits.d", 256)? {
        if entry.name.ends_with(".conf") {
            let text = host.text(&format!("/etc/security/limits.d/{}", entry.name))?;
            limit = self::limit(&text).or(limit);
        }
    }
    Ok(limit.unwrap_or(false))
}

/// Whether the last line for everybody's hard limit says 0.
fn limit(text: &str) -> Option<bool> {
    let mut found = None;
    for (_, line) in lines(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["*", "hard" | "-", "core", value] = words[..] {
            found = Some(value == "0");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takers() {
        assert_eq!(taker("|/bin/false"), Taker::Nobody);
        assert_eq!(
            taker("|/usr/lib/systemd/systemd-coredump %P"),
            Taker::Systemd
        );
        assert_eq!(taker("|/usr/share/apport/apport -p%p"), Taker::Program);
        assert_eq!(taker("core\n"), Taker::File);
    }

    #[test]
    fn a_soft_limit_is_none() {
        assert_eq!(limit("* soft core 0\n"), None);
        assert_eq!(limit("* hard core 0\n* hard core 1\n"), Some(false));
    }
}
