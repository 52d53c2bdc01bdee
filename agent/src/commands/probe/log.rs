//! The record of probes of other people's addresses: one JSON line each, written before the first
//! packet. Where it cannot be written, nothing is sent.

use std::{
    fs::{OpenOptions, Permissions},
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rustix::fs::OFlags;
use serde::Serialize;

use crate::state_dir;

const NAME: &str = "probes.log";

/// One probe.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'a> {
    /// When.
    pub(super) time: Timestamp,
    /// Who runs the program.
    pub(super) uid: u32,
    /// Who became root for it, as sudo says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sudo_user: Option<String>,
    /// Which probe.
    pub(super) probe: &'a str,
    /// What it was pointed at.
    pub(super) target: &'a str,
    /// The addresses that it will reach.
    pub(super) addresses: &'a [SocketAddr],
    /// Who permitted it.
    pub(super) authorisation: &'a str,
}

/// The file: in the agent's state folder for root, else in the user's own (XDG base directories).
/// `None` where the user has none.
pub(super) fn path(
    is_root: bool,
    state_dir: &Path,
    env: impl Fn(&str) -> Option<String>,
) -> Option<PathBuf> {
    if is_root {
        return Some(state_dir.join(NAME));
    }
    let absolute = |text: String| Some(PathBuf::from(text)).filter(|p| p.is_absolute());
    let state = env("XDG_STATE_HOME").and_then(absolute).or_else(|| {
        let home = env("HOME").and_then(absolute)?;
        Some(home.join(".local/state"))
    })?;
    Some(state.join("capdo").join(NAME))
}

/// Appends the entry and makes it durable.
///
/// # Errors
/// When the file cannot be written, or is a link or no regular file.
pub(super) fn append(path: &Path, entry: &Entry<'_>) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        state_dir::create(dir)?;
    }
    let no_follow = OFlags::NOFOLLOW | OFlags::NONBLOCK; // neither a link nor a pipe
    let flags = i32::try_from(no_follow.bits()).map_err(io::Error::other)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    let mut file = options.custom_flags(flags).open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if meta.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(addresses: &'a [SocketAddr]) -> Entry<'a> {
        Entry {
            time: Timestamp::UNIX_EPOCH,
            uid: 0,
            sudo_user: None,
            probe: "ssh",
            target: "may.example:22",
            addresses,
            authorisation: "QĐ 12/2026\n",
        }
    }

    #[test]
    fn lines_are_added_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a/probes.log");
        let addresses = ["192.0.2.1:22".parse().unwrap()];
        append(&file, &entry(&addresses)).unwrap();
        append(&file, &entry(&addresses)).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("192.0.2.1:22") && text.contains("QĐ 12/2026\\n"));
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("probes.log");
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &file).unwrap();
        append(&file, &entry(&[])).unwrap_err();
        assert!(!dir.path().join("elsewhere").exists());
    }

    #[test]
    fn each_user_has_a_place() {
        let env = |set: &'static [(&str, &str)]| {
            move |name: &str| {
                let hit = set.iter().find(|(n, _)| *n == name);
                hit.map(|(_, v)| (*v).to_owned())
            }
        };
        let at = |root, set| path(root, Path::new("/var/lib/x"), env(set));
        let shown = |p: Option<PathBuf>| p.map(|p| p.display().to_string()).unwrap_or_default();
        assert_eq!(shown(at(true, &[])), "/var/lib/x/probes.log");
        assert_eq!(
            shown(at(false, &[("HOME", "/home/a")])),
            "/home/a/.local/state/capdo/probes.log"
        );
        let both: &[(&str, &str)] = &[("HOME", "/home/a"), ("XDG_STATE_HOME", "/s")];
        assert_eq!(shown(at(false, both)), "/s/capdo/probes.log");
        assert_eq!(at(false, &[("XDG_STATE_HOME", "s")]), None);
    }
}
