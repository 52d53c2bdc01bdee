//! Tries the target `proto` on inputs that libFuzzer makes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: capdo_fuzz::find("proto").start(),
    |data: &[u8]| { capdo_fuzz::find("proto").run(data); }
);
