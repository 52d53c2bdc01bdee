use crate::{
    check::{Case, Check, Confidence, Meta, Missing, Severity},
    context::Cx,
    facts::{
        apkdb,
        apt::Apt,
        os_release::{OsRelease, PackageSystem},
        yum,
    },
    observation::{Facts, Gap, Seen, Value},
    verdict::Judgement,
};

/// Packages come from the agency's own patch server, as the owner declared it (`patch_servers`). Names
/// and addresses are compared as written. A server that is known to belong to a distribution never
/// counts as the agency's own, whatever is declared.
///
/// It sees where packages come from, not who decides what is installed when: patching that is pushed
/// from elsewhere (Ansible, Landscape) is an equal measure, to be declared and accepted as such.
pub(super) struct CentralMirror;

const META: Meta = Meta {
    id: "patch.central-mirror",
    version: 1,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[],
    thresholds: &[],
    always_applies: true,
};

impl Check for CentralMirror {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn observe(&self, cx: &Cx<'_>) -> Result<Seen, Gap> {
        let os = cx.get::<OsRelease>()?;
        let system = os.package_system();
        let (addresses, from) = match system {
            PackageSystem::Dpkg => {
                let all = cx.get::<Apt>()?;
                (
                    all.0.iter().map(|f| f.source.uri.clone()).collect(),
                    "/etc/apt/sources.list",
                )
            }
            PackageSystem::Rpm => {
                let all = yum::repositories(cx.host())?;
                let addresses = all.addresses.into_iter();
                (addresses.map(|(_, a)| a).collect(), all.source)
            }
            PackageSystem::Apk => {
                let all = apkdb::repositories(cx.host())?.into_iter();
                (all.map(|r| r.address).collect(), apkdb::REPOSITORIES)
            }
            PackageSystem::Other => (Vec::new(), os.path),
        };
        let mut servers: Vec<String> = addresses.iter().map(|a| server(a)).collect();
        servers.sort();
        servers.dedup();
        let own = cx.settings().patch_servers.iter();
        let own: Vec<String> = own.map(|n| plain(n)).collect();
        let public: Vec<String> = servers.iter().filter(|s| is_public(s)).cloned().collect();
        Ok(Facts::new()
            .observed("system", system.name(), os.path)
            .configured("servers", servers, from)
            .configured("public", public, from)
            .configured("declared", own, "patch_servers")
            .into())
    }

    fn judge(&self, case: &Case<'_>) -> Result<Judgement, Missing> {
        if !matches!(case.text("system")?, "dpkg" | "rpm" | "apk") {
            return Ok(Judgement::unknown("unknown-system"));
        }
        let (servers, public) = (case.list("servers")?, case.list("public")?);
        let declared = case.list("declared")?;
        let is_own = |s: &&Value| declared.contains(s) && !public.contains(s);
        let other: Vec<Value> = servers.iter().filter(|s| !is_own(s)).cloned().collect();
        Ok(if servers.is_empty() {
            Judgement::fail("fail-none")
        } else if other.is_empty() {
            Judgement::pass("pass").with("servers", servers.to_vec())
        } else if other.len() < servers.len() {
            Judgement::partial("partial").with("servers", other)
        } else if declared.is_empty() && public.is_empty() {
            Judgement::unknown("unknown-undeclared").with("servers", other)
        } else {
            Judgement::fail("fail").with("servers", other)
        })
    }
}

/// Domains of the distributions and of the networks that carry them.
const PUBLIC: [&str; 16] = [
    "debian.org",
    "ubuntu.com",
    "redhat.com",
    "rockylinux.org",
    "almalinux.org",
    "centos.org",
    "fedoraproject.org",
    "oracle.com",
    "alpinelinux.org",
    "suse.com",
    "opensuse.org",
    "freexian.com",
    "kernel.org",
    "docker.com",
    "nodesource.com",
    "postgresql.org",
];

fn is_public(server: &str) -> bool {
    let of = |domain: &&str| {
        let rest = server.strip_suffix(*domain);
        rest.is_some_and(|r| r.is_empty() || r.ends_with('.'))
    };
    PUBLIC.iter().any(of)
}

fn plain(name: &str) -> String {
    name.trim().trim_end_matches('.').to_ascii_lowercase()
}

/// The server of an address; what has none (a disk, a list of mirrors in a file) is named by its kind.
fn server(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.split(':').next().unwrap_or_default().to_owned();
    };
    let place = rest.split('/').next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let name = match place.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    };
    if name.is_empty() {
        scheme.to_owned()
    } else {
        plain(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_without_what_stands_around_them() {
        for (address, wanted) in [
            (
                "http://Mirror.Tinh.gov.vn:8080/debian",
                "mirror.tinh.gov.vn",
            ),
            ("https://u:p@10.0.0.5/x", "10.0.0.5"),
            ("http://[fd00::1]:80/x", "fd00::1"),
            ("mirror+file:/etc/apt/mirrors/x.list", "mirror+file"),
            ("file:///srv/repo", "file"),
            ("/media/cdrom/apks", "/media/cdrom/apks"),
        ] {
            assert_eq!(server(address), wanted);
        }
        assert!(is_public("deb.debian.org") && is_public("debian.org"));
        assert!(!is_public("notdebian.org") && !is_public("debian.org.tinh.gov.vn"));
    }
}
