//! Kernels: several are installed, one runs, and only that one can be attacked.

use std::cmp::Ordering;

use crate::facts::inventory::{Installed, Inventory};

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

/// Whether the package is made from a kernel's source. Of these only images can be open: headers,
/// tools and documentation run nothing.
pub(super) fn of_kernel(package: &Installed) -> bool {
    let (name, source) = (package.name.as_str(), source(package));
    let deb = source.starts_with("linux") && DEB_PARTS.iter().any(|p| name.starts_with(p));
    let rpm = matches!(source.as_str(), "kernel" | "kernel-rt" | "kernel-uek");
    source == "linux" || deb || rpm || APK_IMAGES.contains(&name)
}

/// The kernel's source as advisories name it: a signed image is built from a source of its own.
/// `linux-signed-amd64` (Debian) and `linux-signed` (Ubuntu) are `linux`; `linux-signed-hwe-6.8` is
/// `linux-hwe-6.8`.
pub(super) fn source(package: &Installed) -> String {
    match package.source.strip_prefix("linux-signed") {
        Some("" | "-amd64" | "-arm64" | "-i386") => "linux".to_owned(),
        Some(rest) => format!("linux{rest}"),
        None => package.source.clone(),
    }
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
    if let Some(rest) = image.name.strip_prefix("linux-image-") {
        return rest.strip_prefix("unsigned-").unwrap_or(rest) == running;
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

/// Version of the kernel that runs, and the image that it came from, among `images`.
///
/// The release name of a Debian kernel can stay the same across updates; the build that the kernel
/// itself tells does not, so it goes before the version of the package.
pub(super) fn running<'a>(
    inventory: &'a Inventory,
    images: &[&'a Installed],
) -> Option<(&'a Installed, &'a str)> {
    let image = images.iter().find(|i| runs(i, inventory))?;
    let build = inventory.kernel_build.as_str();
    let version = if build.is_empty() {
        image.version.as_str()
    } else {
        build
    };
    Some((image, version))
}

/// The newest of some images.
pub(super) fn newest<'a>(inventory: &Inventory, images: &[&'a Installed]) -> Option<&'a Installed> {
    let order = |a: &&&Installed, b: &&&Installed| -> Ordering {
        inventory.scheme.compare(&a.version, &b.version)
    };
    images.iter().max_by(order).copied()
}
