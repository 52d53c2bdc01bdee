//! Red Hat's CSAF documents, VEX and advisories (<https://security.access.redhat.com/data/csaf/v2/>).

use capdo_checks::advisories::Distribution;
use serde::Deserialize;

use super::{Unit, date_ms, severity_of};
use crate::store::advisory::{Advisory, FixRow, Record};

#[derive(Deserialize)]
pub(super) struct Csaf {
    document: Document,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Document {
    aggregate_severity: Option<Named>,
    tracking: Tracking,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Tracking {
    id: String,
    current_release_date: Option<String>,
    initial_release_date: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    cve: Option<String>,
    product_status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    fixed: Vec<String>,
}

impl Csaf {
    /// What the document says is fixed. Products that are affected, under investigation or not
    /// affected have nothing to install.
    pub(super) fn read(self) -> Unit {
        let Document {
            aggregate_severity,
            tracking,
        } = self.document;
        let mut fixes: Vec<FixRow> = Vec::new();
        let mut cves = Vec::new();
        for one in self.vulnerabilities {
            cves.extend(one.cve.filter(|c| c.starts_with("CVE-")));
            let fixed = one.product_status.map(|s| s.fixed).unwrap_or_default();
            fixes.extend(fixed.iter().filter_map(|id| fix(id)));
        }
        fixes.sort();
        fixes.dedup();
        let published = tracking.initial_release_date.as_deref().and_then(date_ms);
        let advisory = Advisory {
            distro: "rhel".to_owned(),
            id: tracking.id,
            severity: aggregate_severity.and_then(|s| severity_of(&s.text)),
            published,
            cves,
            fixes,
        };
        Unit {
            records: vec![Record::Advisory(advisory)],
            dated: tracking.current_release_date.as_deref().and_then(date_ms),
        }
    }
}

/// A product id that names a package of a release:
/// `BaseOS-9.4.0.Z.MAIN.EUS:openssl-1:3.0.7-27.el9.x86_64`, with a module
/// `AppStream-8.10.0.Z.MAIN.EUS:nodejs:18:8100020240301110609:489197e6:nodejs-1:18.19.1-1.module+el8.10.0+1.x86_64`
/// or `…:nodejs-1:18.19.1-1.module+el8.10.0+1.x86_64::nodejs:18`.
fn fix(id: &str) -> Option<FixRow> {
    let (product, rest) = id.split_once(':')?;
    let channel = channel(product)?;
    let (nevra, module) = match rest.split_once("::") {
        Some((nevra, module)) => (nevra.to_owned(), module.to_owned()),
        None => {
            let parts: Vec<&str> = rest.split(':').collect();
            match parts.as_slice() {
                [name, stream, .., package, version] if parts.len() >= 5 => {
                    (format!("{package}:{version}"), format!("{name}:{stream}"))
                }
                [package, version] => (format!("{package}:{version}"), String::new()),
                _ => return None,
            }
        }
    };
    let (name, version, arch) = split(&nevra)?;
    if arch == "src" || name.ends_with("-debuginfo") || name.ends_with("-debugsource") {
        return None;
    }
    if version.contains(".module") && module.is_empty() {
        return None; // without its stream nothing can be said
    }
    let release = major(version)?;
    Some(FixRow {
        release: Distribution::new("rhel", &release).release,
        package: name.to_owned(),
        fixed: version.to_owned(),
        arch: if arch == "noarch" { "" } else { arch }.to_owned(),
        module,
        channel: channel.to_owned(),
        ..FixRow::default()
    })
}

/// Who gets what a product has: everybody (`BaseOS-9.4.0.Z.MAIN.EUS`, `AppStream-8.6.0.GA`,
/// `7Server-optional-7.9.Z`), or who paid for longer support of a point release, which has numbers of
/// its own (`BaseOS-9.2.0.Z.EUS`, `AppStream-10.0.Z.E2S`). None where it is not RHEL itself:
/// `8Base-JBCS`, `9Base-RHOSE-4.16`, `7Server-RHSCL-3.8`.
fn channel(product: &str) -> Option<&'static str> {
    let (family, point) = product.rsplit_once('-')?;
    let plain = family.split('-').next()?;
    let old = plain.trim_start_matches(|c: char| c.is_ascii_digit());
    let of_old = ["Server", "Client", "ComputeNode", "Workstation"].contains(&old);
    if !of_old && family.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let words: Vec<&str> = point
        .split('.')
        .filter(|w| !w.bytes().all(|c| c.is_ascii_digit()))
        .collect();
    let is_point = point.starts_with(|c: char| c.is_ascii_digit()) && !words.is_empty();
    let ordinary = |w: &&str| matches!(*w, "Z" | "GA");
    is_point.then(|| {
        if words.contains(&"MAIN") || words.iter().all(ordinary) {
            ""
        } else {
            "eus"
        }
    })
}

/// `openssl-1:3.0.7-27.el9.x86_64` → name, `1:3.0.7-27.el9`, architecture.
fn split(nevra: &str) -> Option<(&str, &str, &str)> {
    let (rest, arch) = nevra.rsplit_once('.')?;
    let dash = rest.rmatch_indices('-').nth(1)?.0;
    Some((rest.get(..dash)?, rest.get(dash + 1..)?, arch))
}

/// The major release in a version: `9` of `….el9_4`.
fn major(version: &str) -> Option<String> {
    let at = version.find(".el").map(|at| at + 3);
    let at = at.or_else(|| version.find("+el").map(|at| at + 3))?;
    let digits: String = version
        .get(at..)?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_ids_are_taken_apart() {
        let got = fix("BaseOS-9.4.0.Z.MAIN.EUS:openssl-libs-1:3.0.7-27.el9.x86_64").unwrap();
        assert_eq!(
            (got.package.as_str(), got.fixed.as_str()),
            ("openssl-libs", "1:3.0.7-27.el9")
        );
        assert_eq!(
            (
                got.release.as_str(),
                got.arch.as_str(),
                got.channel.as_str()
            ),
            ("9", "x86_64", "")
        );
        let old = "AppStream-8.10.0.Z.MAIN.EUS:nodejs:18:81000:489197e6:nodejs-1:18.19.1-1.module+el8.10.0+1.x86_64";
        let new =
            "AppStream-8.10.0.Z.MAIN.EUS:nodejs-1:18.19.1-1.module+el8.10.0+1.x86_64::nodejs:18";
        for id in [old, new] {
            let got = fix(id).unwrap();
            assert_eq!(
                (
                    got.package.as_str(),
                    got.module.as_str(),
                    got.release.as_str()
                ),
                ("nodejs", "nodejs:18", "8")
            );
            assert_eq!(got.fixed, "1:18.19.1-1.module+el8.10.0+1");
        }
        let eus = fix("BaseOS-9.2.0.Z.EUS:openssl-1:3.0.7-18.el9_2.x86_64").unwrap();
        assert_eq!(eus.channel, "eus");
        for none in [
            "8Base-JBCS:openssl-1:3.0.7-18.el8jbcs.x86_64",
            "BaseOS-9.4.0.Z.MAIN:openssl-1:3.0.7-27.el9.src",
            "red_hat_enterprise_linux_9:openssl",
            "AppStream-8.10.0.Z.MAIN:nodejs-1:18.19.1-1.module+el8.10.0+1.x86_64",
            "openshift4/ose@sha256:00_amd64",
            "",
            ":::",
        ] {
            assert_eq!(fix(none), None, "{none}");
        }
    }

    #[test]
    fn what_everybody_gets_is_told_from_what_is_paid_for_and_from_other_products() {
        let all = [
            ("BaseOS-9.3.0.Z.MAIN", Some("")),
            ("BaseOS-9.2.0.Z.MAIN.EUS", Some("")),
            ("AppStream-8.6.0.GA", Some("")),
            ("7Server-7.9.Z", Some("")),
            ("7Server-optional-7.9.Z", Some("")),
            ("BaseOS-9.0.0.Z.EUS", Some("eus")),
            ("AppStream-9.2.0.Z.E4S", Some("eus")),
            ("BaseOS-10.0.Z.E2S", Some("eus")),
            ("7Server-ELS", None),
            ("7Server-RHSCL-3.8", None),
            ("7Server-JBCS", None),
            ("7Server-satellite-client-6", None),
            ("8Base-Advanced-Virt-8.4.0.Z", None),
            ("8Base-satellite-6.14-capsule", None),
            ("9Base-RHOSE-4.16", None),
            ("Text-Only JBCS", None),
            ("red_hat_enterprise_linux_9", None),
        ];
        for (product, wanted) in all {
            assert_eq!(channel(product), wanted, "{product}");
        }
    }
}
