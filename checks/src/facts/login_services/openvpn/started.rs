//! With which files the processes of OpenVPN were started. Nothing else of a command line is kept.

use std::collections::BTreeSet;

use super::Server;
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
    /// Its files, to which links lead.
    files: Vec<String>,
    /// Whether its own options make it a server.
    serves: bool,
}

impl Started {
    /// Whether all that it does stands in files that were read.
    pub(super) fn is_explained_by(&self, read: &BTreeSet<String>) -> bool {
        !self.serves && !self.files.is_empty() && self.files.iter().all(|f| read.contains(f))
    }
}

/// The processes that run and are seen; none in an image.
///
/// # Errors
/// When links of a file may not be followed.
pub(super) fn all(host: &dyn Host) -> Result<Vec<Started>, Gap> {
    let mut found = Vec::new();
    if host.kind() == Kind::Image {
        return Ok(found);
    }
    // What may not be seen is a gap where all programs are looked for.
    let entries = host.list("/proc", MAX_PROCESSES).unwrap_or_default();
    let pids = entries.iter().map(|e| e.name.as_str());
    for pid in pids.filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
        let read = |file: &str| {
            let bytes = host.read(&format!("/proc/{pid}/{file}"), COMMAND_CAP);
            bytes.map(|b| String::from_utf8_lossy(&b).into_owned())
        };
        if !read("comm").is_ok_and(|name| name.trim_end() == PROGRAM) {
            continue;
        }
        let line = read("cmdline").unwrap_or_default();
        let words: Vec<&str> = line.split_terminator('\0').collect();
        let folder = host.read_link(&format!("/proc/{pid}/cwd"));
        // Only who may trace a process sees its folder.
        let folder = folder.or_else(|_| read("cgroup").map(|text| of_unit(&text).to_owned()));
        found.push(started(host, &words, &folder.unwrap_or_default())?);
    }
    Ok(found)
}

/// The folder in which the processes of a control group begin; empty where that is not known.
fn of_unit(cgroup: &str) -> &'static str {
    let unit = UNITS.iter().find(|(unit, _)| cgroup.contains(unit));
    unit.map_or("", |(_, folder)| folder)
}

/// Reads a command line as `openvpn(8)` does; `folder` is where the process began.
fn started(host: &dyn Host, line: &[&str], folder: &str) -> Result<Started, HostError> {
    let mut options: Vec<Vec<&str>> = Vec::new();
    for word in line.iter().skip(1) {
        match (word.strip_prefix("--"), options.last_mut()) {
            (Some(name), _) => options.push(vec![name]),
            (None, Some(option)) => option.push(word),
            // A single word is a file.
            (None, None) => options.push(vec!["config", word]),
        }
    }
    let (mut files, mut folder, mut own) = (Vec::new(), folder.to_owned(), Server::default());
    for option in &options {
        match option.as_slice() {
            ["cd", to, ..] => folder = within(&folder, to),
            ["config", file, ..] => files.push(real_path(host, &within(&folder, file))?),
            other => own.take(other),
        }
    }
    Ok(Started {
        files,
        serves: own.serves,
    })
}

fn within(folder: &str, file: &str) -> String {
    if file.starts_with('/') {
        file.to_owned()
    } else {
        format!("{folder}/{file}")
    }
}
