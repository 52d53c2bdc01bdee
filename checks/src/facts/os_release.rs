//! Which system this is: os-release(5), and which package system follows from it.

use super::release_files;
use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// The system as it names itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsRelease {
    /// `ID`, such as `debian`.
    pub id: String,
    /// `NAME`, such as `CentOS Stream`.
    pub name: String,
    /// `ID_LIKE`, words.
    pub like: Vec<String>,
    /// `VERSION_ID`, such as `12` or `22.04`; empty on rolling systems.
    pub version: String,
    /// `VERSION_CODENAME`, or the name that `VERSION` holds in releases from before 2016.
    pub codename: String,
    /// The file that says so.
    pub path: &'static str,
}

/// Who keeps track of the packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageSystem {
    /// dpkg and apt.
    Dpkg,
    /// rpm and dnf.
    Rpm,
    /// apk.
    Apk,
    /// None that is known here.
    Other,
}

impl PackageSystem {
    /// Its name in facts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Rpm => "rpm",
            Self::Apk => "apk",
            Self::Other => "other",
        }
    }
}

impl OsRelease {
    /// Whether this is a system of SUSE's, or one made from it.
    pub fn is_suse(&self) -> bool {
        let of = |name: &str| name == "suse" || name == "sles" || name.starts_with("opensuse");
        of(&self.id) || self.like.iter().any(|l| of(l))
    }

    /// The package system of this family of systems.
    pub fn package_system(&self) -> PackageSystem {
        let is = |name: &str| self.id == name || self.like.iter().any(|l| l == name);
        if is("debian") || is("ubuntu") {
            PackageSystem::Dpkg
        } else if ["rhel", "fedora", "centos"].into_iter().any(is) || self.is_suse() {
            PackageSystem::Rpm
        } else if is("alpine") {
            PackageSystem::Apk
        } else {
            PackageSystem::Other
        }
    }
}

impl Gather for OsRelease {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        for path in ["/etc/os-release", "/usr/lib/os-release"] {
            if let Some(text) = cx.host().text_if_any(path)? {
                return Ok(Self {
                    path,
                    ..parse(&text)
                });
            }
        }
        release_files::system(cx.host())?
            .ok_or_else(|| Gap::parse("/etc/os-release: does not exist"))
    }
}

fn parse(text: &str) -> OsRelease {
    let value = |key: &str| {
        let mut found = text.lines().filter_map(|l| l.trim().split_once('='));
        let last = found.rfind(|(k, _)| *k == key);
        last.map(|(_, v)| v.trim_matches(['"', '\'']).to_owned())
            .unwrap_or_default()
    };
    OsRelease {
        id: value("ID").to_lowercase(),
        name: value("NAME"),
        like: value("ID_LIKE")
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        version: value("VERSION_ID"),
        codename: Some(value("VERSION_CODENAME"))
            .filter(|c| !c.is_empty())
            .unwrap_or_else(|| match value("ID").as_str() {
                "debian" | "ubuntu" => codename_in(&value("VERSION")),
                _ => String::new(),
            }),
        path: "",
    }
}

/// The code name in `8 (jessie)` or `14.04.6 LTS, Trusty Tahr`.
fn codename_in(version: &str) -> String {
    let debian = version
        .split_once('(')
        .and_then(|(_, r)| r.strip_suffix(')'));
    let ubuntu = || version.split_once(", ").map(|(_, name)| name);
    let words = debian.or_else(ubuntu).unwrap_or_default();
    words
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_releases_have_their_code_name_in_the_version() {
        let named = |text: &str| parse(text).codename;
        assert_eq!(
            named("ID=ubuntu\nVERSION=\"14.04.6 LTS, Trusty Tahr\""),
            "trusty"
        );
        assert_eq!(named("ID=debian\nVERSION=\"8 (jessie)\""), "jessie");
        assert_eq!(named("VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=x"), "x");
        assert_eq!(named("ID=centos\nVERSION=\"7 (Core)\""), "");
    }

    #[test]
    fn systems_are_told_by_id_and_family() {
        let got = parse(
            "NAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n",
        );
        assert_eq!((got.id.as_str(), got.version.as_str()), ("rocky", "9.4"));
        assert_eq!(got.package_system(), PackageSystem::Rpm);
        assert_eq!(
            parse("ID=linuxmint\nID_LIKE=ubuntu").package_system(),
            PackageSystem::Dpkg
        );
        assert_eq!(parse("\u{0}=\n=").package_system(), PackageSystem::Other);
    }
}
