//! What is read of a file that a job starts, and whether a shell runs it.

use super::{
    starts::How,
    tools::{base_name, words},
    wrappers::SHELLS,
};
use crate::host::{Host, HostError};

const SCRIPT_CAP: usize = 256 << 10;
/// What is read of a file to tell a program from text.
const HEAD: usize = 64;

/// The text of a script, or nothing where a file is none. Of one that another runs the beginning will do:
/// packages have very long ones.
pub(super) fn script_at(
    host: &dyn Host,
    path: &str,
    whole: bool,
) -> Result<Option<String>, HostError> {
    let head = host.read_at(path, 0, HEAD)?;
    if !head.starts_with(b"#!") && (head.is_empty() || head.contains(&0)) {
        return Ok(None); // a program is no text
    }
    let bytes = if whole {
        host.read(path, SCRIPT_CAP)?
    } else {
        host.read_at(path, 0, SCRIPT_CAP)?
    };
    let text = head.starts_with(b"#!") || !bytes.contains(&0);
    Ok(text.then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Whether a file is started as a program and is none: nobody may run it.
pub(super) fn is_refused(host: &dyn Host, path: &str, how: How) -> Result<bool, HostError> {
    let started = matches!(how, How::Started | How::Bare);
    Ok(started && host.stat(path)?.mode & 0o111 == 0)
}

/// Whether a shell runs a script: its first line names one, or it has none and is left to a shell.
pub(super) fn is_of_a_shell(text: &str, how: How) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let Some(first) = first.strip_prefix("#!") else {
        return !matches!(how, How::Bare | How::Foreign);
    };
    let shell = |w: &&str| SHELLS.contains(w) || *w == "busybox";
    words(first).iter().any(|w| shell(&base_name(w)))
}
