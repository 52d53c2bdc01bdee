//! Tries the target `x509` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("x509").start(),
    |data: &[u8]| { capdo_fuzz::find("x509").run(data); }
);
