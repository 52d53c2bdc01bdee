//! What apt knows: its sources, and the package lists that it fetched from them.
//!
//! Versions are compared with *everything* that a security origin offers, not with apt's candidate:
//! a fix can hide behind a newer candidate from elsewhere.

pub mod candidates;
pub mod conf;
pub mod policy;
mod release;
mod sources;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;

pub use self::{
    release::Release,
    sources::{Source, is_yes, without_login},
};
use super::{deb822::each_stanza, dpkg::Packages, os_release::OsRelease, stream, versions::dpkg};
use crate::{
    context::{Cx, Gather},
    host::{Entry, Host},
    observation::Gap,
};

/// Where apt keeps its lists.
pub const LISTS: &str = "/var/lib/apt/lists";

/// One package list that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its file name.
    pub name: String,
    /// Component that it is of.
    pub component: String,
    /// Architecture that it is for.
    pub arch: String,
    /// How many bytes it has when unpacked, as its repository says.
    pub size: Option<u64>,
    /// SHA-256 that it has when unpacked, likewise.
    pub sum: Option<String>,
}

/// A source with what was fetched from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The source.
    pub source: Source,
    /// What its repository says about itself; `None` when that was never fetched.
    pub release: Option<Release>,
    /// Its package lists.
    pub lists: Vec<List>,
    /// Package lists that the source needs and that were not fetched.
    pub missing: Vec<String>,
    /// Whether it brings security fixes for this very release of the system.
    pub security: bool,
}

/// A source of security fixes beside Ubuntu's ordinary ones, paid for or personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// The longer support of the system itself (ESM infra): of `main` and `restricted`.
    Infra,
    /// Fixes of `universe` (ESM apps), while ordinary support runs and after. Its own component is
    /// called `main` all the same.
    Apps,
    /// Another one, such as that of ROS.
    Other,
}

impl Fetched {
    /// Whether its lists were fetched: what merely stands in a file brings nothing.
    pub fn is_fetched(&self) -> bool {
        self.release.is_some() && !self.lists.is_empty()
    }

    /// Which of Ubuntu's extra sources of security fixes it is: its lists say so, or, before any were
    /// fetched, its suite does. `None` for an ordinary one, and for any of another distribution.
    pub fn extra(&self) -> Option<Extra> {
        if !self.security {
            return None;
        }
        let Some(release) = &self.release else {
            let suite = self.source.suite.as_str();
            let infra = suite.ends_with("-infra-security").then_some(Extra::Infra);
            return infra.or_else(|| suite.ends_with("-apps-security").then_some(Extra::Apps));
        };
        match release.origin.as_str() {
            "UbuntuESM" => Some(Extra::Infra),
            "UbuntuESMApps" => Some(Extra::Apps),
            "Ubuntu" => None,
            other => other.starts_with("Ubuntu").then_some(Extra::Other),
        }
    }

    /// Whether the distribution itself publishes it: its lists say so, or, before any were fetched,
    /// its address does.
    pub fn is_from_distribution(&self) -> bool {
        let origins = [
            "Debian",
            "Debian Backports",
            "Ubuntu",
            "UbuntuESM",
            "UbuntuESMApps",
        ];
        let hosts = ["debian.org", "ubuntu.com"];
        let host = self.source.uri.split('/').nth(2).unwrap_or_default();
        self.release.as_ref().map_or_else(
            || {
                hosts
                    .iter()
                    .any(|h| host == *h || host.ends_with(&format!(".{h}")))
            },
            |r| origins.contains(&r.origin.as_str()),
        )
    }
}

/// All enabled sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apt(pub Vec<Fetched>);

impl Apt {
    /// The sources of security fixes.
    pub fn security(&self) -> impl Iterator<Item = &Fetched> {
        self.0.iter().filter(|f| f.security)
    }

    /// Components that the distribution's other sources bring and no security source does. Fixes
    /// for what comes from elsewhere than `main` (and Ubuntu's `universe`) are rare.
    pub fn uncovered(&self) -> Vec<String> {
        let covered = |name: &str| {
            let ordinary = self.covers(name, None) || self.covers(name, Some(Extra::Infra));
            let mut all = self.security();
            ordinary || name == "universe" && all.any(|f| f.extra() == Some(Extra::Apps))
        };
        let brought = |name: &str| {
            let mut own = self.0.iter().filter(|f| f.is_from_distribution());
            own.any(|f| f.source.components.iter().any(|c| c == name))
        };
        ["main", "universe"]
            .into_iter()
            .filter(|n| {
                self.security().next().is_some() && !covered(n) && (*n == "main" || brought(n))
            })
            .map(|n| format!("security {n}"))
            .collect()
    }

    /// Whether a security source of that kind has this component.
    fn covers(&self, component: &str, kind: Option<Extra>) -> bool {
        let of_kind = self.security().filter(|f| f.extra() == kind);
        let mut all = of_kind.flat_map(|f| &f.source.components);
        all.any(|c| c.rsplit('/').next() == Some(component))
    }

    /// Whether fixes of the system itself come from Ubuntu's longer support alone.
    pub fn is_infra_alone(&self) -> bool {
        self.covers("main", Some(Extra::Infra)) && !self.covers("main", None)
    }

    /// The oldest date among the lists of the security sources of these kinds.
    pub fn security_date(&self, kinds: &[Option<Extra>]) -> Option<Timestamp> {
        let of_kind = self.security().filter(|f| kinds.contains(&f.extra()));
        of_kind.filter_map(|f| f.release.as_ref()?.date).min()
    }

    /// Which of Ubuntu's longer supports bring fixes here: `esm` for any, and beside it `esm-infra` and
    /// `esm-apps`.
    pub fn channels(&self) -> Vec<String> {
        let has = |kind| {
            let mut all = self.security().filter(|f| f.is_fetched());
            all.any(|f| f.extra() == Some(kind))
        };
        let (infra, apps) = (has(Extra::Infra), has(Extra::Apps));
        let all = [
            (infra || apps, "esm"),
            (infra, "esm-infra"),
            (apps, "esm-apps"),
        ];
        let names = all.into_iter().filter(|(there, _)| *there);
        names.map(|(_, name)| name.to_owned()).collect()
    }
}

impl Gather for Apt {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let host = cx.host();
        let os = cx.get::<OsRelease>()?;
        let packages = cx.get::<Packages>()?;
        let files = host.list_if_any(LISTS, 5_000)?;
        let native = packages.native().unwrap_or("amd64");
        // The host's own architecture first, then those of foreign packages that are installed.
        let mut arches: BTreeSet<&str> = packages.iter().map(|(_, arch, _)| arch).collect();
        arches.remove("all");
        arches.remove(native);
        let arches: Vec<&str> = [native].into_iter().chain(arches).collect();
        let all = sources::read(host)?.into_iter();
        all.map(|source| fetched(host, source, &files, &os, &arches))
            .collect::<Result<_, Gap>>()
            .map(Self)
    }
}

fn fetched(
    host: &dyn Host,
    source: Source,
    files: &[Entry],
    os: &OsRelease,
    arches: &[&str],
) -> Result<Fetched, Gap> {
    let base = source.list_base();
    let has = |name: &str| files.iter().any(|f| f.name == name);
    let heads = [format!("{base}_InRelease"), format!("{base}_Release")];
    let head = heads.iter().find(|name| has(name));
    let release = match head {
        Some(name) => Some(release::parse(&host.text(&format!("{LISTS}/{name}"))?)),
        None => None,
    };
    let mut lists = Vec::new();
    let mut missing = Vec::new();
    let each = |c| arches.iter().map(move |arch| (c, *arch));
    for (component, arch) in source.components.iter().flat_map(each) {
        let stem = format!(
            "{base}_{}_binary-{arch}_Packages",
            component.replace('/', "_")
        );
        let found = files.iter().find(|f| {
            let rest = f.name.strip_prefix(&stem);
            rest.is_some_and(|r| r.is_empty() || r.starts_with('.'))
        });
        let told = release.as_ref().and_then(|r| r.list_of(component, arch));
        let size = told.map(|t| t.0);
        match found {
            Some(file) => lists.push(List {
                name: file.name.clone(),
                component: component.clone(),
                arch: arch.to_owned(),
                size,
                sum: told.map(|t| t.1.to_owned()).filter(|s| s.len() == 64),
            }),
            None if size == Some(0) => {} // the repository has nothing for this component
            None => missing.push(stem),
        }
    }
    if release.is_none() {
        missing.push(heads[0].clone());
    }
    let security = is_security(&source, release.as_ref(), os);
    Ok(Fetched {
        source,
        release,
        lists,
        missing,
        security,
    })
}

/// A source counts when its publisher is the distribution and its fixes are for this release of
/// the system; before anything was fetched, its name must do.
fn is_security(source: &Source, release: Option<&Release>, os: &OsRelease) -> bool {
    if os.codename.is_empty() {
        return false; // which release the fixes must be for is not known
    }
    if source.is_elts() {
        let codename = release.map_or(&source.suite, |r| &r.codename);
        return os.id == "debian" && codename.starts_with(&os.codename);
    }
    let Some(release) = release else {
        let suite = source.suite.as_str();
        return suite.starts_with(&os.codename)
            && (suite.ends_with("-security") || suite.ends_with("/updates"));
    };
    let publisher = match os.id.as_str() {
        "debian" => release.origin == "Debian",
        "ubuntu" => release.origin.starts_with("Ubuntu"),
        _ => true,
    };
    release.is_security() && publisher && release.codename.starts_with(&os.codename)
}

/// A security fix that is offered and not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Installed version.
    pub installed: String,
    /// Newest version that a security source offers.
    pub offered: String,
    /// The suite of that source, such as `bookworm-security`.
    pub suite: String,
}

/// Security fixes that the fetched lists offer for installed packages, by package name.
///
/// # Errors
/// When a list cannot be read to its end.
pub fn pending<'a>(
    host: &dyn Host,
    apt: &'a Apt,
    packages: &Packages,
) -> Result<BTreeMap<String, Pending>, Gap> {
    let mut all = BTreeMap::new();
    let of = |f: &'a Fetched| f.lists.iter().map(move |l| (l, f.source.suite_name()));
    for (list, suite) in apt.security().flat_map(of) {
        let path = format!("{LISTS}/{}", list.name);
        let mut reader = stream::Counted::new(stream::open(host, &path)?);
        let wanted = ["Package", "Version", "Architecture"];
        each_stanza(&mut reader, &wanted, |stanza| {
            let (Some(name), Some(version)) = (stanza.get("Package"), stanza.get("Version")) else {
                return;
            };
            let arch = stanza.get("Architecture").unwrap_or("all");
            compare(&mut all, packages, name, arch, (version, &suite));
        })
        .map_err(|e| stream::gap(&path, &e))?;
        if list.size.is_some_and(|size| size != reader.count) {
            let what = "not of the size that its repository says";
            return Err(Gap::parse(format!("{path}: {what}")));
        }
        // Whoever edits the list to hide a fix has to edit the signed head as well.
        if list.sum.as_ref().is_some_and(|sum| *sum != reader.sum()) {
            let what = "not what its repository signed";
            return Err(Gap::parse(format!("{path}: {what}")));
        }
    }
    Ok(all)
}

fn compare(
    all: &mut BTreeMap<String, Pending>,
    packages: &Packages,
    name: &str,
    arch: &str,
    (version, suite): (&str, &str),
) {
    let Some(installed) = packages.installed.get(name) else {
        return;
    };
    for (own_arch, package) in installed {
        let same = own_arch == arch || own_arch == "all" || arch == "all";
        let newer = dpkg::compare(version, &package.version) == Ordering::Greater;
        let known = all.get(name);
        let newest = known.is_none_or(|k| dpkg::compare(version, &k.offered).is_gt());
        if same && newer && newest {
            let pending = Pending {
                installed: package.version.clone(),
                offered: version.to_owned(),
                suite: suite.to_owned(),
            };
            all.insert(name.to_owned(), pending);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(origin: &str, suite: &str, component: &str) -> Fetched {
        Fetched {
            source: Source {
                suite: suite.to_owned(),
                components: vec![component.to_owned()],
                ..Source::default()
            },
            release: (!origin.is_empty()).then(|| Release {
                origin: origin.to_owned(),
                ..Release::default()
            }),
            lists: vec![List {
                name: String::new(),
                component: component.to_owned(),
                arch: "amd64".to_owned(),
                size: None,
                sum: None,
            }],
            missing: Vec::new(),
            security: true,
        }
    }

    #[test]
    fn each_longer_support_covers_its_own_part() {
        let ordinary = || fetched("Ubuntu", "jammy-security", "main");
        let infra = || fetched("UbuntuESM", "jammy-infra-security", "main");
        let apps = || fetched("UbuntuESMApps", "jammy-apps-security", "main");
        let told = |all: Vec<Fetched>| {
            let apt = Apt(all);
            (
                apt.channels().join(" "),
                apt.uncovered().join(" "),
                apt.is_infra_alone(),
            )
        };
        let is = |channels: &str, uncovered: &str, alone| {
            (channels.to_owned(), uncovered.to_owned(), alone)
        };
        assert_eq!(told(vec![ordinary()]), is("", "", false));
        assert_eq!(
            told(vec![ordinary(), infra(), apps()]),
            is("esm esm-infra esm-apps", "", false)
        );
        assert_eq!(told(vec![infra()]), is("esm esm-infra", "", true));
        assert_eq!(
            told(vec![apps()]),
            is("esm esm-apps", "security main", false)
        );
    }

    #[test]
    fn what_was_never_fetched_is_told_by_its_suite() {
        let kind = |suite: &str| fetched("", suite, "main").extra();
        assert_eq!(kind("jammy-apps-security"), Some(Extra::Apps));
        assert_eq!(kind("jammy-infra-security"), Some(Extra::Infra));
        assert_eq!(kind("jammy-security"), None);
        assert_eq!(
            Apt(vec![fetched("", "jammy-infra-security", "main")]).channels(),
            [""; 0]
        );
    }
}
