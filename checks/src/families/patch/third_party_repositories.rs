use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apkdb,
        apt::Apt,
        os_release::{OsRelease, PackageSystem},
        rpmdb::RpmDb,
        yum,
    },
    observation::{Facts, Gap, Seen},
    verdict::Judgement,
};

/// Packages come from the distribution alone. Each further repository can install anything as root,
/// and its fixes come from somebody else or not at all; it may be right, and somebody must have
/// approved it. So one that is found is half a failure, and its address is listed.
///
/// A repository of rpm's does not say who it is, so there the vendors of what is installed are looked
/// at: those other than the vendor of the C library. What Alpine's own keys sign may come from any
/// mirror; what counts there is that the folder is one of this release.
pub(super) struct ThirdPartyRepositories;

const META: Meta = Meta {
    id: "patch.third-party-repositories",
    version: 3,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for ThirdPartyRepositories {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let os = cx.get::<OsRelease>()?;
        let system = os.package_system();
        let (all, mut names, from) = match system {
            PackageSystem::Dpkg => {
                let apt = cx.get::<Apt>()?;
                let foreign = apt.0.iter().filter(|f| !f.is_from_distribution());
                let names = foreign.map(|f| f.source.name()).collect();
                (apt.0.len(), names, "/etc/apt/sources.list")
            }
            PackageSystem::Rpm => {
                let all = yum::repositories(cx.host())?.all;
                (
                    all,
                    other_vendors(&*cx.get::<RpmDb>()?, &os)?,
                    "rpm -qa --qf '%{VENDOR}\\n'",
                )
            }
            PackageSystem::Apk => {
                let all = apkdb::repositories(cx.host())?;
                let foreign = all.iter().filter(|r| !is_alpines(&r.address, &os.version));
                let names = foreign.map(|r| r.address.clone()).collect();
                (all.len(), names, apkdb::REPOSITORIES)
            }
            PackageSystem::Other => (0, Vec::new(), os.path),
        };
        names.sort();
        names.dedup();
        Ok(Facts::new()
            .observed("system", system.name(), os.path)
            .configured("repositories", all, from)
            .configured("foreign_count", names.len(), from)
            .configured("foreign", names, from)
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm" | "apk") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        if case.int("repositories")? == 0 {
            return Ok(Judgement::fail("fail-none"));
        }
        Ok(if case.int("foreign_count")? == 0 {
            Judgement::pass("pass")
        } else {
            Judgement::partial("partial").with("repositories", case.list("foreign")?.to_vec())
        })
    }
}

/// Vendors of installed packages other than the system's own, which is that of the C library. Leap is made of
/// SUSE's packages and of openSUSE's; SLES is not.
fn other_vendors(rpm: &RpmDb, os: &OsRelease) -> Result<Vec<String>, Gap> {
    let own = rpm.named("glibc").last().map(|p| p.vendor.as_str());
    let own = own.filter(|v| !v.is_empty());
    let own = own.ok_or_else(|| Gap::parse("rpm -q glibc: names no vendor"))?;
    let of_suse = |v: &str| v == "openSUSE" || v == "SUSE LLC" || v.starts_with("SUSE LLC <");
    let mixed = os.id.starts_with("opensuse") && of_suse(own);
    let other = rpm
        .packages
        .iter()
        .map(|p| p.vendor.as_str())
        .filter(|v| *v != own && !(mixed && of_suse(v)));
    let name = |v: &str| if v.is_empty() { "(none)" } else { v }.to_owned();
    Ok(other.map(name).collect())
}

/// `…/alpine/v3.22/main` or `/community` of the release that runs.
fn is_alpines(address: &str, version: &str) -> bool {
    let mut parts = version.split('.');
    let branch = format!(
        "v{}.{}",
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default()
    );
    let mut end = address.trim_end_matches('/').rsplit('/');
    matches!(end.next(), Some("main" | "community")) && end.next() == Some(&branch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_release_are_alpines_own() {
        let is = |address| is_alpines(address, "3.22.1");
        assert!(is("https://mirror.example.vn/alpine/v3.22/main"));
        assert!(!is("https://dl-cdn.alpinelinux.org/alpine/edge/testing"));
        assert!(
            !is("https://dl-cdn.alpinelinux.org/alpine/v3.21/main") && !is("/media/cdrom/apks")
        );
    }
}
