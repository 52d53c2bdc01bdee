//! Tries the target `hosts` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("hosts").start(),
    |data: &[u8]| { capdo_fuzz::find("hosts").run(data); }
);
