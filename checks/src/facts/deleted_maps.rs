//! Programs that still run code whose file was replaced or removed: `/proc/PID/maps`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    context::{Cx, Gather},
    host::{Host, HostError},
    observation::Gap,
};

/// Most bytes of one process's table. The kernel's usual bound of 65,530 mappings takes about that.
const MAPS_CAP: usize = 8 << 20;
/// Where programs and libraries live; elsewhere a deleted file is ordinary.
const CODE_DIRS: [&str; 5] = ["/usr/", "/lib/", "/lib64/", "/opt/", "/bin/"];

/// Names of libraries by name of the program that still uses them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedMaps {
    /// By program name.
    pub by_program: BTreeMap<String, BTreeSet<String>>,
    /// How many processes were looked at.
    pub processes: usize,
    /// Names of programs whose table is larger than what is read; of them nothing is known.
    pub too_large: BTreeSet<String>,
    /// Names of programs whose table may not be looked at; of them nothing is known.
    pub refused: BTreeSet<String>,
}

impl Gather for DeletedMaps {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let mut found = Self::default();
        let mut failed = None;
        for entry in host.list("/proc", 20_000)? {
            if !entry.name.bytes().all(|c| c.is_ascii_digit()) {
                continue;
            }
            let dir = format!("/proc/{}", entry.name);
            let maps = match if_alive(host, &dir, "maps") {
                Ok(Some(maps)) => maps,
                Ok(None) => continue,
                Err(HostError::TooLarge { .. }) => {
                    found.processes += 1;
                    found.too_large.insert(program(host, &dir)?);
                    continue;
                }
                Err(HostError::NoPermission(_)) => {
                    found.processes += 1;
                    found.refused.insert(program(host, &dir)?);
                    continue;
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            found.processes += 1;
            let libraries = deleted(&String::from_utf8_lossy(&maps));
            if !libraries.is_empty() {
                let name = program(host, &dir)?;
                found.by_program.entry(name).or_default().extend(libraries);
            }
        }
        // What was found stays found, whatever else could not be read.
        match failed.filter(|_| found.by_program.is_empty()) {
            Some(error) => Err(error.into()),
            None => Ok(found),
        }
    }
}

/// The program's name; `?` where even that does not show.
fn program(host: &dyn Host, dir: &str) -> Result<String, HostError> {
    let name = match if_alive(host, dir, "comm") {
        Err(HostError::NoPermission(_)) => None,
        other => other?,
    };
    let name = String::from_utf8_lossy(&name.unwrap_or_default())
        .trim()
        .to_owned();
    Ok(if name.is_empty() {
        "?".to_owned()
    } else {
        name
    })
}

/// A process may end while it is being looked at; that is no gap.
fn if_alive(host: &dyn Host, dir: &str, file: &str) -> Result<Option<Vec<u8>>, HostError> {
    match host.read(&format!("{dir}/{file}"), MAPS_CAP) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(HostError::NotFound(_)) => Ok(None),
        Err(error @ HostError::Io { .. }) if host.stat_if_any(dir)?.is_some() => Err(error),
        Err(HostError::Io { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// File names of executable mappings whose file is gone.
fn deleted(maps: &str) -> BTreeSet<String> {
    let library = |line: &str| {
        let path = line.strip_suffix(" (deleted)")?;
        let mut words = path.split_whitespace();
        let runs = words.nth(1)?.as_bytes().get(2) == Some(&b'x');
        let path = path.get(path.find('/')?..)?;
        let code = CODE_DIRS.iter().any(|dir| path.starts_with(dir));
        let name = path.rsplit('/').next()?;
        (runs && code).then(|| name.to_owned())
    };
    maps.lines().filter_map(library).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_from_system_folders_counts() {
        let text = "7f-80 r-xp 00000000 08:01 12 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n\
            7f-80 r--p 00000000 08:01 12 /usr/lib/x86_64-linux-gnu/libz.so.1 (deleted)\n\
            7f-80 r-xp 00000000 08:01 12 /tmp/jit (deleted)\n\
            7f-80 rwxp 00000000 00:01 12 /memfd:x (deleted)\n\
            7f-80 r-xp 00000000 08:01 12 /usr/lib/libc.so.6\n (deleted)\n";
        assert_eq!(deleted(text), BTreeSet::from(["libssl.so.3".to_owned()]));
    }
}
