//! Which system this is: os-release(5), and which package system follows from it.

use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// The system as it names itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsRelease {
    /// `ID`, such as `debian`.
    pub id: String,
    /// `ID_LIKE`, words.
    pub like: Vec<String>,
    /// `VERSION_ID`, such as `12` or `22.04`; empty on rolling systems.
    pub version: String,
    /// `VERSION_CODENAME`.
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
        Err(Gap::parse("/etc/os-release: does not exist"))
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
        like: value("ID_LIKE")
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        version: value("VERSION_ID"),
        codename: value("VERSION_CODENAME"),
        path: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
