//! Which system this is where os-release(5) is not there yet: the files of releases from before 2012.

use super::os_release::OsRelease;
use crate::host::{Host, HostError};

/// Reads such a file: the id and the version of os-release(5).
type Reads = fn(&str) -> Option<(String, String)>;

/// The files, the one that says most first, and what reads each. Oracle's stands beside Red Hat's, and
/// Ubuntu's beside Debian's.
const FILES: [(&str, Reads); 6] = [
    ("/etc/oracle-release", red_hat),
    ("/etc/redhat-release", red_hat),
    ("/etc/SuSE-release", suse),
    ("/etc/lsb-release", ubuntu),
    ("/etc/debian_version", debian),
    ("/etc/alpine-release", alpine),
];

/// The names with which Red Hat's family begins its file, and the id of each in os-release(5).
const FAMILY: [(&str, &str); 4] = [
    ("CentOS ", "centos"),
    ("Red Hat Enterprise Linux ", "rhel"),
    ("Oracle Linux ", "ol"),
    ("Fedora ", "fedora"),
];

/// The system by the first of these files that is there. One that says nothing understood hides those
/// behind it: what they say may be of another system.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn system(host: &dyn Host) -> Result<Option<OsRelease>, HostError> {
    for (path, reads) in FILES {
        let Some(text) = host.text_if_any(path)? else {
            continue;
        };
        return Ok(reads(&text).map(|(id, version)| {
            let like = match id.as_str() {
                "centos" | "ol" => "rhel",
                "ubuntu" => "debian",
                _ => "",
            };
            OsRelease {
                like: like.split_whitespace().map(str::to_owned).collect(),
                id,
                version,
                path,
                ..OsRelease::default()
            }
        }));
    }
    Ok(None)
}

/// `CentOS release 6.10 (Final)`.
fn red_hat(text: &str) -> Option<(String, String)> {
    let line = text.lines().next()?.trim();
    let (_, id) = FAMILY.iter().find(|(name, _)| line.starts_with(name))?;
    let (_, rest) = line.split_once(" release ")?;
    let version = number(rest.split_whitespace().next()?)?;
    Some(((*id).to_owned(), version))
}

/// A first line with the name, then `VERSION = 11` and `PATCHLEVEL = 3`.
fn suse(text: &str) -> Option<(String, String)> {
    let first = text.lines().next()?;
    let value = |key: &str| {
        let mut pairs = text.lines().filter_map(|l| l.split_once('='));
        let found = pairs.find(|(k, _)| k.trim() == key);
        found.and_then(|(_, v)| number(v.trim()))
    };
    let version = value("VERSION")?;
    if first.starts_with("SUSE Linux Enterprise Server ") {
        let level = value("PATCHLEVEL")?;
        return Some(("sles".to_owned(), format!("{version}.{level}")));
    }
    let open = first.to_lowercase().starts_with("opensuse ");
    open.then(|| ("opensuse".to_owned(), version))
}

fn ubuntu(text: &str) -> Option<(String, String)> {
    let value = |key: &str| {
        let mut pairs = text.lines().filter_map(|l| l.trim().split_once('='));
        let found = pairs.find(|(k, _)| *k == key);
        found.map(|(_, v)| v.trim_matches('"').to_owned())
    };
    (value("DISTRIB_ID")? == "Ubuntu").then_some(())?;
    Some(("ubuntu".to_owned(), number(&value("DISTRIB_RELEASE")?)?))
}

/// `6.0.10`; a derivative or the testing release has words there.
fn debian(text: &str) -> Option<(String, String)> {
    Some(("debian".to_owned(), number(text.trim())?))
}

fn alpine(text: &str) -> Option<(String, String)> {
    Some(("alpine".to_owned(), number(text.trim())?))
}

/// A version of digits and dots, and nothing else.
fn number(word: &str) -> Option<String> {
    let is_part = |p: &str| !p.is_empty() && p.chars().all(|c| c.is_ascii_digit());
    (word.len() < 20 && word.split('.').all(is_part)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn old_systems_are_told_by_their_own_files() {
        let red_hats = [
            ("CentOS release 6.10 (Final)\n", "centos 6.10"),
            ("CentOS release 5.11 (Final)", "centos 5.11"),
            (
                "Red Hat Enterprise Linux Server release 6.10 (Santiago)",
                "rhel 6.10",
            ),
            (
                "Red Hat Enterprise Linux AS release 4 (Nahant Update 9)",
                "rhel 4",
            ),
            ("Oracle Linux Server release 6.10", "ol 6.10"),
            ("Scientific Linux release 6.10 (Carbon)", ""),
            ("CentOS release six", ""),
            ("", ""),
        ];
        let told = |got: Option<(String, String)>| {
            got.map_or(String::new(), |(id, version)| format!("{id} {version}"))
        };
        for (text, want) in red_hats {
            assert_eq!(told(red_hat(text)), want, "{text}");
        }
        let sles = "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n";
        assert_eq!(told(suse(sles)), "sles 11.3");
        assert_eq!(
            told(suse("openSUSE 11.4 (x86_64)\nVERSION = 11.4\n")),
            "opensuse 11.4"
        );
        assert_eq!(
            told(suse("SUSE Linux Enterprise Desktop 11\nVERSION = 11")),
            ""
        );
        let lucid = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\n";
        assert_eq!(told(ubuntu(lucid)), "ubuntu 10.04");
        assert_eq!(told(ubuntu("DISTRIB_ID=LinuxMint\nDISTRIB_RELEASE=10")), "");
        assert_eq!(told(debian("6.0.10\n")), "debian 6.0.10");
        assert_eq!(told(debian("squeeze/sid\n")), "");
        assert_eq!(told(alpine("2.7.9\n")), "alpine 2.7.9");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[ -~\n]{0,200}") {
            for (_, reads) in FILES {
                reads(&text);
            }
        }
    }
}
