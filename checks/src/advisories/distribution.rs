//! Which feed speaks about a host: the distribution and release as feeds name them.

use crate::facts::inventory::Inventory;

/// A release of a distribution, in the words that feeds are stored under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distribution {
    /// `ID` of os-release, such as `debian`.
    pub name: String,
    /// What advisories tell apart: `12`, `22.04`, `9`, `3.20`.
    pub release: String,
}

/// Releases of Debian by code name; its tracker knows no numbers.
const DEBIAN: [(&str, &str); 8] = [
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
    ("jessie", "8"),
];

impl Distribution {
    /// A distribution by the `ID` and `VERSION_ID` of os-release. Where a point release gets the same
    /// advisories as its major release, only that is kept.
    pub fn new(id: &str, version: &str) -> Self {
        let parts: Vec<&str> = version.split('.').collect();
        let keep = match id {
            "almalinux" | "rocky" | "rhel" | "centos" | "ol" | "debian" => 1,
            _ => 2,
        };
        Self {
            name: id.to_owned(),
            release: parts[..parts.len().min(keep)].join("."),
        }
    }

    /// The release of Debian with this code name.
    pub fn debian(codename: &str) -> Option<Self> {
        let (_, release) = DEBIAN.iter().find(|(name, _)| *name == codename)?;
        Some(Self::new("debian", release))
    }
}

/// The distribution of a host.
pub fn of_inventory(inventory: &Inventory) -> Distribution {
    Distribution::new(&inventory.os, &inventory.os_version)
}

/// Whether who built an rpm package is somebody else than the distribution. An empty vendor is that
/// of a distribution that names none.
pub(super) fn is_foreign(os: &str, vendor: &str) -> bool {
    let own: &[&str] = match os {
        "almalinux" => &["almalinux"],
        "rocky" => &["rocky"],
        "rhel" => &["red hat"],
        "centos" => &["centos", "red hat"],
        "ol" => &["oracle"],
        "fedora" => &["fedora"],
        _ => return false,
    };
    let vendor = vendor.to_lowercase();
    !vendor.is_empty() && !own.iter().any(|word| vendor.contains(word))
}
