//! The targets by name.

use std::path::Path;

use crate::{memory, seeds::Seeds, targets};

/// One group of parsers.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of its module, its program, its corpus and its regressions.
    pub name: &'static str,
    /// Tries one input.
    pub run: fn(&[u8]),
    /// The first inputs.
    pub seeds: fn(&mut Seeds),
    /// Most memory that one input may take, in MiB.
    pub memory: usize,
}

macro_rules! targets {
    ($($name:ident $memory:literal,)+) => {
        /// Every target.
        pub const ALL: &[Target] = &[$(Target {
            name: stringify!($name),
            run: targets::$name::run,
            seeds: targets::$name::seeds,
            memory: $memory,
        },)+];
    };
}

targets! {
    apt 48,
    backup_proof 48,
    backups 64,
    config 64,
    dns 16,
    feeds 192,
    hosts 48,
    http 16,
    ingest 32,
    logins 48,
    logs 48,
    network 48,
    observation 16,
    packages 64,
    pam 32,
    passwords 48,
    proto 64,
    rpmdb 16,
    ssh_wire 16,
    sshd 48,
    sudoers 48,
    tls_judged 48,
    tls_wire 32,
    unpack 48,
    updateinfo 16,
    versions 16,
    web 48,
    words 32,
    x509 16,
}

/// The target of that name.
///
/// # Panics
/// When there is none.
pub fn find(name: &str) -> &'static Target {
    ALL.iter()
        .find(|t| t.name == name)
        .expect("a program is named like its target")
}

impl Target {
    /// Writes the seeds where `CAPDO_FUZZ_SEEDS` says.
    pub fn start(&self) {
        memory::lift_on_panic();
        let mut seeds = Seeds::default();
        (self.seeds)(&mut seeds);
        if let Some(folder) = std::env::var_os("CAPDO_FUZZ_SEEDS") {
            seeds.write(Path::new(&folder));
        }
        // What is built once and kept is not an input's fault.
        seeds.0.iter().take(1).for_each(|seed| (self.run)(seed));
    }

    /// Tries one input within the target's memory.
    pub fn run(&self, data: &[u8]) {
        memory::within(self.memory, || (self.run)(data));
    }
}
