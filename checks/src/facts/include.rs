//! Includes: the files that a path, a folder or a pattern names.

use crate::{
    host::{FileKind, Host},
    observation::Gap,
};

const MAX_FILES: usize = 256;

/// The files that an include names: a file, all of a folder, or those of a folder whose names fit
/// a pattern with one `*` as the path's last part. Hidden files are passed over.
///
/// # Errors
/// When a folder may not be listed or holds too much.
pub(super) fn expand(host: &dyn Host, pattern: &str) -> Result<Vec<String>, Gap> {
    let (dir, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    if let Some((start, end)) = last.split_once('*') {
        return in_folder(host, dir, start, end);
    }
    let stat = host.stat_if_any(pattern)?;
    if stat.is_some_and(|s| s.kind == FileKind::Dir) {
        in_folder(host, pattern.trim_end_matches('/'), "", "")
    } else {
        Ok(vec![pattern.to_owned()])
    }
}

fn in_folder(host: &dyn Host, dir: &str, start: &str, end: &str) -> Result<Vec<String>, Gap> {
    let entries = host.list_if_any(dir, MAX_FILES)?;
    let names = entries.into_iter().filter(|e| e.kind != FileKind::Dir);
    Ok(names
        .filter(|e| fits(&e.name, start, end))
        .map(|e| format!("{dir}/{}", e.name))
        .collect())
}

fn fits(name: &str, start: &str, end: &str) -> bool {
    name.len() >= start.len() + end.len()
        && name.starts_with(start)
        && name.ends_with(end)
        && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(fits("50-x.conf", "", ".conf") && fits("50-x.conf", "50", ".conf"));
        assert!(!fits(".x.conf", "", ".conf") && !fits("x.conf.bak", "", ".conf"));
        assert!(!fits("ab", "ab", "b"), "start and end may not overlap");
    }
}
