//! Kernels: the one that runs and the ones that are installed.

use super::{
    dpkg::Packages,
    os_release::{OsRelease, PackageSystem},
    versions::dpkg::compare,
};
use crate::{
    context::{Cx, Gather},
    host::Command,
    observation::Gap,
};

/// What runs and what is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kernels {
    /// `uname -r`.
    pub running: String,
    /// Package version that the running kernel says it was built as; Debian's kernels do. The
    /// release name can stay equal across security updates, this does not.
    pub running_build: Option<String>,
    /// Newest installed kernel of the same flavour: release name and package version.
    pub newest: Option<(String, String)>,
    /// Whether any kernel package is installed.
    pub any_installed: bool,
}

impl Gather for Kernels {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let running = host.text("/proc/sys/kernel/osrelease")?.trim().to_owned();
        let version = host.text_if_any("/proc/version")?.unwrap_or_default();
        let installed = installed(cx)?;
        let flavour = flavour(&running);
        let same = installed
            .iter()
            .filter(|(r, _)| self::flavour(r) == flavour);
        let newest = same.max_by(|a, b| compare(&a.0, &b.0).then_with(|| compare(&a.1, &b.1)));
        Ok(Self {
            running_build: debian_build(&version),
            newest: newest.cloned(),
            any_installed: !installed.is_empty(),
            running,
        })
    }
}

/// Installed kernels: release name as `uname -r` gives it, and package version.
fn installed(cx: &Cx<'_>) -> Result<Vec<(String, String)>, Gap> {
    match cx.get::<OsRelease>()?.package_system() {
        PackageSystem::Dpkg => {
            let packages = cx.get::<Packages>()?;
            let image = |(name, _, p): (&str, &str, &super::dpkg::Package)| {
                Some((image_release(name)?, p.version.clone()))
            };
            Ok(packages.iter().filter_map(image).collect())
        }
        PackageSystem::Rpm => Ok(rpm_kernels(&cx.host().run(&Command::RpmPackages)?.text())),
        _ => Err(Gap::parse("/etc/os-release: package system not known")),
    }
}

/// `linux-image-6.1.0-28-amd64` → `6.1.0-28-amd64`; headers, tools and debug images are none.
fn image_release(package: &str) -> Option<String> {
    let rest = package.strip_prefix("linux-image-")?;
    let rest = rest.strip_prefix("unsigned-").unwrap_or(rest);
    let is_release = rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('.');
    (is_release && !rest.ends_with("-dbg")).then(|| rest.to_owned())
}

fn rpm_kernels(text: &str) -> Vec<(String, String)> {
    let kernel = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, _epoch, version, release, arch, _time] = fields.as_slice() else {
            return None;
        };
        let kernels = ["kernel-core", "kernel-uek-core", "kernel-rt-core"];
        let full = format!("{version}-{release}");
        kernels
            .contains(name)
            .then(|| (format!("{full}.{arch}"), full))
    };
    text.lines().filter_map(kernel).collect()
}

/// What follows the version: `cloud-amd64` of `6.1.0-28-cloud-amd64`, nothing on rpm systems.
fn flavour(release: &str) -> &str {
    let mut parts = release.splitn(3, '-');
    parts.nth(2).unwrap_or_default()
}

/// `… #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)` → `6.1.119-1`.
pub(super) fn debian_build(version: &str) -> Option<String> {
    let (_, rest) = version.split_once(" Debian ")?;
    let word = rest.split_whitespace().next()?;
    word.starts_with(|c: char| c.is_ascii_digit())
        .then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_told_from_what_goes_with_them() {
        assert_eq!(
            image_release("linux-image-6.1.0-28-amd64").as_deref(),
            Some("6.1.0-28-amd64")
        );
        for other in [
            "linux-image-amd64",
            "linux-headers-6.1.0-28-amd64",
            "linux-image-6.1.0-28-amd64-dbg",
        ] {
            assert_eq!(image_release(other), None, "{other}");
        }
        assert_eq!(flavour("6.1.0-28-cloud-amd64"), "cloud-amd64");
        assert_eq!(flavour("5.14.0-427.el9.x86_64"), "");
        let text =
            "kernel-core\t0\t5.14.0\t427.el9\tx86_64\t1700000000\nkernel-tools\t0\t9\t9\tx\t1\n";
        assert_eq!(rpm_kernels(text)[0].0, "5.14.0-427.el9.x86_64");
    }

    #[test]
    fn debian_kernels_say_how_they_were_built() {
        let text = "Linux version 6.1.0-28-amd64 (x@debian.org) (gcc (Debian 12.2.0-14) 12.2.0) #1 SMP \
            PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)";
        assert_eq!(debian_build(text).as_deref(), Some("6.1.119-1"));
        assert_eq!(debian_build("Linux version 6.8.0-51-generic"), None);
    }
}
