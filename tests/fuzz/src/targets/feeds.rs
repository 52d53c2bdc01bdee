//! Feeds of advisories, and what they are packed in.

use std::{cell::OnceCell, fs};

use capdo_collector::feeds::{Kind, count};
use tempfile::TempDir;

use crate::{repository, seeds::Seeds};

const KINDS: [Kind; 7] = [
    Kind::Osv,
    Kind::DebianTracker,
    Kind::DebianList,
    Kind::Csaf,
    Kind::Oval,
    Kind::Kev,
    Kind::Epss,
];
const ENDINGS: [&str; 4] = ["json", "zip", "tar", "tar.gz"];

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Tries one input: a byte chooses the kind, another the ending of the name; the rest is the file.
pub fn run(data: &[u8]) {
    let Some(([kind, ending], held)) = data.split_first_chunk::<2>() else {
        return;
    };
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let ending = ENDINGS[usize::from(*ending) % ENDINGS.len()];
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a folder can be made"));
        let path = folder.path().join(format!("feed.{ending}"));
        fs::write(&path, held).expect("a file can be written");
        if let Ok(records) = count(kind, &path) {
            assert!(records <= 64 * held.len() as u64 + 64, "{records} records");
        }
    });
}

/// One entry of each kind.
pub fn seeds(seeds: &mut Seeds) {
    let osv = repository::files("collector/tests/feeds/osv", ".json");
    let osv = osv
        .first()
        .and_then(|p| fs::read(p).ok())
        .unwrap_or_default();
    let rest = [
        "debian-tracker.json",
        "dsa-list",
        "csaf.json",
        "oval.xml",
        "kev.json",
        "epss.csv",
    ];
    let rest = rest.map(|name| repository::bytes(&format!("collector/tests/feeds/{name}")));
    let all = std::iter::once(osv).chain(rest);
    for (kind, held) in (0_u8..).zip(all) {
        seeds.add([&[kind, 0], held.as_slice()].concat());
        let mut head = vec![0; 512];
        head[..6].copy_from_slice(b"a.json");
        head[124..135].copy_from_slice(format!("{:011o}", held.len()).as_bytes());
        head[156] = b'0';
        let sum = head.iter().map(|b| u64::from(*b)).sum::<u64>() + 8 * 32;
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let mut tar = [head, held].concat();
        tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
        seeds.add([&[kind, 2], tar.as_slice()].concat());
    }
}
