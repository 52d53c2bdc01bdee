//! Orders of versions are total: dpkg's, rpm's, apk's; and advisories are matched with what is installed.

use std::cmp::Ordering;

use capdo_checks::{
    advisories::{self, Fix},
    facts::{
        inventory::{Installed, Inventory},
        versions::{Scheme, rpm},
    },
};

use crate::{
    bytes, repository,
    seeds::{Seeds, joined},
};

/// Tries one input: a byte chooses the order; the pieces are versions.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = bytes::first(data) else {
        return;
    };
    let scheme = [Scheme::Dpkg, Scheme::Rpm, Scheme::Apk][usize::from(mode) % 3];
    let texts: Vec<String> = bytes::pieces(rest)
        .into_iter()
        .take(4)
        .map(bytes::text)
        .collect();
    for a in &texts {
        assert_eq!(scheme.compare(a, a), Ordering::Equal, "{a:?} is not itself");
        for b in &texts {
            let order = scheme.compare(a, b);
            assert_eq!(
                order,
                scheme.compare(b, a).reverse(),
                "{a:?} and {b:?} both ways"
            );
            rpm::part(a.as_bytes(), b.as_bytes());
            for c in &texts {
                let rises = order != Ordering::Greater && scheme.compare(b, c) != Ordering::Greater;
                assert!(
                    !rises || scheme.compare(a, c) != Ordering::Greater,
                    "{a:?} {b:?} {c:?} go in a circle"
                );
            }
        }
    }
    matched(scheme, &texts);
}

/// What is as new as the fix is not open; what is older is.
fn matched(scheme: Scheme, texts: &[String]) {
    let [installed, fixed, ..] = texts else {
        return;
    };
    let inventory = Inventory {
        scheme,
        os: "debian".into(),
        os_version: "12".into(),
        kernel: String::new(),
        kernel_build: String::new(),
        channels: Vec::new(),
        packages: vec![Installed {
            name: "a".into(),
            version: installed.clone(),
            arch: "amd64".into(),
            source: "a".into(),
            source_version: installed.clone(),
            ..Installed::default()
        }],
    };
    let fix = Fix {
        advisory: "DSA-1-1".into(),
        package: "a".into(),
        // Source rpms are compared without epochs.
        by_source: scheme != Scheme::Rpm,
        fixed: fixed.clone(),
        ..Fix::default()
    };
    let open = advisories::find_open(&inventory, [&fix]).open;
    if scheme.compare(installed, fixed) != Ordering::Less {
        assert!(
            open.is_empty(),
            "{installed:?} is open though {fixed:?} closes it"
        );
    }
    advisories::is_ordered(&inventory);
    advisories::names(&inventory);
}

/// The published vectors.
pub fn seeds(seeds: &mut Seeds) {
    for (n, name) in ["dpkg", "rpm", "apk"].into_iter().enumerate() {
        let text = bytes::text(&repository::bytes(&format!(
            "checks/tests/vectors/{name}.txt"
        )));
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let words: Vec<&str> = line.split(' ').collect();
            if let [a, _, b] = words.as_slice() {
                seeds.choosing(n, &joined(&[a, b, a]));
            }
        }
    }
}
