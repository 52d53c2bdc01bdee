//! Tries the target `apt` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("apt").start(),
    |data: &[u8]| { capdo_fuzz::find("apt").run(data); }
);
