//! Kernels: several are installed, one runs, and only that one can be attacked.

use std::{borrow::Cow, cmp::Ordering, collections::BTreeSet};

use crate::facts::{
    inventory::{Installed, Inventory},
    kernels::flavour,
    versions::Scheme,
};

/// Packages that hold an rpm kernel; since EL 8 `kernel` itself holds nothing.
const RPM_IMAGES: [&str; 5] = [
    "kernel-core",
    "kernel-rt-core",
    "kernel-uek-core",
    "kernel-64k-core",
    "kernel-debug-core",
];
/// Packages that hold an Alpine kernel.
const APK_IMAGES: [&str; 4] = ["linux-lts", "linux-virt", "linux-rpi", "linux-stable"];

/// How the names of packages from a kernel's source begin (Debian, Ubuntu).
const DEB_PARTS: [&str; 9] = [
    "linux-buildinfo-",
    "linux-cloud-tools-",
    "linux-doc",
    "linux-headers-",
    "linux-image-",
    "linux-libc-dev",
    "linux-modules-",
    "linux-source",
    "linux-tools-",
];
/// What stands in the names of parts that bear their kernel's own: `linux-hwe-6.8-headers-6.8.0-40`,
/// `linux-aws-cloud-tools-6.8.0-1009`.
const DEB_WORDS: [&str; 3] = ["-headers-", "-tools-", "-modules-"];

/// Whether the package is made from a kernel's source. Of these only images can be open: headers,
/// tools and documentation run nothing. `sources` are those of the images on the host.
pub(super) fn of_kernel(package: &Installed, sources: &BTreeSet<String>) -> bool {
    let (name, source) = (package.name.as_str(), source(package));
    let named =
        DEB_PARTS.iter().any(|p| name.starts_with(p)) || DEB_WORDS.iter().any(|w| name.contains(w));
    let deb = source.starts_with("linux") && named;
    // Debian's second kernel of a release: `linux-6.1`.
    let second = source.strip_prefix("linux-");
    let second = second.is_some_and(|s| s.starts_with(|c: char| c.is_ascii_digit()));
    let rpm = matches!(source.as_str(), "kernel" | "kernel-rt" | "kernel-uek");
    let plain = source == "linux" || second || sources.contains(&source);
    plain || deb || rpm || APK_IMAGES.contains(&name)
}

/// The kernel's source as advisories name it: a signed image is built from a source of its own.
/// `linux-signed-amd64` (Debian) and `linux-signed` (Ubuntu) are `linux`; `linux-signed-6.1-amd64` is
/// `linux-6.1` and `linux-signed-hwe-6.8` is `linux-hwe-6.8`.
pub(super) fn source(package: &Installed) -> String {
    let Some(rest) = package.source.strip_prefix("linux-signed") else {
        return package.source.clone();
    };
    let archs = ["-amd64", "-arm64", "-i386"];
    let rest = archs
        .iter()
        .find_map(|a| rest.strip_suffix(a))
        .unwrap_or(rest);
    format!("linux{rest}")
}

/// Whether a fix for `package` speaks of this kernel image.
pub(super) fn is_named(image: &Installed, package: &str, by_source: bool) -> bool {
    if by_source {
        source(image) == package
    } else {
        image.name == package
    }
}

/// Whether the package is an image that can run: no metapackage, no debug symbols.
pub(super) fn is_image(package: &Installed) -> bool {
    if !of_kernel(package, &BTreeSet::new()) {
        return false;
    }
    let name = package.name.as_str();
    if let Some(rest) = name.strip_prefix("linux-image-") {
        let rest = rest.strip_prefix("unsigned-").unwrap_or(rest);
        return rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.contains('.')
            && !name.ends_with("-dbg")
            && !name.ends_with("-dbgsym");
    }
    RPM_IMAGES.contains(&name) || APK_IMAGES.contains(&name) || is_old_rpm_image(package)
}

/// EL 7 and older have the image in `kernel` itself.
fn is_old_rpm_image(package: &Installed) -> bool {
    package.name == "kernel"
        && [".el7", ".el6"]
            .iter()
            .any(|el| package.version.contains(el))
}

/// Whether this image is the one that runs, by the name that the kernel gives itself.
fn runs(image: &Installed, inventory: &Inventory) -> bool {
    let running = inventory.kernel.as_str();
    if let Some(release) = deb_release(image) {
        return release == running;
    }
    let version = image
        .version
        .split_once(':')
        .map_or(image.version.as_str(), |(_, v)| v);
    if let Some(flavour) = image.name.strip_prefix("linux-") {
        return running == format!("{}-{flavour}", version.replacen("-r", "-", 1));
    }
    let full = format!("{version}.{}", image.arch);
    running == full || running.starts_with(&format!("{full}+"))
}

/// `6.1.0-28-amd64` of `linux-image-6.1.0-28-amd64`.
fn deb_release(image: &Installed) -> Option<&str> {
    let rest = image.name.strip_prefix("linux-image-")?;
    Some(rest.strip_prefix("unsigned-").unwrap_or(rest))
}

/// The images that stand for the one that runs where that is not installed any more: Alpine puts the
/// new one in its place, apt takes old ones away. Those of the same flavour; of several kernels those of the
/// same series. None where an installed one runs, or what runs is the owner's own.
pub(super) fn stand_ins<'a>(inventory: &Inventory, images: &[&'a Installed]) -> Vec<&'a Installed> {
    let running = inventory.kernel.as_str();
    if running.is_empty() || images.iter().any(|i| runs(i, inventory)) {
        return Vec::new();
    }
    let of_flavour = |image: &&&Installed| match inventory.scheme {
        Scheme::Dpkg => deb_release(image).map(flavour) == Some(flavour(running)),
        Scheme::Apk => image.name.strip_prefix("linux-") == Some(flavour(running).as_str()),
        Scheme::Rpm => {
            let name = image
                .name
                .trim_start_matches("kernel")
                .trim_end_matches("core");
            let (own, other) = (dist(running), dist(&image.version));
            name.trim_matches('-') == flavour(running) && own.is_some() && own == other
        }
    };
    let same: Vec<&Installed> = images.iter().filter(of_flavour).copied().collect();
    let of_series = |i: &&Installed| series(&i.version) == series(running);
    let narrowed: Vec<&Installed> = same.iter().copied().filter(of_series).collect();
    if narrowed.is_empty() { same } else { narrowed }
}

/// `6.8` of `6.8.0-51-generic`.
fn series(version: &str) -> Vec<&str> {
    version.split(['.', '-']).take(2).collect()
}

/// `el9` of `5.14.0-427.13.1.el9_4`, `fc40`: whose build it is.
fn dist(version: &str) -> Option<&str> {
    let tags = [".el", ".fc"];
    let at = tags.iter().find_map(|t| version.find(t))? + 1;
    let rest = version.get(at..)?;
    let digits = rest.get(2..)?;
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let end = end.unwrap_or(digits.len());
    rest.get(..2 + end).filter(|_| end > 0)
}

/// What the running kernel tells of its own version: the build, else what its release name says. That of
/// Debian 12 and earlier (`6.1.0-28-amd64`) says nothing of it.
fn told(inventory: &Inventory) -> Option<String> {
    if !inventory.kernel_build.is_empty() {
        return Some(inventory.kernel_build.clone());
    }
    let running = inventory.kernel.as_str();
    match inventory.scheme {
        Scheme::Apk => {
            let (version, _flavour) = running.rsplit_once('-')?;
            let (version, release) = version.rsplit_once('-')?;
            Some(format!("{version}-r{release}"))
        }
        Scheme::Rpm => {
            let plain = running.split('+').next()?;
            Some(plain.rsplit_once('.')?.0.to_owned())
        }
        Scheme::Dpkg if inventory.os == "debian" => running
            .split_once('+')
            .map(|(version, _)| version.to_owned()),
        Scheme::Dpkg => {
            let parts: Vec<&str> = running.splitn(3, '-').take(2).collect();
            Some(parts.join("-"))
        }
    }
}

/// The kernel that runs.
pub(super) struct Running<'a> {
    /// The image that it came from, or that stands for it.
    pub image: &'a Installed,
    /// Its version.
    pub version: Cow<'a, str>,
    /// Whether that is only the beginning of it: Ubuntu's `6.8.0-51-generic` is some `6.8.0-51.x`.
    pub is_short: bool,
}

impl Running<'_> {
    /// Whether it may be this version, as far as its own is known.
    pub(super) fn may_be(&self, version: &str) -> bool {
        let rest = version.strip_prefix(self.version.as_ref());
        self.is_short && rest.is_some_and(|r| r.starts_with(['.', '-']))
    }
}

/// What runs, among `images`; where it is not installed any more, the newest of `stand_ins` among them.
///
/// The release name of a Debian kernel can stay the same across updates; the build that the kernel
/// itself tells does not, so it goes before the version of the package.
pub(super) fn running<'a>(
    inventory: &'a Inventory,
    images: &[&'a Installed],
    stand_ins: &[&'a Installed],
) -> Option<Running<'a>> {
    let build = inventory.kernel_build.as_str();
    if let Some(image) = images.iter().find(|i| runs(i, inventory)) {
        let version = if build.is_empty() {
            image.version.as_str()
        } else {
            build
        };
        return Some(installed(image, version));
    }
    let is_stand_in = |i: &&Installed| stand_ins.iter().any(|s| std::ptr::eq(*s, *i));
    let other: Vec<&Installed> = images.iter().copied().filter(is_stand_in).collect();
    Some(Running {
        image: newest(inventory, &other)?,
        version: Cow::Owned(told(inventory)?),
        is_short: build.is_empty() && inventory.scheme == Scheme::Dpkg,
    })
}

/// The newest of some images, for what runs where that is not known.
pub(super) fn newest_as_running<'a>(
    inventory: &Inventory,
    images: &[&'a Installed],
) -> Option<Running<'a>> {
    newest(inventory, images).map(|image| installed(image, &image.version))
}

fn installed<'a>(image: &'a Installed, version: &'a str) -> Running<'a> {
    Running {
        image,
        version: Cow::Borrowed(version),
        is_short: false,
    }
}

/// The newest of some images.
fn newest<'a>(inventory: &Inventory, images: &[&'a Installed]) -> Option<&'a Installed> {
    let order = |a: &&&Installed, b: &&&Installed| -> Ordering {
        inventory.scheme.compare(&a.version, &b.version)
    };
    images.iter().max_by(order).copied()
}
