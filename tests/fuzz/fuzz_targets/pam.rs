//! Tries the target `pam` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("pam").start(),
    |data: &[u8]| { capdo_fuzz::find("pam").run(data); }
);
