//! Tries the target `rpmdb` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("rpmdb").start(),
    |data: &[u8]| { capdo_fuzz::find("rpmdb").run(data); }
);
