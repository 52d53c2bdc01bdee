//! Advisories of dnf's repositories.

use capdo_checks::facts::{
    repomd::repomd,
    rpmdb::{RpmDb, RpmPackage},
    updateinfo::{Advised, add},
};

use crate::{bytes, seeds::Seeds, window::Window};

fn read(held: &[u8]) -> bool {
    let package = |name: &str| RpmPackage {
        name: name.into(),
        version: "1".into(),
        release: "1.el9".into(),
        arch: "x86_64".into(),
        ..RpmPackage::default()
    };
    let db = RpmDb {
        packages: ["bash", "kernel", "openssl-libs"].map(package).to_vec(),
        source: "x",
    };
    add(
        &Window::holding("/x.xml", held),
        "/x.xml",
        &db,
        &mut Advised::default(),
    )
    .is_ok()
}

/// Tries one input: a byte chooses between advisories and a table of contents.
pub fn run(data: &[u8]) {
    let Some((mode, held)) = bytes::first(data) else {
        return;
    };
    let understood = |held: &[u8]| match mode % 2 {
        0 => read(held),
        _ => repomd("/x.xml", &bytes::text(held)).is_ok(),
    };
    if !understood(held) {
        return;
    }
    // Without the tag that ends it, a document is not whole.
    if let Some(last) = held
        .iter()
        .rposition(|b| *b == b'<')
        .filter(|at| held[*at..].starts_with(b"</"))
    {
        assert!(!understood(&held[..last]), "cut, and still understood");
    }
}

/// One document of each kind.
pub fn seeds(seeds: &mut Seeds) {
    let updates = r#"<?xml version="1.0"?><updates><update from="x" status="final" type="security" version="2.0"><id>RHSA-2026:1</id><title>a</title><issued date="2026-01-01 00:00:00"/><severity>Important</severity><references><reference href="h" id="CVE-2026-1" type="cve"/></references><pkglist><collection><module name="nodejs" stream="18" version="1" context="c" arch="x86_64"/><package name="bash" version="5" release="2.el9" epoch="0" arch="x86_64" src="bash.src.rpm"><filename>bash.rpm</filename></package></collection></pkglist></update></updates>"#;
    seeds.choosing(0, updates.as_bytes());
    seeds.choosing(1, br#"<repomd><data type="updateinfo"><location href="repodata/a-updateinfo.xml.gz"/></data></repomd>"#);
}
