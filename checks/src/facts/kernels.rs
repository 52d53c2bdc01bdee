//! Kernels: the one that runs and the ones that are installed.

use super::{
    apkdb::ApkDb,
    dpkg::Packages,
    os_release::{OsRelease, PackageSystem},
    rpmdb::RpmDb,
    versions::Scheme,
};
use crate::{
    context::{Cx, Gather},
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
        let installed = installed(cx, &running)?;
        let order = match cx.get::<OsRelease>()?.package_system() {
            PackageSystem::Rpm => Scheme::Rpm,
            PackageSystem::Apk => Scheme::Apk,
            _ => Scheme::Dpkg,
        };
        let flavour = flavour(&running);
        let same = installed.iter().filter(|i| i.flavour == flavour);
        let newest = same.max_by(|a, b| {
            let build = || order.compare(&a.build, &b.build);
            order.compare(&a.release, &b.release).then_with(build)
        });
        Ok(Self {
            running_build: debian_build(&version),
            newest: newest.map(|i| (i.release.clone(), i.build.clone())),
            any_installed: !installed.is_empty(),
            running,
        })
    }
}

/// One installed kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Image {
    /// As `uname -r` gives it.
    release: String,
    /// Version of its package.
    build: String,
    /// Which of several kernels of the same version it is, such as `cloud-amd64`.
    flavour: String,
}

fn installed(cx: &Cx<'_>, running: &str) -> Result<Vec<Image>, Gap> {
    match cx.get::<OsRelease>()?.package_system() {
        PackageSystem::Dpkg => {
            let packages = cx.get::<Packages>()?;
            let image = |(name, _, p): (&str, &str, &super::dpkg::Package)| {
                let release = image_release(name)?;
                Some(Image {
                    flavour: flavour(&release),
                    release,
                    build: p.version.clone(),
                })
            };
            Ok(packages.iter().filter_map(image).collect())
        }
        PackageSystem::Rpm => Ok(rpm_kernels(&*cx.get::<RpmDb>()?, running)),
        PackageSystem::Apk => Ok(apk_kernels(&*cx.get::<ApkDb>()?)),
        PackageSystem::Other => Err(Gap::parse("/etc/os-release: package system not known")),
    }
}

/// `linux-image-6.1.0-28-amd64` → `6.1.0-28-amd64`; headers, tools and debug images are none.
fn image_release(package: &str) -> Option<String> {
    let rest = package.strip_prefix("linux-image-")?;
    let rest = rest.strip_prefix("unsigned-").unwrap_or(rest);
    let is_release = rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('.');
    (is_release && !rest.ends_with("-dbg")).then(|| rest.to_owned())
}

/// Packages that hold a kernel's image, and its flavour. A split kernel has its image in `-core`;
/// that of RHEL 7 and of SUSE is not split.
pub const RPM_KERNELS: [(&str, &str); 15] = [
    ("kernel", ""),
    ("kernel-core", ""),
    ("kernel-64k-core", "64k"),
    ("kernel-64k-debug-core", "64k-debug"),
    ("kernel-debug", "debug"),
    ("kernel-debug-core", "debug"),
    ("kernel-rt", "rt"),
    ("kernel-rt-core", "rt"),
    ("kernel-rt-debug-core", "rt-debug"),
    ("kernel-uek", "uek"),
    ("kernel-uek-core", "uek"),
    ("kernel-default", "default"),
    (SUSE_BASE, "default"),
    ("kernel-azure", "azure"),
    ("kernel-rt_debug", "rt_debug"),
];

/// SUSE's small kernel for virtual machines, made of `kernel-default`.
const SUSE_BASE: &str = "kernel-default-base";

/// The release of the kernel in that of [`SUSE_BASE`], which has one of its own behind it:
/// `150600.23.50.1` of `150600.23.50.1.150600.12.22.1`. `None` where it does not tell.
fn of_suse_base(release: &str) -> Option<&str> {
    let (stream, rest) = release.split_once('.')?;
    let own = rest.find(&format!(".{stream}."))?;
    release.get(..stream.len() + 1 + own)
}

fn rpm_kernels(rpm: &RpmDb, running: &str) -> Vec<Image> {
    let mut all = Vec::new();
    // `+rt` stands behind the release of some flavours, as the running kernel shows.
    let end = running.find('+').map_or("", |at| &running[at..]);
    for (name, flavour) in RPM_KERNELS {
        all.extend(rpm.named(name).filter_map(|p| {
            let release = if name == SUSE_BASE {
                of_suse_base(&p.release)?
            } else {
                &p.release
            };
            let build = format!("{}-{release}", p.version);
            let ends_so = !flavour.is_empty() && running.ends_with(&format!("-{flavour}"));
            let release = if matches!(flavour, "default" | "azure") || ends_so {
                // SUSE counts rebuilds in the last number, and leaves it out of the name.
                let short = build
                    .rsplit_once('.')
                    .map_or(build.as_str(), |(head, _)| head);
                format!("{short}-{flavour}")
            } else {
                format!("{build}.{}{end}", p.arch)
            };
            Some(Image {
                release,
                build,
                flavour: flavour.to_owned(),
            })
        }));
    }
    all.dedup();
    all
}

/// `linux-lts` 6.6.58-r0 runs as `6.6.58-0-lts`.
fn apk_kernels(apk: &ApkDb) -> Vec<Image> {
    let flavours = ["lts", "virt", "stable", "edge", "rpi"];
    let image = |p: &super::apkdb::ApkPackage| {
        let flavour = p
            .name
            .strip_prefix("linux-")
            .filter(|f| flavours.contains(f))?;
        let (version, release) = p.version.rsplit_once("-r")?;
        Some(Image {
            release: format!("{version}-{release}-{flavour}"),
            build: p.version.clone(),
            flavour: flavour.to_owned(),
        })
    };
    apk.packages.iter().filter_map(image).collect()
}

/// `cloud-amd64` of `6.1.0-28-cloud-amd64` and of `6.12.48+deb13-cloud-amd64`, `rt` of `5.14.0-427.el9.x86_64+rt`, `uek` of
/// `5.15.0-200.131.27.el9uek.x86_64`; nothing of an ordinary kernel of the RHEL family.
pub(crate) fn flavour(release: &str) -> String {
    if let Some((_, end)) = release.split_once('+') {
        // From Debian 13 on, and in backports, the release or `bpo` stands there before the flavour.
        let is_digit = |c: char| c.is_ascii_digit();
        let of_debian = |name: &str| {
            name.starts_with("bpo")
                || name
                    .strip_prefix("deb")
                    .is_some_and(|r| r.starts_with(is_digit))
        };
        let own = end.split_once('-').filter(|(name, _)| of_debian(name));
        return own.map_or(end, |(_, flavour)| flavour).to_owned();
    }
    let mut parts = release.splitn(3, '-');
    let (_, middle, end) = (parts.next(), parts.next(), parts.next());
    let middle = middle.unwrap_or_default();
    let name = match end {
        Some(end) => end,
        None if middle.contains("uek.") => "uek",
        None if middle
            .split('.')
            .any(|p| p.strip_prefix("rt").is_some_and(is_number)) =>
        {
            "rt"
        }
        None => "",
    };
    name.to_owned()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
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
    use crate::facts::rpmdb::RpmPackage;

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
        for (release, wanted) in [
            ("6.1.0-28-cloud-amd64", "cloud-amd64"),
            ("6.12.48+deb13-amd64", "amd64"),
            ("6.12.48+deb13-cloud-amd64", "cloud-amd64"),
            ("6.16.3+deb14+1-rt-amd64", "rt-amd64"),
            ("6.12.38+bpo-amd64", "amd64"),
            ("5.14.0-427.el9.aarch64+64k", "64k"),
            ("5.14.0-427.el9.x86_64+debug", "debug"),
            ("5.14.0-427.el9.aarch64+64k-debug", "64k-debug"),
            ("5.14.0-427.el9.x86_64", ""),
            ("5.14.0-427.el9.x86_64+rt", "rt"),
            ("4.18.0-193.rt13.51.el8.x86_64", "rt"),
            ("5.15.0-200.131.27.el9uek.x86_64", "uek"),
            ("5.14.21-150500.55.19-default", "default"),
            ("6.6.58-0-lts", "lts"),
        ] {
            assert_eq!(flavour(release), wanted, "{release}");
        }
    }

    #[test]
    fn an_rpm_kernel_has_the_name_that_it_runs_under() {
        let package = |name: &str, release: &str| RpmPackage {
            name: name.into(),
            version: "5.14.0".into(),
            release: release.into(),
            arch: "x86_64".into(),
            ..RpmPackage::default()
        };
        let db = RpmDb {
            packages: vec![
                package("kernel-core", "427.el9"),
                package("kernel-default", "150500.55.19.1"),
                package("kernel-rt-core", "427.el9"),
                package("kernel-tools", "999.el9"),
            ],
            source: "",
        };
        let releases = |running| -> Vec<String> {
            let all = rpm_kernels(&db, running).into_iter();
            all.map(|i| i.release).collect()
        };
        assert_eq!(
            releases("5.14.0-427.el9.x86_64"),
            [
                "5.14.0-427.el9.x86_64",
                "5.14.0-427.el9.x86_64",
                "5.14.0-150500.55.19-default"
            ]
        );
        assert_eq!(of_suse_base("59.40.1.18.25.1"), None);
        let suse = RpmDb {
            packages: vec![
                package("kernel-default-base", "150600.23.50.1.150600.12.22.1"),
                package("kernel-default-base", "59.40.1.18.25.1"),
            ],
            source: "",
        };
        let of_suse = rpm_kernels(&suse, "5.14.0-150600.23.50-default");
        assert_eq!(of_suse.len(), 1);
        assert_eq!(of_suse[0].release, "5.14.0-150600.23.50-default");
        let suse = RpmDb {
            packages: vec![package("kernel-rt", "150700.7.3.1")],
            source: "",
        };
        let of_suse = rpm_kernels(&suse, "5.14.0-150700.7.3-rt");
        assert_eq!(of_suse[0].release, "5.14.0-150700.7.3-rt");
        assert_eq!(
            releases("5.14.0-427.el9.x86_64+rt")[1],
            "5.14.0-427.el9.x86_64+rt"
        );
    }

    #[test]
    fn debian_kernels_say_how_they_were_built() {
        let text = "Linux version 6.1.0-28-amd64 (x@debian.org) (gcc (Debian 12.2.0-14) 12.2.0) #1 SMP \
            PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)";
        assert_eq!(debian_build(text).as_deref(), Some("6.1.119-1"));
        assert_eq!(debian_build("Linux version 6.8.0-51-generic"), None);
    }
}
