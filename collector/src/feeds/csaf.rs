//! Red Hat's CSAF documents, VEX and advisories (<https://security.access.redhat.com/data/csaf/v2/>).

use std::collections::HashMap;

use capdo_checks::advisories::Distribution;
use serde::Deserialize;

use super::{Unit, date_ms, severity_of};
use crate::store::advisory::{Advisory, FixRow, Record};

#[derive(Deserialize)]
pub(super) struct Csaf {
    document: Document,
    #[serde(default)]
    product_tree: Branch,
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
    #[serde(default)]
    remediations: Vec<Remediation>,
}

impl Vulnerability {
    /// The fixes, each with the day and the name of the advisory that brought it, where that is said.
    fn fixes(&self, cpes: &HashMap<String, String>) -> Vec<FixRow> {
        let mut came: HashMap<&str, (i64, &str)> = HashMap::new();
        for one in self
            .remediations
            .iter()
            .filter(|r| r.category == "vendor_fix")
        {
            let Some(at) = one.date.as_deref().and_then(date_ms) else {
                continue;
            };
            for id in &one.product_ids {
                let known = came.entry(id).or_insert((at, &one.url));
                *known = (*known).min((at, &one.url));
            }
        }
        let fixed = self.product_status.iter().flat_map(|s| &s.fixed);
        let read = |id: &String| {
            let fix = fix(id, cpes)?;
            let (published, url) = came.get(id.as_str()).copied().unzip();
            let name = url.map(errata).unwrap_or_default();
            Some(FixRow {
                name: name.to_owned(),
                published,
                ..fix
            })
        };
        fixed.filter_map(read).collect()
    }
}

/// `RHSA-2024:0310` of `https://access.redhat.com/errata/RHSA-2024:0310`.
fn errata(url: &str) -> &str {
    let last = url.rsplit('/').next().unwrap_or_default();
    let known = ["RHSA-", "RHBA-", "RHEA-"]
        .iter()
        .any(|p| last.starts_with(p));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':');
    if known && last.len() <= 32 && last.chars().all(plain) {
        last
    } else {
        ""
    }
}

/// What is to be done about a hole.
#[derive(Deserialize)]
struct Remediation {
    #[serde(default)]
    category: String,
    date: Option<String>,
    #[serde(default)]
    url: String,
    #[serde(default)]
    product_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    fixed: Vec<String>,
}

/// A part of the tree of products; only where a product bears a CPE is anything taken from it.
#[derive(Default, Deserialize)]
struct Branch {
    #[serde(default)]
    branches: Vec<Self>,
    product: Option<Product>,
}

#[derive(Deserialize)]
struct Product {
    product_id: String,
    product_identification_helper: Option<Helper>,
}

#[derive(Deserialize)]
struct Helper {
    cpe: Option<String>,
}

impl Branch {
    /// The CPE of each product that has one. The depth is bounded by the reader of JSON.
    fn cpes(self, into: &mut HashMap<String, String>) {
        let helper = |p: Product| Some((p.product_id, p.product_identification_helper?.cpe?));
        into.extend(self.product.and_then(helper));
        self.branches.into_iter().for_each(|b| b.cpes(into));
    }
}

impl Csaf {
    /// What the document says is fixed. Products that are affected, under investigation or not
    /// affected have nothing to install.
    pub(super) fn read(self) -> Unit {
        let Document {
            aggregate_severity,
            tracking,
        } = self.document;
        let mut cpes = HashMap::new();
        self.product_tree.cpes(&mut cpes);
        let mut fixes: Vec<FixRow> = Vec::new();
        let mut cves = Vec::new();
        for one in self.vulnerabilities {
            fixes.extend(one.fixes(&cpes));
            cves.extend(one.cve.filter(|c| c.starts_with("CVE-")));
        }
        fixes.sort();
        fixes.dedup();
        // A VEX document is that of a hole, and bears the day of the hole.
        let of_hole = tracking.id.starts_with("CVE-");
        let published = tracking.initial_release_date.filter(|_| !of_hole);
        let published = published.as_deref().and_then(date_ms);
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
fn fix(id: &str, cpes: &HashMap<String, String>) -> Option<FixRow> {
    let (product, rest) = id.split_once(':')?;
    let channel = channel(product, cpes.get(product).map(String::as_str))?;
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
    let release = major(version)?;
    Some(FixRow {
        release: Distribution::new("rhel", &release).release,
        package: name.to_owned(),
        fixed: version.to_owned(),
        arch: if arch == "noarch" { "" } else { arch }.to_owned(),
        module: super::stream(version, &module),
        channel: channel.to_owned(),
        ..FixRow::default()
    })
}

/// Who gets what a product has: everybody (`BaseOS-9.4.0.Z.MAIN.EUS`, `AppStream-8.6.0.GA`,
/// `7Server-optional-7.9.Z`), or who paid for longer support of a point release, which has numbers of
/// its own (`BaseOS-9.2.0.Z.EUS`). None where it is not RHEL itself: `8Base-JBCS`, `9Base-RHOSE-4.16`,
/// `7Server-RHSCL-3.8`.
///
/// From RHEL 10 on the words of the id no longer tell: `AppStream-10.0.Z.E2S` holds what everybody
/// gets. Its CPE does (`enterprise_linux:10.0`, not `enterprise_linux_eus:10.0`), and stands above them.
fn channel(product: &str, cpe: Option<&str>) -> Option<&'static str> {
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
    if !point.starts_with(|c: char| c.is_ascii_digit()) || words.is_empty() {
        return None;
    }
    // What was everybody's when it came out stays so, whatever its stream turned into.
    if words.contains(&"MAIN") {
        return Some("");
    }
    let ordinary = |w: &&str| matches!(*w, "Z" | "GA");
    match cpe.map(of_cpe) {
        Some(told) => told,
        None if words.iter().all(ordinary) => Some(""),
        None => Some("eus"),
    }
}

/// Who gets what a CPE names (Red Hat's own: `cpe:/o:redhat:enterprise_linux:10.0`,
/// `cpe:/a:redhat:enterprise_linux:9::appstream`, `cpe:/o:redhat:enterprise_linux_eus:10.2`,
/// `cpe:/a:redhat:rhel_eus:9.2::appstream`).
fn of_cpe(cpe: &str) -> Option<&'static str> {
    let mut parts = cpe.split(':').skip(2);
    match (parts.next()?, parts.next()?) {
        ("redhat", "enterprise_linux") => Some(""),
        ("redhat", "enterprise_linux_eus") => Some("eus"),
        ("redhat", name) if LONGER.contains(&name) => Some("eus"),
        _ => None,
    }
}

/// Longer supports of RHEL 9 and earlier, as CPEs name them.
const LONGER: [&str; 6] = [
    "rhel_eus",
    "rhel_e4s",
    "rhel_aus",
    "rhel_tus",
    "rhel_els",
    "rhel_eus_long_life",
];

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

    fn fix(id: &str) -> Option<FixRow> {
        super::fix(id, &HashMap::new())
    }

    /// A document whose only fix is that of a product with this CPE.
    fn document(product: &str, cpe: &str) -> Csaf {
        let leaf = serde_json::json!({ "category": "product_name", "name": "x", "product": {
            "name": "x", "product_id": product, "product_identification_helper": { "cpe": cpe } } });
        let rpm = serde_json::json!({ "category": "product_version", "product": {
            "name": "x", "product_id": "xz-1:5.6.2-4.el10_0.x86_64",
            "product_identification_helper": { "purl": "pkg:rpm/redhat/xz@5.6.2-4.el10_0" } } });
        let text = serde_json::json!({
            "document": { "tracking": { "id": "CVE-2025-31115" } },
            "product_tree": { "branches": [ { "category": "vendor", "branches": [
                { "category": "product_family", "branches": [leaf] },
                { "category": "architecture", "branches": [rpm] } ] } ] },
            "vulnerabilities": [ { "cve": "CVE-2025-31115", "product_status": {
                "fixed": [format!("{product}:xz-1:5.6.2-4.el10_0.x86_64")] } } ],
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn of_rhel_10_the_cpe_says_who_gets_a_fix() {
        for (product, cpe, wanted) in [
            (
                "BaseOS-10.0.Z",
                "cpe:/o:redhat:enterprise_linux:10.0",
                Some(""),
            ),
            (
                "BaseOS-10.0.Z.E2S",
                "cpe:/o:redhat:enterprise_linux:10.0",
                Some(""),
            ),
            (
                "BaseOS-10.0.Z.E2S",
                "cpe:/o:redhat:enterprise_linux_eus:10.0",
                Some("eus"),
            ),
            (
                "BaseOS-10.2.Z",
                "cpe:/o:redhat:enterprise_linux_eus:10.2",
                Some("eus"),
            ),
            (
                "BaseOS-9.2.0.Z.EUS",
                "cpe:/o:redhat:rhel_eus:9.2::baseos",
                Some("eus"),
            ),
            (
                "BaseOS-9.6.0.Z.MAIN.EUS",
                "cpe:/o:redhat:enterprise_linux:9::baseos",
                Some(""),
            ),
            (
                "NVIDIA-10.0.Z",
                "cpe:/o:redhat:enterprise_linux_nvidia:10::el10",
                None,
            ),
            ("BaseOS-10.0.Z", "cpe:", None),
        ] {
            let Record::Advisory(read) = &document(product, cpe).read().records[0] else {
                panic!("{product}")
            };
            let got = read
                .fixes
                .first()
                .map(|f| (f.release.as_str(), f.channel.as_str()));
            assert_eq!(got, wanted.map(|c| ("10", c)), "{product} {cpe}");
        }
    }

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
        let none = fix("AppStream-8.10.0.Z.MAIN:nodejs-1:18.19.1-1.module+el8.10.0+1.x86_64");
        assert_eq!(none.unwrap().module, "*", "some stream");
        let eus = fix("BaseOS-9.2.0.Z.EUS:openssl-1:3.0.7-18.el9_2.x86_64").unwrap();
        assert_eq!(eus.channel, "eus");
        for none in [
            "8Base-JBCS:openssl-1:3.0.7-18.el8jbcs.x86_64",
            "BaseOS-9.4.0.Z.MAIN:openssl-1:3.0.7-27.el9.src",
            "red_hat_enterprise_linux_9:openssl",
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
            assert_eq!(channel(product, None), wanted, "{product}");
        }
    }
}
