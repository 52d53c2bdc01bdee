//! The software of a host as one list, whatever its package manager: what the collector compares
//! with advisories, and what it searches.

use serde::{Deserialize, Serialize};

use super::{
    apkdb::{ApkDb, ApkPackage},
    apt::Apt,
    dpkg::{self, Packages},
    kernels,
    os_release::{OsRelease, PackageSystem},
    rpmdb::{PACKAGES_CAP, RpmDb, RpmPackage},
    versions::Scheme,
};
use crate::{
    context::{Cx, Gather},
    observation::{Gap, GapReason},
};

/// One installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installed {
    /// Name of the binary package.
    pub name: String,
    /// Version as the package manager orders it: `epoch:version-release` where it has these.
    pub version: String,
    /// Architecture.
    pub arch: String,
    /// Source package; advisories speak of it. The binary's name where it has no other.
    pub source: String,
    /// Version of the source package; differs after a rebuild of the binary alone.
    pub source_version: String,
    /// Who built it, or an empty text; rpm's vendor.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vendor: String,
    /// `name:stream` of the module that it belongs to, or an empty text (rpm).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
}

/// All that is installed, sorted by name, architecture and version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Whose version order holds.
    pub scheme: Scheme,
    /// `ID` of os-release, such as `debian`.
    pub os: String,
    /// `VERSION_ID` of os-release, such as `12`.
    pub os_version: String,
    /// Release of the running kernel (`uname -r`), empty where it is not known.
    pub kernel: String,
    /// Package version that the running kernel says it was built as; Debian's kernels do. Empty where
    /// it does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kernel_build: String,
    /// Repositories with fixes beside the ordinary ones whose lists were fetched: `esm`, and which of
    /// the two that is, `esm-infra` or `esm-apps`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// The packages.
    pub packages: Vec<Installed>,
}

impl Gather for Inventory {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let os = cx.get::<OsRelease>()?;
        let (scheme, mut packages) = match os.package_system() {
            PackageSystem::Dpkg => {
                let packages = cx.get::<Packages>()?;
                (Scheme::Dpkg, of_dpkg(&packages))
            }
            PackageSystem::Rpm => {
                let rpm = cx.get::<RpmDb>()?;
                (Scheme::Rpm, of_rpm(&rpm))
            }
            PackageSystem::Apk => {
                let apk = cx.get::<ApkDb>()?;
                (Scheme::Apk, of_apk(&apk))
            }
            PackageSystem::Other => {
                return Err(Gap::parse("/etc/os-release: package system not known"));
            }
        };
        packages.sort();
        if packages.len() > PACKAGES_CAP {
            return Err(Gap::new(GapReason::OverBudget, "more than 20,000 packages"));
        }
        let kernel = cx
            .host()
            .text_if_any("/proc/sys/kernel/osrelease")
            .unwrap_or_default();
        let version = cx.host().text_if_any("/proc/version").unwrap_or_default();
        Self {
            scheme,
            os: os.id.clone(),
            os_version: os.version.clone(),
            kernel: kernel.unwrap_or_default().trim().to_owned(),
            kernel_build: kernels::debian_build(&version.unwrap_or_default()).unwrap_or_default(),
            channels: channels(cx, &os)?,
            packages,
        }
        .bounded()
    }
}

/// Ubuntu's longer support brings fixes that nobody else gets.
fn channels(cx: &Cx<'_>, os: &OsRelease) -> Result<Vec<String>, Gap> {
    if os.id != "ubuntu" {
        return Ok(Vec::new());
    }
    Ok(cx.get::<Apt>()?.channels())
}

fn of_dpkg(packages: &Packages) -> Vec<Installed> {
    let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
    let one = |(name, arch, p): (&str, &str, &dpkg::Package)| Installed {
        name: name.to_owned(),
        version: p.version.clone(),
        arch: arch.to_owned(),
        source: or(&p.source, name),
        source_version: or(&p.source_version, &p.version),
        ..Installed::default()
    };
    packages.iter().map(one).collect()
}

fn of_rpm(rpm: &RpmDb) -> Vec<Installed> {
    let one = |p: &RpmPackage| {
        let (source, source_version) = p.source().unwrap_or((&p.name, ""));
        Installed {
            name: p.name.clone(),
            version: p.evr(),
            arch: p.arch.clone(),
            source: source.to_owned(),
            source_version: source_version.to_owned(),
            vendor: p.vendor.clone(),
            module: p.stream(),
        }
    };
    rpm.packages.iter().map(one).collect()
}

fn of_apk(apk: &ApkDb) -> Vec<Installed> {
    let one = |p: &ApkPackage| Installed {
        name: p.name.clone(),
        version: p.version.clone(),
        arch: p.arch.clone(),
        source: if p.origin.is_empty() {
            &p.name
        } else {
            &p.origin
        }
        .clone(),
        source_version: p.version.clone(), // a package and its parts are built as one
        ..Installed::default()
    };
    apk.packages.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_name_and_version_of_its_own() {
        let mut packages = Packages::default();
        let libc = dpkg::Package {
            version: "2.36-9+b1".into(),
            source: "glibc".into(),
            source_version: "2.36-9".into(),
            held: false,
        };
        let by_arch = packages.installed.entry("libc6".into()).or_default();
        by_arch.insert("amd64".into(), libc);
        let got = &of_dpkg(&packages)[0];
        assert_eq!(
            (got.source.as_str(), got.source_version.as_str()),
            ("glibc", "2.36-9")
        );
        assert_eq!(got.version, "2.36-9+b1");
    }
}
