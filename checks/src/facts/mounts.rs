//! Mounted file systems: what the kernel says (`mountinfo`) and what `/etc/fstab` asks for.

use std::collections::BTreeSet;

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Folder within its file system that is mounted.
    pub root: String,
    /// Where.
    pub point: String,
    /// Options of the mount itself.
    pub options: BTreeSet<String>,
}

/// The mount at `point` in `/proc/PID/mountinfo`: the last one, which hides those before it.
pub fn effective(mountinfo: &str, point: &str) -> Option<Mount> {
    let parse = |line: &str| {
        let mut fields = line.split(' ').skip(3);
        Some(Mount {
            root: unescaped(fields.next()?),
            point: unescaped(fields.next()?),
            options: options(fields.next()?),
        })
    };
    let mut mounts = mountinfo.lines().filter_map(parse);
    mounts.rfind(|m| m.point == point)
}

/// The line for `point` in `fstab(5)`, with its number.
pub fn configured(fstab: &str, point: &str) -> Option<(usize, BTreeSet<String>)> {
    let found = super::text::lines(fstab).filter_map(|(n, line)| {
        let mut fields = line.split_whitespace().skip(1);
        let at = unescaped(fields.next()?);
        let same = at.trim_end_matches('/') == point.trim_end_matches('/');
        same.then(|| (n, options(fields.nth(1).unwrap_or_default())))
    });
    found.last()
}

fn options(text: &str) -> BTreeSet<String> {
    text.split(',').map(str::to_owned).collect()
}

/// Spaces and the like stand as three octal digits.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mount_at_a_point_counts() {
        let text = "30 1 0:5 / / rw - ext4 x rw\n31 30 0:6 / /tmp rw,nosuid - tmpfs t rw\n\
                    32 30 0:7 / /tmp rw,nodev shared:1 - tmpfs t rw\nbad\n";
        let got = effective(text, "/tmp").unwrap();
        assert!(got.options.contains("nodev") && !got.options.contains("nosuid"));
        assert_eq!(effective(text, "/var/tmp"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[ -~\n\té…]{0,200}") {
            effective(&text, "/tmp");
            configured(&text, "/tmp");
        }
    }

    #[test]
    fn fstab_lines_are_found() {
        let text = "# x\ntmpfs /tmp tmpfs nosuid,nodev 0 0\n/dev/x /var/tmp/\n";
        let (line, options) = configured(text, "/tmp").unwrap();
        assert_eq!(line, 2);
        assert!(options.contains("nosuid"));
        assert!(configured(text, "/var/tmp").is_some());
    }
}
