//! Comparing an inventory with the fixes for its release.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{ANY_STREAM, Fix, Matched, Open, State, distribution::is_foreign, kernel};
use crate::facts::{
    inventory::{Installed, Inventory},
    versions::Scheme,
};

type Groups = BTreeMap<(String, String, State), Open>;

/// The fixes for one package by one kind of name, with the highest version that any of them asks for:
/// where that is installed, none of them needs to be looked at.
#[derive(Clone, Debug)]
pub struct Group {
    fixes: Vec<Fix>,
    highest: String,
}

impl Group {
    /// Groups the fixes for one package, in the order of its package system.
    pub fn all(scheme: Scheme, fixes: Vec<Fix>) -> Vec<Self> {
        let (sources, binaries): (Vec<Fix>, Vec<Fix>) =
            fixes.into_iter().partition(|f| f.by_source);
        let group = |fixes: Vec<Fix>| {
            let versions = fixes.iter().map(|f| bare(scheme, f, &f.fixed));
            let highest = versions.max_by(|a, b| scheme.compare(a, b))?.to_owned();
            Some(Self { fixes, highest })
        };
        [sources, binaries].into_iter().filter_map(group).collect()
    }

    /// Whether all that is installed is at least as new as every fix. Kernels are always looked at:
    /// which one runs decides.
    fn is_installed(&self, index: &Index<'_>) -> bool {
        let Some(fix) = self.fixes.first() else {
            return true;
        };
        let is_image = |i: &&Installed| kernel::is_named(i, &fix.package, fix.by_source);
        let inventory = index.inventory;
        let is_new = |package: &&Installed| {
            let installed = version(inventory, fix, package);
            let order = inventory.scheme.compare(installed, &self.highest);
            order.is_ge()
        };
        !index.images.iter().any(is_image) && index.named(fix).iter().all(is_new)
    }
}

/// What is open on a host. `fixes` are those for its distribution and release; others would be
/// compared in the wrong order of versions.
pub fn find_open<'a>(inventory: &Inventory, fixes: impl IntoIterator<Item = &'a Fix>) -> Matched {
    found(&Index::new(inventory), fixes)
}

/// What is open on a host, with less work where little is.
pub fn find_open_in<'a>(
    inventory: &Inventory,
    groups: impl IntoIterator<Item = &'a Group>,
) -> Matched {
    let index = Index::new(inventory);
    let left = groups.into_iter().filter(|g| !g.is_installed(&index));
    found(&index, left.flat_map(|g| &g.fixes))
}

fn found<'a>(index: &Index<'_>, fixes: impl IntoIterator<Item = &'a Fix>) -> Matched {
    let inventory = index.inventory;
    let mut groups = Groups::new();
    let mut matched = Matched::default();
    for fix in fixes {
        if !fix.channel.is_empty() && !inventory.channels.contains(&fix.channel) {
            continue;
        }
        index.kernels(fix, &mut groups);
        for package in index.named(fix) {
            let installed = version(inventory, fix, package);
            if !speaks_of(fix, package) || !is_affected(inventory, fix, installed) {
                continue;
            }
            if is_foreign(&inventory.os, &package.vendor) {
                matched.foreign.insert(package.name.clone());
                continue;
            }
            if fix.module == ANY_STREAM {
                matched.untold.insert(package.name.clone());
                continue;
            }
            add(&mut groups, fix, package, installed, State::NotInstalled);
        }
    }
    matched.open = groups.into_values().collect();
    sort(&mut matched.open);
    matched
}

/// The names by which advisories can speak of what is installed: those of sources, binaries, and the
/// kernel's source.
pub fn names(inventory: &Inventory) -> BTreeSet<String> {
    let all = inventory.packages.iter();
    all.flat_map(|p| [p.name.clone(), p.source.clone(), kernel::source(p)])
        .collect()
}

pub(super) fn sort(open: &mut [Open]) {
    open.sort_by_cached_key(rank);
}

/// The installed packages by the names that advisories use.
struct Index<'a> {
    inventory: &'a Inventory,
    by_source: HashMap<&'a str, Vec<&'a Installed>>,
    by_name: HashMap<&'a str, Vec<&'a Installed>>,
    images: Vec<&'a Installed>,
    /// Those of them that stand for a running one that is not installed any more.
    stand_ins: Vec<&'a Installed>,
}

impl<'a> Index<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let images: Vec<&Installed> = inventory
            .packages
            .iter()
            .filter(|p| kernel::is_image(p))
            .collect();
        let sources: BTreeSet<String> = images.iter().map(|i| kernel::source(i)).collect();
        let mut index = Self {
            inventory,
            by_source: HashMap::new(),
            by_name: HashMap::new(),
            stand_ins: kernel::stand_ins(inventory, &images),
            images,
        };
        for package in &inventory.packages {
            if kernel::of_kernel(package, &sources) {
                continue;
            }
            index
                .by_source
                .entry(&package.source)
                .or_default()
                .push(package);
            index
                .by_name
                .entry(&package.name)
                .or_default()
                .push(package);
        }
        index
    }

    fn named(&self, fix: &Fix) -> &[&'a Installed] {
        let names = if fix.by_source {
            &self.by_source
        } else {
            &self.by_name
        };
        names.get(fix.package.as_str()).map_or(&[], Vec::as_slice)
    }

    /// A kernel is open while the one that runs is older than the fix. Where none of the installed
    /// ones runs, nor any of its flavour is installed (a container, or a kernel of the owner's own),
    /// advisories say nothing about what does; where it is not known what runs, the newest stands for it.
    fn kernels(&self, fix: &Fix, groups: &mut Groups) {
        let of: Vec<&Installed> = self
            .images
            .iter()
            .copied()
            .filter(|i| kernel::is_named(i, &fix.package, fix.by_source))
            .filter(|i| speaks_of(fix, i))
            .collect();
        let running = if self.inventory.kernel.is_empty() {
            kernel::newest_as_running(self.inventory, &of)
        } else {
            kernel::running(self.inventory, &of, &self.stand_ins)
        };
        let Some(running) = running else {
            return;
        };
        if is_foreign(&self.inventory.os, &running.image.vendor)
            || running.may_be(&fix.fixed)
            || !is_affected(self.inventory, fix, &running.version)
        {
            return;
        }
        let scheme = self.inventory.scheme;
        let fixed = bare(scheme, fix, &fix.fixed);
        let order = |i: &&Installed| scheme.compare(bare(scheme, fix, &i.version), fixed).is_ge();
        let state = if of.iter().any(order) {
            State::NotRunning
        } else {
            State::NotInstalled
        };
        add(groups, fix, running.image, &running.version, state);
    }
}

/// The version that the advisory's is compared with. A rebuild of the binary alone (`+b1`) does not
/// change the source.
fn version<'a>(inventory: &Inventory, fix: &Fix, package: &'a Installed) -> &'a str {
    let version = if fix.by_source && !package.source_version.is_empty() {
        &package.source_version
    } else {
        &package.version
    };
    bare(inventory.scheme, fix, version)
}

/// A version as it is compared for this fix. The name of a source rpm bears no epoch, and its binaries may
/// have several (perl): there epochs are left out on both sides.
fn bare<'a>(scheme: Scheme, fix: &Fix, version: &'a str) -> &'a str {
    match version.split_once(':') {
        Some((epoch, rest))
            if fix.by_source
                && scheme == Scheme::Rpm
                && epoch.bytes().all(|b| b.is_ascii_digit()) =>
        {
            rest
        }
        _ => version,
    }
}

fn speaks_of(fix: &Fix, package: &Installed) -> bool {
    let arch = fix.arch.is_empty() || fix.arch == package.arch || package.arch == "noarch";
    let module = if fix.module == ANY_STREAM {
        !package.module.is_empty()
    } else {
        fix.module == package.module
    };
    arch && module
}

fn is_affected(inventory: &Inventory, fix: &Fix, version: &str) -> bool {
    let scheme = inventory.scheme;
    let order = |other: &str| {
        let (own, other) = (bare(scheme, fix, version), bare(scheme, fix, other));
        scheme.compare(own, other)
    };
    order(&fix.fixed).is_lt() && (fix.introduced.is_empty() || order(&fix.introduced).is_ge())
}

fn add(groups: &mut Groups, fix: &Fix, package: &Installed, version: &str, state: State) {
    // Several binary packages of one source are one thing to do.
    let name = if fix.by_source {
        &fix.package
    } else {
        &package.source
    };
    let key = (name.clone(), fix.fixed.clone(), state);
    let open = groups.entry(key).or_insert_with(|| Open {
        package: name.clone(),
        binary: package.name.clone(),
        installed: version.to_owned(),
        fixed: fix.fixed.clone(),
        state,
        advisories: [].into(),
        cves: [].into(),
        severity: None,
        since: None,
        is_dated: false,
        exploited: false,
        epss_bp: None,
    });
    open.advisories.insert(fix.advisory.clone());
    open.cves.extend(fix.cves.iter().cloned());
    open.severity = open.severity.max(fix.severity);
    open.since = [open.since, fix.since()].into_iter().flatten().min();
    open.is_dated |= fix.is_dated();
    open.exploited |= fix.exploited;
    open.epss_bp = open.epss_bp.max(fix.epss_bp);
}

/// Worst first: known attacks, then how bad, then how probable, then how long it has been open.
#[expect(clippy::type_complexity, reason = "a sort key")]
fn rank(
    open: &Open,
) -> (
    bool,
    std::cmp::Reverse<(Option<crate::check::Severity>, Option<u32>)>,
    Option<jiff::Timestamp>,
    String,
) {
    (
        !open.exploited,
        std::cmp::Reverse((open.severity, open.epss_bp)),
        open.since,
        open.package.clone(),
    )
}
