//! Packed files: gzip, lz4, zstd, xz, bzip2.

use std::io::Read as _;

use capdo_checks::facts::stream;

use crate::bytes::seen;
use crate::{
    bytes,
    seeds::{Seeds, printed},
    window::Window,
};

/// What is read of a bomb; its memory must not depend on it.
const LOOKED_AT: u64 = 4 << 20;

/// Tries one input: a byte chooses the ending of the name.
pub fn run(data: &[u8]) {
    let Some((mode, packed)) = bytes::first(data) else {
        return;
    };
    let endings = ["gz", "lz4", "zst", "xz", "bz2", "lzma", "txt"];
    let path = format!("/a.{}", endings[usize::from(mode) % endings.len()]);
    let window = Window::holding(&path, packed);
    let Ok(reader) = stream::open(&window, &path) else {
        return;
    };
    let mut counted = stream::Counted::new(reader);
    let mut piece = vec![0; 64 << 10];
    while counted.count < LOOKED_AT {
        match counted.read(&mut piece) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                seen(stream::gap(&path, &error));
                break;
            }
        }
    }
    seen(counted.sum());
}

/// One of each kind, as the usual programs pack it.
pub fn seeds(seeds: &mut Seeds) {
    for (n, program) in ["gzip", "lz4", "zstd", "xz", "bzip2"]
        .into_iter()
        .enumerate()
    {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let plain = folder.path().join("a");
        for size in [1, 3000] {
            let text: String = (0..size).map(|n| format!("Package: a{n}\n\n")).collect();
            std::fs::write(&plain, text).expect("a file can be written");
            let packed = printed(&[program, "-c", &plain.to_string_lossy()]);
            seeds.choosing(n, &packed);
        }
    }
    seeds.choosing(6, b"Package: a\n");
}
