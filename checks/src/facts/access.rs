//! Who may reach a file: permission bits of the file and of the folders above it. POSIX access
//! lists are not seen; they can widen what the bits say.

use crate::{
    host::{Host, HostError, Stat},
    observation::Value,
};

/// A file with what its permission bits say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// The file.
    pub path: String,
    /// Its metadata.
    pub stat: Stat,
}

impl Guarded {
    /// Whether any of `bits` is set.
    pub const fn has(&self, bits: u32) -> bool {
        self.stat.mode & bits != 0
    }

    /// The path, the mode and the owner, for evidence.
    pub fn shown(&self) -> Value {
        let Stat { mode, uid, gid, .. } = self.stat;
        format!("{} {mode:04o} {uid}:{gid}", self.path).into()
    }
}

/// The files among `paths` that exist.
///
/// # Errors
/// When one may not be looked at.
pub fn existing<'p>(
    host: &dyn Host,
    paths: impl IntoIterator<Item = &'p str>,
) -> Result<Vec<Guarded>, HostError> {
    let mut found = Vec::new();
    for path in paths {
        if let Some(stat) = host.stat_if_any(path)? {
            found.push(Guarded {
                path: path.to_owned(),
                stat,
            });
        }
    }
    Ok(found)
}

/// Those among `files` that their own bits open to everybody: the ones that everybody reaches, and
/// the ones that a folder above shields.
///
/// # Errors
/// When a folder may not be looked at.
pub fn open_and_shielded(
    host: &dyn Host,
    files: &[Guarded],
) -> Result<(Vec<Value>, Vec<Value>), HostError> {
    let (mut open, mut shielded) = (Vec::new(), Vec::new());
    for file in files.iter().filter(|f| f.has(0o007)) {
        let list = if open_to_all(host, &file.path)? {
            &mut open
        } else {
            &mut shielded
        };
        list.push(file.shown());
    }
    Ok((open, shielded))
}

/// Whether every folder above the file that `path` leads to lets everybody through.
///
/// # Errors
/// When a folder may not be looked at, or links lead round and round.
pub fn open_to_all(host: &dyn Host, path: &str) -> Result<bool, HostError> {
    for folder in folders(&real_path(host, path)?) {
        if host.stat(folder)?.mode & 0o001 == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The folders above a path, the root left out.
pub fn folders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').skip(1);
    ends.filter_map(|(at, _)| path.get(..at))
}

/// Most links that are followed, as many as the kernel follows.
const MAX_LINKS: usize = 40;

/// Where `path` leads when every link on the way is followed: a link leads out of the folders that
/// stand in its name, and into others.
///
/// # Errors
/// When a link may not be read, or links lead round and round.
pub fn real_path(host: &dyn Host, path: &str) -> Result<String, HostError> {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').rev().filter(|p| !p.is_empty() && *p != ".");
        parts.map(str::to_owned).collect()
    };
    let (mut ahead, mut at, mut links) = (parts(path), String::new(), 0);
    while let Some(part) = ahead.pop() {
        if part == ".." {
            at.truncate(at.rfind('/').unwrap_or(0));
            continue;
        }
        let next = format!("{at}/{part}");
        match host.read_link(&next) {
            Ok(_) if links == MAX_LINKS => return Err(HostError::WrongKind(path.to_owned())),
            Ok(to) => {
                links += 1;
                if to.starts_with('/') {
                    at.clear();
                }
                ahead.extend(parts(&to));
            }
            Err(HostError::WrongKind(_) | HostError::NotFound(_)) => at = next,
            Err(e) => return Err(e),
        }
    }
    Ok(at)
}
