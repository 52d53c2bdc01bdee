//! apt's lists, sources and settings, dpkg's status and apk's database, put into a Debian that has them.

use std::sync::OnceLock;

use capdo_checks::{
    Cx, Host,
    facts::{
        apkdb::{self, ApkDb},
        apt::{Apt, conf::AptConf, policy::Preferences},
        deb822,
        dpkg::Packages,
        inventory::Inventory,
    },
    host::Fixture,
    settings::Settings,
};

use crate::bytes::seen;
use crate::{bytes, repository, seeds::Seeds, window::Window};

fn debian() -> &'static (Fixture, Vec<String>) {
    static HOST: OnceLock<(Fixture, Vec<String>)> = OnceLock::new();
    HOST.get_or_init(|| {
        let path = repository::root().join("checks/fixtures/base/debian12-apt.toml");
        let host = Fixture::load(&path).expect("the fixture can be read");
        let about_apt =
            |p: &String| p.contains("apt") || p.contains("dpkg") || p.contains("os-release");
        let mut paths: Vec<String> = host.paths().into_iter().filter(about_apt).collect();
        paths.extend(["/lib/apk/db/installed", "/etc/apk/repositories"].map(str::to_owned));
        (host, paths)
    })
}

/// Tries one input: pieces, each behind the byte that chooses its file.
pub fn run(data: &[u8]) {
    let (host, paths) = debian();
    let mut window = Window {
        below: Some(host),
        ..Window::default()
    };
    for piece in bytes::pieces(data) {
        let Some((at, held)) = bytes::first(piece) else {
            continue;
        };
        if let Some(path) = paths.get(usize::from(at) % paths.len()) {
            window.files.insert(path.clone(), held.to_vec());
        }
        stanzas(held);
    }
    let settings = Settings::default();
    let cx = Cx::new(&window, &settings);
    seen(cx.get::<Apt>());
    seen(cx.get::<AptConf>());
    seen(cx.get::<Preferences>());
    seen(cx.get::<Packages>());
    seen(cx.get::<ApkDb>());
    seen(apkdb::repositories(&window));
    if let Ok(inventory) = cx.get::<Inventory>() {
        assert_eq!(inventory.sha256(), inventory.sha256());
    }
}

/// No more comes out of a list than stands in it.
fn stanzas(held: &[u8]) {
    let wanted = ["Package", "Version", "Filename", "Depends"];
    let mut taken = 0;
    let read = deb822::each_stanza(&mut &*held, &wanted, |stanza| {
        taken += wanted
            .iter()
            .filter_map(|w| stanza.get(w))
            .map(str::len)
            .sum::<usize>();
    });
    assert!(read.is_ok() && taken <= 3 * held.len());
}

/// What the Debian holds.
pub fn seeds(seeds: &mut Seeds) {
    let (host, paths) = debian();
    for (n, path) in paths.iter().enumerate() {
        if let Ok(held) = host.read(path, 64 << 10) {
            seeds.choosing(n, &held);
        }
    }
    let apk = b"C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\no:musl\nS:1\n\n";
    seeds.choosing(paths.len() - 2, apk);
}
