//! First inputs, written where the environment variable `CAPDO_FUZZ_SEEDS` says before a target
//! starts: copies of what the fixtures hold, in the form that the target takes.

use std::{fs, path::Path, time::Duration};

use capdo_checks::host::run_bounded;

use crate::bytes::CUT;

/// Largest seed; larger ones only make a run slow.
const LARGEST: usize = 64 << 10;

/// The first inputs of one target.
#[derive(Debug, Default)]
pub struct Seeds(pub Vec<Vec<u8>>);

impl Seeds {
    /// Adds one.
    pub fn add(&mut self, seed: impl Into<Vec<u8>>) {
        let seed = seed.into();
        if seed.len() <= LARGEST && !self.0.contains(&seed) {
            self.0.push(seed);
        }
    }

    /// Adds one behind a byte that chooses its parser.
    pub fn choosing(&mut self, parser: usize, seed: &[u8]) {
        let mut all = vec![u8::try_from(parser).unwrap_or(u8::MAX)];
        all.extend_from_slice(seed);
        self.add(all);
    }

    /// Writes them into a folder.
    ///
    /// # Panics
    /// When that cannot be written.
    pub fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("the folder of seeds can be made");
        for (n, seed) in self.0.iter().enumerate() {
            fs::write(folder.join(format!("seed-{n:05}")), seed).expect("a seed can be written");
        }
    }
}

/// Pieces with the cut between them.
pub fn joined<T: AsRef<[u8]>>(pieces: &[T]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = pieces.iter().map(AsRef::as_ref).collect();
    pieces.join(CUT)
}

/// What a program prints that makes seeds.
///
/// # Panics
/// When it is not there or fails: `tests/run` installs it.
pub fn printed(words: &[&str]) -> Vec<u8> {
    let argv: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    let output = run_bounded(&argv, Duration::from_secs(60), 1 << 20);
    let output = output.unwrap_or_else(|e| panic!("{} is needed: {e}", words[0]));
    assert!(output.ok(), "{} failed", words[0]);
    output.stdout
}
