//! A secret in a file of its own, such as the password of a test account. It goes to the service
//! that asks for it and nowhere else.

use std::fmt;

use crate::{
    host::{FileKind, Host},
    observation::{Gap, GapReason},
};

const CAP: usize = 1_024;

/// A secret; it is never shown.
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads the first line of a file that its owner alone may read, and that belongs to root or to
/// the agent.
///
/// # Errors
/// When it is not there, others may read it, somebody else owns it, or it is empty.
pub fn read(host: &dyn Host, path: &str) -> Result<Secret, Gap> {
    let wrong = |what: &str| Gap::new(GapReason::NoPermission, format!("{path}: {what}"));
    let stat = host.stat(path)?;
    let own = host.stat_if_any("/proc/self")?.map(|s| s.uid);
    if stat.kind != FileKind::File {
        return Err(wrong("not a file"));
    }
    if stat.mode & 0o7177 != 0 || stat.mode & 0o400 == 0 {
        return Err(wrong("its mode must be 0600 or 0400"));
    }
    if stat.uid != 0 && Some(stat.uid) != own {
        return Err(wrong("it must belong to root or to the agent"));
    }
    let bytes = host.read(path, CAP)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("not text"))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(wrong("it is empty"));
    }
    Ok(Secret(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::host::Fixture;

    #[test]
    fn only_a_closed_file_of_root_or_the_agent_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let read_with = |rest: &str| {
            let path = dir.path().join("x.toml");
            let text = format!(
                "[files.\"/s\"]\ntext = \"hush\\n\"\n{rest}\n[files.\"/proc/self\"]\ndir = true\nuid = 7\n"
            );
            fs::write(&path, text).unwrap();
            read(&Fixture::load(&path).unwrap(), "/s")
        };
        assert_eq!(read_with("mode = \"0600\"").unwrap().expose(), "hush");
        assert_eq!(
            read_with("mode = \"0400\"\nuid = 7").unwrap().expose(),
            "hush"
        );
        for rest in [
            "mode = \"0640\"",
            "mode = \"0604\"",
            "mode = \"0600\"\nuid = 8",
            "mode = \"4600\"",
        ] {
            let gap = read_with(rest).unwrap_err();
            assert_eq!(gap.reason, GapReason::NoPermission);
            assert!(!gap.detail.contains("hush"));
        }
        assert!(!format!("{:?}", read_with("mode = \"0600\"").unwrap()).contains("hush"));
    }
}
