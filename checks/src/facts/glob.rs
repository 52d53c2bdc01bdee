//! File name patterns, as `glob(7)` has them without brackets: `*` and `?`.

use crate::host::{Host, HostError};

/// Most entries of one folder that a pattern looks through.
const LIST_CAP: usize = 2_000;

/// Whether `name` matches `pattern`. Runs in time proportional to the product of the lengths.
pub fn matches(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let mut reach = vec![false; name.len() + 1];
    reach[0] = true;
    for p in pattern.chars() {
        if p == '*' {
            for at in 1..reach.len() {
                reach[at] |= reach[at - 1];
            }
            continue;
        }
        for at in (0..name.len()).rev() {
            reach[at + 1] = reach[at] && (p == '?' || p == name[at]);
        }
        reach[0] = false;
    }
    reach[name.len()]
}

/// Whether a file name holds a wildcard.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// The paths that match `pattern`, sorted. Each part of the path may hold wildcards; names that
/// start with a dot match only patterns that do, too.
///
/// # Errors
/// When a folder on the way may not be read or is too large.
pub fn expand(host: &dyn Host, pattern: &str) -> Result<Vec<String>, HostError> {
    let mut found = vec![String::new()];
    for part in pattern.split('/').filter(|p| !p.is_empty()) {
        let mut next = Vec::new();
        for dir in found {
            if is_pattern(part) {
                next.extend(children(host, &dir, part)?);
            } else {
                next.push(format!("{dir}/{part}"));
            }
        }
        found = next;
    }
    let mut present = Vec::new();
    for path in found {
        match host.stat(&path) {
            Ok(_) => present.push(path),
            Err(error) if is_nothing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(present)
}

fn children(host: &dyn Host, dir: &str, part: &str) -> Result<Vec<String>, HostError> {
    let shown = if dir.is_empty() { "/" } else { dir };
    let entries = match host.list(shown, LIST_CAP) {
        Ok(entries) => entries,
        Err(error) if is_nothing(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let fits =
        |name: &str| matches(part, name) && (part.starts_with('.') || !name.starts_with('.'));
    Ok(entries
        .iter()
        .filter(|e| fits(&e.name))
        .map(|e| format!("{dir}/{}", e.name))
        .collect())
}

/// A file where a folder was expected holds nothing that the pattern could mean.
const fn is_nothing(error: &HostError) -> bool {
    matches!(error, HostError::NotFound(_) | HostError::WrongKind(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_in_a_shell() {
        for (pattern, name, want) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("a*b*c", "a__b_c", true),
            ("root", "root2", false),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        assert!(!matches(&"*a".repeat(500), &"b".repeat(500)));
    }
}
