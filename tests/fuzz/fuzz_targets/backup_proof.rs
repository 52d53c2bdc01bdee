//! Tries the target `backup_proof` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("backup_proof").start(),
    |data: &[u8]| { capdo_fuzz::find("backup_proof").run(data); }
);
