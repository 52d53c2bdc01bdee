//! The version that apt would install of each package.

use std::collections::BTreeMap;

use super::{
    super::{deb822::each_stanza, dpkg::Packages, stream, versions::dpkg::compare},
    Apt, LISTS,
    policy::{Place, Preferences, Version, is_held},
};
use crate::{host::Host, observation::Gap};

/// Most versions that are remembered of all packages together.
const VERSIONS_CAP: usize = 200_000;

/// What apt makes of one installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Installed version.
    pub installed: String,
    /// The version that apt would choose; the installed one where nothing else is chosen.
    pub version: String,
    /// Whether a hold keeps it from being changed all the same.
    pub held: bool,
}

type Known = BTreeMap<(String, String), Vec<Version>>;

/// The candidate of each installed package whose name is `wanted`, by name and architecture.
///
/// # Errors
/// When a list cannot be read to its end.
pub fn candidates(
    host: &dyn Host,
    apt: &Apt,
    packages: &Packages,
    preferences: &Preferences,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<(String, String), Candidate>, Gap> {
    let native = packages.native().unwrap_or("amd64").to_owned();
    let own = |arch: &str| {
        if arch == "all" {
            native.clone()
        } else {
            arch.to_owned()
        }
    };
    let mut places = vec![Place::status()];
    let mut known = Known::new();
    let mut current = BTreeMap::new();
    for (name, arch, package) in packages.iter().filter(|(name, _, _)| wanted(name)) {
        let key = (name.to_owned(), own(arch));
        current.insert(key.clone(), (package.version.clone(), arch.to_owned()));
        let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
        known.entry(key).or_default().push(Version {
            version: package.version.clone(),
            source: or(&package.source, name),
            places: vec![0],
        });
    }
    let mut left = VERSIONS_CAP;
    for fetched in &apt.0 {
        for list in &fetched.lists {
            places.push(Place::of(fetched, &list.component, &list.arch));
            let path = format!("{LISTS}/{}", list.name);
            add_list(host, &path, places.len() - 1, &own, &mut known, &mut left)?;
        }
    }
    let priorities = preferences.places(&places);
    let choose = |(key, (installed, arch)): ((String, String), (String, String))| {
        let (name, own_arch) = (key.0.as_str(), key.1.as_str());
        let about = (name, own_arch, own_arch == native);
        let mut versions = known.get(&key).cloned().unwrap_or_default();
        versions.sort_by(|a, b| compare(&b.version, &a.version));
        let mut best = (-1, installed.clone());
        for version in &versions {
            let is_current = version.version == installed;
            let priority = preferences.of_version(about, version, &places, &priorities, is_current);
            let older = compare(&version.version, &installed).is_lt();
            if priority > best.0 && priority != 0 && !(older && priority < 1_000) {
                best = (priority, version.version.clone());
            }
        }
        let held = is_held(packages, name);
        let candidate = Candidate {
            installed,
            version: best.1,
            held,
        };
        ((key.0, arch), candidate)
    };
    Ok(current.into_iter().map(choose).collect())
}

fn add_list(
    host: &dyn Host,
    path: &str,
    place: usize,
    own: &dyn Fn(&str) -> String,
    known: &mut Known,
    left: &mut usize,
) -> Result<(), Gap> {
    let mut reader = stream::open(host, path)?;
    let wanted = ["Package", "Version", "Architecture", "Source"];
    let read = each_stanza(&mut *reader, &wanted, |stanza| {
        let (Some(name), Some(version)) = (stanza.get("Package"), stanza.get("Version")) else {
            return;
        };
        let arch = own(stanza.get("Architecture").unwrap_or("all"));
        let Some(versions) = known.get_mut(&(name.to_owned(), arch)) else {
            return;
        };
        if let Some(same) = versions.iter_mut().find(|v| v.version == version) {
            if same.places.last() != Some(&place) {
                same.places.push(place);
            }
            return;
        }
        *left = left.saturating_sub(1);
        if *left == 0 {
            return;
        }
        versions.push(Version {
            version: version.to_owned(),
            source: source_of(stanza.get("Source"), name),
            places: vec![place],
        });
    });
    read.map_err(|e| stream::gap(path, &e))?;
    if *left == 0 {
        return Err(Gap::parse(format!("{path}: too many versions")));
    }
    Ok(())
}

/// `glibc (2.36-9)` → `glibc`; the binary package's own name where it says none.
fn source_of(field: Option<&str>, name: &str) -> String {
    let field = field.unwrap_or(name);
    field.split(" (").next().unwrap_or(field).to_owned()
}
