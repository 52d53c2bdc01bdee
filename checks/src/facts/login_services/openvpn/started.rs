//! What the processes of OpenVPN were started with: files that were read, and options beside them. Of a command
//! line nothing else is kept.

use std::collections::BTreeMap;

use super::{Listed, MAX_INCLUDES, Server};
use crate::{
    facts::access::real_path,
    host::{Host, HostError, Kind},
    observation::Gap,
};

/// Its program.
pub(super) const PROGRAM: &str = "openvpn";
const MAX_PROCESSES: usize = 20_000;
const COMMAND_CAP: usize = 64 << 10;
/// Units whose processes begin in a folder of their own.
const UNITS: [(&str, &str); 2] = [
    ("/openvpn-client@", "/etc/openvpn/client"),
    ("/openvpn-server@", "/etc/openvpn/server"),
];

/// One process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Started {
    /// Its files, to which links lead; empty where one of them was not read.
    files: Vec<String>,
    /// What its files and options make of it, in their order.
    pub server: Server,
}

impl Started {
    /// The file whose word on its clients is this process's, with its options: `None` where what it does
    /// does not stand in the files that were read.
    pub(super) fn explained_by(&self, read: &BTreeMap<String, Listed>) -> Option<&str> {
        let same = |file: &&String| {
            let of_file = read.get(file.as_str()).map(|l| &l.server);
            match self.files.len() {
                // A server of the file stays one, whatever else it asks for then.
                1 => of_file.is_some_and(|s| s.serves == self.server.serves),
                _ => !self.server.serves || of_file == Some(&self.server),
            }
        };
        self.files.iter().find(same).map(String::as_str)
    }
}

/// The processes that run and are seen; none in an image. `read` holds the files that were read, by where links lead.
///
/// # Errors
/// When links of a file may not be followed, or the file not be read again.
pub(super) fn all(host: &dyn Host, read: &BTreeMap<String, Listed>) -> Result<Vec<Started>, Gap> {
    let mut found = Vec::new();
    if host.kind() == Kind::Image {
        return Ok(found);
    }
    let any_serves = read.values().any(|l| l.server.serves);
    // What may not be seen is a gap where all programs are looked for.
    let entries = host.list("/proc", MAX_PROCESSES).unwrap_or_default();
    let pids = entries.iter().map(|e| e.name.as_str());
    for pid in pids.filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
        let text = |file: &str| {
            let bytes = host.read(&format!("/proc/{pid}/{file}"), COMMAND_CAP);
            bytes.map(|b| String::from_utf8_lossy(&b).into_owned())
        };
        match text("comm") {
            Ok(name) if name.trim_end() == PROGRAM => {}
            Err(HostError::NotFound(_) | HostError::Io { .. }) | Ok(_) => continue,
            // It may be what weakens a server of the files.
            Err(error) if any_serves => return Err(error.into()),
            Err(_) => continue,
        }
        let line = text("cmdline").unwrap_or_default();
        let words: Vec<&str> = line.split_terminator('\0').collect();
        // Only who may trace a process sees its folder. It is no longer the one in which its file was found
        // where that says `cd` or `chroot`.
        let now = host.read_link(&format!("/proc/{pid}/cwd")).ok();
        let of_unit = text("cgroup").ok().and_then(|t| of_unit(&t));
        let folders = now.into_iter().chain(of_unit.map(str::to_owned));
        found.push(started(host, &words, folders.collect(), read)?);
    }
    Ok(found)
}

/// The folder in which the processes of a control group begin.
fn of_unit(cgroup: &str) -> Option<&'static str> {
    let unit = UNITS.iter().find(|(unit, _)| cgroup.contains(unit));
    unit.map(|(_, folder)| *folder)
}

/// Reads a command line as `openvpn(8)` does, option by option; `folders` are those in which the process may have begun.
fn started(
    host: &dyn Host,
    line: &[&str],
    mut folders: Vec<String>,
    read: &BTreeMap<String, Listed>,
) -> Result<Started, Gap> {
    let mut options: Vec<Vec<&str>> = Vec::new();
    for word in line.iter().skip(1) {
        match (word.strip_prefix("--"), options.last_mut()) {
            (Some(name), _) => options.push(vec![name]),
            (None, Some(option)) => option.push(word),
            // A single word is a file.
            (None, None) => options.push(vec!["config", word]),
        }
    }
    let mut found = Started::default();
    let mut is_read = true;
    for option in &options {
        match option.as_slice() {
            ["cd", to, ..] => folders.iter_mut().for_each(|f| *f = within(f, to)),
            ["config", file, ..] => match named(host, &folders, file, read)? {
                Some((real, listed)) => {
                    let Listed { folder, path, .. } = listed;
                    found.server.read(host, folder, path, MAX_INCLUDES)?;
                    found.files.push(real);
                }
                None => is_read = false,
            },
            other => found.server.take(other),
        }
    }
    if !is_read {
        found.files.clear();
    }
    Ok(found)
}

/// The file of this name, where it was read. In whichever folder of these there is one, it must have been.
fn named<'a>(
    host: &dyn Host,
    folders: &[String],
    file: &str,
    read: &'a BTreeMap<String, Listed>,
) -> Result<Option<(String, &'a Listed)>, HostError> {
    let from: Vec<String> = if file.starts_with('/') {
        vec![file.to_owned()]
    } else {
        folders.iter().map(|f| within(f, file)).collect()
    };
    let mut found = None;
    for path in from {
        let real = real_path(host, &path)?;
        match read.get(&real) {
            // The folder that is seen goes before the one that its unit names.
            Some(listed) if found.is_none() => found = Some((real, listed)),
            Some(_) => {}
            None if host.stat_if_any(&real)?.is_none() => {}
            None => return Ok(None),
        }
    }
    Ok(found)
}

fn within(folder: &str, file: &str) -> String {
    if file.starts_with('/') {
        file.to_owned()
    } else {
        format!("{folder}/{file}")
    }
}
