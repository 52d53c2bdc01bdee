//! The package list as it travels: what changed since the one that the collector holds, in parts.

use std::collections::BTreeMap;

use capdo_checks::facts::inventory::{Installed, Inventory};
use capdo_proto::{limits::MAX_PACKAGES_PER_DELTA, v1};

use crate::wire::plain;

/// What makes `now` out of `held`; out of nothing where there is none, or where the change would be
/// no smaller than the list.
pub(crate) fn deltas(now: &Inventory, held: Option<&Inventory>) -> Vec<v1::InventoryDelta> {
    let (mut upserts, mut removals) = changes(now, held);
    let mut base = held.map_or_else(Vec::new, |h| h.sha256().to_vec());
    if !base.is_empty() && upserts.len() + removals.len() > now.packages.len() {
        (upserts, removals) = changes(now, None);
        base.clear();
    }
    let sha256 = now.sha256().to_vec();
    let header = header(now);
    let mut parts = Vec::new();
    let (mut up, mut gone) = (
        upserts.chunks(MAX_PACKAGES_PER_DELTA),
        removals.chunks(MAX_PACKAGES_PER_DELTA),
    );
    let mut part = |upserts: &[v1::Package], removals: &[v1::PackageKey]| {
        parts.push(v1::InventoryDelta {
            base_sha256: base.clone(),
            sha256: sha256.clone(),
            sequence: u32::try_from(parts.len()).unwrap_or(u32::MAX),
            last: false,
            header: Some(header.clone()),
            upserts: upserts.to_vec(),
            removals: removals.to_vec(),
        });
    };
    if upserts.len() + removals.len() <= MAX_PACKAGES_PER_DELTA {
        part(&upserts, &removals); // one message for what is mostly little
    } else {
        gone.by_ref().for_each(|g| part(&[], g));
        up.by_ref().for_each(|u| part(u, &[]));
    }
    if let Some(last) = parts.last_mut() {
        last.last = true;
    }
    parts
}

fn changes(now: &Inventory, held: Option<&Inventory>) -> (Vec<v1::Package>, Vec<v1::PackageKey>) {
    let by_key = |all: Option<&Inventory>| -> BTreeMap<_, Installed> {
        let all = all.map_or(&[][..], |i| &i.packages);
        all.iter().map(|p| (p.key(), p.clone())).collect()
    };
    let (old, new) = (by_key(held), by_key(Some(now)));
    let upserts = new.iter().filter(|(key, p)| old.get(key) != Some(p));
    let removals = old.keys().filter(|key| !new.contains_key(key));
    (
        upserts.map(|(_, p)| package(p)).collect(),
        removals
            .map(|(name, arch, version)| v1::PackageKey {
                name: name.clone(),
                arch: arch.clone(),
                version: version.clone(),
            })
            .collect(),
    )
}

fn header(inventory: &Inventory) -> v1::InventoryHeader {
    let scheme = serde_json::to_value(inventory.scheme).unwrap_or_default();
    v1::InventoryHeader {
        scheme: plain(scheme.as_str().unwrap_or_default(), 16),
        os: inventory.os.clone(),
        os_version: inventory.os_version.clone(),
        kernel: inventory.kernel.clone(),
        kernel_build: inventory.kernel_build.clone(),
        channels: inventory.channels.clone(),
    }
}

fn package(p: &Installed) -> v1::Package {
    v1::Package {
        name: p.name.clone(),
        version: p.version.clone(),
        arch: p.arch.clone(),
        source: p.source.clone(),
        source_version: p.source_version.clone(),
        vendor: p.vendor.clone(),
        module: p.module.clone(),
    }
}

#[cfg(test)]
mod tests {
    use capdo_checks::facts::versions::Scheme;
    use capdo_proto::Validate as _;

    use super::*;

    fn list(packages: impl Iterator<Item = (String, &'static str)>) -> Inventory {
        let one = |(name, version): (String, &str)| Installed {
            name,
            version: version.to_owned(),
            ..Installed::default()
        };
        Inventory {
            scheme: Scheme::Dpkg,
            os: "debian".into(),
            os_version: "12".into(),
            kernel: String::new(),
            kernel_build: String::new(),
            channels: Vec::new(),
            packages: packages.map(one).collect(),
        }
    }

    #[test]
    fn one_upgrade_is_one_small_message() {
        let old = list((0..700).map(|n| (format!("p{n:04}"), "1")));
        let new = list((0..700).map(|n| (format!("p{n:04}"), if n == 5 { "2" } else { "1" })));
        let parts = deltas(&new, Some(&old));
        assert_eq!(parts.len(), 1);
        assert_eq!((parts[0].upserts.len(), parts[0].removals.len()), (1, 1));
        assert_eq!(parts[0].base_sha256, old.sha256());
        assert_eq!(parts[0].validate(), Ok(()));
        // A change as large as the list itself is sent as the list.
        let others = list((0..9).map(|n| (format!("q{n}"), "1")));
        assert!(deltas(&new, Some(&others))[0].base_sha256.is_empty());
    }

    #[test]
    fn a_whole_list_falls_into_parts_that_keep_their_bounds() {
        let new = list((0..4_500).map(|n| (format!("p{n:04}"), "1")));
        let parts = deltas(&new, None);
        assert_eq!(
            parts.iter().map(|p| p.upserts.len()).collect::<Vec<_>>(),
            [2000, 2000, 500]
        );
        assert_eq!(
            parts.iter().map(|p| p.last).collect::<Vec<_>>(),
            [false, false, true]
        );
        assert!(
            parts
                .iter()
                .all(|p| p.base_sha256.is_empty() && p.validate().is_ok())
        );
    }
}
