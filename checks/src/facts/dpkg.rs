//! Packages that dpkg says are on the host: `/var/lib/dpkg/status`.

use std::{
    collections::BTreeMap,
    io::{self, BufRead},
};

use super::{deb822::each_stanza, stream};
use crate::{
    context::{Cx, Gather},
    host::HostError,
    observation::Gap,
};

/// dpkg's database.
pub const STATUS: &str = "/var/lib/dpkg/status";
/// Most packages that are kept, as of rpm's and apk's database.
const PACKAGES_CAP: usize = 20_000;

/// One package whose files are on the host, fully configured or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Installed version.
    pub version: String,
    /// Source package; empty when it has the binary package's name.
    pub source: String,
    /// Version of the source package where it is not that of the binary one, as after a rebuild.
    pub source_version: String,
    /// Whether an administrator froze it (`apt-mark hold`).
    pub held: bool,
}

/// Installed packages by name and architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packages {
    /// By name, then architecture.
    pub installed: BTreeMap<String, BTreeMap<String, Package>>,
}

impl Packages {
    /// Any installation of the package `name`.
    pub fn find(&self, name: &str) -> Option<&Package> {
        self.installed.get(name)?.values().next()
    }

    /// The host's own architecture: that of dpkg itself.
    pub fn native(&self) -> Option<&str> {
        self.installed
            .get("dpkg")?
            .keys()
            .next()
            .map(String::as_str)
    }

    /// Every package: name, architecture and the rest.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Package)> {
        self.installed.iter().flat_map(|(name, by_arch)| {
            by_arch
                .iter()
                .map(move |(arch, p)| (name.as_str(), arch.as_str(), p))
        })
    }
}

impl Gather for Packages {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let mut reader = stream::open(cx.host(), STATUS)?;
        let packages = parse(&mut *reader).map_err(|e| stream::gap(STATUS, &e))?;
        if packages.installed.is_empty() {
            return Err(Gap::parse(format!("{STATUS}: names no installed package")));
        }
        Ok(packages)
    }
}

/// Whether a package in this state has its files on the host. Removed packages whose configuration
/// was left behind (`config-files`) do not.
fn is_installed(state: &str) -> bool {
    !matches!(state, "not-installed" | "config-files" | "")
}

fn parse(reader: &mut dyn BufRead) -> io::Result<Packages> {
    let mut packages = Packages::default();
    let mut count = 0;
    let wanted = ["Package", "Status", "Version", "Source", "Architecture"];
    each_stanza(reader, &wanted, |stanza| {
        let mut status = stanza.get("Status").unwrap_or_default().split_whitespace();
        let wish = status.next().unwrap_or_default();
        let state = status.nth(1).unwrap_or_default();
        let (Some(name), Some(version)) = (stanza.get("Package"), stanza.get("Version")) else {
            return;
        };
        if !is_installed(state) {
            return;
        }
        count += 1;
        if count > PACKAGES_CAP {
            return;
        }
        let source = stanza.get("Source").unwrap_or_default();
        let (source, of) = source.split_once(' ').unwrap_or((source, ""));
        let package = Package {
            version: version.to_owned(),
            source: source.to_owned(),
            source_version: of.trim_matches(['(', ')', ' ']).to_owned(),
            held: wish == "hold",
        };
        let arch = stanza.get("Architecture").unwrap_or("all").to_owned();
        let by_arch = packages.installed.entry(name.to_owned()).or_default();
        by_arch.insert(arch, package);
    })?;
    if count > PACKAGES_CAP {
        return Err(io::Error::other(HostError::OverBudget(STATUS.to_owned())));
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_packages_are_left_out_and_half_installed_ones_kept() {
        let text = "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n\
            Package: b\nStatus: deinstall ok config-files\nVersion: 2\n\n\
            Package: c\nStatus: hold ok installed\nVersion: 3\nArchitecture: all\nSource: s (9)\n\n\
            Package: d\nStatus: install ok half-configured\nVersion: 4\nArchitecture: i386\n";
        let got = parse(&mut text.as_bytes()).unwrap();
        let names: Vec<_> = got.installed.keys().map(String::as_str).collect();
        assert_eq!(names, ["a", "c", "d"]);
        let c = got.find("c").unwrap();
        assert!(c.held);
        assert_eq!((c.source.as_str(), c.source_version.as_str()), ("s", "9"));
    }

    #[test]
    fn more_packages_than_any_host_has_are_over_budget() {
        let one = |n| format!("Package: a{n}\nStatus: install ok installed\nVersion: 1\n\n");
        let text: String = (0..=PACKAGES_CAP).map(one).collect();
        let error = parse(&mut text.as_bytes()).unwrap_err();
        let gap = stream::gap(STATUS, &error);
        assert_eq!(gap.reason, crate::observation::GapReason::OverBudget);
    }
}
